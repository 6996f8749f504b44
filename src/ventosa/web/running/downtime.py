"""A day on paper: who comes, a form for every bed, what to do in an emergency.

On paper nobody weighs answers. So the form takes the safest reading: what is not a clear no means
no cups, but for what the patient's own printed plan already names (editorial; the clinic decides).
"""

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from ventosa.drawing import draw_back
from ventosa.geometry import frame_for, parse_levels
from ventosa.knowledge.model import Fact, Knowledge, Library
from ventosa.logic import Boolean
from ventosa.record import InputError
from ventosa.web.actions.audit import listed_by_program
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Bed, Clinic, Encounter
from ventosa.web.models.record import Privacy

EMPTY_LINES = 12
"""Lines of the day's list that stay empty, for who comes besides."""

GRAVE = 2
"""The grade from which a harm stands on the emergency sheet (editorial; the clinic decides)."""

CUPS = 8
"""Lines for cups on a form (editorial)."""


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody of the day's list; a closed record shows its number only."""

    number: int
    name: str
    born: str
    who: str


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions of one group, to be ticked."""

    title: str
    questions: tuple[str, ...]


def write(out: Path, now: datetime, on: date | None) -> list[Path]:
    """Write the pages of each clinic, ready to print; return where they are.

    ``on`` is the day, ``None`` = today where the clinic is. Who stands on the list is left in the
    audit, as for any list that is read.

    Raises:
        InputError: the folder cannot be written, or holds the pages already.
    """
    try:
        out.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(str(out), f"cannot be made ({error.strerror})") from None
    written = []
    for number, clinic in enumerate(Clinic.objects.order_by("created_at", "id"), 1):
        day = on or now.astimezone(ZoneInfo(clinic.time_zone)).date()
        path = out / f"downtime-{number}-{day}.html"
        visits = list(
            Encounter.objects.filter(clinic=clinic, on=day)
            .select_related("patient", "practitioner__user")
            .order_by("at")
        )
        page = render_to_string("paper/downtime.html", context(clinic, day, visits))
        listed_by_program(clinic, "downtime", [v.patient_id for v in visits], now=now)
        _keep(path, page)
        written.append(path)
    return written


def context(clinic: Clinic, day: date, visits: list[Encounter]) -> dict[str, Any]:
    """Return what stands on the pages of a clinic."""
    beds = list(Bed.objects.filter(clinic=clinic, is_closed=False).select_related("room"))
    known, more = knowledge(), library()
    return {
        "clinic": clinic,
        "day": day,
        "lines": [_line(visit) for visit in visits],
        "empty": range(EMPTY_LINES),
        "beds": [f"{bed.room.name}, {bed.name}" for bed in beds] or [""],
        "groups": groups(known),
        "before": _before(known),
        "cups": range(1, CUPS + 1),
        "back": mark_safe(_back(known)),
        "language": "en",
        "version": known.version,
        **emergencies(more),
    }


def groups(known: Knowledge) -> tuple[Asked, ...]:
    """Return every question whose yes could forbid or limit cups, by groups in the order asked.

    A group that is asked only after other answers (where the pain points to) stays out.
    """
    found = []
    for group in sorted(known.groups.values(), key=lambda group: group.order):
        asked = [fact for fact in known.facts.values() if fact.group == group.id]
        questions = tuple(fact.question for fact in asked if _is_asked(fact))
        if questions and group.only_if is None and group.id != "clinic":
            found.append(Asked(group.title, questions))
    return tuple(found)


def _is_asked(fact: Fact) -> bool:
    if fact.id == "pregnant":
        return True
    is_detail = fact.detail_of is not None or fact.zone is not None or fact.who == "derived"
    return isinstance(fact.type, Boolean) and fact.riskier is True and not is_detail


def _before(known: Knowledge) -> tuple[str, ...]:
    """What must be so before the first cup, in the words of the questions."""
    facts = ("consent_given", "skin_inspected", "practitioner_present", "single_use_cups")
    return tuple(known.facts[fact].question for fact in facts)


def emergencies(more: Library) -> dict[str, Any]:
    """Return what the emergency sheet says, in the words of the knowledge."""
    advice = {one.id: one for one in more.advice}
    grave = [e for e in more.adverse_events if not e.expected and e.grade_from >= GRAVE]
    return {
        "stop": advice["stop_at_signs"],
        "call": advice["refer_emergency"],
        "nerves": advice["refer_cauda_equina"],
        "harms": sorted(grave, key=lambda e: (e.scope != "systemic", -e.grade_from, e.order)),
    }


def _line(visit: Encounter) -> Line:
    patient = visit.patient
    if patient.privacy == Privacy.TEAM:
        return Line(patient.number, "", "", str(visit.practitioner))
    return Line(patient.number, patient.name, patient.birth_date, str(visit.practitioner))


def _back(known: Knowledge) -> str:
    levels = parse_levels(known.texts["geometry/levels.csv"])
    return draw_back(frame_for(None, None, None, levels), title="Back, to draw on", prefix="paper")


def _keep(path: Path, page: str) -> None:
    """The page holds names: only its owner may read the file."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(page)
    except FileExistsError:
        raise InputError(str(path), "is there already: remove it first") from None
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror})") from None
