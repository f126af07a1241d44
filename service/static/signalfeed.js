// What pages do better with a script than without: answer in place, go on without end, and tell what is new.
// Every answer is a whole page of the service itself; parts of it are taken over by their ids.

const status = document.getElementById("status");
const others = new BroadcastChannel("signalfeed");

// What is said twice is to be heard twice.
const say = (text) => {
  status.textContent = "";
  requestAnimationFrame(() => { status.textContent = text; });
};

async function pageAt(address, options) {
  const answer = await fetch(address, { ...options, headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return { page, answer };
}

function takeOver(page, ids) {
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
    if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    else if (old) old.remove();
  }
}

const keyOf = (one) => [one.textContent, one.value, one.getAttribute("formaction"), one.getAttribute("href")].join();
const idsOf = (element) => element.dataset.swap.split(" ").filter(Boolean);

// Forms and links that answer in place, one after another. What cannot be done is said, and nothing is taken over.
let turn = Promise.resolve();
const inPlace = (...asked) => { turn = turn.then(() => swap(...asked)); };

async function swap(element, address, options) {
  const home = element.closest("section, aside, main");
  home.setAttribute("aria-busy", "true");
  const kept = document.activeElement?.closest("button, a, summary");
  const key = kept && keyOf(kept);
  try {
    const { page, answer } = await pageAt(address, options);
    const problem = page.getElementById("problem");
    if (!answer.ok || problem) {
      say((problem?.querySelector("h1, h2") ?? problem)?.textContent ?? "That did not work; nothing was changed.");
      return;
    }
    if (new URL(answer.url).pathname !== location.pathname) return location.assign(answer.url);
    const done = page.getElementById("done")?.textContent ?? ""; // before it is moved from there
    takeOver(page, idsOf(element));
    // Who came with the keyboard stays where they were, or in the part that was answered.
    const part = document.getElementById(idsOf(element)[0]);
    const same = key && [...(part?.querySelectorAll("button, a, summary") ?? [])]
      .find((one) => keyOf(one) === key);
    (same ?? part)?.focus({ preventScroll: true });
    say(done);
    if (options) others.postMessage("changed");
  } catch {
    say("The service cannot be reached. Load the page again to see what holds.");
  } finally {
    home.removeAttribute("aria-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.swap !== undefined) {
    event.preventDefault();
    const told = new FormData(form, event.submitter);
    const body = form.enctype === "multipart/form-data" ? told : new URLSearchParams(told);
    inPlace(form, event.submitter?.getAttribute("formaction") ?? form.getAttribute("action"), { method: "POST", body });
  } else if (form.dataset.progress !== undefined) {
    form.querySelector(".progress").hidden = false;
    form.setAttribute("aria-busy", "true");
    say("Storing…");
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-swap]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
  event.preventDefault();
  inPlace(link, link.href);
});

// Going back to the feed by the link keeps the place in it.
document.querySelector("a.back")?.addEventListener("click", (event) => {
  const from = document.referrer && new URL(document.referrer);
  if (!from || from.origin !== location.origin || from.pathname !== "/" || history.length < 2 || changed) return;
  event.preventDefault();
  history.back();
});

// The arrows move along the five levels.
document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const levels = event.target.closest?.(".scale")?.querySelectorAll("button");
  if (!step || !levels || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const place = [...levels].indexOf(event.target) + step;
  levels[(place + levels.length) % levels.length].focus();
});

// Endless paging: the next page is fetched before its link comes into view.
const more = document.getElementById("more");
const next = () => more?.querySelector("a[rel=next]");
let fetching = false;
async function goOn() {
  const link = next();
  if (!link || fetching) return;
  fetching = true;
  try {
    const { page, answer } = await pageAt(link.href);
    if (!answer.ok) return watch.disconnect(); // the link is still there to be followed
    const found = [...page.querySelectorAll("#events > li")];
    document.getElementById("events").append(...found.map((one) => document.adoptNode(one)));
    const after = page.querySelector("#more a[rel=next]");
    if (after) link.href = after.getAttribute("href");
    else more.replaceChildren(...page.getElementById("more")?.querySelectorAll("p") ?? []);
    say(`${found.length} more events`);
  } catch {
    watch.disconnect();
    return say("The service cannot be reached.");
  } finally {
    fetching = false;
  }
  if (link.isConnected && link.getBoundingClientRect().top < 2 * innerHeight) goOn();
}
const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && goOn(), { rootMargin: "100%" });
if (next()) watch.observe(more);

// What is new, and what is live: asked for now and then, while somebody looks.
async function ask() {
  if (document.visibilityState !== "visible") return;
  const news = document.querySelector("[data-poll]");
  const live = document.querySelector("[data-refresh]");
  try {
    if (news) {
      const { page, answer } = await pageAt(news.dataset.poll);
      const link = page.querySelector("#new a");
      if (answer.ok && link && !elsewhere && link.textContent !== news.textContent.trim()) {
        news.replaceChildren(document.adoptNode(link));
        say(link.textContent);
      }
    }
    if (live && !live.contains(document.activeElement) && getSelection().isCollapsed) {
      const { page, answer } = await pageAt(location.href);
      if (answer.ok) takeOver(page, [live.id]);
    }
  } catch { /* it is asked again */ }
}
const seconds = Number(document.querySelector("[data-refresh]")?.dataset.refresh ?? 30);
setInterval(ask, 1000 * seconds);
document.addEventListener("visibilitychange", ask);

// Another tab has changed the signal: a feed keeps its order until it is asked for anew, other pages follow.
let [changed, elsewhere] = [false, false];
if (document.getElementById("said")) others.postMessage("changed");
others.addEventListener("message", async () => {
  const news = document.getElementById("new");
  if (news) {
    elsewhere = true;
    const link = Object.assign(document.createElement("a"), { className: "new", href: location.pathname + location.search });
    link.textContent = "Your signal has changed. Show the feed as it is now";
    news.replaceChildren(link);
    say(link.textContent);
    return;
  }
  const parts = ["adjust", "signal", "why", "gist", "weights", "wishes", "ledger", "preview", "hidden"].filter((id) => document.getElementById(id));
  if (!parts.length) return;
  try {
    const { page, answer } = await pageAt(location.href);
    if (answer.ok) takeOver(page, parts);
  } catch { /* the page stays as it was */ }
});
document.addEventListener("submit", () => { changed = true; });

// What was just done is said once, not each time that the page is loaded again.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
  here.searchParams.delete("done");
  history.replaceState(history.state, "", here);
}
