"""The whole record as CSV: nothing is lost, and nothing runs."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventosa.record.whole import Person
from ventosa.tables import BEGINS_FORMULA, HEAD, Table, harmless, tables_of, write_csv
from whole_record import BODIES, SCAN, whole, written

TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"))


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


def table(name: str) -> list[dict[str, str]]:
    head, *rows = read(write_csv(tables_of(whole())[name]))
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_there_is_a_table_of_every_kind() -> None:
    assert set(tables_of(whole())) == {"person", "visits", "answers", "felt_places", *BODIES}


def test_nothing_of_a_body_is_left_out() -> None:
    [letter] = table("letter")
    assert (letter["other"], letter["text"], letter["scan"]) == ("Dr Marsh", "INR 2.4.", SCAN)
    [word] = table("word")
    assert word["on"] == "2026-11-24" and word["said_on"] == "2026-11-20"
    assert '"from_level": "L3"' in word["zone"]


def test_a_mistake_and_a_signature_stand_in_the_row() -> None:
    assert [row["in_error"] for row in table("session")] == ["", "Another person's session."]
    assert [row["signed_by"] for row in table("note")] == ["", "Alice Stern"]


def test_not_known_is_empty_and_no_is_no() -> None:
    answers = {row["fact"]: row["value"] for row in table("answers")}
    assert (answers["fever"], answers["diabetes"], answers["anticoagulant"]) == ("", "no", "yes")
    assert (answers["onset_age_years"], answers["weight_kg"]) == ("30 to 39", "82.5")


@pytest.mark.parametrize("begin", BEGINS_FORMULA)
def test_a_formula_gets_an_apostrophe(begin: str) -> None:
    assert harmless(f"{begin}HYPERLINK(1)") == f"'{begin}HYPERLINK(1)"


@pytest.mark.parametrize("number", ["-20", "-0.5", "17", "3.25"])
def test_a_number_stays(number: str) -> None:
    assert harmless(number) == number


@given(st.lists(TEXT, min_size=1, max_size=6))
def test_no_cell_begins_a_formula_and_none_is_lost(cells: list[str]) -> None:
    made = write_csv(Table(tuple("abcdef"[: len(cells)]), (tuple(cells),)))
    [_, row] = read(made)
    assert [cell.removeprefix("'") for cell in row] == [cell.removeprefix("'") for cell in cells]
    assert not any(cell.startswith(BEGINS_FORMULA) and not _is_number(cell) for cell in row)


def _is_number(cell: str) -> bool:
    return cell.lstrip("-").replace(".", "", 1).isdigit()


def test_a_column_name_is_harmless_too() -> None:
    record = whole(written=(written(1, "note", body={"=1+1": "x"}),))
    assert read(write_csv(tables_of(record)["note"]))[0] == [*HEAD, "'=1+1"]


def test_the_mark_is_written_where_it_is_asked_for() -> None:
    made = tables_of(whole(person=Person("p", 1, "Inês")))["person"]
    assert write_csv(made, bom=True).startswith(b"\xef\xbb\xbf")
    assert write_csv(made).startswith(b'"number"')
    assert b"\r\n" in write_csv(made)
