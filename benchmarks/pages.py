"""Pages: how heavy each is, and how soon a browser on the same machine shows it: `make bench-pages`."""

import statistics

from playwright.async_api import Browser

from tests.browser.site import Site, look_around

_EVENT = "/events/2026-04-alignment-researchers-automate-safety-research"
_PAGES = ("/", "/?category=Safety", _EVENT, "/you", "/operator")
_N_LOADS = 9
_OBSERVED = """() => new Promise((done) => {
  const found = { lcp: 0, shift: 0 };
  new PerformanceObserver((list) => { for (const one of list.getEntries()) found.lcp = one.startTime; })
    .observe({ type: "largest-contentful-paint", buffered: true });
  new PerformanceObserver((list) => { for (const one of list.getEntries()) found.shift += one.value; })
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => setTimeout(() => {
    const [page] = performance.getEntriesByType("navigation");
    done({ ...found, first: page.responseStart, bytes: page.decodedBodySize });
  }, 100));
})"""


async def measure(site: Site, browser: Browser) -> None:
    """Prints a row for each page: medians of loads in a browser window that has never been there, as ada."""
    print(
        f"{'page':<64} {'HTML, bytes':>11} {'first byte, ms':>14} {'largest paint, ms':>17} {'slowest':>8} {'shift':>6}"
    )
    for path in _PAGES:
        seen = []
        for _ in range(_N_LOADS):
            context = await browser.new_context(viewport={"width": 1280, "height": 900})
            await context.add_cookies([{"name": "signalfeed-reader", "value": "ada", "url": site.url}])
            page = await context.new_page()
            await page.goto(site.url + path)
            seen.append(await page.evaluate(_OBSERVED))
            await context.close()
        paints = [one["lcp"] for one in seen]
        print(
            f"{path:<64} {seen[0]['bytes']:>11,} {statistics.median(one['first'] for one in seen):>14.0f} "
            f"{statistics.median(paints):>17.0f} {max(paints):>8.0f} {max(one['shift'] for one in seen):>6.3f}"
        )


if __name__ == "__main__":
    look_around(measure)
