"""A session that is being written down, held beside what was decided, planned and agreed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ventosa.departing import departures
from ventosa.planning import frame_of
from ventosa.record import Cupping, Dose, InputError, Placement
from ventosa.terms import Side, Technique
from ventosa.web.consenting import agreement
from ventosa.web.documents import SessionBody
from ventosa.web.gathering import gather
from ventosa.web.knowing import knowledge
from ventosa.web.scope import Scope
from ventosa.web.writing import Draft

LATER = "it is written on another day than the visit's: how it stood then was not looked at."


class Departs(Exception):
    """A session lies beyond what was decided, and nobody has said why; ``lines`` say where."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("say why it was done otherwise than decided")
        self.lines = tuple(lines)


def compared(scope: Scope, draft: Draft, despite: str) -> Draft:
    """Return a session with how it departs from what was decided, and the sentence given for it.

    Raises:
        Departs: it departs, and no sentence was given.
        InputError: it lies on another day than its visit.
    """
    body = draft.body
    if not isinstance(body, SessionBody):
        return draft
    lines = _lines(scope, draft, body)
    if lines and not despite.strip():
        raise Departs(lines)
    body.departures = list(lines)
    body.despite = despite.strip()[:2000] if lines else ""
    return replace(draft, body=body)


def _lines(scope: Scope, draft: Draft, body: SessionBody) -> tuple[str, ...]:
    encounter = draft.encounter
    dose = Dose(body.suction_kpa, body.retention_min, body.counted or 0)
    if encounter is None:
        done = Cupping(Technique(body.technique), dose, ())
        return departures(done, screening=None, planned=None, lacking=(), knowledge=knowledge())
    if draft.on != encounter.on:
        raise InputError("on", f"its visit was on {encounter.on}")
    visit = gather(scope, encounter)
    agreed = agreement(visit)
    frame = frame_of(visit.screening, knowledge())
    cups = tuple(_placement(one, frame.level_mm(str(one["level"]))) for one in body.cups)
    return departures(
        Cupping(Technique(body.technique), dose, cups),
        screening=visit.screening,
        planned=agreed.planned,
        lacking=agreed.missing if encounter.on == scope.today else (LATER,),
        knowledge=knowledge(),
    )


def _placement(one: Mapping[str, Any], y_mm: float) -> Placement:
    return Placement(
        level=str(one["level"]),
        side=Side(one["side"]),
        lateral_mm=float(one["lateral_mm"]),
        y_mm=float(one.get("y_mm") or y_mm),
        inner_diameter_mm=float(one["inner_diameter_mm"]),
        suction_kpa=None,
        retention_min=None,
    )
