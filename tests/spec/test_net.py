"""The net bites: a rule that is dropped changes what the hand-transcribed table sees.

What a table of decisions and caps cannot see (closed zones, excluded materials) has its own tests
below.
"""

import pytest
from test_matrix import CASES, answers_of, with_clearances

from people import TODAY, disc, healthy, person
from ventosa.knowledge import Knowledge
from ventosa.knowledge.loader import load
from ventosa.knowledge.model import Rule
from ventosa.record import Zone
from ventosa.screening import consider, screen
from ventosa.screening.decision import Standing, decide, urgency
from ventosa.terms import Decision, Material, Side, Technique, ZoneKind

RULES = load().rules
NOT_A_DECISION = {
    "C25r": "excludes rubber",
    "C26": "excludes oil and adhesive",
    "Z00": "closes a back that nobody has looked at",
}


@pytest.fixture(scope="module")
def cases(knowledge: Knowledge) -> list[tuple[Standing, ...]]:
    found = []
    for _case, rows in CASES:
        answers, stage = answers_of(knowledge, rows[0]["given"])
        for given in (answers, with_clearances(knowledge, answers)):
            found.append(consider(given, None, knowledge, on=TODAY, stage=stage).standing)
    return found


def seen(knowledge: Knowledge, standing: tuple[Standing, ...]) -> object:
    return urgency(standing), [decide(knowledge, t, standing) for t in Technique]


@pytest.mark.parametrize(
    "rule", [r for r in RULES if r.id not in NOT_A_DECISION], ids=lambda r: r.id
)
def test_a_dropped_rule_changes_a_cell_unless_it_says_it_is_implied(
    knowledge: Knowledge, cases: list[tuple[Standing, ...]], rule: Rule
) -> None:
    noticed = False
    for standing in cases:
        without = tuple(held for held in standing if held.rule.id != rule.id)
        noticed = noticed or (
            len(without) < len(standing) and seen(knowledge, without) != seen(knowledge, standing)
        )
    assert noticed == (rule.file.implied_by is None)


def test_excluded_materials(knowledge: Knowledge) -> None:
    for fact, materials in (
        ("silicone_allergy", {Material.SILICONE}),
        ("latex_allergy", {Material.RUBBER}),
        ("adhesive_or_oil_allergy", {Material.OIL, Material.ADHESIVE}),
    ):
        for answer in (True, None):
            screening = screen(healthy(knowledge, **{fact: answer}), None, knowledge, on=TODAY)
            for screened in screening.techniques.values():
                assert set(screened.limits.materials_excluded) == materials
    clean = screen(healthy(knowledge), None, knowledge, on=TODAY)
    assert all(not s.limits.materials_excluded for s in clean.techniques.values())


def test_a_back_that_nobody_has_looked_at_is_closed(knowledge: Knowledge) -> None:
    unseen = screen(person(knowledge, {}, zones=None), None, knowledge, on=TODAY)
    for screened in unseen.techniques.values():
        assert (screened.certain, screened.possible) == (Decision.OK, Decision.AVOID)
        bands = {(c.zone.from_level, c.zone.to_level, c.rule) for c in screened.closed_zones}
        assert ("C7", "S4", "Z00") in bands
    assert "zones" in {question.fact for question in unseen.ask}


@pytest.mark.parametrize("kind", list(ZoneKind))
def test_every_drawn_zone_is_closed_for_every_technique(
    knowledge: Knowledge, kind: ZoneKind
) -> None:
    zone = disc(kind)
    screening = screen(person(knowledge, {}, zones=(zone,)), None, knowledge, on=TODAY)
    for screened in screening.techniques.values():
        assert zone in {closed.zone for closed in screened.closed_zones}
        assert all(not closed.rule.startswith("zone_") for closed in screened.closed_zones)
        assert screened.certain >= Decision.MODIFY or kind in ("injury", "numb_area")


@pytest.mark.parametrize(
    ("fact", "kind"),
    [
        ("eczema", "eczema"),
        ("acute_soft_tissue_injury", "injury"),
        ("recent_surgery", "surgery"),
        ("spine_surgery_ever", "surgery"),
    ],
)
def test_a_known_finding_without_a_place_closes_the_back(
    knowledge: Knowledge, fact: str, kind: str
) -> None:
    for answer in (True, None):
        unplaced = screen(healthy(knowledge, **{fact: answer}), None, knowledge, on=TODAY)
        for screened in unplaced.techniques.values():
            assert screened.possible is Decision.AVOID
            assert "S4" in {closed.zone.to_level for closed in screened.closed_zones}
    placed = screen(person(knowledge, {fact: True}, (disc(kind),)), None, knowledge, on=TODAY)
    for screened in placed.techniques.values():
        wide = {"T5"} if kind == "surgery" else set()
        assert {closed.zone.to_level for closed in screened.closed_zones} == {None} | wide


@pytest.mark.parametrize("lateral_to", [None, 3.0, 90.0])
def test_operated_levels_are_closed_to_40_mm_however_they_are_drawn(
    knowledge: Knowledge, lateral_to: float | None
) -> None:
    drawn = Zone(
        ZoneKind.SURGERY, Side.BOTH, from_level="L3", to_level="L5", lateral_to_mm=lateral_to
    )
    screening = screen(person(knowledge, {}, (drawn,)), None, knowledge, on=TODAY)
    closed = {c.zone for c in screening.techniques[Technique.WET].closed_zones}
    band = Zone(ZoneKind.SURGERY, Side.MIDLINE, from_level="L3", to_level="L5", lateral_to_mm=40)
    assert closed == {drawn, band}


@pytest.mark.parametrize(
    ("changes", "bands"),
    [
        ({"implanted_electrical_device": True}, {("C7", "T12")}),
        ({"sex": "female", "pregnant": "yes", "gestation_weeks": 24}, {("L1", "S4")}),
        (
            {"kidney_disease": True},
            {("T11", "T11"), ("T12", "T12"), ("L1", "L1"), ("L2", "L2"), ("L3", "L3")},
        ),
    ],
)
def test_rules_close_their_own_bands(
    knowledge: Knowledge, changes: dict[str, object], bands: set[tuple[str, str]]
) -> None:
    screening = screen(person(knowledge, changes), None, knowledge, on=TODAY)
    for screened in screening.techniques.values():
        closed = {(c.zone.from_level, c.zone.to_level) for c in screened.closed_zones}
        assert closed == bands
