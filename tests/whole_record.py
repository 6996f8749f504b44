"""The whole record of an invented person, with something of every kind in it."""

from datetime import UTC, date, datetime
from typing import Any

from ventosa.record import Answers, Complaint, Interval, PalpatedSite, Zone
from ventosa.record.whole import (
    Attended,
    Author,
    Contact,
    KeptBytes,
    Person,
    Signed,
    Struck,
    WholeRecord,
    Written,
)
from ventosa.terms import Side, ZoneKind

ON = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
ALICE = Author("0193a000-0000-7000-8000-00000000a11c", "Alice Stern")
PATIENT = "0193a000-0000-7000-8000-000000000001"
VISIT = "0193a000-0000-7000-8000-000000000002"
SCAN = "5" * 64

ANSWERS = Answers(
    answered_on=ON,
    facts={
        "anticoagulant": True,
        "diabetes": False,
        "fever": None,
        "pregnant": "no",
        "systolic_bp_mmhg": Interval(128, 128),
        "diastolic_bp_mmhg": Interval(81, 81),
        "weight_kg": Interval(82.5, 82.5),
        "height_cm": Interval(181, 181),
        "onset_age_years": Interval(30, 39),
    },
    zones=(Zone(ZoneKind.SCAR, Side.LEFT, level="L3", lateral_mm=40, radius_mm=15),),
    complaint=Complaint(
        pain_now=6,
        pain_week=5,
        goal="Lift her grandson",
        sites=(PalpatedSite("L4", Side.RIGHT, 2, 3),),
    ),
)

CUP = {
    "level": "L4",
    "side": "right",
    "lateral_mm": 38.0,
    "y_mm": 412.0,
    "inner_diameter_mm": 45.0,
    "suction_kpa": 20.0,
    "retention_min": 8.0,
    "site": "bl25",
}
FINDING = {
    "rule": "C06",
    "title": "Blood thinner",
    "decision": "refer",
    "state": "true",
    "because": "Blood that does not clot bleeds under a cup.",
}

BODIES: dict[str, dict[str, Any]] = {
    "details": {"name": "Ruth Adler"},
    "complaint": {"title": "Low back pain, right", "onset_date": "2026-09-01"},
    "import": {"sha256": "6" * 64, "readings": 12},
    "screening": {
        "stage": "plan",
        "answers": {},
        "record": [],
        "knowledge_version": "1",
        "knowledge_sha256": "7" * 64,
        "screening": {
            "urgency": {"findings": []},
            "techniques": {"dry_static": {"findings": [FINDING]}},
        },
        "bundle": "",
    },
    "plan": {
        "screening": "0193a000-0000-7000-8000-000000000103",
        "plan": {
            "technique": "dry_static",
            "title": "Four cups beside the spine",
            "summary": "Dry cups, 20 kPa, 8 minutes.",
            "placements": [CUP],
            "co_interventions": [{"title": "Walking", "text": "Walk every day."}],
            "evidence": {"text": "Small and uncertain."},
        },
        "overrides": [{"quantity": "cups", "rules": ["C06"], "says": "Tolerated six before"}],
        "techniques": ["dry_static"],
    },
    "session": {
        "technique": "dry_static",
        "suction_kpa": 20.0,
        "retention_min": 8.0,
        "cups": [CUP],
        "pain_before": 6,
        "pain_after": 4,
        "harmed": False,
        "text": "Well tolerated.",
    },
    "marks": {"days_after": 3, "grade": 2, "text": "Fading."},
    "adverse_event": {"event": "blister", "grade": 1, "healed": False, "text": "6 mm."},
    "photo": {"sha256": "8" * 64, "width": 10, "height": 10, "title": "Back"},
    "letter": {"direction": "came", "other": "Dr Marsh", "text": "INR 2.4.", "scan": SCAN},
    "consent": {
        "consent": {"id": "k1", "kind": "treatment", "agreed": {"until": "2027-01-01"}},
        "texts": [{"about": "dry_static", "sha256": "9" * 64}],
        "strokes": [[[1.0, 2.0, 3.0]]],
    },
    "spoken": {"consent": "k1", "heard_by": "Alice Stern"},
    "withdrawal": {"consent": "k1", "text": ""},
    "note": {"title": "Telephone", "text": "Asks about swimming."},
    "word": {
        "by": "Dr Marsh",
        "on": "2026-11-20",
        "how": "phone",
        "text": "No cups below L3.",
        "techniques": None,
        "zone": {"kind": "no_go", "side": "both", "from_level": "L3", "to_level": "S2"},
        "until": None,
    },
    "clearance": {
        "covers": "C06",
        "by": "Dr Marsh",
        "on": "2026-11-22",
        "until": "2027-02-01",
        "techniques": ["dry_static"],
        "scan": SCAN,
    },
}


def written(number: int, kind: str, **more: Any) -> Written:
    """One thing of a kind, with an identifier of its number."""
    at = AT.replace(minute=number % 60)
    id = f"0193a000-0000-7000-8000-000000000{100 + number}"
    body = more.pop("body", None) or BODIES[kind]
    title = kind.replace("_", " ").capitalize()
    known: dict[str, Any] = {"visit": VISIT, **more}
    return Written(id, kind, title, ON, at, ALICE, body, **known)


def whole(**more: Any) -> WholeRecord:
    """The record, with one of each kind; what is named replaces its part."""
    every = [written(number, kind) for number, kind in enumerate(BODIES)]
    note = written(
        40,
        "note",
        signed=Signed(ALICE, AT, "a" * 64),
        body={"title": "", "text": "Signed."},
    )
    harm = next(one for one in every if one.kind == "adverse_event")
    healed = written(
        41, "adverse_event", adds_to=harm.id, body={**BODIES["adverse_event"], "healed": True}
    )
    wrong = written(42, "session", struck=Struck(ALICE, AT, "Another person's session."))
    parts: dict[str, Any] = {
        "clinic": "Harbour",
        "taken_at": AT,
        "person": Person(
            PATIENT,
            17,
            "Ruth Adler",
            birth_date="1947-05",
            sex="female",
            phone="+44 7700 900811",
            in_need=Contact("Max Adler", "+44 7700 900812", "son"),
            doctor=Contact("Dr Helen Marsh", "+44 20 7946 0101", "Marsh Practice"),
        ),
        "visits": (Attended(VISIT, ON, AT, ALICE, ANSWERS),),
        "written": (*every, note, healed, wrong),
        "kept": {
            SCAN: KeptBytes("image/jpeg", b"\xff\xd8scan"),
            "8" * 64: KeptBytes("image/jpeg", b"\xff\xd8photo"),
            "6" * 64: KeptBytes("application/fhir+json", b"{}"),
        },
    }
    return WholeRecord(**{**parts, **more})
