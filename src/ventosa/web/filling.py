"""What the forms of the record are filled from, and what a visit holds; fetched in scope."""

from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef, QuerySet

from ventosa.record import InputError
from ventosa.web.models import Blob, Document, Encounter, Entry, Kind, NoteTemplate, Patient
from ventosa.web.presenters.writing import Around
from ventosa.web.scope import Scope

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

MOST_VISITS = 8
"""Visits that a form offers."""

NO_CONSENT = "Nobody is photographed without an own, signed consent to photos. None stands here."


class Visited(TypedDict):
    """What is asked of a visit beside its columns."""

    moved: bool


def visits_of(scope: Scope, patient: Patient) -> "QuerySet[WithAnnotations[Encounter, Visited]]":
    """Return the visits of a patient, each with ``moved``: whether it stands here by mistake."""
    gone = Encounter.objects.filter(moved_from=OuterRef("id"))
    return scope.encounters(patient).annotate(moved=Exists(gone))


def around(scope: Scope, patient: Patient, kind: str) -> Around:
    """Return what a form of a kind is filled from."""
    visits = [one for one in visits_of(scope, patient)[:MOST_VISITS] if not one.moved]
    written = scope.documents(patient).filter(mistake=None)
    return Around(
        scope.today.isoformat(),
        visits,
        list(written.filter(kind=Kind.WORD)) if kind == Kind.CLEARANCE else (),
        written.filter(kind=Kind.PLAN).first() if kind == Kind.SESSION else None,
        note_templates(scope) if kind == Kind.NOTE else (),
        NO_CONSENT if kind == Kind.PHOTO and not may_photograph(scope, patient) else "",
    )


def visit_of(given: Around, id: str) -> Encounter | None:
    """Return the visit that was chosen in a form; none is none.

    Raises:
        InputError: it is not one that the form offered.
    """
    if not id:
        return None
    for one in given.visits:
        if str(one.id) == id:
            return one
    raise InputError("visit", "choose from the list")


def note_templates(scope: Scope) -> list[NoteTemplate]:
    """Return the clinic's own beginnings of a note."""
    found = NoteTemplate.objects.filter(clinic=scope.clinic, is_retired=False)
    return list(found.order_by("name"))


def said_in(scope: Scope, encounter: Encounter) -> list[Entry]:
    """Return what was said in a visit, in its order; also in one that was moved away."""
    found = Entry.objects.filter(clinic=scope.clinic, encounter=encounter)
    return list(found.select_related("author__user").order_by("id"))


def moved_to(scope: Scope, encounter: Encounter) -> Encounter | None:
    """Return the visit in the other record to which this one was moved, if it was."""
    return Encounter.objects.filter(clinic=scope.clinic, moved_from=encounter).first()


def may_photograph(scope: Scope, patient: Patient) -> bool:
    """Return whether the person's own consent to photos stands.

    Who takes one back says no: what was signed before that counts no more.
    """
    written = scope.documents(patient).filter(mistake=None)
    asked = (Kind.CONSENT, Kind.WITHDRAWAL)
    signed: list[Document] = []
    back: list[Document] = []
    for one in written.filter(kind__in=asked):
        (signed if one.kind == Kind.CONSENT else back).append(one)
    photo = [one for one in signed if one.body["consent"].get("kind") == "photo"]
    names = {name for one in photo for name in _names(one)}
    last = max((one.at for one in back if one.body["consent"] in names), default=None)
    return any(_is_own(one) and (last is None or one.at > last) for one in photo)


def _names(document: Document) -> set[str]:
    return {str(document.id), document.id.hex, str(document.body["consent"].get("id", ""))}


def _is_own(document: Document) -> bool:
    """Whether the patient signed it, and it was not taken back in its own words."""
    consent = document.body["consent"]
    by = (consent.get("signed") or {}).get("by")
    return by == "patient" and consent.get("withdrawn_on") is None


def picture_of(scope: Scope, document: Document) -> bytes | None:
    """Return the bytes of a document's picture, ``None`` where it has none."""

    body = document.body
    digest = body["sha256"] if document.kind == Kind.PHOTO else body.get("scan")
    if not digest or document.kind == Kind.IMPORT:
        return None
    blob = Blob.objects.filter(clinic=scope.clinic, sha256=digest, media_type="image/jpeg").first()
    return None if blob is None else bytes(blob.data)


def by_id(given: Around, template: str) -> str:
    """Return the text of one of the clinic's templates; an unknown one is empty."""
    return next((one.text for one in given.templates if str(one.id) == template), "")
