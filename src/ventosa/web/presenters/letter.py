"""A letter as a page to write it, and on paper: drawn plan, course, a place for the answer."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.safestring import SafeString, mark_safe

from ventosa.drawing import PainPoint, draw_course
from ventosa.letters import Letter, LetterKind, Reader, answer_place
from ventosa.record import InputError
from ventosa.web.documents import LetterBody, from_json
from ventosa.web.gathering import Visit
from ventosa.web.lettering import plan_of
from ventosa.web.models import Document, Kind
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.taken import closed_in, drawn, frame_in
from ventosa.web.scope import Scope

WORDS = {
    LetterKind.REFERRAL: "Referral",
    LetterKind.PROGRESS: "Progress",
    Reader.DOCTOR: "to a doctor",
    Reader.PHYSIOTHERAPIST: "to a physiotherapist",
}


def letter_page(
    visit: Visit,
    letter: Letter,
    plan: Document | None,
    *,
    typed: QueryDict | None = None,
    error: Exception | None = None,
) -> dict[str, Any]:
    """Return the context of the page on which a letter is written."""
    details = person_of(visit.scope, visit.patient)
    doctor = visit.details.doctor
    to = ", ".join(word for word in (doctor.name, doctor.relation) if word)
    known = {"other": to if letter.reader is Reader.DOCTOR else "", "text": letter.text}
    return {
        **details,
        "tab": "record",
        "visit": visit,
        "letter": letter,
        "choices": [
            (kind, reader, f"{WORDS[kind]} {WORDS[reader]}", (kind, reader) == _which(letter))
            for kind in LetterKind
            for reader in Reader
        ],
        "typed": known if typed is None else typed,
        "has_plan": plan is not None,
        "problem": _problem(error),
    }


def _which(letter: Letter) -> tuple[LetterKind, Reader]:
    return letter.kind, letter.reader


def _problem(error: Exception | None) -> str:
    if error is None:
        return ""
    return error.problem if isinstance(error, InputError) else str(error)


def letter_paper(scope: Scope, letter: Document) -> dict[str, Any]:
    """Return the context of a letter on paper."""
    body = from_json(Kind.LETTER, letter.body)
    assert isinstance(body, LetterBody)
    person = person_of(scope, letter.patient)
    points = [_point(one) for one in body.course]
    return {
        "letter": letter,
        "body": body,
        "clinic": scope.clinic,
        "details": person["details"],
        "patient": letter.patient,
        "drawing": _drawing(scope, letter),
        "chart": mark_safe(draw_course(points, title="Pain before and after each session")),
        "places": answer_place(body.rules),
        "signed": getattr(letter, "signature", None),
        "is_mistake": hasattr(letter, "mistake"),
    }


def _point(one: Sequence[str | int | None]) -> PainPoint:
    day, before, after = one
    return PainPoint(date.fromisoformat(str(day)), _pain(before), _pain(after))


def _pain(value: str | int | None) -> int | None:
    return value if isinstance(value, int) else None


def _drawing(scope: Scope, letter: Document) -> SafeString | None:
    plan = plan_of(scope, letter)
    if plan is None:
        return None
    decided = scope.documents(letter.patient).filter(id=plan.body["screening"]).first()
    if decided is None:
        return None
    zones = closed_in(plan.body, decided.body)
    return drawn(plan.body["plan"], frame_in(decided.body), zones)
