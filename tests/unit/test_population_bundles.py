"""Bundles as a table: who has a row, what stands in it, and what is kept out and why."""

import csv
import json
import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ventosa.codes import load_codes
from ventosa.fhir import read_bundle
from ventosa.knowledge import Knowledge, load
from ventosa.knowledge.model import Fact
from ventosa.logic import Boolean, Choice, Number
from ventosa.population import bundles
from ventosa.population.bundles import BundlesRead, facts_table, written_values
from ventosa.record import Answers, InputError, Interval, PatientRecord, Reading, Value
from ventosa.screening import settle

KNOWN: Knowledge = load()
CODES = load_codes(KNOWN.texts["codes/codes.csv"])
ON = date(2026, 6, 15)

Json = dict[str, Any]
Row = dict[str, str]


def patient(person: str | None = "p1", **changes: Any) -> Json:
    found: Json = {"resourceType": "Patient", "birthDate": "1962-03-01", **changes}
    return found if person is None else {**found, "id": person}


def platelets(count: float) -> Json:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "777-3"}]},
        "effectiveDateTime": "2026-06-01",
        "valueQuantity": {"value": count, "code": "10*3/uL"},
    }


def bundle(*resources: Json) -> str:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def folder_of(place: Path, **texts: str) -> Path:
    """A folder with one bundle a file."""
    folder = place / "bundles"
    for name, text in texts.items():
        file = folder / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder


def read(
    source: Path, place: Path, progress: Callable[[int], None] | None = None
) -> tuple[list[Row], BundlesRead]:
    into = place / "facts.csv"
    found = facts_table(source, KNOWN, CODES, ON, into, progress)
    with into.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True)), found


def known(row: Row) -> Row:
    return {name: value for name, value in row.items() if value and name != "person_id"}


# --- rows -----------------------------------------------------------------------------------


def test_a_bundle_becomes_a_row_of_settled_facts(tmp_path: Path) -> None:
    source = folder_of(tmp_path, one=bundle(patient("p1", gender="female"), platelets(80.5)))
    rows, found = read(source, tmp_path)
    assert found == BundlesRead(1, ())
    assert [row["person_id"] for row in rows] == ["p1"]
    # So few platelets answer the question on bleeding.
    assert known(rows[0]) == {
        "age_years_low": "64",
        "age_years_high": "64",
        "sex": "female",
        "bleeding_disorder": "true",
        "platelets_10e9_l_low": "80.5",
        "platelets_10e9_l_high": "80.5",
    }


def test_every_fact_has_its_columns(tmp_path: Path) -> None:
    rows, _ = read(folder_of(tmp_path, one=bundle(patient())), tmp_path)
    wanted = ["person_id"]
    for fact in KNOWN.facts.values():
        number = isinstance(fact.type, Number)
        wanted += [f"{fact.id}_low", f"{fact.id}_high"] if number else [fact.id]
    assert list(rows[0]) == wanted


def test_a_year_of_birth_gives_an_interval(tmp_path: Path) -> None:
    rows, _ = read(folder_of(tmp_path, one=bundle(patient(birthDate="1962"))), tmp_path)
    assert known(rows[0]) == {"age_years_low": "63", "age_years_high": "64"}


def test_files_come_by_name_and_folders_below_too(tmp_path: Path) -> None:
    texts = {name: bundle(patient(name[-1])) for name in ("c", "a", "below/b", ".hidden/d")}
    rows, found = read(folder_of(tmp_path, **texts), tmp_path)
    assert [row["person_id"] for row in rows] == ["a", "b", "c"]
    assert found.people == 3


def test_a_file_of_lines_holds_one_bundle_a_line(tmp_path: Path) -> None:
    source = tmp_path / "people.ndjson"
    lines = [bundle(patient("p1")), "", bundle(patient("p2")), "{", bundle(patient("p3"))]
    source.write_text("\n".join(lines), "utf-8")
    rows, found = read(source, tmp_path)
    assert [row["person_id"] for row in rows] == ["p1", "p2", "p3"]
    assert [(one.line, one.reason[:8]) for one in found.bad] == [(4, "not JSON")]


def test_a_folder_may_hold_files_of_lines(tmp_path: Path) -> None:
    source = folder_of(tmp_path, b=bundle(patient("p2")))
    (source / "a.ndjson").write_text(bundle(patient("p1")) + "\r\n[]\r\n", "utf-8")
    rows, found = read(source, tmp_path)
    assert [row["person_id"] for row in rows] == ["p1", "p2"]
    assert [(one.file, one.line) for one in found.bad] == [("a.ndjson", 2)]


def test_a_person_without_an_id_is_named_by_file_or_line(tmp_path: Path) -> None:
    rows, _ = read(folder_of(tmp_path, **{"below/one": bundle(patient(None))}), tmp_path)
    assert rows[0]["person_id"] == "below/one"
    lines = tmp_path / "people.ndjson"
    lines.write_text(f"\n{bundle(patient(None))}\n", "utf-8")
    rows, _ = read(lines, tmp_path)
    assert rows[0]["person_id"] == "line 2"


def test_bundles_are_read_one_at_a_time(tmp_path: Path) -> None:
    source = folder_of(tmp_path, a=bundle(patient("p1")), b="not read yet")
    seen: list[int] = []

    def replaced(number: int) -> None:
        seen.append(number)
        (source / "b.json").write_text(bundle(patient("p2")), "utf-8")

    rows, found = read(source, tmp_path, replaced)
    assert seen == [1, 2]
    assert [row["person_id"] for row in rows] == ["p1", "p2"]
    assert not found.bad


# --- kept out -------------------------------------------------------------------------------

SECRET = "Okonkwo-Delacroix"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON (it ends too early or text is broken off)"),
        ("", "the file is empty"),
        ("\ufeff{}", "the file starts with a byte order mark; save it as UTF-8 without one"),
        (json.dumps(patient()), "resourceType: must be Bundle"),
        (bundle(platelets(80)), "entry: the bundle holds no Patient"),
        (bundle(patient("p1"), patient("p2")), "entry: the bundle holds 2 Patients"),
        (bundle(patient(deceasedBoolean=True)), "the person is recorded as dead"),
        (bundle(patient(deceasedDateTime="2020-01-01")), "the person is recorded as dead"),
        (bundle(patient(birthDate="2027-01-01")), "entry[0].resource.birthDate: lies after"),
        (bundle(patient(birthDate=SECRET)), "entry[0].resource.birthDate: "),
        (bundle(patient(gender=[SECRET])), "entry[0].resource.gender: must be a string"),
        (bundle(patient(f"{SECRET}\n")), "the person's id holds a character that cannot be"),
    ],
)
def test_a_bad_bundle_is_named_with_its_reason_and_no_value(
    text: str, reason: str, tmp_path: Path
) -> None:
    good = bundle(patient("good"))
    rows, found = read(folder_of(tmp_path, a=good, b=text), tmp_path)
    assert [row["person_id"] for row in rows] == ["good"]
    (bad,) = found.bad
    assert (bad.file, bad.line) == ("b.json", None)
    assert reason in bad.reason
    assert SECRET not in bad.reason


def test_what_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small, large = bundle(patient("p1")), bundle(patient("p2", note="x" * 4000))
    monkeypatch.setattr(bundles, "MAX_BUNDLE", 1000)
    rows, found = read(folder_of(tmp_path, a=small, b=large), tmp_path)
    assert [row["person_id"] for row in rows] == ["p1"]
    assert [one.file for one in found.bad] == ["b.json"]
    assert "is larger than" in found.bad[0].reason
    lines = tmp_path / "people.ndjson"
    lines.write_text("\n".join([large, small, large]), "utf-8")
    rows, found = read(lines, tmp_path)
    assert [row["person_id"] for row in rows] == ["p1"]
    assert [(one.file, one.line) for one in found.bad] == [
        ("people.ndjson", 1),
        ("people.ndjson", 3),
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    source = folder_of(tmp_path, a=bundle(patient("p1")))
    (source / "gone.json").symlink_to(tmp_path / "nowhere")
    rows, found = read(source, tmp_path)
    assert len(rows) == 1
    assert [(one.file, one.reason) for one in found.bad] == [
        ("gone.json", "cannot be read (No such file or directory)")
    ]


def test_of_bundles_with_one_id_none_is_taken(tmp_path: Path) -> None:
    """Which of them is right is not known."""
    twice = bundle(patient("p1")), bundle(patient("p1", birthDate="1990-01-01"))
    source = folder_of(tmp_path, a=twice[0], b=bundle(patient("p2")), c=twice[1])
    rows, found = read(source, tmp_path)
    assert [row["person_id"] for row in rows] == ["p2"]
    assert found.people == 1
    assert [one.file for one in found.bad] == ["a.json", "c.json"]
    assert {one.reason for one in found.bad} == {"the person's id stands in 2 bundles"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bundles", "facts.csv"]


def test_a_name_that_is_not_text_is_still_named(tmp_path: Path) -> None:
    source = folder_of(tmp_path, a=bundle(patient("p1")))
    (Path(os.fsdecode(os.fsencode(source) + b"/\xff.json"))).write_text("{", "utf-8")
    _, found = read(source, tmp_path)
    assert [one.file for one in found.bad] == ["\\udcff.json"]


def test_where_nothing_stands_is_an_error(tmp_path: Path) -> None:
    empty = tmp_path / "empty.ndjson"
    empty.write_text("\n\n", "utf-8")
    (tmp_path / "folder").mkdir()
    for source, problem in (
        (empty, "holds no bundle"),
        (tmp_path / "folder", "holds no bundle"),
        (tmp_path / "nowhere.ndjson", "cannot be read (No such file or directory)"),
    ):
        with pytest.raises(InputError) as caught:
            read(source, tmp_path)
        assert caught.value.path == str(source)
        assert problem in caught.value.problem


# --- settling again changes nothing ---------------------------------------------------------


def settled_again(values: dict[str, Value]) -> dict[str, Value]:
    answers = Answers(answered_on=ON, facts=MappingProxyType(dict(values)))
    return dict(settle(answers, None, KNOWN, ON).values)


def settled_values(record: PatientRecord) -> dict[str, Value]:
    values = settle(Answers(answered_on=ON), record, KNOWN, ON).values
    return written_values(values, KNOWN)


def test_the_records_gender_answers_no_question_on_pregnancy(tmp_path: Path) -> None:
    """Only the person's own word settles that group; a table of answers would take it for one."""
    rows, _ = read(folder_of(tmp_path, one=bundle(patient(gender="male"))), tmp_path)
    assert known(rows[0]) == {"age_years_low": "64", "age_years_high": "64"}
    record = PatientRecord("Patient/p1", readings=(Reading("sex", "male", "Patient/p1"),))
    assert "pregnant" not in settled_again(settled_values(record))


def _reading_of(fact: Fact) -> st.SearchStrategy[Reading]:
    values: st.SearchStrategy[Value]
    match fact.type:
        case Boolean():
            values = st.booleans()
        case Choice(words):
            values = st.sampled_from(words)
        case Number(low, high):
            ends = st.tuples(st.floats(low, high), st.floats(low, high))
            values = ends.map(lambda two: Interval(min(two), max(two)))
    return values.map(lambda value: Reading(fact.id, value, "Observation/o1", ON))


RECORDED = [
    fact for fact in KNOWN.facts.values() if fact.zone is None and fact.id != "zones_recorded"
]


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_settling_written_values_again_changes_nothing(data: st.DataObject) -> None:
    facts = data.draw(st.lists(st.sampled_from(RECORDED), max_size=25, unique_by=lambda f: f.id))
    readings = tuple(data.draw(_reading_of(fact)) for fact in facts)
    values = settled_values(PatientRecord("Patient/p1", readings=readings))
    assert settled_again(values) == values


def test_settling_the_shared_bundles_again_changes_nothing(shared_patients: list[Path]) -> None:
    on = ON + timedelta(days=162)
    people = 0
    for path in shared_patients:
        try:
            values = settled_values(read_bundle(path.read_bytes(), CODES, on))
        except InputError:
            continue  # the one who is recorded as dead
        assert values
        assert settled_again(values) == values
        people += 1
    assert people >= 10
