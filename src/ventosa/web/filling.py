"""What the forms of the record are filled from, and what a visit holds; fetched in scope."""

from typing import TYPE_CHECKING, TypedDict

from django.db.models import Exists, OuterRef, QuerySet

from ventosa.consent import ConsentKind
from ventosa.record import InputError
from ventosa.web.belongings import note_templates
from ventosa.web.consenting import given
from ventosa.web.models import Blob, Document, Encounter, Entry, Kind, Patient
from ventosa.web.presenters.writing import Around
from ventosa.web.scope import Scope

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

MOST_VISITS = 8
"""Visits that a form offers."""

NO_CONSENT = "Nobody is photographed without an own, signed consent to photos."


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
        list(note_templates(scope).filter(is_retired=False)) if kind == Kind.NOTE else (),
        closed_to_photos(scope, patient) if kind == Kind.PHOTO else "",
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


def said_in(scope: Scope, encounter: Encounter) -> list[Entry]:
    """Return what was said in a visit, in its order; also in one that was moved away."""
    found = Entry.objects.filter(clinic=scope.clinic, encounter=encounter)
    return list(found.select_related("author__user").order_by("id"))


def moved_to(scope: Scope, encounter: Encounter) -> Encounter | None:
    """Return the visit in the other record to which this one was moved, if it was."""
    return Encounter.objects.filter(clinic=scope.clinic, moved_from=encounter).first()


def closed_to_photos(scope: Scope, patient: Patient) -> str:
    """Return why nobody may photograph the person today, in words; empty = it was agreed to."""
    missing = given(scope, patient).missing_for(ConsentKind.PHOTO)
    return " ".join((NO_CONSENT, *missing)) if missing else ""


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
