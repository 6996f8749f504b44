"""How long the interview is: asking everything, in the fixed order of the screens, and as it is.

Run: ``python bench/bench_interview.py [--people N]``. It plays whole interviews: every screen is
answered truthfully from what is known of a person, until nothing more can change the outcome. For
every person and both orders it checks that the outcome at the stop is the outcome with everything
answered (decision, urgency, limits, zones). "Best afterwards" is found by trying every order of the
screens that follow the red flags: nobody can know it beforehand; no order of those is shorter.

The people are invented, and so are all shares below. They are of no use but to compare orders.
"""

import argparse
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import fmean
from types import MappingProxyType
from typing import Any

from ventosa.codes import load_codes
from ventosa.fhir import read_bundle
from ventosa.interview import answer
from ventosa.knowledge import ZONES_RECORDED, Knowledge, load
from ventosa.knowledge.model import Fact, Rule
from ventosa.logic import Boolean, evaluate, facts_of
from ventosa.record import (
    EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    Answers,
    InputError,
    Interval,
    PatientRecord,
    Question,
    Value,
    Zone,
)
from ventosa.screening import consider, screen, settle
from ventosa.screening.asking import questions
from ventosa.terms import Decision, Side, Stage, Technique, ZoneKind

ROOT = Path(__file__).resolve().parents[1]
ON = date(2026, 11, 24)
SEED, BEST_OF, DRAWS = 20261124, 40, 10
KNOWN: Knowledge = load()
ORDER = {group.id: group.order for group in KNOWN.groups.values()}

# Invented: of a hundred people, how many give the riskier answer. Everything else: 2.
SHARES: Mapping[str, float] = {
    "first_session": 70, "wet_cupping_licensed": 20, "fire_cupping_trained": 20,
    "bladder_bowel_change": 1, "saddle_numbness": 0.5, "sexual_dysfunction_new": 1,
    "progressive_motor_deficit": 0.5, "gait_disturbance": 1, "bilateral_leg_weakness": 1,
    "minor_trauma_recent": 15, "fracture_known": 1, "osteoporosis": 5, "degenerative_spine": 20,
    "ankylosing_spondylitis": 1, "acute_soft_tissue_injury": 10, "spine_surgery_ever": 4,
    "cancer_history": 6, "active_cancer": 1, "night_pain_unrelieved": 8, "fever": 1,
    "immunosuppressed": 3, "iv_drug_use": 0.5, "skin_piercing_recent": 5, "blood_borne_virus": 1,
    "tuberculosis_or_cachexia": 0.5, "pulsatile_abdominal_mass": 0.2, "syncope_with_pain": 0.5,
    "pain_unchanged_by_posture": 4, "abdominal_pain": 3, "urinary_symptoms": 3,
    "smoker": 25, "hypertension": 25, "kidney_disease": 4, "venous_thrombosis_current": 0.5,
    "venous_thrombosis_past": 3, "stroke_unstable": 0.5, "cardiac_arrest_ever": 0.5,
    "peripheral_vascular_disease": 3, "blood_pressure_uncontrolled": 3,
    "bleeding_disorder": 1, "anticoagulant": 5, "antiplatelet": 10, "anaemia": 6, "diabetes": 9,
    "blood_donation_recent": 4, "koebner_disease": 3, "eczema": 4, "keloid_tendency": 3,
    "adhesive_or_oil_allergy": 6, "silicone_allergy": 0.5, "fragile_skin": 4, "hernia": 3,
    "lymphoedema_or_severe_oedema": 1, "reduced_sensation": 5, "radiculopathy": 20,
    "neuro_findings_over_month": 4, "menstruating": 15, "vasovagal_history": 5,
    "seizure_disorder": 0.6, "overuse_of_cupping": 1, "reaction_burn": 1,
    "reaction_infection": 0.5, "reaction_new_plaque": 0.3, "improves_with_exercise": 40,
    "night_waking_second_half": 15, "buttock_pain": 20, "nsaid_relief_48h": 40, "arthritis": 10,
    "enthesitis": 8, "spa_in_family": 3,
}  # fmt: skip
DRAWN: Mapping[str, float] = {
    "scar": 6, "lesion": 6, "unfaded_mark": 6, "broken_skin": 3, "varicose_vein": 6,
    "skin_infection": 1, "herpes": 0.5, "device": 0.5, "oedema": 1, "no_go": 1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Everything that is true of somebody: the answers to all questions, the back, the record."""

    facts: Mapping[str, Value]
    zones: tuple[Zone, ...]
    record: PatientRecord | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """How long an interview was; words are those of questions, titles and "none of these"."""

    questions: float
    screens: float
    words: float

    def __add__(self, other: "Length") -> "Length":
        return Length(
            self.questions + other.questions,
            self.screens + other.screens,
            self.words + other.words,
        )


Choose = Callable[[Sequence[Question]], str]
"""The group of the next screen, of the questions that are open."""


# --- people ---------------------------------------------------------------------------------


def drawn(dice: random.Random) -> Person:
    """A person of the invented population, fully answered and free of contradiction."""
    age, weeks = dice.randint(16, 88), dice.choice([2, 6, 10, 20, 60, 200, 600])
    facts: dict[str, Value] = {
        fact.id: (100 * dice.random() < SHARES.get(fact.id, 2)) is bool(fact.riskier)
        for fact in KNOWN.facts.values()
        if isinstance(fact.type, Boolean) and fact.detail_of is None and not _on_the_map(fact)
    }
    facts |= {
        "age_years": _exactly(age),
        "sex": dice.choices(["female", "male", "other"], [55, 44, 1])[0],
        "pain_duration_weeks": _exactly(weeks),
        "onset_age_years": _exactly(max(0, age - weeks // 52)),
        "sessions_without_harm": _exactly(dice.randint(0, 6)),
        "pregnant": "no",
    }
    if facts["sex"] == "male" or age > 50:
        facts |= {"gave_birth_recently": False, "menstruating": False}
    else:
        facts["pregnant"] = dice.choices(["no", "possible", "yes"], [93, 3, 4])[0]
    kinds = [kind for kind in DRAWN if 100 * dice.random() < DRAWN[kind]]
    return _with_details(facts, kinds, dice)


def _with_details(facts: dict[str, Value], kinds: Sequence[str], dice: random.Random) -> Person:
    """Details of what is yes, and the findings that a yes draws on the back."""
    details: Mapping[str, Callable[[], Value]] = {
        "gestation_weeks": lambda: _exactly(dice.randint(4, 40)),
        "psoriasis": lambda: dice.random() < 0.8,
        "cardiac_arrest_months": lambda: _exactly(dice.randint(1, 60)),
        "haemoglobin_g_dl": lambda: _exactly(dice.choice([7, 9, 10, 11])),
    }
    for detail, value in details.items():
        if facts[str(KNOWN.facts[detail].detail_of)] not in (False, "no"):
            facts.setdefault(detail, value())
    answered = {**KNOWN.settling.drawn, ZoneKind.SURGERY: "spine_surgery_ever"}
    kinds = [*kinds, *(kind for kind, fact in answered.items() if facts[fact])]
    discs = (Zone(ZoneKind(k), Side.LEFT, "T5", lateral_mm=60, radius_mm=10) for k in kinds)
    return Person(MappingProxyType(facts), tuple(discs))


def healthy() -> Person:
    """Somebody in whom nothing is wrong, at a first session."""
    facts: dict[str, Value] = {
        fact.id: not fact.riskier
        for fact in KNOWN.facts.values()
        if isinstance(fact.type, Boolean) and fact.detail_of is None and not _on_the_map(fact)
    }
    facts |= {"age_years": _exactly(40), "sex": "male", "pregnant": "no", "first_session": True}
    facts |= {"onset_age_years": _exactly(39), "pain_duration_weeks": _exactly(6)}
    return Person(MappingProxyType(facts), ())


def recorded(person: Person, record: PatientRecord, dice: random.Random) -> Person:
    """The same person with what a record says, which then is true."""
    values = settle(Answers(answered_on=ON), record, KNOWN, ON).values
    facts = {**person.facts, **values}
    if "age_years" in values and "onset_age_years" not in values:
        facts["onset_age_years"] = facts["age_years"]
    if facts["sex"] == "male":
        facts |= {"pregnant": "no", "gave_birth_recently": False, "menstruating": False}
        facts.pop("gestation_weeks", None)
    made = _with_details(facts, [zone.kind for zone in person.zones], dice)
    return replace(made, zones=tuple(dict.fromkeys(made.zones)), record=record)


def shared_records() -> list[PatientRecord]:
    """The readable shared bundles; none, with a reason, where they are absent."""
    folder = Path(os.environ.get("VENTOSA_SHARED", ROOT.parent / "shared")) / "patients"
    codes, records = load_codes(KNOWN.texts["codes/codes.csv"]), []
    for path in sorted(folder.glob("*.json")):
        try:
            records.append(read_bundle(path.read_bytes(), codes, ON))
        except InputError as error:
            print(f"left out: one bundle ({error.problem})")
    if not records:
        print(f"shared bundles: skipped, there are none in {folder.name}/")
    return records


def _on_the_map(fact: Fact) -> bool:
    return fact.zone is not None or fact.id == ZONES_RECORDED


def _exactly(number: float) -> Interval:
    return Interval(number, number)


# --- interviews -----------------------------------------------------------------------------


def fixed_order(ask: Sequence[Question]) -> str:
    """Red flags first, either part in the order of the screens."""
    return min(ask, key=lambda q: (not q.red_flag, ORDER[q.group])).group


def as_it_is(ask: Sequence[Question]) -> str:
    """What ``ventosa ask`` chooses."""
    return ask[0].group


def open_questions(person: Person, given: Answers) -> tuple[Question, ...]:
    """What is still worth asking."""
    considered = consider(given, person.record, KNOWN, on=ON)
    return questions(KNOWN, considered.settled, considered.standing, given.techniques)


def told(person: Person, given: Answers, shown: Sequence[Question]) -> Answers:
    """The answers after a screen that was answered truthfully."""
    if any(question.fact == "zones" for question in shown):
        given = replace(given, zones=person.zones)
    return answer(given, {q.fact: person.facts.get(q.fact) for q in shown if q.fact != "zones"})


def play(person: Person, begun: Answers, choose: Choose) -> tuple[Length, Answers]:
    """An interview to its end."""
    length, given = Length(0, 0, 0), begun
    while ask := open_questions(person, given):
        group = choose(ask)
        shown = [question for question in ask if question.group == group]
        length += length_of(group, [question.text for question in shown])
        given = told(person, given, shown)
    return length, given


def best_afterwards(person: Person, begun: Answers) -> float:
    """The fewest questions that any order of the screens after the red flags could have asked."""
    seen: dict[frozenset[str], int] = {}

    def fewest(given: Answers) -> int:
        key = frozenset([*given.facts, *(() if given.zones is None else ["zones"])])
        if key not in seen:
            ask = open_questions(person, given)
            flagged = any(question.red_flag for question in ask)
            groups = {as_it_is(ask)} if flagged else {question.group for question in ask}
            tried = ([q for q in ask if q.group == group] for group in groups)
            ways = (len(shown) + fewest(told(person, given, shown)) for shown in tried)
            seen[key] = min(ways, default=0) if ask else 0
        return seen[key]

    return fewest(begun)


def everything(person: Person, offered: Sequence[Technique]) -> Length:
    """Every question that a rule asks of this person, whatever else is known or could change."""
    named = {f for rule in KNOWN.rules if _concerns(rule, offered) for f in facts_of(rule.when)}
    named = {ZONES_RECORDED if KNOWN.facts[f].zone is not None else f for f in named}
    length = Length(0, 0, 0)
    for group in KNOWN.groups.values():
        if group.only_if is not None and evaluate(group.only_if, person.facts) is False:
            continue
        facts = [f for f in KNOWN.facts.values() if f.group == group.id and f.id in named]
        asked = [f.question for f in facts if _is_asked(f, person)]
        length += length_of(group.id, asked) if asked else Length(0, 0, 0)
    return length


def _concerns(rule: Rule, offered: Sequence[Technique]) -> bool:
    effects = [rule.effects[technique] for technique in offered]
    does = any(e.decision > Decision.OK or e.caps is not None for e in effects)
    is_more = rule.red_flag is not None or rule.closes or rule.closes_drawn or rule.excludes
    return rule.stage is Stage.PLAN and bool(does or is_more)


def _is_asked(fact: Fact, person: Person) -> bool:
    settles = (g for g in KNOWN.settling.groups if person.facts[g.when_fact] == g.when_value)
    if any(fact.id in group.no for group in settles):
        return False
    return fact.detail_of is None or person.facts[fact.detail_of] not in (False, "no")


def length_of(group: str, texts: Sequence[str]) -> Length:
    """The length of one screen."""
    shown = [KNOWN.groups[group].title, KNOWN.groups[group].none, *texts]
    return Length(len(texts), 1, sum(len(text.split()) for text in shown))


# --- the outcome ----------------------------------------------------------------------------


def outcome(person: Person, given: Answers) -> dict[str, Any]:
    """What a screening says of offered techniques; one that is avoided has no dose to limit."""
    found = screen(given, person.record, KNOWN, on=ON)
    said: dict[str, Any] = {"urgency": (found.urgency.certain, found.urgency.possible)}
    for name, screened in found.techniques.items():
        said[name] = (screened.certain, screened.possible) if screened.offered else None
        if screened.offered and screened.certain < Decision.AVOID:
            zones = frozenset(closed.zone for closed in screened.closed_zones)
            said[f"{name} limits"] = (replace(screened.limits, by={}), zones)
    return said


def check(person: Person, begun: Answers, stopped: Answers) -> None:
    """End the program unless stopping changed nothing."""
    whole = replace(answer(begun, person.facts), zones=person.zones)
    if outcome(person, stopped) != outcome(person, whole):
        raise SystemExit("WRONG: stopping early changed the outcome of an invented person")


# --- the report -----------------------------------------------------------------------------


def report(name: str, people: Sequence[Person], offered: Sequence[Technique]) -> None:
    """Play everybody's interviews and print what they took, as rows of a table."""
    begun = Answers(answered_on=ON, techniques=tuple(offered))
    lengths: dict[str, list[Length]] = {"everything": [], "fixed order": [], "as it is": []}
    for person in people:
        lengths["everything"].append(everything(person, offered))
        for order, choose in (("fixed order", fixed_order), ("as it is", as_it_is)):
            length, stopped = play(person, begun, choose)
            check(person, begun, stopped)
            lengths[order].append(length)
    head = f"{name}, {len(people)} people, {len(offered)} techniques"
    for order, found in lengths.items():
        mean = [fmean(getattr(one, part) for one in found) for part in Length.__slots__]
        print(f"| {head} | {order} | {mean[0]:.1f} | {mean[1]:.1f} | {mean[2]:.0f} |", flush=True)
    pairs = list(zip(lengths["as it is"], lengths["fixed order"], strict=True))
    fewer = sum(mine.questions < fixed.questions for mine, fixed in pairs)
    more = sum(mine.questions > fixed.questions for mine, fixed in pairs)
    some = people[:BEST_OF]
    best = fmean(best_afterwards(person, begun) for person in some)
    mine = fmean(length.questions for length in lengths["as it is"][:BEST_OF])
    print(
        f"| | fewer questions than in the fixed order: {fewer} people, more: {more}; of the first "
        f"{len(some)}: {mine:.1f} as it is, {best:.1f} best afterwards | | | |"
    )


def groups_of_people(number: int) -> Iterator[tuple[str, list[Person]]]:
    """The people of the report, with a name for each group."""
    dice = random.Random(SEED)
    if records := shared_records():
        yield "shared bundles, else healthy", [recorded(healthy(), r, dice) for r in records]
        yield (
            "shared bundles, else invented",
            [recorded(drawn(dice), r, dice) for r in records for _ in range(DRAWS)],
        )
    yield "invented population", [drawn(dice) for _ in range(number)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    groups = list(groups_of_people(parser.parse_args().people))
    print("| people | asking | questions | screens | words |\n|---|---|---:|---:|---:|")
    for name, people in groups:
        for offered in (EVERY_TECHNIQUE_BUT_FIRE_AND_WET, tuple(Technique)):
            report(name, people, offered)
    print("\nThe outcome at the stop was that of all answers, for everybody and in both orders.")


if __name__ == "__main__":
    main()
