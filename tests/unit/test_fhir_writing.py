"""Record out: what a bundle holds, and that it comes back."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventosa.codes import CodeTable, load_codes
from ventosa.fhir import read_answers, read_bundle, to_bundle
from ventosa.knowledge import Knowledge, load
from ventosa.record import Answers, Interval, Value
from ventosa.record.whole import Attended, WholeRecord
from whole_record import ANSWERS, AT, BODIES, ON, SCAN, VISIT, whole, written

KNOWN: Knowledge = load()
CODES: CodeTable = load_codes(KNOWN.texts["codes/codes.csv"])

HL7 = {
    ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB"),
    ("http://terminology.hl7.org/CodeSystem/consentscope", "treatment"),
    ("http://terminology.hl7.org/CodeSystem/adverse-event-outcome", "resolved"),
    ("http://terminology.hl7.org/CodeSystem/adverse-event-outcome", "ongoing"),
    ("http://loinc.org", "59284-0"),
    ("http://loinc.org", "72514-3"),
    ("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1"),
    ("urn:ietf:bcp:47", "en"),
}
"""Codes of HL7's own lists and examples, and of ``_outcome_nrs`` in the sample bundles."""

BECOMES = {
    "complaint": "Condition",
    "import": "DocumentReference",
    "screening": "DetectedIssue",
    "plan": "CarePlan",
    "session": "Procedure",
    "marks": "Observation",
    "adverse_event": "AdverseEvent",
    "photo": "DocumentReference",
    "letter": "DocumentReference",
    "consent": "Consent",
    "spoken": "Consent",
    "withdrawal": "Consent",
    "note": "DocumentReference",
    "word": "Communication",
    "clearance": "Communication",
}


def bundle(record: WholeRecord | None = None) -> dict[str, Any]:
    return to_bundle(record or whole(), KNOWN, {"blister": "Blister"})


def resources(record: WholeRecord | None = None) -> list[dict[str, Any]]:
    return [entry["resource"] for entry in bundle(record)["entry"]]


def of(type: str, record: WholeRecord | None = None) -> list[dict[str, Any]]:
    return [one for one in resources(record) if one["resourceType"] == type]


def data(record: WholeRecord | None = None) -> bytes:
    return json.dumps(bundle(record)).encode()


def walk(tree: Any) -> Iterator[Any]:
    yield tree
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from walk(one)


def test_answers_come_back_whole() -> None:
    assert read_answers(data()) == {VISIT: dict(ANSWERS.facts)}


def test_what_the_reader_reads_comes_back() -> None:
    record = read_bundle(data(), CODES, ON)
    read = {reading.fact: reading.value for reading in record.readings if reading.stale is None}
    assert (record.name, record.birth_date) == ("Ruth Adler", "1947-05")
    assert read == {
        "age_years": Interval(79, 79),
        "sex": "female",
        "pregnant": "no",
        "systolic_bp_mmhg": Interval(128, 128),
        "diastolic_bp_mmhg": Interval(81, 81),
        "weight_kg": Interval(82.5, 82.5),
        "height_cm": Interval(181, 181),
    }


FACTS = sorted(fact for fact, known in KNOWN.facts.items() if known.zone is None)
NUMBER = st.floats(-1000, 1000, allow_nan=False)
VALUES: st.SearchStrategy[Value | None] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["yes", "no", "possible", "one_sided"]),
    st.tuples(NUMBER, NUMBER).map(lambda ends: Interval(min(ends), max(ends))),
)


@given(st.dictionaries(st.sampled_from(FACTS), VALUES, min_size=1, max_size=12))
def test_any_answers_come_back(facts: dict[str, Value | None]) -> None:
    visit = Attended(VISIT, ON, AT, whole().visits[0].practitioner, Answers(facts=facts))
    assert read_answers(data(whole(visits=(visit,), written=()))) == {VISIT: facts}


def test_a_number_that_is_not_exact_gets_no_public_code() -> None:
    facts: dict[str, Value | None] = {"weight_kg": Interval(80, 85)}
    visit = Attended(VISIT, ON, AT, whole().visits[0].practitioner, Answers(facts=facts))
    record = whole(visits=(visit,), written=())
    assert not of("Observation", record)
    assert read_answers(data(record)) == {VISIT: facts}


def test_every_kind_has_a_resource_of_its_own() -> None:
    assert set(BECOMES) == set(BODIES) - {"details"}
    for number, (kind, type) in enumerate(BECOMES.items()):
        record = whole(visits=(), written=(written(number, kind, visit=None),))
        found = {one["resourceType"] for one in resources(record)}
        assert type in found, kind
        assert "Provenance" in found, kind


def test_an_unknown_kind_keeps_its_words() -> None:
    record = whole(written=(written(1, "novel", body={"text": "Something new."}),))
    [document] = of("DocumentReference", record)
    assert document["content"][0]["attachment"]["data"]


def test_every_pointer_leads_to_something_in_the_bundle() -> None:
    made = bundle()
    there = [entry["fullUrl"] for entry in made["entry"]]
    assert len(there) == len(set(there))
    pointers = [
        one["reference"] for one in walk(made) if isinstance(one, dict) and "reference" in one
    ]
    assert len(pointers) > 60
    assert set(pointers) <= set(there)


def test_only_codes_that_were_seen_are_written() -> None:
    seen = {(row.system, row.code) for row in CODES.rows} | HL7
    codings = [
        (one["system"], one["code"])
        for one in walk(bundle())
        if isinstance(one, dict) and {"system", "code"} <= set(one) and "value" not in one
    ]
    public = {coding for coding in codings if not coding[0].startswith("urn:ventosa:")}
    assert len(public) > 10
    assert public <= seen


def test_nothing_is_empty() -> None:
    assert not [one for one in walk(bundle()) if one is None or one in ("", [], {})]


def test_what_was_entered_in_error_is_never_current() -> None:
    record = whole(written=(written(1, "session", struck=whole().written[-1].struck),))
    assert not of("Procedure", record)
    [document] = of("DocumentReference", record)
    assert document["status"] == "entered-in-error"


def test_a_consent_taken_back_is_inactive_and_a_later_one_is_not() -> None:
    later = written(50, "consent", body={"consent": {"id": "k2", "kind": "treatment"}})
    other = written(1, "consent", body={"consent": {"id": "k3", "kind": "photo"}})
    first, no = written(2, "consent"), written(12, "withdrawal")
    status = {
        one["id"]: one["status"] for one in of("Consent", whole(written=(first, no, later, other)))
    }
    assert [status[one.id] for one in (first, later, other)] == ["inactive", "active", "active"]


def test_a_no_to_a_consent_that_is_not_known_is_a_no_to_all() -> None:
    no = written(12, "withdrawal", body={"consent": "gone", "text": ""})
    made = of("Consent", whole(written=(written(2, "consent"), no)))
    assert made[0]["status"] == "inactive"


def test_a_harm_is_over_once_somebody_wrote_so() -> None:
    [harm] = of("AdverseEvent")
    assert harm["outcome"]["coding"][0]["code"] == "resolved"
    [open_] = of("AdverseEvent", whole(written=(written(1, "adverse_event"),)))
    assert open_["outcome"]["coding"][0]["code"] == "ongoing"


def test_only_the_newest_plan_is_active() -> None:
    earlier, newer = written(1, "plan"), written(2, "plan")
    plans = {one["id"]: one["status"] for one in of("CarePlan", whole(written=(newer, earlier)))}
    assert plans == {earlier.id: "unknown", newer.id: "active"}


def test_an_override_stands_beside_the_finding_it_departs_from() -> None:
    [issue] = of("DetectedIssue")
    assert "Tolerated six before" in issue["mitigation"][0]["action"]["text"]
    assert issue["severity"] == "high"


def test_cups_say_where_they_stood_and_how_strong() -> None:
    [session] = of("Procedure")
    [cup] = session["extension"]
    told = {part["url"]: part for part in cup["extension"]}
    assert told["suction"]["valueQuantity"]["value"] == 20.0
    assert told["site"]["valueString"] == "bl25"
    assert session["bodySite"][0]["text"] == "L4, right"


def test_bytes_come_along() -> None:
    clearance = next(
        one for one in of("Communication") if any("contentAttachment" in p for p in one["payload"])
    )
    assert clearance["payload"][-1]["contentAttachment"]["contentType"] == "image/jpeg"
    bare = whole(kept={})
    assert SCAN not in json.dumps(bundle(bare))
    assert of("Communication", bare)


def test_a_signature_and_the_rules_that_decided_stand_in_the_provenance() -> None:
    signed = [one for one in of("Provenance") if "signature" in one]
    assert signed[0]["signature"][0]["extension"][0]["valueString"] == "a" * 64
    [rules] = [one for one in of("Provenance") if "entity" in one]
    assert rules["entity"][0]["what"]["identifier"]["value"] == "7" * 64


def test_the_time_zone_stays() -> None:
    moved = whole(taken_at=AT + timedelta(hours=3))
    assert bundle(moved)["timestamp"] == "2026-11-24T12:30:00+00:00"


@pytest.mark.parametrize("type", ["Patient", "RelatedPerson", "Encounter", "QuestionnaireResponse"])
def test_the_person_and_the_visits_are_there(type: str) -> None:
    assert len(of(type)) == 1
