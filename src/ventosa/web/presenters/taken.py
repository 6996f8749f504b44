"""The whole record as one page for paper: who, all that was written, what was said in visits."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from ventosa.drawing import draw_back
from ventosa.geometry import Frame, frame_for, parse_levels
from ventosa.languages import visible
from ventosa.record import InputError, Placement, Zone
from ventosa.record.whole import WholeRecord
from ventosa.terms import Side, ZoneKind
from ventosa.web.filling import said_in, visits_of
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Encounter, Kind, Patient
from ventosa.web.presenters.document import Line, Marks, lines_of, marks_of, title_of
from ventosa.web.presenters.visit import answer, question
from ventosa.web.scope import Scope
from ventosa.web.taking import with_marks

LEFT_OUT = {
    Kind.SCREENING: ("answers", "record", "screening"),
    Kind.PLAN: ("plan",),
    Kind.CONSENT: ("strokes",),
}
"""Parts of a body that are for programs; they stand whole in the other files."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document on paper."""

    title: str
    document: Document
    says: str
    lines: tuple[Line, ...]
    marks: Marks
    drawing: SafeString | None
    picture: str
    addenda: tuple["Sheet", ...] = ()


@dataclass(frozen=True, slots=True)
class VisitSheet:
    """One visit on paper: each answer with its question, its note, and who said it."""

    encounter: Encounter
    said: tuple[tuple[str, str, str, str], ...]


def paper_of(scope: Scope, patient: Patient, record: WholeRecord) -> dict[str, Any]:
    """Return the context of the page for paper."""
    documents = list(with_marks(scope.documents(patient)).order_by("on", "at"))
    frames = {str(d.id): frame_in(d.body) for d in documents if d.kind == Kind.SCREENING}
    zones = {str(d.id): d.body for d in documents if d.kind == Kind.SCREENING}
    added: dict[object, list[Document]] = {}
    for one in documents:
        added.setdefault(one.adds_to_id, []).append(one)

    def sheet(one: Document) -> Sheet:
        decided = one.body.get("screening", "") if one.kind == Kind.PLAN else ""
        drawing = None
        if isinstance(decided, str) and frames.get(decided) is not None:
            drawing = drawn(one.body["plan"], frames[decided], closed_in(one.body, zones[decided]))
        return Sheet(
            title_of(one) if one.adds_to_id is None else "Addendum",
            one,
            _says(one),
            _lines(one),
            marks_of(one),
            drawing,
            picture_in(one.body, record),
            tuple(sheet(addendum) for addendum in added.get(one.id, ())),
        )

    roots = [one for one in added.get(None, ()) if one.kind != Kind.DETAILS]
    return {
        "person": record.person,
        "record": record,
        "clinic": scope.clinic,
        "visits": [_visit(scope, v) for v in reversed(visits_of(scope, patient)) if not v.moved],
        "sheets": [sheet(one) for one in roots],
    }


def _says(one: Document) -> str:
    """What stands in place of the parts that are left out."""
    if one.kind == Kind.PLAN:
        plan = one.body["plan"]
        return ". ".join(str(plan[key]) for key in ("title", "summary") if plan.get(key))
    if one.kind == Kind.SCREENING:
        return f"Stage {one.body['stage']}, knowledge {one.body['knowledge_version']}"
    return ""


def _lines(one: Document) -> tuple[Line, ...]:
    hidden = LEFT_OUT.get(Kind(one.kind), ())
    kept = {key: value for key, value in one.body.items() if key not in hidden}
    return lines_of(Document(kind=one.kind, body=kept))


def _visit(scope: Scope, encounter: Encounter) -> VisitSheet:
    return VisitSheet(
        encounter,
        tuple(
            (
                question(entry.field),
                answer(entry),
                entry.note,
                "the patient" if entry.said == "patient" else str(entry.author),
            )
            for entry in said_in(scope, encounter)
        ),
    )


def picture_in(body: Mapping[str, Any], record: WholeRecord) -> str:
    """Return the picture of a body as an address that holds it, empty where it has none."""
    kept = record.kept.get(str(body.get("scan") or body.get("sha256") or ""))
    if kept is None or not kept.media_type.startswith("image/"):
        return ""
    return f"data:{kept.media_type};base64,{b64encode(kept.data).decode('ascii')}"


# --- the drawn plan -----------------------------------------------------------------------------


def frame_in(body: Mapping[str, Any]) -> Frame | None:
    """Return the frame of the back as a stored screening knew it, ``None`` where it knew none."""
    facts = body["screening"].get("facts", {})

    def middle(fact: str) -> float | None:
        value = facts.get(fact, {}).get("value")
        if isinstance(value, dict):
            return (float(value["low"]) + float(value["high"])) / 2
        return float(value) if isinstance(value, int | float) else None

    sex = facts.get("sex", {}).get("value")
    levels = parse_levels(knowledge().texts["geometry/levels.csv"])
    try:
        return frame_for(sex, middle("height_cm"), middle("back_length_mm"), levels)
    except InputError:
        return None


def closed_in(plan: Mapping[str, Any], screening: Mapping[str, Any]) -> tuple[Zone, ...]:
    """Return the zones that a stored screening closed for the techniques of a plan."""
    told = screening["screening"].get("techniques", {})
    trees = [zone for name in plan["techniques"] for zone in told.get(name, {})["closed_zones"]]
    return tuple(
        Zone(
            ZoneKind(tree["kind"]),
            Side(tree["side"]),
            **{key: value for key, value in tree.items() if key not in ("kind", "side", "rule")},
        )
        for tree in trees
    )


def drawn(plan: Mapping[str, Any], frame: Frame | None, zones: Sequence[Zone]) -> SafeString | None:
    """Return the drawn back of a stored plan, ``None`` where it has no cups."""
    cups = [
        Placement(**{**cup, "side": Side(cup["side"]), "path": _path(cup.get("path"))})
        for cup in plan.get("placements") or plan.get("cupping", {}).get("placements", ())
    ]
    if not cups or frame is None:
        return None
    title = visible(f"The back: {plan.get('title', '')}")
    return mark_safe(draw_back(frame, zones=zones, placements=cups, title=title, prefix="plan"))


def _path(points: Any) -> Any:
    return None if points is None else tuple((point[0], point[1]) for point in points)
