"""A plan for many people: what may be used is planned, what may not is said, and why."""

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from people import EVERY_TECHNIQUE, TODAY, healthy
from ventosa.codes import load_codes
from ventosa.contract import plan_exit
from ventosa.fhir import read_bundle
from ventosa.knowledge import Knowledge, Library
from ventosa.planning import plan
from ventosa.record import (
    Answers,
    Complaint,
    Cup,
    Dose,
    InputError,
    Interval,
    PalpatedSite,
    Plan,
    Screening,
)
from ventosa.screening import screen
from ventosa.terms import CupKind, Material, Side, Technique

EVERY_CUP = tuple(
    Cup(kind, material, size, 6)
    for kind, material in (
        (CupKind.PUMP, Material.PLASTIC),
        (CupKind.SILICONE, Material.SILICONE),
        (CupKind.GLASS_FIRE, Material.GLASS),
        (CupKind.ELECTRIC, Material.PLASTIC),
    )
    for size in (35, 45)
)
LOW = (PalpatedSite("L3", Side.BOTH, 2, 1), PalpatedSite("L5", Side.BOTH, 2, 2))


def planned(
    knowledge: Knowledge, library: Library, answers: Answers, **more: Any
) -> tuple[Plan, Screening]:
    screening = screen(answers, None, knowledge, on=TODAY)
    return plan(screening, answers, knowledge, library, **more), screening


def with_sites(answers: Answers, *sites: PalpatedSite, cups: Any = EVERY_CUP) -> Answers:
    return replace(answers, complaint=Complaint(sites=sites or LOW), cups=cups)


@pytest.mark.parametrize("technique", list(Technique))
def test_every_technique_is_planned_within_its_start_dose(
    knowledge: Knowledge, library: Library, technique: Technique
) -> None:
    answers = replace(with_sites(healthy(knowledge)), techniques=(technique,))
    proposed, _ = planned(knowledge, library, answers)
    start = knowledge.techniques[technique].file.start
    assert proposed.technique is technique and proposed.placements
    assert proposed.dose is not None
    assert proposed.dose.suction_kpa == start.suction_kpa
    assert proposed.dose.retention_min == start.retention_min
    assert proposed.dose.cups <= (start.cups or 1)
    kinds = {said.kind for said in proposed.co_interventions}
    assert {"exercise", "education"} <= kinds
    assert len(proposed.refused) == 6 and all(entry.why for entry in proposed.refused)


def test_the_last_tolerated_dose_is_lowered_to_the_product(
    knowledge: Knowledge, library: Library
) -> None:
    tolerated = {Technique.DRY_STATIC: Dose(40, 10, 6)}
    answers = with_sites(healthy(knowledge))
    proposed, _ = planned(knowledge, library, answers, tolerated=tolerated)
    assert proposed.dose is not None
    assert (proposed.dose.suction_kpa, proposed.dose.retention_min) == (40, 7)


def test_today_lowers_the_last_tolerated_dose(knowledge: Knowledge, library: Library) -> None:
    tolerated = {Technique.DRY_STATIC: Dose(40, 7, 6)}
    answers = with_sites(healthy(knowledge, osteoporosis=True))
    answers = replace(answers, techniques=(Technique.DRY_STATIC,))
    proposed, _ = planned(knowledge, library, answers, tolerated=tolerated)
    assert proposed.dose is not None and proposed.dose.suction_kpa == 20
    assert proposed.dose.cups <= 4 and proposed.dose.retention_min == 5


def test_silicone_is_preferred_where_a_rule_says_so(knowledge: Knowledge, library: Library) -> None:
    proposed, _ = planned(knowledge, library, with_sites(healthy(knowledge, osteoporosis=True)))
    assert proposed.technique is Technique.SILICONE


def test_excluded_materials_are_not_planned(knowledge: Knowledge, library: Library) -> None:
    rubber = (Cup(CupKind.PUMP, Material.RUBBER, 45, 6),)
    answers = with_sites(healthy(knowledge, latex_allergy=True), cups=rubber)
    proposed, screening = planned(knowledge, library, answers)
    assert proposed.technique is None and plan_exit(proposed, screening) == 4


def test_no_cups_at_all_is_still_a_plan(knowledge: Knowledge, library: Library) -> None:
    proposed, screening = planned(knowledge, library, with_sites(healthy(knowledge), cups=()))
    assert proposed.technique is None and proposed.co_interventions
    assert plan_exit(proposed, screening) == 4


def test_a_pregnant_person_with_a_low_back_has_no_cup(
    knowledge: Knowledge, library: Library
) -> None:
    answers = healthy(knowledge, sex="female", pregnant="yes", gestation_weeks=24)
    proposed, _ = planned(knowledge, library, with_sites(answers))
    assert proposed.technique is None and proposed.placements == ()
    assert any("midwife" in said.text for said in proposed.referral)


def test_an_emergency_is_said_first_and_alone(knowledge: Knowledge, library: Library) -> None:
    answers = replace(healthy(knowledge, saddle_numbness=True), complaint=None)
    proposed, screening = planned(knowledge, library, answers)
    assert screening.exit == 5
    assert proposed.referral[0].text.startswith("Emergency: call now. Do not treat.")
    assert proposed.co_interventions == ()


def test_without_a_palpated_site_nothing_is_planned(knowledge: Knowledge, library: Library) -> None:
    answers = replace(healthy(knowledge), complaint=Complaint())
    with pytest.raises(InputError) as caught:
        planned(knowledge, library, answers)
    assert caught.value.path == "complaint.sites"


def test_shared_people_get_a_plan_or_a_reasoned_refusal(
    knowledge: Knowledge, library: Library, shared_patients: list[Path]
) -> None:
    codes = load_codes(knowledge.texts["codes/codes.csv"])
    outcomes = []
    for path in shared_patients:
        try:
            record = read_bundle(path.read_bytes(), codes, TODAY)
        except InputError as error:
            assert "recorded as dead" in str(error)
            outcomes.append(2)
            continue
        own = {reading.fact for reading in record.readings}
        facts = {f: v for f, v in healthy(knowledge).facts.items() if f not in own}
        facts.pop("sex", None)
        answers = replace(
            with_sites(healthy(knowledge)),
            facts=MappingProxyType(facts),
            techniques=EVERY_TECHNIQUE,
        )
        screening = screen(answers, record, knowledge, on=TODAY)
        proposed = plan(screening, answers, knowledge, library)
        outcomes.append(plan_exit(proposed, screening))
        assert proposed.title and proposed.summary and proposed.refused
        if proposed.technique is None:
            assert any(entry.why for entry in proposed.refused)
        age = screening.facts["age_years"].value
        assert isinstance(age, Interval)
    assert 2 in outcomes and 0 in outcomes and 4 in outcomes


@pytest.mark.parametrize(
    "sites",
    [(PalpatedSite("C7", Side.BOTH, 2, 1),), (PalpatedSite("S2", Side.BOTH, 2, 1),)],
)
def test_where_no_cup_fits_the_reasons_are_said(
    knowledge: Knowledge, library: Library, sites: tuple[PalpatedSite, ...]
) -> None:
    large = (Cup(CupKind.PUMP, Material.PLASTIC, 45, 6),)
    answers = with_sites(healthy(knowledge), *sites, cups=large)
    proposed, screening = planned(knowledge, library, answers)
    assert proposed.technique is None and plan_exit(proposed, screening) == 4
    assert proposed.why and all(entry.because for entry in proposed.why)
    dry = next(r for r in proposed.refused if r.technique is Technique.DRY_STATIC)
    assert "No cup fits" in dry.why


def test_a_place_that_only_mirrors_is_called_a_mirror_image(
    knowledge: Knowledge, library: Library
) -> None:
    answers = with_sites(healthy(knowledge), PalpatedSite("L3", Side.RIGHT, 2, 1))
    proposed, _ = planned(knowledge, library, answers)
    assert "its mirror image on the left" in proposed.summary


def test_nothing_felt_is_not_called_tension(knowledge: Knowledge, library: Library) -> None:
    answers = with_sites(healthy(knowledge), PalpatedSite("L3", Side.BOTH, 0, 0))
    proposed, _ = planned(knowledge, library, answers)
    assert proposed.cover is None and "tension" not in proposed.summary


def test_a_moving_cup_without_a_gauge_has_no_suction(
    knowledge: Knowledge, library: Library
) -> None:
    cups = (Cup(CupKind.SILICONE, Material.SILICONE, 45, 2),)
    answers = replace(with_sites(healthy(knowledge), cups=cups), techniques=(Technique.MOVING,))
    proposed, _ = planned(knowledge, library, answers)
    assert proposed.dose is not None and proposed.dose.suction_kpa is None


@pytest.mark.parametrize(
    "fact", ["undiagnosed_lump", "venous_thrombosis_current", "bleeding_disorder"]
)
def test_what_forbids_cups_names_a_doctor(
    knowledge: Knowledge, library: Library, fact: str
) -> None:
    proposed, _ = planned(knowledge, library, with_sites(healthy(knowledge, **{fact: True})))
    assert any("Show this to the doctor" in said.text for said in proposed.referral)


def test_a_back_that_may_be_broken_is_sent_to_a_doctor_and_not_for_a_walk(
    knowledge: Knowledge, library: Library
) -> None:
    answers = with_sites(healthy(knowledge, severe_trauma_recent=True))
    proposed, _ = planned(knowledge, library, answers)
    assert proposed.co_interventions == ()
    assert "A doctor must see this person today." in proposed.referral[0].text
