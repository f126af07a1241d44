"""Page: one file that needs nothing else, and says what the report says."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from ranking.evaluation.comparison import Verdict
from service.evaluation.page import report_page
from service.evaluation.run import Run
from tests.service.evaluation.sample import BETTER, REFERENCE, a_ranker, a_report, about, an_example

RUN = Run("Spring run", "exports", "2026-04-04 10:00 UTC", ("bold.toml",), 7, ("No leak found.",))
VOID = ("meta", "link", "img", "br", "input", "hr")
HOSTILE = "<script>alert('x')</script><img src=//evil onerror=x>\"'"


class Seen(HTMLParser):
    """What stands in a page: tags with their attributes, the words, and whether all that opens is closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag."""
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a tag that closes itself."""
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        """Closes the last tag, which must be this one."""
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Notes words that a person sees."""
        if "style" not in self.open:
            self.said.append(data)

    @property
    def words(self) -> str:
        """All words, with single spaces."""
        return " ".join(" ".join(self.said).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of every such tag."""
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_is_well_formed() -> None:
    """All that opens is closed, in order, and no name is given twice."""
    seen = Seen(report_page([a_report(), a_report(protocol="full")], RUN))
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert seen.open == []
    assert len(ids) == len({*ids})


def test_the_page_needs_no_network_and_no_script() -> None:
    """Nothing is loaded, and the policy would not let it."""
    page = report_page([a_report()], RUN)
    seen = Seen(page)
    assert {tag for tag, _ in seen.tags} & {"script", "link", "img", "iframe", "object"} == set()
    references = [
        value or "" for _, attributes in seen.tags for name, value in attributes.items() if name in {"src", "href"}
    ]
    assert all(value.startswith("#") for value in references)
    assert not re.search(r"https?:|url\(|@import", page)
    assert not any(name.startswith("on") or name == "style" for _, attributes in seen.tags for name in attributes)
    policies = [one["content"] for one in seen.all("meta") if one.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def test_words_from_outside_stay_words() -> None:
    """Titles of events, names of rankers and notes come out as they are, and as nothing else."""
    hostile = a_ranker(
        HOSTILE, BETTER.figures, *BETTER.differences, curve=BETTER.curve, readers=(0.5,),
        wins=(an_example(HOSTILE, place=1, place_of_reference=9),),
    )  # fmt: skip
    run = Run(HOSTILE, HOSTILE, HOSTILE, (HOSTILE,), 7, (HOSTILE,))
    seen = Seen(report_page([a_report(REFERENCE, hostile, protocol=HOSTILE)], run))
    assert {tag for tag, _ in seen.tags} & {"script", "img"} == set()
    assert seen.words.count(HOSTILE) >= 8


def test_every_ranker_stands_there_with_its_verdict() -> None:
    """In the summary of its figures."""
    words = Seen(report_page([a_report()], RUN)).words
    assert "newest first , the reference: nDCG@10 .706" in words
    assert "signalfeed : nDCG@10 .740, +.034 ▲ better" in words


def test_the_verdict_is_told_first() -> None:
    """Before any chart."""
    words = Seen(report_page([a_report()], RUN)).words
    told = words.index("signalfeed finds what readers want better than newest first")
    assert told < words.index("How well it finds")


@pytest.mark.parametrize(
    "row",
    [
        "nDCG@10 .740 .720–.760 +.034 +.022 to +.046 ▲ better",
        "recall@10 .795 .775–.815 −.005 −.012 to +.002 ≈ not distinguishable",
        "AUC .750 .730–.770 +.050 −.010 to +.110 ≈ not distinguishable",
        "novelty@10 6.30 6.20–6.40 −0.18 −0.22 to −0.14 ▼ worse",
    ],
)
def test_the_figures_are_those_of_the_report(row: str) -> None:
    """Figure, interval, difference, its interval and the verdict of each metric."""
    assert row in Seen(report_page([a_report()], RUN)).words


def test_every_verdict_has_its_word() -> None:
    """A mark is not all that there is."""
    words = Seen(report_page([a_report()], RUN)).words
    assert all(verdict in words for verdict in Verdict)


def test_every_chart_can_be_heard() -> None:
    """Each has a role, a title and a description, which it names."""
    seen = Seen(report_page([a_report()], RUN))
    pictures = [one for one in seen.all("svg") if "viewbox" not in one]
    named = {one.get("id") for tag in ("title", "desc") for one in seen.all(tag)}
    # The main one, recall, AUC; two curves; two levels; two spreads; novelty.
    assert len(pictures) == 10
    assert all(one["role"] == "img" for one in pictures)
    assert {name for one in pictures for name in (one["aria-labelledby"] or "").split()} <= named


def test_the_page_has_a_language_and_headings_in_order() -> None:
    """No level of heading is left out, and every table has a caption."""
    seen = Seen(report_page([a_report()], RUN))
    levels = [int(tag[1]) for tag, _ in seen.tags if re.fullmatch(r"h[1-6]", tag)]
    assert seen.all("html") == [{"lang": "en"}]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert len(seen.all("table")) == len(seen.all("caption")) == 2


def test_examples_show_both_places_but_no_reader() -> None:
    """The page is there to be passed on."""
    words = Seen(report_page([a_report()], RUN)).words
    assert "Comet nears Jupiter after 3 presses: place 1 here, 9 with newest first, of 90" in words
    assert "Ferry sinks after 3 presses: place 14 here, 2 with newest first, of 90" in words
    assert "reader-7" not in words


def test_a_loss_is_not_told_as_a_win() -> None:
    """Where there are few trials, those with the greatest gain may have none."""
    loss = an_example("Ferry sinks", place=9, place_of_reference=1)
    ranker = a_ranker("signalfeed", BETTER.figures, wins=(loss,), losses=(loss,))
    words = Seen(report_page([a_report(REFERENCE, ranker)], RUN)).words
    assert words.count("Ferry sinks") == 1
    assert "gains most" not in words


def test_each_protocol_has_its_section() -> None:
    """With its words, and a way to it."""
    seen = Seen(report_page([a_report(), a_report(protocol="full")], RUN))
    assert [one["href"] for one in seen.all("a")] == ["#p1", "#p2", "#method"]
    assert "Protocol: full" in seen.words
    assert "found again among all events" in seen.words


def test_a_ranker_has_one_colour_throughout() -> None:
    """Also in a report in which it stands elsewhere."""
    page = report_page([a_report(), a_report(BETTER, REFERENCE)], RUN)
    found = set(re.findall(r'<span class="key (b\d)"></span>(?:<strong>)?([a-z ]+[a-z])', page))
    assert found == {("b0", "newest first"), ("b1", "signalfeed")}


def test_how_it_was_measured_is_told() -> None:
    """Parameters, seed, beginning and notes."""
    words = Seen(report_page([a_report()], RUN)).words
    assert all(one in words for one in ("bold.toml", "Seed 7", "2026-04-04 10:00 UTC", "exports", "No leak found."))
    plain = Seen(report_page([a_report()], Run("r", "f", "t", (), 1))).words
    assert "those that come with Signalfeed" in plain
    assert "Notes" not in plain


def test_nothing_measured_is_a_page_too() -> None:
    """It says so."""
    empty = a_ranker("signalfeed", {"coverage": about(0.1)})
    assert "There was nothing to measure." in Seen(report_page([a_report(empty)], RUN)).words


def test_few_readers_are_pointed_out() -> None:
    """Beside the verdict, before anybody acts on it."""
    words = Seen(report_page([replace(a_report(), n_readers=3)], RUN)).words
    assert words.index("There are only 3 readers") < words.index("How well it finds")
