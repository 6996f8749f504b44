"""What was said in an assessment, entry by entry, and the answers that it comes to."""

from ventosa.assessing.asking import (
    Asked,
    Sentence,
    ask_about,
    ask_patient,
    ask_practitioner,
    check_patient_entry,
    screens_left,
)
from ventosa.assessing.entries import (
    PATIENT,
    PRACTITIONER,
    RATHER_SAY,
    Entry,
    check_entry,
    not_riskier_of,
    read_whole,
)
from ventosa.assessing.folding import Assessed, Differing, ToSay, assess, sides_of
from ventosa.assessing.reviewing import Review, review

__all__ = [
    "PATIENT",
    "PRACTITIONER",
    "RATHER_SAY",
    "Asked",
    "Assessed",
    "Differing",
    "Entry",
    "Review",
    "Sentence",
    "ToSay",
    "ask_about",
    "ask_patient",
    "ask_practitioner",
    "assess",
    "check_entry",
    "check_patient_entry",
    "not_riskier_of",
    "read_whole",
    "review",
    "screens_left",
    "sides_of",
]
