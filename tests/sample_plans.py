"""Two plans for the tests of the drawing and the page; the people and doses are invented.

Daniel Okafor gets four cups; Ruth Adeyemi gets none, because of an emergency. References are
entries of the shipped reference list.
"""

import json
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from ventosa.geometry import Frame, frame_for, parse_levels
from ventosa.page import PersonHead, TechniqueWords
from ventosa.record import (
    ClosedZone,
    Conflict,
    Dose,
    EvidenceStatement,
    Finding,
    FrameSaid,
    Interval,
    Limits,
    PalpatedSite,
    Placement,
    Plan,
    Question,
    Refused,
    Regimen,
    Said,
    Screening,
    StartCheck,
    TechniqueScreening,
    UrgencyScreening,
    Why,
    Zone,
)
from ventosa.terms import Decision, Side, Stage, State, Technique, Urgency, ZoneKind

T, D = Technique, Decision
ON = date(2026, 11, 24)
KNOWLEDGE = files("ventosa.knowledge")
REFERENCES = {
    entry["id"]: entry for entry in json.loads(KNOWLEDGE.joinpath("references.json").read_text())
}


@dataclass(frozen=True)
class Sample:
    """What ``plan_page`` is given."""

    plan: Plan
    screening: Screening
    person: PersonHead
    frame: Frame
    sites: tuple[PalpatedSite, ...]

    def arguments(self, **others: Any) -> dict[str, Any]:
        given = {
            "person": self.person,
            "frame": self.frame,
            "sites": self.sites,
            "techniques": TECHNIQUES,
            "broken_limits": (),
        }
        return given | others


def frame(sex: str = "male", height_cm: float = 178) -> Frame:
    levels = parse_levels(KNOWLEDGE.joinpath("geometry/levels.csv").read_text())
    return frame_for(sex, height_cm, None, levels)


def cited(*keys: str) -> dict[str, Any]:
    return {key: REFERENCES[key] for key in keys}


TECHNIQUES = {
    T.DRY_STATIC: TechniqueWords("Dry, static", Dose(40, 10, 6), Dose(50, 15, 6)),
    T.SILICONE: TechniqueWords("Silicone", Dose(None, 8, 6), Dose(None, 10, 6)),
    T.PULSATILE: TechniqueWords("Pulsatile", Dose(35, 8, 6), Dose(35, 10, 6)),
    T.MOVING: TechniqueWords("Moving", Dose(20, 5, 1), Dose(20, 5, 1)),
    T.FLASH: TechniqueWords("Flash", Dose(None, None, 2, 10), Dose(None, None, 2, 10)),
    T.FIRE: TechniqueWords("Fire", Dose(None, 8, 6), Dose(None, 10, 6)),
    T.WET: TechniqueWords("Wet", Dose(30, 5, 2), Dose(30, 5, 2)),
}

# --- Daniel Okafor --------------------------------------------------------------------------

SITES = (
    PalpatedSite("L2", Side.LEFT, 1, 0),
    PalpatedSite("L2", Side.RIGHT, 2, 1),
    PalpatedSite("L5", Side.LEFT, 2, 0),
    PalpatedSite("L5", Side.RIGHT, 3, 2),
)
MOLE = Zone(ZoneKind.LESION, Side.LEFT, level="T12", lateral_mm=76, radius_mm=19)
WOUND = Zone(ZoneKind.BROKEN_SKIN, Side.RIGHT, level="L1", lateral_mm=108, radius_mm=24)
CLOSED = (ClosedZone(MOLE, "L01"), ClosedZone(WOUND, "L02"))
FINDINGS = (
    Finding(
        "C35",
        "Sciatica in the right leg, stable",
        D.MODIFY,
        State.TRUE,
        "A sore nerve root can flare, so begin with half the suction and half the time.",
        ("X01", "X02"),
        0,
        "The caps are ours; the clinic decides.",
        (),
    ),
    Finding(
        "C33",
        "First session",
        D.MODIFY,
        State.TRUE,
        "A first dose shows how this skin marks.",
        ("S28",),
        1,
        None,
        (),
    ),
    Finding(
        "L01",
        "Mole at T12, left",
        D.MODIFY,
        State.TRUE,
        "A cup could tear or hide it.",
        ("X02",),
        2,
        None,
        (),
    ),
    Finding(
        "L02",
        "Healing wound at L1, right",
        D.MODIFY,
        State.TRUE,
        "New skin blisters under suction.",
        ("X13",),
        2,
        None,
        (),
    ),
    Finding(
        "C24",
        "Thin or fragile skin",
        D.MODIFY,
        State.OPEN,
        "Thin skin tears under a moving rim.",
        ("S22",),
        1,
        None,
        (),
    ),
)
LIMITS = Limits(
    20,
    5,
    300,
    4,
    None,
    by={
        "suction_kpa": (("C35", State.TRUE),),
        "retention_min": (("C35", State.TRUE),),
        "cups": (("C35", State.TRUE), ("C33", State.TRUE)),
    },
)


def _screened(
    technique: Technique, certain: Decision, possible: Decision, *, offered: bool = True
) -> TechniqueScreening:
    chosen = technique is T.DRY_STATIC
    return TechniqueScreening(
        technique,
        certain,
        possible,
        offered,
        LIMITS if chosen else Limits(None, 5, None, 4, None),
        FINDINGS,
        CLOSED,
    )


def _question(text: str, could: dict[Technique, Decision], fact: str) -> Question:
    return Question(fact, "skin", text, ("yes", "no"), False, could, Urgency.NONE, ())


DANIEL_SCREENING = Screening(
    on=ON,
    stage=Stage.PLAN,
    knowledge_version="2026.11",
    knowledge_sha256="9f" * 32,
    facts={},
    conflicts=(Conflict("smoker", False, True, True, "The riskier answer stands."),),
    urgency=UrgencyScreening(Urgency.NONE, Urgency.NONE, ()),
    techniques={
        T.DRY_STATIC: _screened(T.DRY_STATIC, D.MODIFY, D.MODIFY),
        T.SILICONE: _screened(T.SILICONE, D.MODIFY, D.MODIFY),
        T.PULSATILE: _screened(T.PULSATILE, D.MODIFY, D.MODIFY),
        T.MOVING: _screened(T.MOVING, D.MODIFY, D.AVOID),
        T.FLASH: _screened(T.FLASH, D.OK, D.MODIFY),
        T.FIRE: _screened(T.FIRE, D.AVOID, D.AVOID, offered=False),
        T.WET: _screened(T.WET, D.REFER, D.AVOID, offered=False),
    },
    before_start=(
        StartCheck("consent_given", "Has the person agreed to this plan today?", None),
        StartCheck("practitioner_present", "Is somebody within call the whole time?", None),
        StartCheck("skin_inspected", "Has the skin been looked at today?", None),
        StartCheck("fasting_or_dehydrated", "Eaten and drunk within three hours?", True),
    ),
    outside_studied=("Trials left out people with leg pain.",),
    unresolved=(),
    ask=(
        _question("Is your skin thin or easily torn?", {T.MOVING: D.AVOID}, "skin_fragile"),
        _question("Are you anaemic?", {T.WET: D.AVOID, T.FLASH: D.MODIFY}, "anaemia"),
        _question(
            "Allergic to plasters, adhesives, oils or liniments?", {T.MOVING: D.REFER}, "allergy"
        ),
    ),
    exit=0,
)


def _pair(level: str, site: str, body: Frame) -> tuple[Placement, Placement]:
    return (
        Placement(level, Side.LEFT, 42, body.level_mm(level), 45, 20, 4, site),
        Placement(level, Side.RIGHT, 42, body.level_mm(level), 45, 20, 4, site),
    )


NET = (
    Said(
        "Go to an emergency department at once, or call the emergency number, when one of these "
        "is new or gets worse.",
        ("S49",),
        None,
        "Go now",
        "safety_net",
    ),
    Said("You cannot pass water, or you lose water or stool.", ("S49",), None, "", "safety_net"),
    Said("You are numb between the legs.", ("S49",), None, "", "safety_net"),
    Said("Both legs are weak or numb.", ("S49",), None, "", "safety_net"),
)
CO_INTERVENTIONS = (
    Said(
        "Walk 20 minutes. Lie face down and press up, 10 times, twice a day.",
        ("S46",),
        None,
        "Every day",
        "exercise",
    ),
    Said("Moving is safe, even when it is sore.", ("S47",), None, "To know", "education"),
)


def daniel() -> Sample:
    body = frame()
    cups = _pair("L2", "BL23", body) + _pair("L5", "BL26", body)
    plan = Plan(
        technique=T.DRY_STATIC,
        dose=Dose(20, 4, 4),
        placements=cups,
        frame=FrameSaid(body.origin, body.scale_mm, body.error_mm),
        posture="prone",
        title="Four light dry cups, four minutes",
        summary="Mirrored at L2 and L5, where the back is tightest and nothing is closed.",
        cover=0.86,
        preparation=(
            Said("Read the plan aloud and ask for agreement.", ("S22",), None, "Consent"),
            Said("Look at the skin in good light.", ("S22",), None, "Look"),
            Said("Wipe the skin and let it dry.", ("S72",), None, "Clean"),
        ),
        monitor=(
            Said(
                "Ask after one minute, then every two.",
                ("S105",),
                "The rhythm is ours; the clinic decides.",
                "Ask",
            ),
            Said("Take the cup off at pain, numbness or a dark mark.", ("S22",), None, "Take off"),
        ),
        regimen=Regimen(4, 2, 3, 4, 4, 8),
        step_up=(Said("Raise time or suction, never both.", ("S105",), None, "One thing"),),
        stop_rule=(
            Said(
                "Stop unless pain is down by 2 points or 30 % after 4 sessions.",
                ("S46",),
                None,
                "Without gain",
            ),
        ),
        co_interventions=CO_INTERVENTIONS,
        aftercare=(
            Said("Keep the skin warm and dry today.", ("S22",), None, "Skin"),
            Said("No cups on a mark that has not faded.", ("S22",), None, "Marks"),
        ),
        expect=(
            Said("A firm pull, not pain.", ("S22",), None, "Feeling"),
            Said(
                "Round marks. They are small bleeds under the skin and fade within 2 weeks. "
                "Their colour says nothing about illness.",
                ("S22",),
                None,
                "Marks",
            ),
        ),
        evidence=EvidenceStatement(
            "Compared with pretend cupping, this may make little or no difference to pain. "
            "Compared with doing nothing, it may help for some weeks.",
            "low",
            "3 trials against pretend cupping",
            ("S01", "S02", "S04"),
        ),
        refused=(
            Refused(T.SILICONE, D.MODIFY, D.MODIFY, "May be used. Its suction cannot be measured."),
            Refused(
                T.PULSATILE, D.MODIFY, D.MODIFY, "May be used. No powered pump in this clinic."
            ),
            Refused(T.FLASH, D.OK, D.MODIFY, "May be used. Kept for fragile skin."),
            Refused(T.MOVING, D.MODIFY, D.AVOID, "Not until the question on skin is answered."),
            Refused(
                T.WET, D.REFER, D.AVOID, "Needs a doctor’s written word because of the sciatica."
            ),
            Refused(T.FIRE, D.AVOID, D.AVOID, "Nobody here is trained in fire cupping."),
        ),
        why=(
            Why("technique", "Covers most of the tight area at a dose we can measure.", ("S28",)),
            Why("retention", "One minute below today’s limit on a first visit.", ("S105",)),
        ),
        referral=NET,
        references=cited(
            "S01",
            "S02",
            "S04",
            "S22",
            "S28",
            "S46",
            "S47",
            "S49",
            "S72",
            "S105",
            "X01",
            "X02",
            "X13",
        ),
    )
    person = PersonHead(
        "Daniel Okafor", "1972-05-03", Interval(54, 54), "male", "first session", "Example clinic"
    )
    return Sample(plan, DANIEL_SCREENING, person, body, SITES)


# --- Ruth Adeyemi ---------------------------------------------------------------------------

CAUDA = Finding(
    "RF-10",
    "Numb between the legs and cannot pass water: possible cauda equina",
    D.AVOID,
    State.TRUE,
    "Nerves to bladder, bowel and legs may be squeezed.",
    ("S49",),
    3,
    None,
    (),
    Urgency.EMERGENCY,
    "now",
)
WHOLE_BACK = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")


def ruth() -> Sample:
    body = frame("female", 165)
    none = Limits(None, None, None, None, None)
    screened = {
        technique: TechniqueScreening(
            technique,
            D.AVOID,
            D.AVOID,
            technique not in (T.FIRE, T.WET),
            none,
            (CAUDA,),
            (ClosedZone(WHOLE_BACK, "RF-10"),),
        )
        for technique in Technique
    }
    screening = Screening(
        on=ON,
        stage=Stage.PLAN,
        knowledge_version="2026.11",
        knowledge_sha256="9f" * 32,
        facts={},
        conflicts=(),
        urgency=UrgencyScreening(Urgency.EMERGENCY, Urgency.EMERGENCY, (CAUDA,)),
        techniques=screened,
        before_start=(),
        outside_studied=(),
        unresolved=(),
        ask=(),
        exit=5,
    )
    plan = Plan(
        technique=None,
        dose=None,
        placements=(),
        frame=FrameSaid(body.origin, body.scale_mm, body.error_mm),
        posture="",
        title="No cups. Emergency: call now",
        summary="Do not treat. What was found needs a hospital now.",
        cover=None,
        preparation=(),
        monitor=(),
        regimen=None,
        step_up=(),
        stop_rule=(),
        co_interventions=CO_INTERVENTIONS[1:],
        aftercare=(),
        expect=(),
        evidence=EvidenceStatement(
            "No trial says that cups help here.",
            "very low",
            "no trial",
            (),
        ),
        refused=(),
        why=(),
        referral=(
            Said(
                "Call the emergency number. Say: possible cauda equina syndrome.",
                ("S49",),
                None,
                "Now",
            ),
            *NET,
        ),
        references=cited("S47", "S49"),
    )
    return Sample(plan, screening, PersonHead(None, None, None, "female"), body, SITES[:2])
