"""Page: tables as Markdown."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from benchmarks.quality.figures import Line, Table
from benchmarks.quality.settings import differing, why
from ranking.evaluation.intervals import Estimate

COMMAND = "python -m benchmarks.quality"
_HEAD = """# Quality

What the ranking reaches on published data sets, beside published and plain rankers. One rule, one set of parameters
(those of `ranking/params.py`) and one code path, that of the service, stand behind all rows of ours; where a setting
differs is said below. Figures have 95 % bootstrap intervals, differences are paired. The data is not part of the
project; all is printed by `{command}`."""


def page(tables: Mapping[str, Sequence[Table]], absent: Mapping[str, str]) -> str:
    """The whole page: the tables by the name under which each is printed, and why others are not there."""
    parts = [_HEAD.format(command=COMMAND)]
    parts += [section(name, some) for name, some in tables.items()]
    parts += [f"## Not measured: {name}\n\n{reason}." for name, reason in absent.items()]
    parts.append(_settings([table for some in tables.values() for table in some]))
    return "\n\n".join(parts) + "\n"


def section(name: str, tables: Sequence[Table]) -> str:
    """The tables that one command prints, each with its figures, differences and goals."""
    return "\n\n".join(_table(name, one) for one in tables)


def _table(name: str, table: Table) -> str:
    parts = [f"## {table.title}", table.asked, f"Printed by `{COMMAND} --only {name}`."]
    parts.append(_figures("", table.columns, table.lines))
    if table.differences:
        parts.append(_figures("Difference", table.columns, table.differences))
    if table.goals:
        parts.append("\n".join(_goals(table)))
    return "\n\n".join([*parts, *table.notes])


def _figures(corner: str, columns: Sequence[str], lines: Iterable[Line]) -> str:
    sign = "+" if corner else ""
    rows = ([line.name, *(_said(line.figures.get(column), sign) for column in columns)] for line in lines)
    return "\n".join(_rows([corner, *columns], rows))


def _goals(table: Table) -> Iterator[str]:
    rows = []
    for goal in table.goals:
        reached, figure = table.reached(goal)
        verdict = "reached" if reached else "**MISSED**"
        rows.append([f"{goal.whose}: {goal.column}", f"{goal.target:.3f}", _said(figure, ""), verdict])
    yield from _rows(["To be reached", "Target", "Ours", ""], rows)


def _settings(tables: Sequence[Table]) -> str:
    """Which parameters are not as by default, in which rows, and why."""
    rows, names = [], dict[str, None]()
    for table in tables:
        for name, params in table.settings:
            others = differing(params)
            names |= dict.fromkeys(others)
            said = ", ".join(f"`{one}` {value:g} (not {default:g})" for one, (value, default) in others.items())
            rows.append([table.title, name, said or "none"])
    parts = ["## Where a setting differs", "\n".join(_rows(["Table", "Row", "Differs"], rows))]
    parts.append("\n".join(f"- `{name}` {why(name)}." for name in names))
    return "\n\n".join(parts)


def _rows(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join("---" for _ in head) + " |"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _said(figure: Estimate | None, sign: str) -> str:
    if figure is None or figure.value is None:
        return ""
    return f"{figure.value:{sign}.3f} [{figure.low:{sign}.3f}, {figure.high:{sign}.3f}]"
