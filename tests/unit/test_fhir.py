"""Record in: a small bundle for every reading rule, bad input, and real-sized bundles."""

import csv
import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ventosa.codes import load_codes
from ventosa.fhir import read_bundle
from ventosa.fhir.observations import MEASURES
from ventosa.record import InputError, Interval, PatientRecord, Reading

ROOT = Path(__file__).resolve().parents[2]
CODES = load_codes((ROOT / "src/ventosa/knowledge/codes/codes.csv").read_text(encoding="utf-8"))
ON = date(2026, 6, 15)

SCT = "http://snomed.info/sct"
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
RX = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
LOINC = "http://loinc.org"

Json = dict[str, Any]


def concept(system: str, *codes: str) -> Json:
    return {"coding": [{"system": system, "code": c, "display": "not read"} for c in codes]}


def patient(**changes: Any) -> Json:
    return {"resourceType": "Patient", "id": "p1", "birthDate": "1962-03-01", **changes}


def condition(system: str, code: str, status: str | None = "active", **changes: Any) -> Json:
    it = {"resourceType": "Condition", "id": "c1", "code": concept(system, code), **changes}
    if status is not None:
        it["clinicalStatus"] = concept("http://hl7.org/condition-clinical", status)
    return it


def verified(status: str) -> Json:
    return {"verificationStatus": concept("http://hl7.org/condition-ver-status", status)}


def request(system: str, code: str, status: str | None = "active", **changes: Any) -> Json:
    it = {
        "resourceType": "MedicationRequest",
        "id": "m1",
        "intent": "order",
        "medicationCodeableConcept": concept(system, code),
        **changes,
    }
    return it if status is None else {**it, "status": status}


def observation(code: str, when: str | None = "2026-06-15", **changes: Any) -> Json:
    it = {"resourceType": "Observation", "id": "o1", "status": "final", **changes}
    it.setdefault("code", concept(LOINC, code))
    return it if when is None else {**it, "effectiveDateTime": when}


def number(
    code: str, value: float, unit: str, when: str | None = "2026-06-15", **more: Any
) -> Json:
    quantity = {"value": value, "unit": "not read", "code": unit}
    return observation(code, when, valueQuantity={**quantity, **more})


def procedure(code: str, when: str | None = "2026-06-01", **changes: Any) -> Json:
    it = {"resourceType": "Procedure", "id": "x1", "status": "completed", **changes}
    it["code"] = concept(SCT, code)
    return it if when is None else {**it, "performedDateTime": when}


def allergy(system: str, code: str, **changes: Any) -> Json:
    it = {"resourceType": "AllergyIntolerance", "id": "a1", "code": concept(system, code)}
    return {**it, **changes}


def bundle(*resources: Json, who: Json | None = None) -> bytes:
    entries = [{"resource": r} for r in (who or patient(), *resources)]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()


def read(*resources: Json, who: Json | None = None, on: date = ON) -> dict[str, Reading]:
    record = read_bundle(bundle(*resources, who=who), CODES, on)
    assert len({r.fact for r in record.readings}) == len(record.readings)
    return {r.fact: r for r in record.readings if r.fact not in ("age_years", "sex")}


def known(*resources: Json, **more: Any) -> dict[str, Any]:
    """What counts as known; a number of one value is given as that value."""
    said = {f: r.value for f, r in read(*resources, **more).items() if r.stale is None}
    return {f: v.low if isinstance(v, Interval) and v.low == v.high else v for f, v in said.items()}


def hints(*resources: Json, **more: Any) -> dict[str, str]:
    return {f: r.stale for f, r in read(*resources, **more).items() if r.stale is not None}


def refusal(data: bytes, on: date = ON) -> InputError:
    with pytest.raises(InputError) as caught:
        read_bundle(data, CODES, on)
    return caught.value


# --- the person -----------------------------------------------------------------------------


def person(**changes: Any) -> PatientRecord:
    return read_bundle(bundle(who=patient(**changes)), CODES, ON)


@pytest.mark.parametrize(
    ("birth", "low", "high"),
    [
        ("1962-06-15", 64, 64),
        ("1962-06-16", 63, 63),
        ("1962-06", 63, 64),
        ("1962-05", 64, 64),
        ("1962", 63, 64),
        ("2026", 0, 0),
        ("2026-06-15", 0, 0),
    ],
)
def test_age_is_whole_years_or_the_span_that_a_partial_date_leaves(
    birth: str, low: int, high: int
) -> None:
    record = person(birthDate=birth)
    assert record.readings == (Reading("age_years", Interval(low, high), "Patient/p1"),)
    assert record.birth_date == birth


def test_a_placeholder_birth_date_does_not_count() -> None:
    assert person(birthDate="1900-01-01").readings[0].stale is not None


@pytest.mark.parametrize("gender", ["female", "male", "other"])
def test_gender_is_read_as_sex(gender: str) -> None:
    assert person(gender=gender).readings[1] == Reading("sex", gender, "Patient/p1")


def test_what_the_record_does_not_say_has_no_reading() -> None:
    who = {"resourceType": "Patient", "id": "p1", "gender": "unknown"}
    assert read_bundle(bundle(who=who), CODES, ON) == PatientRecord("Patient/p1", patient_id="p1")


def test_the_official_name_is_given_and_family() -> None:
    maiden = {"use": "maiden", "family": "Byron"}
    official = {"use": "official", "given": ["Ada", None, "King"], "family": "Lovelace"}
    assert person(name=[maiden, official]).name == "Ada King Lovelace"
    assert person(name=[maiden]).name == "Byron"
    assert person(name=[{"text": "Ada L."}]).name == "Ada L."


@pytest.mark.parametrize(
    ("changes", "element"),
    [
        ({"deceasedBoolean": True}, "deceasedBoolean"),
        ({"deceasedDateTime": "2026-06-15"}, "deceasedDateTime"),
        ({"deceasedDateTime": "2026"}, "deceasedDateTime"),
    ],
)
def test_a_dead_person_is_refused(changes: Json, element: str) -> None:
    error = refusal(bundle(who=patient(**changes)))
    assert error.path == f"entry[0].resource.{element}"
    assert error.problem == "the person is recorded as dead"


def test_a_later_death_is_allowed() -> None:
    assert person(deceasedDateTime="2026-06-16").readings
    assert person(deceasedBoolean=False).readings


@pytest.mark.parametrize(
    ("birth", "problem"),
    [
        ("2026-06-16", "lies after 2026-06-15"),
        ("2027", "lies after 2026-06-15"),
        ("1962-13-01", "does not exist"),
        ("1962-02-30", "does not exist"),
        ("0000", "does not exist"),
        ("01.03.1962", "not a FHIR date"),
        ("1962-03-01T10:00:00Z", "without a time"),
    ],
)
def test_a_birth_date_that_cannot_be_is_refused(birth: str, problem: str) -> None:
    error = refusal(bundle(who=patient(birthDate=birth)))
    assert error.path == "entry[0].resource.birthDate"
    assert problem in error.problem and "1962" not in error.problem


def test_there_must_be_exactly_one_patient() -> None:
    assert "no Patient" in refusal(bundle(who=condition(SCT, "44054006"))).problem
    assert "2 Patients" in refusal(bundle(patient(id="p2"))).problem


def test_a_resource_of_another_patient_is_refused() -> None:
    other = condition(SCT, "44054006", subject={"reference": "Patient/p2"})
    assert refusal(bundle(other)).path == "entry[1].resource.subject"


@pytest.mark.parametrize("reference", ["Patient/p1", "https://x.org/fhir/Patient/p1/_history/3"])
def test_the_subject_may_be_named_in_any_form(reference: str) -> None:
    assert known(condition(SCT, "44054006", subject={"reference": reference}))


def test_a_resource_of_a_group_or_thing_is_not_read() -> None:
    assert known(condition(SCT, "44054006", subject={"reference": "Group/p1"})) == {}


def test_a_source_takes_its_id_from_the_url_if_need_be() -> None:
    it = condition(SCT, "44054006")
    del it["id"]
    entries = [{"resource": patient()}, {"fullUrl": "urn:uuid:abc", "resource": it}]
    data = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    assert read_bundle(data, CODES, ON).readings[-1].source == "Condition/abc"


# --- conditions -----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["active", "recurrence", "relapse", None])
def test_a_current_condition_is_a_fact(status: str | None) -> None:
    it = condition(SCT, "44054006", status, recordedDate="2020-01-05")
    expected = Reading("diabetes", True, "Condition/c1", date(2020, 1, 5))
    assert read(it) == {"diabetes": expected}


@pytest.mark.parametrize("status", ["inactive", "remission", "resolved"])
def test_a_past_condition_is_none(status: str) -> None:
    assert read(condition(SCT, "44054006", status)) == {}


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_a_disowned_condition_is_none(status: str) -> None:
    assert read(condition(SCT, "44054006", **verified(status))) == {}
    assert known(condition(SCT, "44054006", **verified("provisional"))) == {"diabetes": True}


@pytest.mark.parametrize(
    "abatement",
    [
        {"abatementDateTime": "2025"},
        {"abatementAge": {"value": 60}},
        {"abatementString": "last year"},
        {"abatementPeriod": {"start": "2025"}},
    ],
)
def test_without_a_status_an_abatement_makes_it_past(abatement: Json) -> None:
    assert read(condition(SCT, "44054006", None, **abatement)) == {}


def test_what_ended_after_the_day_was_still_there() -> None:
    it = condition(SCT, "44054006", "resolved", abatementDateTime="2026-06-20")
    assert known(it) == {"diabetes": True}


def test_an_acute_illness_is_known_of_its_day_only() -> None:
    today = condition(SCT, "36971009", onsetDateTime=ON.isoformat())
    assert known(today) == {"acute_infection": True}
    for earlier in ({"onsetDateTime": "2026-06-14"}, {"onsetDateTime": "2009-02"}, {}):
        it = condition(SCT, "36971009", **earlier)
        assert known(it) == {}
        assert set(hints(it)) == {"acute_infection"}


def test_a_condition_of_after_the_day_is_not_read() -> None:
    assert read(condition(SCT, "44054006", recordedDate="2026-06-16")) == {}
    assert read(condition(SCT, "44054006", onsetDateTime="2026-07")) == {}
    assert read(condition(SCT, "44054006", onsetDateTime="2026-06")) != {}


def test_display_and_other_systems_are_never_read() -> None:
    it = condition("http://example.org/codes", "44054006")
    it["code"]["text"] = "Diabetes"
    assert read(it) == {}


@pytest.mark.parametrize(
    ("code", "fact"),
    [
        ("363406005", "cancer_history"),
        ("410429000", "cardiac_arrest_ever"),
        ("122761000000103", "koebner_disease"),
        ("111293003", "venous_thrombosis_past"),
        ("416479009", "iv_drug_use"),
    ],
)
def test_facts_of_the_past_count_when_resolved(code: str, fact: str) -> None:
    assert known(condition(SCT, code, "resolved")) == {fact: True}


def test_active_cancer_is_also_a_history() -> None:
    it = condition(ICD, "C18.9")
    assert known(it) == {"active_cancer": True, "cancer_history": True}


def test_a_clot_is_current_while_active_and_past_when_resolved() -> None:
    assert known(condition(ICD, "I26.99")) == {"venous_thrombosis_current": True}
    assert known(condition(ICD, "I26.99", "resolved")) == {"venous_thrombosis_past": True}
    assert known(condition(ICD, "Z86.711")) == {"venous_thrombosis_past": True}


@pytest.mark.parametrize(
    ("onset", "counts"),
    [("2026-03-15", True), ("2026-03-14", False), ("2026-05", True), ("2026", False)],
)
@pytest.mark.parametrize("status", ["active", "resolved"])
def test_a_stroke_counts_by_its_date(onset: str, counts: bool, status: str) -> None:
    it = condition(SCT, "230690007", status, onsetDateTime=onset)
    assert known(it) == ({"stroke_unstable": True} if counts else {})


def test_an_old_or_undated_stroke_is_shown() -> None:
    assert (
        "2019-02-01 is older"
        in hints(condition(SCT, "230690007", onsetDateTime="2019-02-01"))["stroke_unstable"]
    )
    assert hints(condition(SCT, "230690007")) == {"stroke_unstable": "the record hints at it; ask"}
    assert "may lie" in hints(condition(SCT, "230690007", onsetDateTime="2026"))["stroke_unstable"]


@pytest.mark.parametrize(("onset", "months"), [("2025-12-15", 6), ("2025-12-16", 5)])
def test_an_arrest_gives_whole_months(onset: str, months: int) -> None:
    it = condition(SCT, "410429000", onsetDateTime=onset)
    assert known(it) == {"cardiac_arrest_ever": True, "cardiac_arrest_months": months}
    it = condition(SCT, "410429000", recordedDate=onset)
    assert known(it)["cardiac_arrest_months"] == months
    partial = read(condition(SCT, "410429000", onsetDateTime="2025"))["cardiac_arrest_months"]
    assert partial.value == Interval(5, 17)


def test_the_newest_arrest_gives_the_months() -> None:
    old = condition(SCT, "410429000", onsetDateTime="2010-01-01")
    new = condition(SCT, "410429000", onsetDateTime="2026-01-01")
    assert known(new, old)["cardiac_arrest_months"] == 5 == known(old, new)["cardiac_arrest_months"]


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        ("S32.010A", {"fracture_known": True}),
        ("S32.010D", {"fracture_known": True}),
        ("S32010S", {}),
        ("M80.08XS", {"osteoporosis": True}),
        ("S32", {"fracture_known": True}),
    ],
)
def test_a_late_effect_is_no_fracture(code: str, facts: Json) -> None:
    assert known(condition(ICD, code)) == facts
    assert known(condition(ICD, "S32.010A", "resolved")) == {}


@pytest.mark.parametrize(
    ("system", "code", "fact"),
    [
        (SCT, "16114001", "fracture_known"),
        (SCT, "703151001", "seizure_disorder"),
        (ICD, "K70.30", "organ_failure"),
        (ICD, "R50.9", "fever"),
        (SCT, "44465007", "acute_soft_tissue_injury"),
    ],
)
def test_a_weak_code_is_a_hint(system: str, code: str, fact: str) -> None:
    assert hints(condition(system, code)) == {fact: "the record hints at it; ask"}
    assert read(condition(system, code, "resolved")) == {}


def test_cauda_equina_syndrome_is_no_mere_hint() -> None:
    assert known(condition(SCT, "192970008")) == {"bladder_bowel_change": True}


def test_status_codes_are_read() -> None:
    assert known(condition(ICD, "Z79.01"), condition(ICD, "Z95.0")) == {
        "anticoagulant": True,
        "implanted_electrical_device": True,
    }


def test_only_a_code_that_says_so_gives_a_no() -> None:
    assert known(condition(SCT, "413096007")) == {"iv_drug_use": False}
    assert known(condition(SCT, "413096007"), condition(SCT, "226034001")) == {"iv_drug_use": True}


# --- medicines ------------------------------------------------------------------------------


def test_an_active_medicine_is_a_fact() -> None:
    it = request(RX, "309362", authoredOn="2020-02-03")
    assert read(it) == {
        "antiplatelet": Reading("antiplatelet", True, "MedicationRequest/m1", date(2020, 2, 3))
    }
    assert known(request(ATC, "B01AF51")) == {"anticoagulant": True, "antiplatelet": True}
    assert known(request(ATC, "A10AB01")) == {"diabetes": True}


@pytest.mark.parametrize("status", ["stopped", "completed", "cancelled", "entered-in-error"])
def test_a_medicine_that_ended_is_no_evidence(status: str) -> None:
    assert read(request(RX, "309362", status)) == {}


@pytest.mark.parametrize("status", ["on-hold", "unknown", "draft", None])
def test_an_unclear_medicine_is_a_hint(status: str | None) -> None:
    assert set(hints(request(RX, "309362", status))) == {"antiplatelet"}


def test_a_mere_proposal_or_a_refusal_does_not_count() -> None:
    assert set(hints(request(RX, "309362", intent="proposal"))) == {"antiplatelet"}
    assert read(request(RX, "309362", doNotPerform=True)) == {}
    assert read(request(RX, "309362", authoredOn="2026-06-16")) == {}


def statement(system: str, code: str, status: str = "active", **changes: Any) -> Json:
    it = request(system, code, status, resourceType="MedicationStatement", **changes)
    del it["intent"]
    return it


def test_a_medication_statement_is_read_too() -> None:
    assert known(statement(RX, "855332")) == {"anticoagulant": True}
    assert read(statement(RX, "855332", "not-taken")) == {}
    over = statement(RX, "855332", effectivePeriod={"start": "2020", "end": "2021"})
    assert set(hints(over)) == {"anticoagulant"}


@pytest.mark.parametrize(
    "reference", ["Medication/w", "https://x.org/fhir/Medication/w", "urn:uuid:w"]
)
def test_a_medicine_may_be_referred_to(reference: str) -> None:
    medicine = {"resourceType": "Medication", "id": "w", "code": concept(RX, "855332")}
    it = request(RX, "0", medicationReference={"reference": reference})
    entries = [
        {"resource": patient()},
        {"resource": it},
        {"fullUrl": "urn:uuid:w", "resource": medicine},
    ]
    data = json.dumps({"resourceType": "Bundle", "entry": entries}).encode()
    assert read_bundle(data, CODES, ON).readings[-1].fact == "anticoagulant"


def test_a_contained_medicine_is_read_with_its_ingredients() -> None:
    inside = {
        "resourceType": "Medication",
        "id": "w",
        "ingredient": [{"itemCodeableConcept": concept(RX, "11289")}],
    }
    other = {"resourceType": "Organization", "id": "z"}
    it = request(RX, "0", contained=[other, inside], medicationReference={"reference": "#w"})
    assert known(it) == {"anticoagulant": True}
    it["medicationReference"] = {"reference": "#gone"}
    assert known(it) == {}


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"authoredOn": "2026-03-15"}, "known"),
        ({"authoredOn": "2026-03-16"}, "hint"),
        ({"authoredOn": "2026"}, "hint"),
        ({}, "hint"),
        ({"effectivePeriod": {"start": "2026-06-01", "end": "2026-06-20"}}, "none"),
        ({"effectivePeriod": {"start": "2026-01-01", "end": "2026-12-01"}}, "known"),
        (
            {
                "authoredOn": "2026-06-01",
                "dispenseRequest": {"expectedSupplyDuration": {"value": 90, "code": "d"}},
            },
            "known",
        ),
    ],
)
def test_a_steroid_counts_only_when_long(changes: Json, kind: str) -> None:
    it = request(RX, "312617", **changes)
    assert known(it) == ({"long_term_steroid": True} if kind == "known" else {})
    assert set(hints(it)) == ({"long_term_steroid"} if kind == "hint" else set())


def test_a_long_term_steroid_code_counts_at_once() -> None:
    assert known(condition(ICD, "Z79.52")) == {"long_term_steroid": True}


# --- allergies, procedures, devices ---------------------------------------------------------


def test_an_allergy_is_a_fact() -> None:
    assert known(allergy(SCT, "111088007")) == {"latex_allergy": True}
    it = allergy(SCT, "0", reaction=[{"substance": concept(RX, "9778")}])
    assert known(it) == {"silicone_allergy": True}


def test_a_substance_means_an_allergy_only_in_an_allergy() -> None:
    assert read(condition(SCT, "111088007"), request(RX, "1314891")) == {}
    assert known(condition(SCT, "300916003")) == {"latex_allergy": True}


def test_an_allergy_that_is_over_is_a_hint_and_a_refuted_one_none() -> None:
    over = allergy(SCT, "111088007", clinicalStatus=concept("x", "inactive"))
    assert set(hints(over)) == {"latex_allergy"}
    assert read(allergy(SCT, "111088007", **verified("refuted"))) == {}


def test_no_known_allergy_is_a_no_for_a_year() -> None:
    nothing = {f"{n}_allergy": False for n in ("adhesive_or_oil", "latex", "silicone")}
    assert known(allergy(SCT, "716186003")) == nothing
    assert known(allergy(SCT, "716186003", recordedDate="2025-06-15")) == nothing
    assert set(hints(allergy(SCT, "716186003", recordedDate="2025-06-14"))) == set(nothing)


def test_a_record_that_contradicts_itself_is_read_the_riskier_way() -> None:
    none, latex = allergy(SCT, "716184000"), allergy(SCT, "111088007")
    assert known(none, latex) == {"latex_allergy": True} == known(latex, none)
    latex["clinicalStatus"] = concept("x", "inactive")
    assert known(none, latex) == {} == known(latex, none)
    assert set(hints(none, latex)) == {"latex_allergy"}


def test_a_placed_pacemaker_is_a_device() -> None:
    assert known(procedure("763343001", "2009")) == {"implanted_electrical_device": True}
    assert read(procedure("763343001", status="not-done")) == {}
    assert read(procedure("763343001", "2026-06-16")) == {}
    assert set(hints(procedure("763343001", status="stopped"))) == {"implanted_electrical_device"}


def test_a_later_removal_cancels_where_a_clinic_bound_it() -> None:
    row = f"implanted_electrical_device,{SCT},73211009,exact,FALSE: removed,procedure,test"
    text = (ROOT / "src/ventosa/knowledge/codes/codes.csv").read_text(encoding="utf-8")
    codes = load_codes(text + row + "\n")
    placed, removed = procedure("763343001", "2020-01-01"), procedure("73211009", "2022-01-01")
    assert read_bundle(bundle(placed, removed), codes, ON).readings[1:] == ()
    removed["performedDateTime"] = "2019-01-01"
    assert len(read_bundle(bundle(placed, removed), codes, ON).readings) == 2


def test_a_device_is_read_by_its_type() -> None:
    it = {
        "resourceType": "Device",
        "id": "d",
        "status": "active",
        "type": concept(SCT, "441509002"),
    }
    assert known(it) == {"implanted_electrical_device": True}
    assert read({**it, "status": "inactive"}) == {}
    assert set(hints({**it, "status": "unknown"})) == {"implanted_electrical_device"}


def test_a_spine_operation_is_one_ever_and_recent_is_asked() -> None:
    assert known(procedure("2564002", "2010")) == {"spine_surgery_ever": True}
    assert hints(procedure("2564002", "2010")) == {}
    recent = procedure("2564002", "2026-05-01")
    assert known(recent) == {"spine_surgery_ever": True}
    assert "2026-05-01; ask" in hints(recent)["recent_surgery"]
    assert set(read(procedure("288086009"))) == {"recent_surgery"}


def test_a_course_of_cancer_treatment() -> None:
    assert known(procedure("703423002", "2015")) == {"cancer_history": True}
    assert known(procedure("703423002", status="in-progress"))["active_cancer"] is True


def test_dialysis_is_organ_failure() -> None:
    assert known(procedure("14684005", "2020")) == {"organ_failure": True}


# --- numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "unit", "fact", "said"),
    [
        ("6301-6", 2.5, "{INR}", "inr", 2.5),
        ("6301-6", 2.5, "1", "inr", 2.5),
        ("777-3", 90, "10*3/uL", "platelets_10e9_l", 90),
        ("777-3", 90, "10*9/L", "platelets_10e9_l", 90),
        ("718-7", 11.2, "g/dL", "haemoglobin_g_dl", 11.2),
        ("718-7", 112, "g/L", "haemoglobin_g_dl", 11.2),
        ("59260-0", 7, "mmol/L", "haemoglobin_g_dl", 11.277),
        ("29463-7", 80, "kg", "weight_kg", 80),
        ("29463-7", 80000, "g", "weight_kg", 80),
        ("29463-7", 200, "[lb_av]", "weight_kg", 90.718474),
        ("8302-2", 168, "cm", "height_cm", 168),
        ("8302-2", 1.68, "m", "height_cm", 168),
        ("8302-2", 66, "[in_i]", "height_cm", 167.64),
        ("8480-6", 181, "mm[Hg]", "systolic_bp_mmhg", 181),
        ("8462-4", 95, "mm[Hg]", "diastolic_bp_mmhg", 95),
    ],
)
def test_a_number_is_read_in_its_unit(
    code: str, value: float, unit: str, fact: str, said: float
) -> None:
    assert known(number(code, value, unit)) == {fact: pytest.approx(said, abs=1e-9)}


@pytest.mark.parametrize("unit", ["mg/dL", "", "G/DL"])
def test_a_number_in_an_unknown_unit_does_not_count(unit: str) -> None:
    assert "unit" in hints(number("718-7", 11.2, unit))["haemoglobin_g_dl"]


@pytest.mark.parametrize(
    ("code", "value", "unit", "last", "stale"),
    [
        ("8480-6", 181, "mm[Hg]", "2026-06-15", "2026-06-14"),
        ("6301-6", 2.5, "1", "2026-05-18", "2026-05-17"),
        ("718-7", 11.2, "g/dL", "2025-12-14", "2025-12-13"),
        ("777-3", 90, "10*9/L", "2025-12-14", "2025-12-13"),
        ("29463-7", 80, "kg", "2025-06-14", "2025-06-13"),
        ("8302-2", 168, "cm", "2016-06-14", "2016-06-13"),
        ("718-7", 11.2, "g/dL", "2026-01", "2025-12"),
        ("718-7", 11.2, "g/dL", "2026", None),
    ],
)
def test_a_number_counts_for_its_time(
    code: str, value: float, unit: str, last: str, stale: str | None
) -> None:
    assert known(number(code, value, unit, last))
    assert hints(number(code, value, unit, stale))
    assert read(number(code, value, unit, "2026-06-16")) == {}


def test_a_stale_number_says_what_it_was() -> None:
    it = read(number("718-7", 11.2, "g/dL", "2019-03-02"))["haemoglobin_g_dl"]
    assert it.stale == "haemoglobin 11.2 g/dL of 2019-03-02 is older than 6 months"
    assert it.on == date(2019, 3, 2) and it.source == "Observation/o1"


def test_the_newest_number_stands() -> None:
    old, new = number("718-7", 14, "g/dL", "2026-05-01"), number("718-7", 9, "g/dL", "2026-06-01")
    assert known(old, new) == {"haemoglobin_g_dl": 9} == known(new, old)
    early = number("718-7", 14, "g/dL", "2026-06-01T23:30:00+14:00")
    late = number("718-7", 9, "g/dL", "2026-06-01T10:00:00Z")
    assert known(early, late) == {"haemoglobin_g_dl": 9} == known(late, early)
    valueless = observation("718-7", "2026-06-10")
    assert known(new, valueless) == {"haemoglobin_g_dl": 9}


@pytest.mark.parametrize("status", ["entered-in-error", "cancelled", "registered", "unknown"])
def test_a_number_without_standing_is_not_read(status: str) -> None:
    assert read({**number("718-7", 9, "g/dL"), "status": status}) == {}
    assert known({**number("718-7", 9, "g/dL"), "status": "preliminary"})


def test_a_comparator_is_a_bound() -> None:
    below = read(number("777-3", 20, "10*9/L", comparator="<"))["platelets_10e9_l"]
    above = read(number("6301-6", 8, "1", comparator=">"))["inr"]
    assert (below.value, below.stale) == (Interval(0, 20), None)
    assert (above.value, above.stale) == (Interval(8, 20), None)
    assert hints(number("6301-6", 8, "1", comparator="~"))


def test_the_ranges_are_those_of_the_facts() -> None:
    with (ROOT / "src/ventosa/knowledge/facts.csv").open(encoding="utf-8", newline="") as file:
        ranges = {r["fact"]: r["unit_or_values"].rpartition(" ")[2] for r in csv.DictReader(file)}
    assert {f: f"{m.low:g}-{m.high:g}" for f, m in MEASURES.items()} == {
        f: ranges[f] for f in MEASURES
    }


def test_an_impossible_number_does_not_count() -> None:
    assert "outside" in hints(number("718-7", 112, "g/dL"))["haemoglobin_g_dl"]
    assert hints(number("8302-2", 1.68, "cm"))


def pressure(*parts: Json, panel: str = "85354-9") -> Json:
    return observation(panel, component=list(parts))


def part(code: str, value: float | None) -> Json:
    quantity = {} if value is None else {"valueQuantity": {"value": value, "unit": "mm[Hg]"}}
    return {"code": concept(LOINC, code), **quantity}


@pytest.mark.parametrize("panel", ["85354-9", "55284-4"])
def test_pressure_is_read_from_components(panel: str) -> None:
    both = pressure(part("8480-6", 150), part("8462-4", 95), panel=panel)
    assert known(both) == {"systolic_bp_mmhg": 150, "diastolic_bp_mmhg": 95}
    assert known(pressure(part("8480-6", None), part("8462-4", 95))) == {"diastolic_bp_mmhg": 95}


@pytest.mark.parametrize(
    ("value", "unit", "when", "is_fever"),
    [
        (38.0, "Cel", "2026-06-15T08:00:00+02:00", True),
        (37.9, "Cel", "2026-06-15", False),
        (100.4, "[degF]", "2026-06-15", True),
        (100.3, "[degF]", "2026-06-15", False),
        (39.0, "Cel", "2026-06-14", False),
        (39.0, "K", "2026-06-15", False),
    ],
)
def test_only_a_temperature_of_today_is_a_fever(
    value: float, unit: str, when: str, is_fever: bool
) -> None:
    expected = {"fever": True} if is_fever else {}
    assert (
        known(number("8310-5", value, unit, when))
        == expected
        == {f: r.value for f, r in read(number("8310-5", value, unit, when)).items()}
    )


def answer(question: str, code: str, when: str | None = "2026-06-15") -> Json:
    return observation(question, when, valueCodeableConcept=concept(SCT, code))


def test_smoking_is_read_from_its_question() -> None:
    assert known(answer("72166-2", "449868002", "2015-01-01")) == {"smoker": True}
    assert known(answer("72166-2", "8517006")) == {"smoker": True}
    assert known(answer("72166-2", "266919005")) == {"smoker": False}
    assert read(answer("72166-2", "266927001")) == {}
    assert set(hints(answer("72166-2", "266919005", "2025-06-14"))) == {"smoker"}
    assert set(hints(answer("72166-2", "266919005", None))) == {"smoker"}
    assert read(answer("72166-2", "77386006")) == {}


def test_the_cause_of_death_is_never_read() -> None:
    it = observation("69453-9", valueCodeableConcept=concept(SCT, "363406005"))
    it["code"]["coding"].append({"system": LOINC, "code": "72166-2"})
    it["valueCodeableConcept"]["coding"].append({"system": SCT, "code": "449868002"})
    assert read(it) == {}


# --- pregnancy ------------------------------------------------------------------------------


def test_pregnancy_counts_while_it_can_last() -> None:
    assert known(condition(SCT, "72892002", onsetDateTime="2025-08-25")) == {"pregnant": "yes"}
    over = condition(SCT, "72892002", onsetDateTime="2025-08-24")
    assert "42 weeks" in hints(over)["pregnant"]
    assert read(condition(SCT, "72892002", "resolved", onsetDateTime="2026-01-01")) == {}
    assert known(condition(SCT, "72892002")) == {"pregnant": "yes"}


@pytest.mark.parametrize(
    "end",
    [
        condition(SCT, "19169002", "resolved", onsetDateTime="2026-03-01"),
        procedure("714812005", "2026-03-01"),
        procedure("11466000", "2026-03-01"),
        condition(ICD, "O80", onsetDateTime="2026-03-01"),
    ],
)
def test_a_delivery_or_miscarriage_ends_a_pregnancy(end: Json) -> None:
    pregnancy = condition(SCT, "72892002", onsetDateTime="2025-12-01")
    weeks = number("18185-9", 12, "wk", "2026-02-01")
    assert not {"pregnant", "gestation_weeks"} & set(read(pregnancy, weeks, end))
    again = condition(SCT, "72892002", onsetDateTime="2026-05-01")
    assert known(pregnancy, end, again)["pregnant"] == "yes"


def test_weeks_since_a_birth() -> None:
    assert known(procedure("11466000", "2026-05-04")) == {"postpartum_weeks": 6}
    assert read(procedure("11466000", "2020-05-04")) == {}


@pytest.mark.parametrize(
    ("code", "says"), [("77386006", "yes"), ("60001007", "no"), ("146799005", "possible")]
)
def test_the_pregnancy_question(code: str, says: str) -> None:
    assert known(answer("82810-3", code)) == {"pregnant": says}
    yesterday = known(answer("82810-3", code, "2026-06-14"))
    assert yesterday == ({"pregnant": "yes"} if says == "yes" else {})
    assert set(hints(answer("82810-3", code, None))) == {"pregnant"}


def test_the_newest_answer_to_the_pregnancy_question_stands() -> None:
    yes, no = answer("82810-3", "77386006", "2026-03-01"), answer("82810-3", "60001007")
    assert known(yes, no) == {"pregnant": "no"} == known(no, yes)
    active = condition(SCT, "72892002", onsetDateTime="2026-04-01")
    assert known(active, no) == {"pregnant": "yes"}


@pytest.mark.parametrize(
    ("it", "weeks"),
    [
        (number("18185-9", 12, "wk"), 12),
        (number("18185-9", 12, "wk", "2026-06-01"), 14),
        (number("18185-9", 90, "d"), 12),
        (number("18185-9", 12.5, "wk", "2026-06-11"), 13),
        (observation("11778-8", "2026-03-01", valueDateTime="2026-08-24"), 30),
        (condition(ICD, "Z3A.12", recordedDate="2026-06-01"), 14),
    ],
)
def test_weeks_of_pregnancy_move_on(it: Json, weeks: int) -> None:
    assert known(it)["gestation_weeks"] == weeks


def test_weeks_past_the_end_do_not_count() -> None:
    assert "now be 45" in hints(number("18185-9", 30, "wk", "2026-03-02"))["gestation_weeks"]
    assert hints(number("18185-9", 12, "mo"))["gestation_weeks"]
    assert hints(number("18185-9", 12, "wk", None))["gestation_weeks"]
    assert "gestation_weeks" not in read(condition(ICD, "Z3A.00", recordedDate="2026-06-01"))


# --- bad input ------------------------------------------------------------------------------


def in_a_bundle(raw: str) -> bytes:
    head = '{"resourceType":"Bundle","entry":[{"resource":'
    return (head + json.dumps(patient()) + '},{"resource":' + raw + "}]}").encode()


@pytest.mark.parametrize(
    ("data", "path", "problem"),
    [
        (b"", "", "empty"),
        (b" \n", "", "empty"),
        (b"\xef\xbb\xbf" + bundle(), "", "byte order mark"),
        ("é".encode("latin-1"), "", "not UTF-8 (byte 0)"),
        (bundle().decode().encode("utf-16"), "", "not UTF-8"),
        (b"{", "", "not JSON"),
        (b'{"resourceType": Bundle}', "", "not JSON (byte 17)"),
        (bundle() + b"x", "", "not JSON"),
        (b"[]", "", "must be an object, not an array"),
        (b"null", "", "must be an object, not null"),
        (b"{}", "resourceType", "must be Bundle"),
        (json.dumps(patient()).encode(), "resourceType", "must be Bundle"),
        (b'{"resourceType":"Bundle"}', "entry", "no entry"),
        (b'{"resourceType":"Bundle","entry":[]}', "entry", "no entry"),
        (b'{"resourceType":"Bundle","entry":{}}', "entry", "must be an array, not an object"),
        (b'{"resourceType":"Bundle","entry":[7]}', "entry[0]", "must be an object"),
        (b'{"resourceType":"Bundle","entry":[{}]}', "entry", "no Patient"),
        (in_a_bundle("7"), "entry[1].resource", "must be an object, not a whole number"),
        (in_a_bundle("[]"), "entry[1].resource", "must be an object"),
        (in_a_bundle("{}"), "entry[1].resource.resourceType", "is missing"),
        (in_a_bundle('{"resourceType":7}'), "entry[1].resource.resourceType", "must be a string"),
        (in_a_bundle('{"resourceType":"Condition","code":"x"}'),
         "entry[1].resource.code", "must be an object, not a string"),
        (in_a_bundle(json.dumps(number("718-7", 9, "g/dL") | {"status": 3})),
         "entry[1].resource.status", "must be a string, not a whole number"),
        (in_a_bundle('{"resourceType":"Observation","valueQuantity":{"value":"9"}}'),
         "entry[1].resource.valueQuantity.value", "must be a number, not a string"),
        (in_a_bundle('{"resourceType":"Observation","valueQuantity":{"value":1e999}}'),
         "entry[1].resource.valueQuantity.value", "out of range"),
        (in_a_bundle('{"resourceType":"Observation","valueQuantity":{"value":NaN}}'), "", "JSON"),
        (in_a_bundle('{"resourceType":"Claim","x":Infinity}'), "", "JSON"),
        (in_a_bundle('{"resourceType":"Condition","id":"\\ud800"}'), "", "JSON"),
        (bundle(condition(SCT, "44054006", recordedDate="soon")),
         "entry[1].resource.recordedDate", "not a FHIR date"),
        (bundle(number("8302-2", 1e308, "[in_i]")),
         "entry[1].resource.valueQuantity.value", "out of range"),
    ],
)  # fmt: skip
def test_bad_input_is_refused_with_its_place(data: bytes, path: str, problem: str) -> None:
    error = refusal(data)
    assert error.path == path
    assert problem in error.problem


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("where", ["{}", '{{"resourceType":"Bundle","text":{}}}'])
def test_a_nesting_bomb_is_refused(opening: str, where: str) -> None:
    closing = "]" if opening == "[" else "}"
    bomb = opening * 100_000 + "1" + closing * 100_000
    whole = refusal(where.format(bomb).encode()).problem
    assert "nested too deeply" in whole or whole == "must be an object, not an array"
    assert "nested too deeply" in refusal(in_a_bundle(bomb)).problem
    assert refusal((where.split("{}")[0] + opening * 100_000).encode())


def test_an_error_never_repeats_what_the_record_says() -> None:
    secret = "Ada-Lovelace-1815"
    for changes in ({"birthDate": secret}, {"name": secret}, {"deceasedBoolean": secret}):
        assert secret not in str(refusal(bundle(who=patient(**changes))))


def test_the_type_need_not_come_first() -> None:
    it = condition(SCT, "44054006")
    late = {**{k: v for k, v in it.items() if k != "resourceType"}, "resourceType": "Condition"}
    assert known(late) == {"diabetes": True}


def test_other_types_are_not_looked_into() -> None:
    assert known({"resourceType": "Claim", "code": 7, "status": ["x"], "id": {}}) == {}


PIECES = (
    patient(),
    condition(SCT, "44054006", onsetDateTime="2020", **verified("confirmed")),
    condition(SCT, "72892002", onsetDateTime="2026-01"),
    request(RX, "312617", authoredOn="2026-01-01", dispenseRequest={}),
    allergy(SCT, "111088007", reaction=[{"substance": concept(SCT, "1")}]),
    number("718-7", 9, "g/dL", comparator="<"),
    number("18185-9", 12, "wk"),
    pressure(part("8480-6", 150), part("8462-4", None)),
    answer("72166-2", "449868002"),
    procedure("2564002"),
)
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
    | st.sampled_from(["2026", "9999-12-31", "0001-01-01T00:00:00+14:00", "Patient/p2", "final"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [path, *(p for k, v in value.items() for p in places(v, (*path, k)))]
    if isinstance(value, list):
        return [path, *(p for k, v in enumerate(value) for p in places(v, (*path, k)))]
    return [path]


WHOLE = json.loads(bundle(*PIECES[1:]))
PLACES = places(WHOLE)[1:]


def reads_or_refuses(data: bytes, on: date) -> None:
    try:
        record = read_bundle(data, CODES, on)
    except InputError:
        return
    assert all(r.on is None or r.on <= on for r in record.readings)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(PLACES), ANY), max_size=3), st.dates())
def test_a_mutated_bundle_is_read_or_refused(
    changes: list[tuple[tuple[Any, ...], Any]], on: date
) -> None:
    whole = json.loads(bundle(*PIECES[1:]))
    for place, value in changes:
        at = whole
        try:
            for key in place[:-1]:
                at = at[key]
            at[place[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    reads_or_refuses(json.dumps(whole).encode("utf-8", "surrogatepass"), on)


@settings(max_examples=200, deadline=None)
@given(ANY, st.binary(max_size=40), st.integers(0, 400))
def test_any_bytes_are_read_or_refused(value: Any, noise: bytes, at: int) -> None:
    data = bundle(*PIECES[1:])
    reads_or_refuses(json.dumps(value).encode("utf-8", "surrogatepass"), ON)
    reads_or_refuses(noise, ON)
    reads_or_refuses(data[: at * 3] + noise + data[at * 3 :], ON)
    reads_or_refuses(data[: at * 7], ON)


# --- real-sized bundles ---------------------------------------------------------------------

SHARED = Path(os.environ.get("VENTOSA_SHARED", ROOT.parent / "shared")) / "patients"
MEASURED = {
    "age_years", "sex", "systolic_bp_mmhg", "diastolic_bp_mmhg", "haemoglobin_g_dl", "height_cm",
    "platelets_10e9_l", "weight_kg", "smoker",
}  # fmt: skip
PINNED: dict[str, tuple[float, dict[str, Any]]] = {
    "Arron": (3, {}),
    "Blaine": (52, {"anaemia": True}),
    "Elvina": (67, {"anaemia": True, "osteoporosis": True}),
    "Gayla": (83, {"antiplatelet": True, "hypertension": True, "osteoporosis": True}),
    "Lonnie": (
        70,
        {
            "cardiac_arrest_ever": True,
            "cardiac_arrest_months": Interval(177, 177),
            "fracture_known": True,
            "osteoporosis": True,
        },
    ),
    "Mafalda": (52, {"anticoagulant": True}),
    "María": (47, {"antiplatelet": True}),
    "Max": (78, {"anticoagulant": True}),
    "Pierre": (53, {}),
    "Rodrigo": (67, {"anaemia": True, "osteoporosis": True}),
    "Vannessa": (13, {}),
}
needs_bundles = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"no sample bundles in {SHARED}; set VENTOSA_SHARED"
)


def sample(name: str) -> bytes:
    return next(SHARED.glob(f"{name}_*.json")).read_bytes()


@needs_bundles
@pytest.mark.parametrize("name", PINNED)
def test_a_sample_bundle_is_read_as_pinned(name: str) -> None:
    age, facts = PINNED[name]
    record = read_bundle(sample(name), CODES, date(2021, 6, 1))
    said = {r.fact: r for r in record.readings}
    assert record.name is not None and record.name.startswith(name)
    assert said["age_years"].value == Interval(age, age)
    assert set(said) >= MEASURED
    assert {f: r.value for f, r in said.items() if f not in MEASURED} == facts
    assert all(said[f].stale for f in ("systolic_bp_mmhg", "diastolic_bp_mmhg"))


@needs_bundles
def test_a_sample_number_is_read_to_the_digit() -> None:
    said = {r.fact: r for r in read_bundle(sample("Mafalda"), CODES, date(2021, 6, 1)).readings}
    assert said["haemoglobin_g_dl"].value.low == pytest.approx(16.4663, abs=1e-4)  # type: ignore[union-attr]
    assert said["haemoglobin_g_dl"].stale is None
    assert said["platelets_10e9_l"].on == date(2021, 3, 17)
    assert said["smoker"].value is False


@needs_bundles
def test_a_sample_person_who_died_is_read_only_before() -> None:
    assert "dead" in refusal(sample("Loma"), date(2021, 6, 1)).problem
    said = {r.fact: r for r in read_bundle(sample("Loma"), CODES, date(2006, 6, 1)).readings}
    assert said["organ_failure"].value is True and said["anaemia"].value is True
