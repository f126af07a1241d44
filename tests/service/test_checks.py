"""Checks: each fault of a file is found under the check that it belongs to."""

from service.checks import Check, checks_of
from service.documents import FieldError, Row
from tests.build import an_event


def failed(*rows: Row) -> dict[str, tuple[str, ...]]:
    """The checks that failed, with their faults."""
    return {check.name: check.faults for check in checks_of(rows) if check.faults}


def test_good_rows_pass_every_check() -> None:
    """One check for reading, one for each field, one for unknown fields, one for repeated ids."""
    checks = list(checks_of([Row(1, 1, an_event("a")), Row(2, 2, an_event("b"))]))
    assert checks[0] == Check("2 rows can be read", ())
    assert len(checks) == 13
    assert not any(check.faults for check in checks)


def test_a_fault_within_a_field_belongs_to_the_field() -> None:
    """The message keeps the whole path and the line."""
    row = Row(3, 7, None, (FieldError("details.0.kind", "is odd"),))
    assert failed(row) == {"details": ("line 7: details.0.kind is odd",)}


def test_a_row_that_cannot_be_read_and_a_field_that_nobody_knows_are_told_apart() -> None:
    """The first has no field to blame."""
    rows = Row(1, 1, None, (FieldError("", "Invalid JSON"),)), Row(2, 2, None, (FieldError("mood", "is not known"),))
    assert failed(*rows) == {
        "2 rows can be read": ("line 1: Invalid JSON",),
        "no other fields": ("line 2: mood is not known",),
    }


def test_every_repetition_names_the_first() -> None:
    """Also where both stand on one line, as in an array without line breaks."""
    rows = [Row(number, line, an_event("a")) for number, line in ((1, 1), (2, 1), (3, 4))]
    assert failed(*rows) == {"ids are unique": ("line 1: a is also on line 1", "line 4: a is also on line 1")}
