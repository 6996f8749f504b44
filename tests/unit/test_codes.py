"""The table of codes: what stands in it, how it is looked up, and what an import refuses."""

import csv
from pathlib import Path

import pytest

from ventosa.codes import (
    ATC,
    ICD_10,
    ICD_10_CM,
    LOINC,
    SNOMED,
    CodeTable,
    Says,
    import_codes,
    is_snomed_id,
    load_codes,
    write_codes,
)
from ventosa.record import KnowledgeError

KNOWLEDGE = Path(__file__).parents[2] / "src/ventosa/knowledge"
TEXT = (KNOWLEDGE / "codes/codes.csv").read_text(encoding="utf-8")
with (KNOWLEDGE / "facts.csv").open(encoding="utf-8", newline="") as _file:
    FACTS = {row["fact"] for row in csv.DictReader(_file)}
HEADER = "fact,system,code,match,label,kind,source\n"


@pytest.fixture(scope="module")
def table() -> CodeTable:
    return load_codes(TEXT, facts=FACTS)


def facts(table: CodeTable, system: str, code: str) -> set[str]:
    return {row.fact for row in table.find(system, code)}


def test_every_row_is_of_a_known_fact_and_has_a_source(table: CodeTable) -> None:
    assert len(table.rows) == 1355
    assert {row.fact for row in table.rows} <= FACTS
    assert all(row.source for row in table.rows)


def test_every_snomed_id_passes_the_check_digit(table: CodeTable) -> None:
    ids = [row.code for row in table.rows if row.system == SNOMED]
    assert len(ids) > 700
    assert all(map(is_snomed_id, ids))


@pytest.mark.parametrize("code", ["73211009", "22298006", "1025791000000108"])
def test_a_changed_digit_is_no_snomed_id(code: str) -> None:
    assert is_snomed_id(code)
    for digit in "0123456789":
        if digit != code[-1]:
            assert not is_snomed_id(code[:-1] + digit)


@pytest.mark.parametrize("code", ["", "12345", "x3211009", "073211009", "٧3211009", "1" * 19])
def test_what_is_no_number_of_the_right_length_is_no_snomed_id(code: str) -> None:
    assert not is_snomed_id(code)


@pytest.mark.parametrize("system", [ICD_10, ICD_10_CM])
@pytest.mark.parametrize("code", ["M80.08XA", "M8008XA", "m80.08xa"])
def test_icd_is_compared_without_dots_under_both_uris(
    table: CodeTable, system: str, code: str
) -> None:
    assert facts(table, system, code) == {"osteoporosis", "fracture_known"}


def test_a_code_shorter_than_the_prefix_does_not_match(table: CodeTable) -> None:
    assert facts(table, ICD_10_CM, "M8") == set()
    assert facts(table, ICD_10, "E14") == {"diabetes"}


def test_codes_of_other_systems_match_exactly(table: CodeTable) -> None:
    assert facts(table, SNOMED, "44054006") == {"diabetes"}
    assert facts(table, SNOMED, "4405400") == set()
    assert facts(table, LOINC, "6301-6") == {"inr"}
    assert facts(table, "https://snomed.info/sct", "44054006") == set()
    assert table.find(None, "6301-6") == () == table.find(LOINC, None)


def test_what_a_prefix_does_not_mean_is_left_out(table: CodeTable) -> None:
    assert facts(table, ICD_10_CM, "D56.3") == set() == facts(table, ICD_10_CM, "D57.3")
    assert facts(table, ICD_10_CM, "D56.1") == {"anaemia"}
    assert facts(table, ATC, "B01AB02") == set()
    assert facts(table, ATC, "B01AB05") == {"anticoagulant"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("716184000", Says.NO),
        ("60001007", Says.NO),
        ("146799005", Says.POSSIBLE),
        ("266927001", Says.NOTHING),
        ("703151001", Says.ASK),
        ("16114001", Says.ASK),
        ("396347007", Says.ASK),
        ("192970008", Says.YES),
        ("44054006", Says.YES),
    ],
)
def test_the_label_carries_what_a_code_says(table: CodeTable, code: str, says: Says) -> None:
    assert [row.says for row in table.find(SNOMED, code)] == [says]


def test_only_false_and_no_labels_say_no(table: CodeTable) -> None:
    no = {row.label for row in table.rows if row.says is Says.NO}
    assert no and all(label.startswith(("FALSE:", "no:")) for label in no)


def test_the_table_survives_writing_and_reading(table: CodeTable) -> None:
    assert write_codes(table) == TEXT
    assert load_codes(write_codes(table)) == table


def test_an_import_adds_rows_behind_the_table(table: CodeTable) -> None:
    new = HEADER + f"diabetes,{SNOMED},73211009,exact,diabetes,condition,clinic list\n"
    merged = import_codes(table, "\ufeff" + new, file="clinic.csv", facts=FACTS)
    assert merged.rows[:-1] == table.rows
    assert facts(merged, SNOMED, "73211009") == {"diabetes"}
    assert import_codes(merged, new, file="clinic.csv", facts=FACTS) == merged


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"diabetis,{SNOMED},73211009,exact,x,condition,s", "'diabetis' is no fact"),
        (f"diabetes,{SNOMED},73211009,like,x,condition,s", "match must be"),
        (f"diabetes,{SNOMED},73211009,prefix,x,condition,s", "by prefix"),
        (f"diabetes,{SNOMED},,exact,x,condition,s", "code is empty"),
        (f"diabetes,{SNOMED},73211008,exact,x,condition,s", "check digit"),
        (f"diabetes,{SNOMED}, 73211009,exact,x,condition,s", "space"),
        ("diabetes,http://snomed.info/sct/,73211009,exact,x,condition,s", "must be written"),
        ("diabetes,snomed,73211009,exact,x,condition,s", "not a URI"),
        (f"diabetes,{SNOMED},73211009,exact,x,illness,s", "no kind"),
        (f"diabetes,{SNOMED},73211009,exact,x,condition", "6 cells"),
        (f"diabetes,{SNOMED},73211009,exact,x,condition,", "source is empty"),
        (f"diabetes,{SNOMED},44054006,exact,FALSE: none,condition,s", "already there as yes"),
        (f'diabetes,{SNOMED},73211009,exact,"x,condition,s', "is not CSV"),
    ],
)
def test_an_import_refuses_what_it_cannot_use(table: CodeTable, row: str, problem: str) -> None:
    with pytest.raises(KnowledgeError, match=problem) as caught:
        import_codes(table, HEADER + row + "\n", file="clinic.csv", facts=FACTS)
    assert caught.value.file == "clinic.csv"
    assert caught.value.where.startswith("line 2") or "CSV" in problem


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("fact,fact,system,code,match,label,kind,source\n", "twice"),
        ("fact,system,code,match,label,kind\n", "must have the columns"),
        ("", "must have the columns"),
    ],
)
def test_the_header_must_be_the_seven_columns(header: str, problem: str) -> None:
    with pytest.raises(KnowledgeError, match=problem):
        load_codes(header)


def test_a_repeated_row_names_the_line_it_repeats() -> None:
    row = f"diabetes,{SNOMED},44054006,exact,diabetes,condition,s\n"
    with pytest.raises(KnowledgeError, match="line 3: repeats line 2"):
        load_codes(HEADER + row + row)
