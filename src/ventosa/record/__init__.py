"""The values that travel between the rooms: what was asked, drawn, decided and planned.

All are frozen. ``None`` means *not known*; where it means *has no meaning here*, the field says so.
Lengths are millimetres in the frame of the back: origin at the C7 spinous tip, ``y`` down along
the skin, lateral distance from the midline.
"""

from ventosa.record.answers import (
    EVERY_TECHNIQUE_BUT_FIRE_AND_WET,
    Answers,
    Clearance,
    ClosedZone,
    Complaint,
    Cup,
    Interval,
    OutsideWord,
    PalpatedSite,
    PatientRecord,
    Reading,
    Value,
    Zone,
)
from ventosa.record.errors import InputError, KnowledgeError, NotAllowed, OutOfRange, VentosaError
from ventosa.record.planned import (
    Cupping,
    Dose,
    EvidenceStatement,
    FrameSaid,
    Placement,
    Plan,
    Refused,
    Regimen,
    Said,
    Why,
)
from ventosa.record.screened import (
    Conflict,
    Finding,
    KnownFact,
    Limits,
    Question,
    Screening,
    StartCheck,
    TechniqueScreening,
    Unresolved,
    UrgencyScreening,
)

__all__ = [
    "EVERY_TECHNIQUE_BUT_FIRE_AND_WET",
    "Answers",
    "Clearance",
    "ClosedZone",
    "Complaint",
    "Conflict",
    "Cup",
    "Cupping",
    "Dose",
    "EvidenceStatement",
    "Finding",
    "FrameSaid",
    "InputError",
    "Interval",
    "KnowledgeError",
    "KnownFact",
    "Limits",
    "NotAllowed",
    "OutOfRange",
    "OutsideWord",
    "PalpatedSite",
    "PatientRecord",
    "Placement",
    "Plan",
    "Question",
    "Reading",
    "Refused",
    "Regimen",
    "Said",
    "Screening",
    "StartCheck",
    "TechniqueScreening",
    "Unresolved",
    "UrgencyScreening",
    "Value",
    "VentosaError",
    "Why",
    "Zone",
]
