"""The order of the screens: red flags first, then what can shorten the interview most.

What is asked and when it may stop is tested in ``test_interview``.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import pytest

from people import EVERY_TECHNIQUE, TODAY, disc, healthy_facts, plain
from ventosa.interview import answer, next_screen
from ventosa.knowledge import load
from ventosa.logic import Boolean, Choice, Number, parse
from ventosa.record import (
    EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    Answers,
    Complaint,
    Interval,
    Question,
    Screening,
    Value,
    Zone,
)
from ventosa.screening import screen
from ventosa.screening.ordering import screens_that_settle
from ventosa.terms import Decision, Stage, Technique, ZoneKind

KNOWN = load()
DRY = EVERY_TECHNIQUE_BUT_FIRE_AND_WET
ORDER = {group.id: group.order for group in KNOWN.groups.values()}
Choose = Callable[[Screening], str | None]


@dataclass
class Played:
    """An interview: what stood open before each screen, which it was, and how it ended."""

    open: list[Sequence[Question]] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    asked: list[list[str]] = field(default_factory=list)
    last: Screening | None = None

    @property
    def questions(self) -> int:
        return sum(map(len, self.asked))


def chosen(screening: Screening) -> str | None:
    shown = next_screen(screening, KNOWN)
    return None if shown is None else shown.group.id


def in_the_order_of_the_screens(screening: Screening) -> str | None:
    """The order before any was chosen: red flags first, either part as in ``groups.toml``."""
    open_ = [(not q.red_flag, ORDER[q.group], q.group) for q in screening.ask]
    return min(open_)[2] if open_ else None


def play(
    facts: Mapping[str, Value | None],
    given: Answers,
    choose: Choose = chosen,
    *,
    stage: Stage = Stage.PLAN,
    zones: tuple[Zone, ...] = (),
) -> Played:
    played = Played()
    while True:
        played.last = screen(given, None, KNOWN, on=TODAY, stage=stage)
        group = choose(played.last)
        if group is None:
            return played
        shown = [q.fact for q in played.last.ask if q.group == group]
        played.open.append(played.last.ask)
        played.groups.append(group)
        played.asked.append(shown)
        if "zones" in shown:
            given = replace(given, zones=zones)
        given = answer(given, {fact: facts.get(fact) for fact in shown if fact != "zones"})


def begun(weeks: int | None = 6, **facts: Any) -> Answers:
    onset = None if weeks is None else TODAY - timedelta(weeks=weeks)
    given = MappingProxyType({fact: plain(value) for fact, value in facts.items()})
    return Answers(answered_on=TODAY, facts=given, complaint=Complaint(onset_date=onset))


def healthy(**changes: Any) -> dict[str, Value | None]:
    return healthy_facts(KNOWN) | {fact: plain(value) for fact, value in changes.items()}


def somebody(dice: random.Random) -> dict[str, Value | None]:
    """Somebody with a few findings, now and then not sure; details fit their parents."""
    risk = dice.choice([0.01, 0.04, 0.15])
    facts: dict[str, Value | None] = {}
    for fact in KNOWN.facts.values():
        match fact.type:
            case Boolean():
                facts[fact.id] = (dice.random() < risk) is bool(fact.riskier)
            case Choice(words):
                facts[fact.id] = dice.choice(words)
            case Number(low, high):
                number = round(dice.uniform(low, min(high, 100)))
                facts[fact.id] = Interval(number, number)
        if dice.random() < 0.02:
            facts[fact.id] = None
    return facts


@cache
def interviews() -> list[tuple[Played, Played]]:
    """The same people asked in the order chosen and in that of the screens."""
    dice = random.Random(3)
    found = []
    for number in range(36):
        facts, stage = somebody(dice), list(Stage)[number % 2]
        zones = tuple(disc(kind) for kind in ZoneKind if dice.random() < 0.03)
        offered = [DRY, EVERY_TECHNIQUE, (Technique.FLASH, Technique.WET)][number % 3]
        start = replace(begun(dice.choice([1, 30, None])), techniques=offered)
        mine, theirs = (
            play(facts, start, choose, stage=stage, zones=zones)
            for choose in (chosen, in_the_order_of_the_screens)
        )
        found.append((mine, theirs))
    return found


# --- what every order must keep -------------------------------------------------------------


def test_every_screen_with_a_red_flag_comes_before_every_other() -> None:
    ended_early = 0
    for played, _ in interviews():
        flagged = [any(q.red_flag for q in open_) for open_ in played.open]
        for open_, group, has_flags in zip(played.open, played.groups, flagged, strict=True):
            if has_flags:
                assert group in {q.group for q in open_ if q.red_flag}
        assert played.last is not None
        techniques = played.last.techniques.values()
        ended_early += all(t.certain is Decision.AVOID for t in techniques if t.offered)
    assert ended_early > 5, "some of them are avoided, and were asked the red flags all the same"


def test_a_screen_comes_again_only_for_details() -> None:
    """Or as the pattern of the pain, which appears once its own weeks are known."""
    again = 0
    for played, _ in interviews():
        for index, group in enumerate(played.groups):
            if group in played.groups[:index] and group != "pain_pattern":
                again += 1
                assert all(KNOWN.facts[fact].detail_of for fact in played.asked[index])
    assert again > 2


def test_no_question_comes_twice() -> None:
    for played, _ in interviews():
        asked = [fact for shown in played.asked for fact in shown]
        assert len(asked) == len(set(asked))


def _outcome(screening: Screening) -> Mapping[str, Any]:
    found: dict[str, Any] = {"urgency": screening.urgency.certain, "exit": screening.exit}
    found["possible"] = screening.urgency.possible
    for name, screened in screening.techniques.items():
        if screened.offered and screened.certain is Decision.AVOID:
            found[name] = Decision.AVOID
        elif screened.offered:
            zones = frozenset(closed.zone for closed in screened.closed_zones)
            limits = replace(screened.limits, by={})
            found[name] = (screened.certain, screened.possible, limits, zones)
    return found


def test_the_order_changes_no_outcome() -> None:
    differently = 0
    for mine, theirs in interviews():
        assert mine.last is not None and theirs.last is not None
        assert _outcome(mine.last) == _outcome(theirs.last)
        differently += mine.groups != theirs.groups
    assert differently > 10


def test_a_screen_keeps_the_order_of_its_questions() -> None:
    place = {fact: index for index, fact in enumerate(KNOWN.facts)}
    for played, _ in interviews():
        for open_ in played.open:
            for part in (True, False):
                facts = [(q.group, q.fact) for q in open_ if q.red_flag is part]
                for group in {group for group, _ in facts}:
                    places = [place.get(f, place["zones_recorded"]) for g, f in facts if g == group]
                    assert places == sorted(places)


# --- red flags ------------------------------------------------------------------------------


def test_red_flags_come_in_the_order_of_the_screens() -> None:
    assert play(healthy(), begun()).groups[:6] == [
        "person",
        "nerves_and_bladder",
        "fall_and_bone",
        "cancer_weight_night",
        "fever_and_infection",
        "belly",
    ]


def test_a_flag_that_another_screen_could_take_away_waits_for_it() -> None:
    """Psoriasis is a red flag only while the pattern of the pain may be inflammatory."""
    long = play(healthy(sex="female"), begun(30, age_years=40, sex="female"))
    assert long.groups.index("pain_pattern") < long.groups.index("skin_and_allergy")
    # Whoever smokes matters where posture does not change the pain.
    asked = {fact for shown in long.asked for fact in shown}
    assert not {"smoker", "hypertension"} & asked
    deep = play(healthy(pain_unchanged_by_posture=True), begun())
    asked = {fact for shown in deep.asked for fact in shown}
    assert {"smoker", "hypertension"} <= asked
    assert deep.groups.index("belly") < deep.groups.index("heart_and_circulation")


def test_the_wait_spares_a_healthy_person_questions() -> None:
    start = begun(30, age_years=40, sex="female")
    facts = healthy(sex="female", first_session=True)
    before = play(facts, start, in_the_order_of_the_screens)
    assert play(facts, start).questions < before.questions


@pytest.mark.parametrize(
    ("text", "screens"),
    [
        ("fever", {"fever_and_infection"}),
        ("fever && smoker", {"fever_and_infection", "heart_and_circulation"}),
        ("fever || smoker", set()),
        ("fever || systemically_unwell", {"fever_and_infection"}),
        ("(fever || smoker) && hernia", {"skin_and_allergy"}),
        ("fever && (smoker || hernia)", {"fever_and_infection"}),
        ("atLeast(2, [fever, systemically_unwell, hernia])", {"fever_and_infection"}),
        ("atLeast(2, [fever, smoker, hernia])", set()),
        ("age_years > 60 && hernia", {"person", "skin_and_allergy"}),
        # A plain answer to these makes the condition true: it takes nothing away.
        ("!fever && hernia", {"skin_and_allergy"}),
        ("!consent_given && hernia", {"clinic", "skin_and_allergy"}),
        ("!(fever || smoker)", set()),
        ("pregnant in ['yes', 'possible'] && fever", {"pregnancy", "fever_and_infection"}),
    ],
)
def test_screens_that_settle_a_condition(text: str, screens: set[str]) -> None:
    assert screens_that_settle(parse(text), KNOWN.facts) == screens


# --- after the red flags --------------------------------------------------------------------


def _closed_for_a_word(group: str, open_: Sequence[Question]) -> float:
    here = [q for q in open_ if q.group == group]
    duties = {f.id for f in KNOWN.facts.values() if f.riskier is False and f.stage is Stage.START}
    closes = sum(
        decision is Decision.AVOID
        for question in here
        if question.fact not in duties
        for decision in question.could_decide.values()
    )
    return closes / sum(len(question.text.split()) for question in here)


def test_the_screen_that_could_close_most_for_fewest_words_comes_next() -> None:
    compared = 0
    for played, _ in interviews():
        for open_, group in zip(played.open, played.groups, strict=True):
            others = {q.group for q in open_} - {group}
            if any(q.red_flag for q in open_) or group == "person":
                continue
            assert "person" not in others
            for other in others:
                compared += 1
                mine, theirs = (_closed_for_a_word(g, open_) for g in (group, other))
                assert (-mine, ORDER[group]) < (-theirs, ORDER[other])
    assert compared > 60


def test_a_first_session_is_asked_before_what_it_makes_needless() -> None:
    """A keloid or a period sets the caps that a first session has set already."""
    start = begun(6, age_years=40, sex="female")
    played = play(healthy(sex="female", first_session=True), start)

    def about_you_last(screening: Screening) -> str | None:
        groups = [q.group for q in screening.ask if q.group != "person"]
        return groups[0] if groups else chosen(screening)

    last = play(healthy(sex="female", first_session=True), start, about_you_last)
    assert last.groups[-1] == "person"
    assert played.questions <= last.questions - 4


def test_a_duty_of_the_clinic_closes_nothing_for_good() -> None:
    """Consent that is not given yet can be given: it does not bring its screen forward."""
    played = play(healthy(), begun(), stage=Stage.START)
    assert {"consent_given", "skin_inspected"} <= set(played.asked[-1])
    assert played.groups[-1] == "clinic"


def test_what_closes_everything_ends_the_interview() -> None:
    """Psoriasis forbids all: after the red flags nothing else is asked of that person."""
    played = play(healthy(koebner_disease=True), begun())
    skin = played.groups.index("skin_and_allergy")
    assert not any(q.red_flag for q in played.open[skin])
    assert len(played.groups) == skin + 1
    before = play(healthy(koebner_disease=True), begun(), in_the_order_of_the_screens)
    assert played.questions < before.questions - 10
