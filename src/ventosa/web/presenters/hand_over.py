"""The patient's own page: one screen, in the patient's language, and nothing else of the record."""

from typing import Any

from ventosa.assessing import ask_patient
from ventosa.languages import Standing, ui
from ventosa.web.gathering import Visit
from ventosa.web.knowing import knowledge
from ventosa.web.presenters.questions import screenful, seen, steps_of
from ventosa.web.presenters.speaking import spoken_by

WORDS = {
    "next": "Next",
    "yes": "Yes",
    "draft": "Not yet read by a clinician",
    "back": "Hand back to the practitioner",
    "saved": "Saved on this device",
    "all_sent": "All sent",
    "stale": "This sentence has changed and is shown in English.",
    "unsure": "Not sure",
    "done": "Thank you. Hand the tablet back.",
    "away": "You work without a network",
    "questions": "Questions",
}
"""What the page says beside the questions, by its English."""


def patient_page(visit: Visit) -> dict[str, Any]:
    """Return the context of the patient's page."""
    code = str(spoken_by(visit.details.language)["language"])
    assessed, known = visit.assessed, knowledge()
    screening = visit.at_start()
    is_repeat = visit.encounter.previous_id is not None
    asked = ask_patient(assessed, screening, known, is_repeat=is_repeat)
    screen = screenful(asked, screening, known, seen(assessed), language=code, is_patient=True)
    standings = {one.standing for one in screen.renderings}
    return {
        "visit_id": visit.encounter.id,
        "screen": screen,
        "is_done": asked.sentence is None and asked.screen is None,
        "words": {name: ui(text, code) for name, text in WORDS.items()},
        **spoken_by(code),
        "is_draft": Standing.DRAFT in standings,
        "is_stale": Standing.STALE in standings,
        "steps": steps_of(assessed, known, asked.left),
    }
