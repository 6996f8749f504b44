"""What is stored. Models hold and never decide; ``actions`` is their only writer.

Clinical rows are append-only: the database itself refuses to change or delete them
(``migrations/0002``). What happens to one later (signed, added to, moved, entered in error) is
another row.
"""

from ventosa.web.models.arriving import Upload
from ventosa.web.models.audit import AuditRow, AuditSeen, Seal, SealingTurn
from ventosa.web.models.clinic import (
    Bed,
    Clinic,
    CupSet,
    CupStock,
    LanguageSignOff,
    NoteTemplate,
    Price,
    Room,
    Row,
    Site,
)
from ventosa.web.models.people import (
    AttemptCounter,
    EmergencyAccess,
    Invitation,
    Membership,
    Training,
    User,
)
from ventosa.web.models.planning import PlanStep
from ventosa.web.models.record import (
    Blob,
    CareTeam,
    Document,
    Encounter,
    Entry,
    Kind,
    Merge,
    Mistake,
    Patient,
    PatientKey,
    PatientWord,
    Privacy,
    Said,
    Signature,
    Unmerge,
)

__all__ = [
    "AttemptCounter",
    "AuditRow",
    "AuditSeen",
    "Bed",
    "Blob",
    "CareTeam",
    "Clinic",
    "CupSet",
    "CupStock",
    "Document",
    "EmergencyAccess",
    "Encounter",
    "Entry",
    "Invitation",
    "Kind",
    "LanguageSignOff",
    "Membership",
    "Merge",
    "Mistake",
    "NoteTemplate",
    "Patient",
    "PatientKey",
    "PatientWord",
    "PlanStep",
    "Price",
    "Privacy",
    "Room",
    "Row",
    "Said",
    "Seal",
    "SealingTurn",
    "Signature",
    "Site",
    "Training",
    "Unmerge",
    "Upload",
    "User",
]
