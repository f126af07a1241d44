"""Terms, written short: words as they were seen, each with the length of its stem."""

from typing import Any

from ranking.text import TermKind, Terms, kind_of, term

_COUNT, _STEM, _LABEL = "*", "|", "="  # no word has these, nor a space


def short(terms: Terms) -> dict[str, Any]:
    """Terms as JSON: the words in one string, `align|ment*2` for the stem `align` seen twice as "alignment"; what is
    not a word by its kind."""
    words = sorted(name for name in terms.counts if kind_of(name) is TermKind.WORD)
    others: dict[str, list[str]] = {}
    for name in terms.counts:
        if kind_of(name) is not TermKind.WORD:
            others.setdefault(kind_of(name).value, []).append(terms.labels[name])
    written = " ".join(_written(name, terms) for name in words)
    return {"words": written} | others


def long(record: dict[str, Any]) -> Terms:
    """The terms that `short` wrote."""
    counts, labels = {}, {}
    for written in record["words"].split():
        seen, _, count = written.partition(_COUNT)
        stem, label = _read(seen)
        name = term(TermKind.WORD, stem)
        counts[name], labels[name] = int(count or 1), label
    for kind in TermKind:
        for label in record.get(kind, []):
            name = term(kind, label)
            counts[name], labels[name] = 1, label
    return Terms.of(counts, labels)


def _written(name: str, terms: Terms) -> str:
    stem, label, count = name.partition(":")[2], terms.labels[name], terms.counts[name]
    if label[: len(stem)].lower() != stem:
        seen = f"{stem}{_LABEL}{label}"
    else:
        seen = label if len(label) == len(stem) else f"{label[: len(stem)]}{_STEM}{label[len(stem) :]}"
    return seen if count == 1 else f"{seen}{_COUNT}{count}"


def _read(seen: str) -> tuple[str, str]:
    """The stem and the label of a word."""
    if _LABEL in seen:
        stem, _, label = seen.partition(_LABEL)
        return stem, label
    head, _, rest = seen.partition(_STEM)
    return head.lower(), head + rest
