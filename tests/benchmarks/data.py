"""Tiny data sets, made up, in the formats of the published ones."""

import csv
import gzip
import io
import tarfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_HOUR = 3_600
_START = 1_480_000_000  # seconds since 1970


def write_deskdrop(folder: Path, *, n_readers: int = 6, n_articles: int = 12, n_texts: int = 8) -> None:
    """Articles an hour apart, of which the first `n_texts` have a text about one of two topics and the last row is cut
    off; each reader presses eight of them in turn, some of them twice."""
    articles = [
        {
            "timestamp": _START + number * _HOUR,
            "eventType": "CONTENT SHARED",
            "contentId": _article(number),
            "authorPersonId": 100 + number % 2,
            "url": f"http://www.site{number % 3}.com/{number}",
            "title": f"{('Rocket', 'Whale')[number % 2]} number{number}",
            "text": f"{('rocket launch orbit', 'whale ocean reef')[number % 2]} story{number}",
            "lang": "en",
        }
        for number in range(n_texts)
    ]
    cut_off = {"timestamp": _START, "contentId": 99, "title": "Cut", "text": "Something that ends in the"}
    _gzipped(folder / "deskdrop/articles.csv.gz", _csv([*articles, cut_off], articles[0].keys()))
    presses = [
        {
            "timestamp": at + again,
            "eventType": kind,
            "contentId": _article((reader + place) % n_articles),
            "personId": reader,
        }
        for reader in range(n_readers)
        for place in range(8)
        for at in [_START + (n_articles + place) * _HOUR + reader]
        for again, kind in ([(0, "VIEW"), (60, "LIKE")] if place % 2 else [(0, "VIEW")])
    ]
    few = {"timestamp": _START + 1, "eventType": "VIEW", "contentId": _article(0), "personId": 1_000}
    with zipfile.ZipFile(_made(folder / "deskdrop/users_interactions.csv.zip"), "w") as packed:
        packed.writestr("users_interactions.csv", _csv([*reversed(presses), few], presses[0].keys()))


def write_citeulike(folder: Path) -> None:
    """Eight papers of five words; three readers, the last of whom has nothing to be found."""
    place = folder / "citeulike-t"
    _gzipped(place / "vocabulary.dat.gz", "gene\ncell\nprotein\ngraph\nnetwork\n")
    papers = [
        [(0, 2), (1, 1)],
        [(0, 1), (2, 3)],
        [(1, 1), (2, 1)],
        [(0, 1)],
        [(3, 2)],
        [(3, 1), (4, 1)],
        [(4, 5)],
        [(4, 1)],
    ]
    _gzipped(place / "mult.dat.gz", "".join(f"{len(one)} {_pairs(one)}\n" for one in papers))
    _gzipped(place / "train_P3_1.dat.gz", "3 0 1 2\n3 4 5 6\n3 0 4 7\n")
    _gzipped(place / "test_P3_1.dat.gz", "1 3\n2 7 3\n0\n")


def write_uci(folder: Path, *, n_stories: int = 3, n_headlines: int = 7) -> None:
    """Headlines of some stories, each with words of its own, and a line that is cut off."""
    rows = [
        {
            "ID": str(number * n_stories + story + 1),
            "TITLE": f"Topic{story} strikes topic{story} again part{number}",
            "URL": "http://example.com",
            "PUBLISHER": "Gazette" if number else "",
            "CATEGORY": "b",
            "STORY": f"story-{story}",
            "HOSTNAME": "example.com",
            "TIMESTAMP": str((_START + number) * 1000),
        }
        for number in range(n_headlines)
        for story in range(n_stories)
    ]
    cut_off = {"ID": "9999", "TITLE": "A headline that ends in the"}
    _gzipped(folder / "uci-news/uci-news-aggregator.csv.gz", _csv([*rows, cut_off], rows[0].keys()))


def write_bbc(folder: Path, n_articles: int = 7) -> None:
    """Articles of two classes, each with words of its own, and a file that is no article."""
    texts = {
        f"bbc/{name}/{number:03}.txt": f"{name} title {number}\n\n{name}word {name}thing £{number}"
        for name in ("sport", "tech")
        for number in range(1, n_articles + 1)
    }
    with tarfile.open(_made(folder / "bbc/bbc.tar.gz"), "w:gz") as packed:
        for name, text in {"bbc/README.TXT": "About", **texts}.items():
            written = text.encode("latin-1")
            member = tarfile.TarInfo(name)
            member.size = len(written)
            packed.addfile(member, io.BytesIO(written))


def _article(number: int) -> int:
    """Ids as they are there: large, and half of them below 0."""
    return (number + 1) * (1 - 2 * (number % 2)) * 1_000_003


def _pairs(counts: Iterable[tuple[int, int]]) -> str:
    return " ".join(f"{word}:{n}" for word, n in counts)


def _csv(rows: Sequence[Mapping[str, object]], names: Iterable[str]) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(names))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _gzipped(path: Path, text: str) -> None:
    with gzip.open(_made(path), "wt", encoding="utf-8", newline="") as file:
        file.write(text)


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
