"""A plan changed by hand: the checker answers; an override moves a limit, nothing a hard stop."""

import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people import TODAY, healthy
from ventosa.checking import check_plan
from ventosa.codes import load_codes
from ventosa.contract import read_answers
from ventosa.contract.plans import read_placements, write_placements
from ventosa.fhir import read_bundle
from ventosa.knowledge import Knowledge, Library
from ventosa.planning import frame_of, plan
from ventosa.planning.case import case_of, cups_for, margins_of
from ventosa.planning.drafting import cupping_of
from ventosa.planning.overriding import (
    LEAST_WORDS,
    OVERRIDABLE,
    REASON_WORDS,
    NeededOverride,
    Override,
    OverrideReason,
    check_override,
)
from ventosa.planning.repeating import CupSet, SetCup, apply_set, cup_set_of, same_as_last
from ventosa.planning.revising import (
    AddCup,
    Change,
    ChangeTechnique,
    MoveCup,
    RemoveCup,
    ResizeCup,
    Revised,
    SetDose,
    StepCup,
    revise,
)
from ventosa.record import (
    Answers,
    Complaint,
    Cup,
    Cupping,
    InputError,
    PalpatedSite,
    Plan,
    Screening,
    Zone,
)
from ventosa.screening import screen
from ventosa.terms import CupKind, Material, Side, Technique, ZoneKind

OKAFOR = Path(__file__).parents[2] / "examples" / "okafor"
SITES = (PalpatedSite("L2", Side.BOTH, 2, 1), PalpatedSite("L5", Side.BOTH, 3, 2))
CUPS = (
    Cup(CupKind.PUMP, Material.PLASTIC, 45, 6),
    Cup(CupKind.PUMP, Material.PLASTIC, 35, 4),
    Cup(CupKind.SILICONE, Material.SILICONE, 60, 4),
)


class Table:
    """One person at the plan: screening, answers, and what is proposed."""

    def __init__(self, knowledge: Knowledge, library: Library, answers: Answers) -> None:
        self.knowledge, self.library, self.answers = knowledge, library, answers
        self.screening: Screening = screen(answers, None, knowledge, on=TODAY)
        self.plan: Plan = plan(self.screening, answers, knowledge, library)

    @property
    def given(self) -> tuple[Screening, Answers, Knowledge, Library]:
        return self.screening, self.answers, self.knowledge, self.library

    def revised(self, *changes: Change) -> Revised:
        return revise(self.plan, changes, *self.given)

    def refused(self, proposed: Plan) -> tuple[str, ...]:
        """What the checker says, asked from outside with today's own limits."""
        case = case_of(*self.given)
        assert proposed.technique is not None
        return check_plan(
            proposed,
            self.screening,
            frame_of(self.screening, self.knowledge),
            cups_for(case, proposed.technique),
            margins_of(self.knowledge),
            sites=case.sites,
        )


def seated(knowledge: Knowledge, library: Library, *zones: Zone, **facts: Any) -> Table:
    answers = replace(
        healthy(knowledge, **facts), zones=zones, cups=CUPS, complaint=Complaint(sites=SITES)
    )
    return Table(knowledge, library, answers)


@pytest.fixture(scope="module")
def table(knowledge: Knowledge, library: Library) -> Table:
    return seated(knowledge, library)


# --- cups -----------------------------------------------------------------------------------


def test_without_a_change_the_plan_is_the_proposed_one(table: Table) -> None:
    assert table.plan.technique is Technique.DRY_STATIC
    found = table.revised()
    assert found.is_open and found.plan == table.plan


def test_a_dragged_cup_takes_its_twin_along_and_is_rounded(table: Table) -> None:
    first = table.plan.placements[0]
    found = table.revised(MoveCup(1, first.side, first.lateral_mm, first.y_mm - 3.4))
    moved = [cup for cup in found.plan.placements if cup.y_mm == round(first.y_mm - 3.4)]
    assert found.is_open and {cup.side for cup in moved} == {Side.LEFT, Side.RIGHT}
    assert all(cup.lateral_mm == round(first.lateral_mm) for cup in moved)
    assert "placed by hand" in found.plan.summary
    said = [why for why in found.plan.why if why.choice == "placement"]
    assert len(said) == 1 and "by hand" in said[0].because
    assert found.plan.cover != table.plan.cover


def test_a_cup_that_leaves_its_twin_is_refused(table: Table) -> None:
    found = table.revised(StepCup(1, 0, -10, mirrored=False))
    assert any("has no twin" in problem for problem in found.problems)
    assert not found.is_open


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (StepCup(1, -30, 0), "from the midline"),
        (StepCup(1, 60, 0), "hangs over the edge"),
        (AddCup(Side.LEFT, 38, 420, 45), "apart"),
        (ResizeCup(1, 50), "2 cups of 50 mm are placed, 0 may be used"),
        (ResizeCup(1, 60), "2 cups of 60 mm are placed, 0 may be used"),
    ],
)
def test_what_the_checker_refuses_is_a_problem(table: Table, change: Change, said: str) -> None:
    first = table.plan.placements[0]
    if isinstance(change, AddCup):
        change = replace(change, lateral_mm=first.lateral_mm, y_mm=first.y_mm + 30)
    found = table.revised(change)
    assert any(said in problem for problem in found.problems) and not found.is_open


def test_a_cup_of_another_size_at_hand(table: Table) -> None:
    found = table.revised(ResizeCup(1, 45))
    assert found.is_open
    assert sorted(c.inner_diameter_mm for c in found.plan.placements) == [35, 35, 45, 45]


def test_a_pair_is_removed_and_the_dose_counts_again(table: Table) -> None:
    found = table.revised(RemoveCup(1))
    assert found.is_open and found.plan.dose is not None
    assert found.plan.dose.cups == len(found.plan.placements) == 2
    assert found.plan.title.startswith("Two")
    gone = table.revised(RemoveCup(1), RemoveCup(1))
    assert any("no cup is left" in problem for problem in gone.problems)


def test_a_cup_that_is_not_there_is_bad_input(table: Table) -> None:
    for number in (0, 9, -1):
        with pytest.raises(InputError) as caught:
            table.revised(SetDose(suction_kpa=10), RemoveCup(number))
        assert caught.value.path == "changes[1].number"


@pytest.mark.parametrize(
    "build",
    [
        lambda: MoveCup(1, Side.LEFT, float("nan"), 100),
        lambda: MoveCup(1, Side.BOTH, 40, 100),
        lambda: SetDose(suction_kpa=float("inf")),
        lambda: SetDose(retention_min=0),
        lambda: AddCup(Side.LEFT, 40, 100, 5),
    ],
)
def test_a_change_that_says_nothing_sane_cannot_be_built(build: Any) -> None:
    with pytest.raises(InputError):
        build()


def test_a_closed_zone_stays_closed(knowledge: Knowledge, library: Library) -> None:
    mole = Zone(ZoneKind.LESION, Side.LEFT, level="T10", lateral_mm=40, radius_mm=15)
    table = seated(knowledge, library, mole)
    y = frame_of(table.screening, knowledge).level_mm("T10")
    found = table.revised(MoveCup(1, Side.LEFT, 40, y))
    assert any("closed zone (lesion)" in problem for problem in found.problems)
    assert found.overrides_needed == ()


# --- dose, limits, hard stops ---------------------------------------------------------------


def test_a_dose_within_the_limits_is_set_and_said(table: Table) -> None:
    found = table.revised(SetDose(suction_kpa=29.6, retention_min=7.2))
    assert found.is_open and found.plan.dose is not None
    assert (found.plan.dose.suction_kpa, found.plan.dose.retention_min) == (30, 7)
    assert all(cup.suction_kpa == 30 for cup in found.plan.placements)
    assert found.plan.summary == table.plan.summary
    said = {why.choice: why.because for why in found.plan.why}
    assert said["suction"] == "30 kPa (225 mmHg): set by the practitioner."


def test_beyond_todays_limit_an_override_is_needed(knowledge: Knowledge, library: Library) -> None:
    table = seated(knowledge, library, first_session=True)
    found = table.revised(SetDose(suction_kpa=30))
    assert found.problems == () and not found.is_open
    needed = found.overrides_needed
    limits = table.screening.techniques[Technique.DRY_STATIC].limits
    setters = tuple(rule for rule, _ in limits.by["suction_kpa"])
    assert setters
    assert needed == (NeededOverride(Technique.DRY_STATIC, "suction_kpa", 20, 30, 50, setters),)
    assert table.refused(found.plan)


def test_beyond_the_hard_stop_nothing_opens(table: Table) -> None:
    for change in (SetDose(suction_kpa=51), SetDose(retention_min=16), SetDose(cups=8)):
        found = table.revised(change)
        assert any("hard stop" in problem for problem in found.problems)
        assert found.overrides_needed == () or change.retention_min is None


def test_an_override_keeps_the_product(table: Table) -> None:
    found = table.revised(SetDose(suction_kpa=50, retention_min=7))
    assert {entry.quantity for entry in found.overrides_needed} == {"suction_kpa"}
    assert any("350 kPa·min, at most 300" in problem for problem in found.problems)
    assert table.revised(SetDose(suction_kpa=50, retention_min=6)).problems == ()


def test_a_technique_without_suction_takes_none(knowledge: Knowledge, library: Library) -> None:
    table = seated(knowledge, library)
    found = table.revised(ChangeTechnique(Technique.SILICONE), SetDose(suction_kpa=10))
    assert any("the technique has none" in problem for problem in found.problems)


def test_another_number_of_cups_is_solved_anew(table: Table) -> None:
    fewer = table.revised(SetDose(cups=2))
    assert fewer.is_open and len(fewer.plan.placements) == 2
    odd = table.revised(SetDose(cups=3))
    assert "3 cups were asked for, 2 find room in pairs" in odd.notes


# --- another technique ----------------------------------------------------------------------


def test_another_technique_is_planned_anew(table: Table) -> None:
    found = table.revised(ChangeTechnique(Technique.SILICONE))
    assert found.is_open and found.plan.technique is Technique.SILICONE
    assert {cup.inner_diameter_mm for cup in found.plan.placements} == {60}
    assert found.plan.dose is not None and found.plan.dose.suction_kpa is None
    assert ("technique", "Chosen by the practitioner.") in {
        (why.choice, why.because) for why in found.plan.why
    }
    asked = plan(*table.given, technique=Technique.SILICONE)
    assert asked.placements == found.plan.placements


def test_a_technique_that_may_not_be_used_is_a_problem(
    knowledge: Knowledge, library: Library
) -> None:
    table = seated(knowledge, library, anticoagulant=False, anaemia=True)
    assert not table.screening.techniques[Technique.WET].may_use
    found = table.revised(ChangeTechnique(Technique.WET))
    assert any("wet cupping may not be used" in problem for problem in found.problems)
    assert found.plan.technique is table.plan.technique
    with pytest.raises(InputError) as caught:
        plan(*table.given, technique=Technique.WET)
    assert caught.value.path == "technique"


def test_a_plan_without_cups_is_not_given_any(knowledge: Knowledge, library: Library) -> None:
    table = seated(knowledge, library, bleeding_disorder=True)
    assert table.plan.technique is None
    for change in (AddCup(Side.LEFT, 40, 400, 45), ChangeTechnique(Technique.DRY_STATIC)):
        found = table.revised(change)
        assert found.problems and found.plan == table.plan


# --- overrides ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def needed(knowledge: Knowledge, library: Library) -> tuple[Table, NeededOverride, Override]:
    table = seated(knowledge, library, first_session=True)
    wanted = table.revised(SetDose(suction_kpa=30)).overrides_needed[0]
    override = Override(
        "suction_kpa",
        20,
        30,
        OverrideReason.SET_MEASURED,
        "Our pump reads five more than it pulls.",
        "Ana",
        TODAY,
        wanted.rules,
    )
    return table, wanted, override


def test_a_whole_override_covers_what_is_needed(
    needed: tuple[Table, NeededOverride, Override],
) -> None:
    table, wanted, override = needed
    before = table.screening
    assert check_override(override, wanted, table.screening) == ()
    assert table.screening == before
    assert set(REASON_WORDS) == set(OverrideReason) and LEAST_WORDS > 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"wanted": 31}, "of another number"),
        ({"wanted": 51}, "hard stop of 50"),
        ({"wanted": float("nan")}, "hard stop of 50"),
        ({"quantity": "retention_min"}, "of another number"),
        ({"sentence": "because"}, "at least 4 words"),
        ({"sentence": "... — ... !"}, "at least 4 words"),
        ({"reason": "whim"}, "not one of the list"),
        ({"by": " "}, "nobody is named"),
        ({"at": TODAY.replace(day=23)}, "holds for its own day"),
        ({"findings_opened": ()}, "not opened before"),
    ],
)
def test_half_an_override_is_none(
    needed: tuple[Table, NeededOverride, Override], changes: dict[str, Any], said: str
) -> None:
    table, wanted, override = needed
    found = check_override(replace(override, **changes), wanted, table.screening)
    assert any(said in problem for problem in found)


def test_an_override_of_another_day_or_another_limit_is_none(
    needed: tuple[Table, NeededOverride, Override],
) -> None:
    table, wanted, override = needed
    milder = replace(wanted, limit=25.0)
    found = check_override(replace(override, limit=25.0), milder, table.screening)
    assert "today's limit is another one" in found
    product = replace(wanted, quantity="kpa_min")
    found = check_override(replace(override, quantity="kpa_min"), product, table.screening)
    assert "kpa_min is never overridden" in found


# --- same as last time, and a clinic's set --------------------------------------------------


def last_of(table: Table, **dose: Any) -> Cupping:
    cupping = cupping_of(table.plan)
    assert cupping is not None
    return replace(cupping, dose=replace(cupping.dose, **dose))


def test_the_same_again_is_the_same(table: Table) -> None:
    found = same_as_last(last_of(table), *table.given)
    assert found.is_open and found.notes == ()
    assert found.plan.placements == table.plan.placements and found.plan.dose == table.plan.dose


def test_the_same_again_is_cut_to_today_and_each_cut_is_said(
    table: Table, knowledge: Knowledge, library: Library
) -> None:
    top = table.plan.placements[0]
    scar = Zone(ZoneKind.SCAR, top.side, level=top.level, lateral_mm=top.lateral_mm, radius_mm=10)
    today = seated(knowledge, library, scar, first_session=True)
    found = same_as_last(last_of(table, suction_kpa=40, retention_min=7), *today.given)
    assert found.is_open and found.plan.dose is not None
    assert (found.plan.dose.suction_kpa, found.plan.dose.retention_min) == (20, 5)
    assert len(found.plan.placements) == len(table.plan.placements) - 1
    assert any(note.startswith("cut from 40 kPa (300 mmHg) to 20 kPa") for note in found.notes)
    assert any(note.startswith("cut from 7 min to 5 min") for note in found.notes)
    assert any("closed zone (scar)" in note for note in found.notes)
    assert today.refused(found.plan) == ()


def test_the_same_again_keeps_the_pairs_that_cover_most(
    table: Table, knowledge: Knowledge, library: Library
) -> None:
    dry = table.screening.techniques[Technique.DRY_STATIC]
    fewer = replace(dry, limits=replace(dry.limits, cups=2))
    today = replace(
        table.screening,
        techniques=MappingProxyType({**table.screening.techniques, Technique.DRY_STATIC: fewer}),
    )
    found = same_as_last(last_of(table), today, *table.given[1:])
    frame = frame_of(today, knowledge)
    assert len(found.plan.placements) == 2
    assert all(abs(cup.y_mm - frame.level_mm("L5")) < 40 for cup in found.plan.placements)
    assert sum("at most 2 cups today" in note for note in found.notes) == 2


def test_a_technique_that_is_refused_today_is_not_repeated(
    table: Table, knowledge: Knowledge, library: Library
) -> None:
    today = seated(knowledge, library, anaemia=True)
    found = same_as_last(replace(last_of(table), technique=Technique.WET), *today.given)
    assert any("wet cupping, as at the last session" in problem for problem in found.problems)
    assert found.plan == today.plan


def test_no_place_left_is_a_problem(table: Table, knowledge: Knowledge, library: Library) -> None:
    closed = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="T12", to_level="S2")
    today = seated(knowledge, library, closed)
    found = same_as_last(last_of(table), *today.given)
    assert any("no cup of the last session" in problem for problem in found.problems)
    assert len(found.notes) == len(table.plan.placements)


def test_a_saved_set_fits_its_own_back(table: Table, knowledge: Knowledge) -> None:
    frame = frame_of(table.screening, knowledge)
    saved = cup_set_of("our lumbar four", table.plan.placements, frame)
    found = apply_set(table.plan, saved, *table.given)
    assert found.is_open and found.notes == ()
    for again, cup in zip(found.plan.placements, table.plan.placements, strict=True):
        assert (again.side, again.level) == (cup.side, cup.level)
        assert (again.lateral_mm, again.y_mm) == (
            pytest.approx(cup.lateral_mm, abs=0.1),
            pytest.approx(cup.y_mm, abs=0.1),
        )
    assert any(why.because == "The clinic's set: our lumbar four." for why in found.plan.why)


def test_a_saved_set_fits_another_back(knowledge: Knowledge, library: Library) -> None:
    rows = tuple(SetCup(n, s, 1.5, 35) for n in ("L1", "L4") for s in (Side.LEFT, Side.RIGHT))
    tall = seated(knowledge, library, height_cm=190)
    small = seated(knowledge, library, height_cm=140)
    on_tall = apply_set(tall.plan, CupSet("four", rows), *tall.given)
    on_small = apply_set(small.plan, CupSet("four", rows), *small.given)
    for found in (on_tall, on_small):
        assert found.is_open
        assert [cup.level for cup in found.plan.placements] == ["L1", "L1", "L4", "L4"]
    assert on_tall.plan.placements[0].y_mm > on_small.plan.placements[0].y_mm + 50
    assert on_tall.notes == () and len(on_small.notes) == 4
    assert all("stays 10 mm from the midline" in note for note in on_small.notes)


def test_a_set_never_raises_the_number_of_cups(table: Table) -> None:
    limits = table.screening.techniques[Technique.DRY_STATIC].limits
    rows = tuple(
        SetCup(level, side, 1.8, 35)
        for level in ("T9", "T12", "L3", "L5")
        for side in (Side.LEFT, Side.RIGHT)
    )
    found = apply_set(table.plan, CupSet("eight", rows), *table.given)
    assert limits.cups is not None and found.plan.dose is not None
    assert found.plan.dose.cups <= limits.cups and found.notes
    with pytest.raises(InputError):
        CupSet("none", ())


# --- stored and read again ------------------------------------------------------------------


@pytest.mark.parametrize("technique", [Technique.DRY_STATIC, Technique.SILICONE, Technique.MOVING])
def test_what_is_stored_is_read_again(table: Table, technique: Technique) -> None:
    cupping = cupping_of(table.revised(ChangeTechnique(technique)).plan)
    assert cupping is not None and cupping.technique is technique
    assert read_placements(json.dumps(write_placements(cupping)).encode()) == cupping


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (lambda t: t.update(name="Daniel"), ""),
        (lambda t: t.update(technique="leech"), "technique"),
        (lambda t: t["dose"].update(suction_kpa=-20), "dose.suction_kpa"),
        (lambda t: t["placements"][1].update(side="both"), "placements[1].side"),
        (lambda t: t["placements"][0].update(level="L9"), "placements[0].level"),
        (lambda t: t.update(schema="ventosa/placements/9"), "schema"),
        (lambda t: t.pop("dose"), ""),
    ],
)
def test_a_stored_plan_has_a_closed_shape(table: Table, change: Any, path: str) -> None:
    tree = write_placements(last_of(table))
    change(tree)
    with pytest.raises(InputError) as caught:
        read_placements(json.dumps(tree).encode())
    assert caught.value.path == path
    assert "Daniel" not in str(caught.value) and "leech" not in str(caught.value)


def test_a_broken_text_is_bad_input() -> None:
    for data in (b"{", b"\xff", b"[" * 50_000, b" " * 200_000):
        with pytest.raises(InputError):
            read_placements(data)


# --- laws -----------------------------------------------------------------------------------

SIDES = st.sampled_from([Side.LEFT, Side.RIGHT])
NUMBER = st.integers(1, 2)
CHANGES = st.one_of(
    st.builds(MoveCup, NUMBER, SIDES, st.floats(20, 70), st.floats(250, 560), st.booleans()),
    st.builds(StepCup, NUMBER, st.floats(-6, 6), st.floats(-20, 20), st.booleans()),
    st.builds(AddCup, SIDES, st.floats(30, 50), st.floats(100, 520), st.sampled_from([35, 45])),
    st.builds(ResizeCup, NUMBER, st.sampled_from([35.0, 45.0, 60.0])),
    st.builds(
        SetDose,
        st.none() | st.floats(1, 60),
        st.none() | st.floats(1, 20),
        st.none(),
        st.none() | st.integers(1, 12),
    ),
    st.builds(SetDose, cups=st.integers(1, 8)),
    st.builds(ChangeTechnique, st.sampled_from([Technique.SILICONE, Technique.FIRE])),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=st.lists(CHANGES, min_size=1, max_size=3), first=st.booleans())
def test_what_the_checker_refuses_never_leaves_open(
    knowledge: Knowledge, library: Library, changes: list[Change], first: bool
) -> None:
    """No problem and no override needed means that the checker lets it pass; with overrides, all
    that it refuses are those numbers."""
    table = _seated_once(knowledge, library, first)
    try:
        found = table.revised(*changes)
    except InputError as error:
        assert error.path.endswith(".number")
        return
    if found.problems:
        return
    refused = table.refused(found.plan)
    if found.is_open:
        assert refused == ()
    for entry in found.overrides_needed:
        assert entry.quantity in OVERRIDABLE
        assert entry.limit < entry.wanted <= entry.hard_stop
    assert all("today" in problem for problem in refused)
    dose = found.plan.dose
    assert dose is not None
    if dose.suction_kpa is not None and dose.retention_min is not None:
        assert dose.suction_kpa * dose.retention_min <= 300


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    first=st.booleans(),
    suction=st.integers(1, 50),
    minutes=st.integers(1, 15),
    shift=st.integers(-120, 120),
)
def test_the_same_again_never_goes_beyond_today_or_the_last_session(
    knowledge: Knowledge, library: Library, first: bool, suction: int, minutes: int, shift: int
) -> None:
    table = _seated_once(knowledge, library, first)
    last = last_of(table, suction_kpa=float(suction), retention_min=float(minutes))
    moved = tuple(replace(cup, y_mm=cup.y_mm + shift) for cup in last.placements)
    found = same_as_last(replace(last, placements=moved), *table.given)
    assert found.overrides_needed == ()
    if not found.problems:
        dose = found.plan.dose
        assert dose is not None and dose.suction_kpa is not None and dose.retention_min is not None
        assert dose.suction_kpa <= suction and dose.retention_min <= minutes
        assert dose.cups <= len(moved)
        assert table.refused(found.plan) == ()
    gone = len(moved) - len(found.plan.placements)
    if not found.problems:
        assert sum(note.startswith("left out") for note in found.notes) == gone


_TABLES: dict[bool, Table] = {}


def _seated_once(knowledge: Knowledge, library: Library, first: bool) -> Table:
    if first not in _TABLES:
        _TABLES[first] = seated(knowledge, library, first_session=first)
    return _TABLES[first]


def test_daniel_okafors_plan_is_changed_within_his_limits(
    knowledge: Knowledge, library: Library
) -> None:
    answers = read_answers((OKAFOR / "answers.json").read_bytes(), knowledge)
    codes = load_codes(knowledge.texts["codes/codes.csv"])
    record = read_bundle((OKAFOR / "bundle.json").read_bytes(), codes, TODAY)
    screening = screen(answers, record, knowledge, on=TODAY)
    proposed = plan(screening, answers, knowledge, library)
    given_to = (screening, answers, knowledge, library)
    assert revise(proposed, (SetDose(retention_min=2),), *given_to).is_open
    harder = revise(proposed, (SetDose(suction_kpa=40),), *given_to)
    assert "C35" in harder.overrides_needed[0].rules
