"""The interview: how long it is, what appears when, when it may stop, and the repeat visit."""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people import EVERY_TECHNIQUE, TODAY, disc, healthy_facts, plain
from ventosa.interview import (
    MOVING,
    RENEWED_FOR_DAYS,
    Screen,
    answer,
    answer_none,
    next_screen,
    not_riskier,
    repeat_visit,
)
from ventosa.knowledge import load
from ventosa.knowledge.model import Fact
from ventosa.logic import Boolean, Choice, Number
from ventosa.record import (
    EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    Answers,
    Complaint,
    InputError,
    Interval,
    PalpatedSite,
    PatientRecord,
    Reading,
    Screening,
    Value,
    Zone,
)
from ventosa.screening import screen
from ventosa.terms import Decision, Side, Stage, Technique, ZoneKind

KNOWN = load()
DRY = EVERY_TECHNIQUE_BUT_FIRE_AND_WET
NOT_THE_PATIENTS = ("clinic", "practitioner")

Reply = Callable[[Fact], Value | None]


@dataclass
class Interview:
    """One interview, played to its end."""

    screens: list[Screen] = field(default_factory=list)
    answers: Answers = field(default_factory=Answers)
    last: Screening | None = None

    @property
    def groups(self) -> list[str]:
        return [shown.group.id for shown in self.screens]

    @property
    def asked(self) -> list[str]:
        return [question.fact for shown in self.screens for question in shown.questions]


def interview(
    reply: Reply,
    answers: Answers,
    *,
    stage: Stage = Stage.PLAN,
    record: PatientRecord | None = None,
    zones: tuple[Zone, ...] = (),
) -> Interview:
    """Ask until nothing more can change the outcome."""
    played = Interview(answers=answers)
    for _ in range(60):
        played.last = screen(played.answers, record, KNOWN, on=TODAY, stage=stage)
        shown = next_screen(played.last, KNOWN)
        if shown is None:
            return played
        played.screens.append(shown)
        said: dict[str, Value | None] = {}
        for question in shown.questions:
            if question.fact == "zones":
                played.answers = replace(played.answers, zones=zones)
            else:
                said[question.fact] = reply(KNOWN.facts[question.fact])
        played.answers = answer(played.answers, said)
    raise AssertionError("the interview does not end")


def begun(onset: date | None = TODAY - timedelta(weeks=6), **changes: Any) -> Answers:
    """Answers with which a first interview begins."""
    given = Answers(answered_on=TODAY, complaint=Complaint(onset_date=onset), techniques=DRY)
    return replace(given, **changes)


def healthy_but(**changes: Any) -> Reply:
    facts = healthy_facts(KNOWN) | {fact: plain(value) for fact, value in changes.items()}
    return lambda fact: facts.get(fact.id)


# --- how long it is -------------------------------------------------------------------------


def words(shown: Screen) -> int:
    """Words read to the patient: the questions, the words of "none of these", the title."""
    texts = [shown.group.title, shown.group.none, shown.group.intro]
    texts += [q.text for q in shown.questions if _who(q.fact) not in NOT_THE_PATIENTS]
    return sum(len(text.split()) for text in texts)


def _who(fact_id: str) -> str:
    return KNOWN.facts["zones_recorded" if fact_id == "zones" else fact_id].who


def to_the_patient(played: Interview) -> list[Screen]:
    """Screens that hold a question for the patient; the group of the clinic is its own."""
    return [
        shown
        for shown in played.screens
        if shown.group.id != "clinic"
        and any(_who(q.fact) not in NOT_THE_PATIENTS for q in shown.questions)
    ]


@pytest.mark.parametrize("sex", ["male", "female", "other"])
def test_a_healthy_first_interview_is_short(sex: str) -> None:
    played = interview(healthy_but(sex=sex, first_session=True), begun())
    shown = to_the_patient(played)
    assert 8 <= len(shown) <= 12
    assert 400 <= sum(words(one) for one in shown) <= 650
    assert played.last is not None and played.last.exit == 0


def test_no_screen_comes_twice_in_a_healthy_interview() -> None:
    played = interview(healthy_but(), begun())
    assert len(set(played.groups)) == len(played.groups)
    assert len(set(played.asked)) == len(played.asked)


def test_stage_start_adds_one_screen() -> None:
    for sex in ("male", "female"):
        plan = to_the_patient(interview(healthy_but(sex=sex), begun()))
        start = to_the_patient(interview(healthy_but(sex=sex), begun(), stage=Stage.START))
        added = [shown for shown in start if shown.group.id not in {s.group.id for s in plan}]
        assert [shown.group.id for shown in added] == ["today"]
        assert len(start) == len(plan) + 1


def test_red_flags_come_first_and_in_the_order_of_the_screens() -> None:
    played = interview(healthy_but(), begun())
    flags = [any(q.red_flag for q in shown.questions) for shown in played.screens]
    assert flags == sorted(flags, reverse=True)
    orders = [shown.group.order for shown in played.screens[: sum(flags)]]
    assert orders == sorted(orders)


def test_red_flags_are_asked_even_when_all_is_avoided() -> None:
    played = interview(healthy_but(koebner_disease=True), begun(facts={"koebner_disease": True}))
    assert {"saddle_numbness", "fever", "severe_trauma_recent", "cancer_history"} <= set(
        played.asked
    )
    assert "latex_allergy" not in played.asked


# --- what appears when ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("age", "weeks", "appears"),
    [
        (44, 14, True),
        (44, 13, False),
        (44, 12, False),
        (46, 14, False),
        (70, 52 * 30, True),
        (90, 52 * 30, False),
    ],
)
def test_the_pattern_of_the_pain_is_asked_of_early_and_long_pain(
    age: int, weeks: int, appears: bool
) -> None:
    start = begun(onset=TODAY - timedelta(weeks=weeks))
    played = interview(healthy_but(age_years=age), start)
    assert ("pain_pattern" in played.groups) is appears
    assert "pain_duration_weeks" not in played.asked, "the date says it"


@pytest.mark.parametrize(("age", "weeks", "appears"), [(44, 14, True), (44, 13, False)])
def test_without_a_date_the_weeks_are_asked_before_the_pattern(
    age: int, weeks: int, appears: bool
) -> None:
    said = healthy_but(age_years=age, onset_age_years=age, pain_duration_weeks=weeks)
    pattern = [
        s for s in interview(said, begun(onset=None)).screens if s.group.id == "pain_pattern"
    ]
    assert [q.fact for q in pattern[0].questions] == ["pain_duration_weeks"]
    assert len(pattern) == (2 if appears else 1)


def test_the_pattern_of_a_pain_that_began_late_is_never_asked() -> None:
    said = healthy_but(age_years=60, onset_age_years=45, pain_duration_weeks=60)
    assert "pain_pattern" not in interview(said, begun(onset=None)).groups


def test_pregnancy_is_asked_unless_the_person_answers_male() -> None:
    for sex, appears in (("male", False), ("female", True), ("other", True), (None, True)):
        played = interview(healthy_but(sex=sex), begun())
        assert ("pregnancy" in played.groups) is appears, sex


def test_the_records_gender_alone_does_not_close_pregnancy() -> None:
    record = PatientRecord("Bundle/1", readings=(Reading("sex", "male", "Patient/1"),))
    played = interview(healthy_but(), begun(), record=record)
    assert "pregnancy" in played.groups
    said = interview(healthy_but(), begun(facts={"sex": "male"}), record=record)
    assert "pregnancy" not in said.groups


def test_another_answer_keeps_the_group_of_pregnancy_open() -> None:
    played = interview(healthy_but(), begun(facts={"sex": "male", "pregnant": None}))
    assert "pregnancy" not in played.groups
    kept = begun(facts={"sex": "male", "menstruating": True})
    assert "pregnancy" in interview(healthy_but(), kept).groups


DETAILS = sorted((f.id, f.detail_of) for f in KNOWN.facts.values() if f.detail_of is not None)


@pytest.mark.parametrize(("detail", "parent"), DETAILS)
def test_a_detail_is_not_asked_of_a_parent_that_is_no(detail: str, parent: str) -> None:
    facts = healthy_facts(KNOWN)
    asked = screen(
        begun(facts={parent: facts[parent]}, techniques=EVERY_TECHNIQUE), None, KNOWN, on=TODAY
    ).ask
    assert detail not in {question.fact for question in asked}
    untold = screen(begun(techniques=EVERY_TECHNIQUE), None, KNOWN, on=TODAY).ask
    assert detail not in {question.fact for question in untold}


@pytest.mark.parametrize(
    ("parent", "detail"),
    [
        ("cardiac_arrest_ever", "cardiac_arrest_months"),
        ("anaemia", "haemoglobin_g_dl"),
        ("pregnant", "gestation_weeks"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_a_detail_is_asked_after_yes_and_after_not_sure(
    parent: str, detail: str, known: bool
) -> None:
    yes = "yes" if parent == "pregnant" else True
    said = healthy_but(**{parent: yes if known else None, "sex": "female"})
    asked = interview(said, begun()).asked
    assert asked.index(detail) > asked.index(parent)


def test_what_only_fire_or_wet_needs_is_asked_only_where_they_are_offered() -> None:
    only = {"fire_cupping_trained", "wet_cupping_licensed", "reaction_burn", "blood_borne_virus"}
    assert not only & set(interview(healthy_but(), begun()).asked)
    every = interview(healthy_but(), begun(techniques=EVERY_TECHNIQUE)).asked
    assert only <= set(every)


# --- none of these --------------------------------------------------------------------------


def test_none_of_these_answers_every_question_that_it_can() -> None:
    given = begun()
    while (shown := next_screen(screen(given, None, KNOWN, on=TODAY), KNOWN)) is not None:
        after = answer_none(given, shown, KNOWN)
        new = {f: v for f, v in after.facts.items() if f not in given.facts}
        assert set(new) == set(shown.can_be_none)
        for fact_id, value in new.items():
            assert value == ("no" if fact_id == "pregnant" else False)
        rest = {q.fact for q in shown.questions} - set(shown.can_be_none)
        assert all(f == "zones" or not isinstance(KNOWN.facts[f].type, Boolean) for f in rest)
        others = {f: healthy_facts(KNOWN).get(f) for f in rest - {"zones"}}
        given = answer(replace(after, zones=() if "zones" in rest else given.zones), others)


def test_none_of_these_leaves_what_was_said_alone() -> None:
    shown = next_screen(screen(begun(), None, KNOWN, on=TODAY), KNOWN)
    assert shown is not None
    fact = next(iter(shown.can_be_none))
    assert answer_none(begun(facts={fact: True}), shown, KNOWN).facts[fact] is True
    assert answer_none(begun(facts={fact: None}), shown, KNOWN).facts[fact] is None


def test_a_duty_of_the_clinic_is_never_none_of_these() -> None:
    for fact in KNOWN.facts.values():
        if fact.riskier is False:
            assert not_riskier(fact) is None


# --- the interview may stop -----------------------------------------------------------------


def _some(fact: Fact, dice: random.Random) -> Value:
    match fact.type:
        case Boolean():
            return dice.random() < 0.5
        case Choice(choices):
            return dice.choice(choices)
        case Number(low, high):
            near = dice.choice([low, high, dice.uniform(low, high), min(high, low + 30)])
            return Interval(near, near)


def _person(dice: random.Random) -> Reply:
    """A person who says yes or not sure now and then."""
    risk, doubt = dice.choice([0.02, 0.1, 0.3]), dice.choice([0.0, 0.1])

    def reply(fact: Fact) -> Value | None:
        if dice.random() < doubt:
            return None
        if isinstance(fact.type, Boolean):
            return bool(fact.riskier) is (dice.random() < risk)
        return _some(fact, dice)

    return reply


def _kinds_free(known: Mapping[str, Any]) -> list[ZoneKind]:
    """Kinds of zone that can be drawn without correcting an answer."""
    answers = {**KNOWN.settling.drawn}
    return [
        kind
        for kind in ZoneKind
        if kind not in answers or answers[kind] not in known or known[answers[kind]].value is True
    ]


def _filled(played: Interview, dice: random.Random) -> Answers:
    """The answers with everything that was never asked filled at random.

    A detail of a parent that is no is left out: it would correct the no, not complete it.
    """
    assert played.last is not None
    known = played.last.facts
    rest: dict[str, Value | None] = {}
    for fact in KNOWN.facts.values():
        if fact.zone is not None or fact.id == "zones_recorded":
            continue
        if fact.id in known or fact.id in played.answers.facts or dice.random() < 0.2:
            continue
        parent = known.get(fact.detail_of or "")
        if parent is not None and parent.value in (False, "no"):
            continue
        rest[fact.id] = _some(fact, dice)
    zones = played.answers.zones
    if zones is None:
        zones = tuple(disc(kind) for kind in _kinds_free(known) if dice.random() < 0.2)
    return answer(replace(played.answers, zones=zones), rest)


def _outcome(screening: Screening) -> dict[str, Any]:
    """What the screening says of offered techniques; one that is avoided has no dose to limit."""
    found: dict[str, Any] = {
        "urgency": (screening.urgency.certain, screening.urgency.possible),
        "exit": screening.exit,
    }
    for technique, screened in screening.techniques.items():
        if screened.offered and screened.certain is Decision.AVOID:
            found[technique] = Decision.AVOID  # caps and zones of what is avoided say nothing
        elif screened.offered:
            found[f"{technique} decision"] = (screened.certain, screened.possible)
            if screened.certain < Decision.AVOID:
                zones = {closed.zone for closed in screened.closed_zones}
                found[f"{technique} limits"] = (replace(screened.limits, by={}), zones)
    return found


@given(
    st.integers(0, 2**32),
    st.sampled_from([DRY, EVERY_TECHNIQUE, (Technique.DRY_STATIC,), (Technique.WET,)]),
    st.sampled_from(Stage),
)
@settings(max_examples=200, deadline=None)
def test_stopping_never_changes_the_outcome(
    seed: int, offered: tuple[Technique, ...], stage: Stage
) -> None:
    dice = random.Random(seed)
    onset = TODAY - timedelta(weeks=dice.choice([1, 13, 14, 60, 600]))
    zones = tuple(disc(kind) for kind in ZoneKind if dice.random() < 0.05)
    start = begun(onset=onset, techniques=offered)
    played = interview(_person(dice), start, stage=stage, zones=zones)
    assert played.last is not None
    _details_follow_their_parents(played)
    assert len(set(played.asked)) == len(played.asked), "a question came twice"
    stopped = _outcome(played.last)
    for _ in range(3):
        filled = screen(_filled(played, dice), None, KNOWN, on=TODAY, stage=stage)
        assert _outcome(filled) == stopped


def _details_follow_their_parents(played: Interview) -> None:
    for shown in played.screens:
        for question in shown.questions:
            parent = KNOWN.facts[question.fact].detail_of if question.fact != "zones" else None
            if parent is not None:
                assert played.answers.facts.get(parent, True) not in (False, "no")


@pytest.mark.parametrize(
    ("facts", "record"),
    [
        ({"age_years": Interval(64, 66)}, None),
        ({"age_years": Interval(60, 60)}, Reading("age_years", Interval(80, 80), "Patient/1")),
        ({"haemoglobin_g_dl": Interval(12.5, 12.5), "sex": None}, None),
        ({"onset_age_years": Interval(20, 20)}, None),
    ],
)
def test_an_answer_that_leaves_a_rule_open_is_not_asked_for_ever(
    facts: Mapping[str, Value | None], record: Reading | None
) -> None:
    held = PatientRecord("Bundle/1", readings=(record,)) if record else None
    said = healthy_but(**facts, minor_trauma_recent=True, osteoporosis=False)
    start = begun(onset=TODAY - timedelta(weeks=30), facts=MappingProxyType(dict(facts)))
    played = interview(said, start, record=held)
    assert len(set(played.asked)) == len(played.asked)


# --- a repeat visit -------------------------------------------------------------------------

EARLIER = TODAY - timedelta(days=14)
SENTENCES = [sentence.id for sentence in KNOWN.repeat]
IN_SENTENCES = {fact for sentence in KNOWN.repeat for fact in sentence.facts}


def earlier(on: date | None = EARLIER, **changes: Any) -> Answers:
    """The answers of an earlier visit: all answered, some of them otherwise."""
    facts = healthy_facts(KNOWN) | {"sex": "female", "first_session": False}
    facts |= {fact: plain(value) for fact, value in changes.items()}
    return Answers(
        answered_on=on,
        facts=MappingProxyType(facts),
        zones=(disc("scar"),),
        complaint=Complaint(6, 5, EARLIER, "dig", (PalpatedSite("L4", Side.BOTH, 2, 2),)),
        techniques=EVERY_TECHNIQUE,
    )


def again(
    previous: Answers, none_of: list[str] | None = None, new: bool | None = False
) -> Mapping[str, Value | None]:
    said = SENTENCES if none_of is None else none_of
    return repeat_visit(previous, KNOWN, on=TODAY, none_of=said, anything_new=new).facts


def test_there_are_five_sentences_each_with_facts_of_its_own() -> None:
    assert SENTENCES == [
        "nerves_and_bladder",
        "fall_and_bone",
        "cancer_weight_night",
        "fever_and_infection",
        "belly_and_circulation",
    ]
    facts = [fact for sentence in KNOWN.repeat for fact in sentence.facts]
    assert len(set(facts)) == len(facts)
    assert KNOWN.repeat_anything_new == "Anything new in medicines, illness, skin, pregnancy?"


@pytest.mark.parametrize("sentence", KNOWN.repeat, ids=SENTENCES)
def test_a_sentence_answers_its_own_facts_and_no_other(sentence: Any) -> None:
    empty = Answers(answered_on=EARLIER)
    said = again(empty, [sentence.id], new=None)
    assert said == {
        fact: not_riskier(KNOWN.facts[fact])
        for fact in sentence.facts
        if not_riskier(KNOWN.facts[fact]) is not None
    }
    assert all(value is False for value in said.values())


@pytest.mark.parametrize("sentence", KNOWN.repeat, ids=SENTENCES)
def test_a_sentence_that_is_not_none_opens_its_questions(sentence: Any) -> None:
    others = [name for name in SENTENCES if name != sentence.id]
    facts = again(earlier(), others)
    asked_again = {f for f in sentence.facts if KNOWN.facts[f].holds != "episode"}
    assert not asked_again & set(facts)


def test_silence_renews_nothing_that_is_not_riskier() -> None:
    facts = again(earlier(), [], new=None)
    assert all(KNOWN.facts[fact].holds == "episode" for fact in facts)


def test_an_earlier_yes_of_a_sentence_is_not_renewed_and_none_undoes_it() -> None:
    assert "severe_trauma_recent" not in again(earlier(severe_trauma_recent=True), [])
    assert again(earlier(severe_trauma_recent=True))["severe_trauma_recent"] is False


@pytest.mark.parametrize("new", [True, False, None])
def test_the_riskier_answer_to_what_holds_ever_stays(new: bool | None) -> None:
    ever = [f for f in KNOWN.facts.values() if f.holds == "ever" and f.riskier is True]
    assert {"osteoporosis", "koebner_disease"} <= {f.id for f in ever}
    for age in (EARLIER, TODAY - timedelta(days=4000), None):
        facts = again(earlier(age, **{f.id: True for f in ever}), new=new)
        for fact in ever:
            assert facts[fact.id] is True, "none of these today does not undo a past illness"


def _outside(holds: str) -> Iterator[Fact]:
    for fact in KNOWN.facts.values():
        is_asked = fact.zone is None and fact.id != "zones_recorded"
        if is_asked and fact.holds == holds and fact.id not in IN_SENTENCES | MOVING:
            yield fact


def _both(fact: Fact) -> list[Value]:
    if isinstance(fact.type, Boolean):
        return [True, False]
    if isinstance(fact.type, Choice):
        return list(fact.type.words)
    return [Interval(fact.type.low, fact.type.low)]


@pytest.mark.parametrize("holds", ["visit", "ever"])
def test_nothing_new_renews_yes_and_no_alike(holds: str) -> None:
    for fact in _outside(holds):
        for value in _both(fact):
            assert again(earlier(**{fact.id: value}))[fact.id] == value, fact.id


@pytest.mark.parametrize("new", [True, None])
def test_anything_new_or_no_answer_opens_the_groups(new: bool | None) -> None:
    for fact in _outside("visit"):
        for value in _both(fact):
            assert fact.id not in again(earlier(**{fact.id: value}), new=new), fact.id
    for fact in _outside("ever"):
        if fact.riskier is True:
            assert fact.id not in again(earlier(**{fact.id: False}), new=new), fact.id


def test_a_no_that_holds_ever_is_asked_again_after_a_year() -> None:
    day = TODAY - timedelta(days=RENEWED_FOR_DAYS)
    assert RENEWED_FOR_DAYS == 365
    assert again(earlier(day))["hypertension"] is False
    assert "hypertension" not in again(earlier(day - timedelta(days=1)))
    assert "hypertension" not in again(earlier(None)), "an undated no is no renewed no"
    assert again(earlier(day - timedelta(days=1), hypertension=True))["hypertension"] is True


def test_what_holds_today_is_always_asked_again() -> None:
    today = [f for f in KNOWN.facts.values() if f.holds == "today"]
    assert {"fever", "pregnant", "consent_given", "intoxicated"} <= {f.id for f in today}
    facts = again(earlier(pregnant="yes", fever=True, intoxicated=True), [])
    assert not {f.id for f in today} & set(facts)
    renewed = repeat_visit(earlier(), KNOWN, on=TODAY, none_of=SENTENCES, anything_new=False)
    asked = {q.fact for q in screen(renewed, None, KNOWN, on=TODAY, stage=Stage.START).ask}
    outside = {f.id for f in today if f.id not in IN_SENTENCES and f.detail_of is None}
    assert outside <= asked


def test_what_holds_for_the_episode_stays() -> None:
    facts = again(earlier(onset_age_years=39, buttock_pain=True, arthritis=False), [], new=True)
    assert facts["onset_age_years"] == Interval(39, 39)
    assert facts["buttock_pain"] is True
    assert facts["arthritis"] is False


def test_a_number_that_moves_is_never_renewed() -> None:
    """An age of last year is no age of today; a count of last year says nothing of today."""
    moving = {"age_years": 64, "gestation_weeks": 12, "haemoglobin_g_dl": 13, "inr": 2}
    moving |= {"pain_duration_weeks": 6, "platelets_10e9_l": 200, "sessions_without_harm": 3}
    assert not MOVING & set(again(earlier(**moving)))
    assert set(KNOWN.facts) >= MOVING


def test_not_known_is_asked_again() -> None:
    facts = again(earlier(diabetes=None, hypertension=None), new=False)
    assert "diabetes" not in facts
    assert "hypertension" not in facts


def test_the_skin_is_looked_at_again_and_the_pain_asked_again() -> None:
    renewed = repeat_visit(earlier(), KNOWN, on=TODAY, none_of=SENTENCES, anything_new=False)
    assert renewed.answered_on == TODAY
    assert renewed.zones is None
    assert renewed.complaint is not None
    assert (renewed.complaint.pain_now, renewed.complaint.pain_week) == (None, None)
    assert renewed.complaint.onset_date == EARLIER
    assert renewed.techniques == EVERY_TECHNIQUE


def test_earlier_answers_do_not_lie_in_the_future() -> None:
    with pytest.raises(InputError):
        again(earlier(TODAY + timedelta(days=1)))


def test_a_healthy_repeat_visit_is_short() -> None:
    previous = replace(earlier(first_session=True), techniques=DRY)
    renewed = repeat_visit(previous, KNOWN, on=TODAY, none_of=SENTENCES, anything_new=False)
    played = interview(healthy_but(sex="female"), renewed)
    # A period sets the caps that the first session sets already: asking could change nothing.
    assert set(played.asked) == {"age_years", "pregnant", "zones"}
    assert played.last is not None and played.last.exit == 0


def test_the_first_session_is_asked_of_and_not_assumed() -> None:
    """Whether it is the first comes from the clinic's log; an earlier yes is the stricter."""
    assert again(earlier(first_session=True))["first_session"] is True


def test_after_a_repeat_visit_nothing_counts_that_was_not_renewed() -> None:
    """Answers of another day, screened as they are, keep only what holds."""
    previous = earlier(diabetes=True, hypertension=False, smoker=True)
    facts = screen(previous, None, KNOWN, on=TODAY).facts
    assert facts["diabetes"].value is True
    for lapsed in ("hypertension", "smoker", "zones_recorded", "fever"):
        assert lapsed not in facts
