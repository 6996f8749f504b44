"""Wrong patient: a document, or a whole visit, goes to the record where it belongs.

Nothing is taken away: what was written stays in the first record as entered in error, and stands
whole in the second, each linked to the other. Moving back is the same act.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from ventosa.record import InputError, NotAllowed
from ventosa.web.actions.audit import wrote
from ventosa.web.actions.documents import enter_in_error
from ventosa.web.documents import refuse_null
from ventosa.web.ids import new_id
from ventosa.web.models import Document, Encounter, Entry, Kind, Mistake, Patient
from ventosa.web.scope import Scope, was_moved
from ventosa.web.words import word_id

STAYS = (Kind.DETAILS,)
"""What is never moved: who a patient is, is changed and not moved."""


def move_document(
    scope: Scope, *, document: Document, to: Patient, reason: str, key: str
) -> Document:
    """Move a document, and what was added to it; return it as it stands in the other record.

    The same submission again gives the same document.

    Raises:
        InputError: no reason is given.
        NotAllowed: it cannot be moved, or not there.
    """
    _check(scope, document.patient, to, reason)
    with transaction.atomic():
        earlier = Document.objects.filter(clinic=scope.clinic, key=_key(key, document.id)).first()
        if earlier is not None:
            return earlier
        if document.kind in STAYS:
            raise NotAllowed("who a patient is, is changed under Details and not moved")
        # The row is the lock: two people who move it at once do not make two of it.
        Document.objects.select_for_update().get(id=document.id)
        if Mistake.objects.filter(document=document).exists():
            raise NotAllowed("this stands here by mistake already")
        added = Document.objects.filter(adds_to=document, mistake=None).order_by("at", "id")
        whole = [document, *added]
        copies = _copy(scope, whole, to=to, encounter=None, key=key)
        _strike(scope, whole, copies, reason)
        wrote(scope, to, "moved_here", document=str(copies[0].id), moved_from=str(document.id))
        return copies[0]


def move_visit(
    scope: Scope, *, encounter: Encounter, to: Patient, reason: str, key: str
) -> Encounter:
    """Move a visit with all that was said and written in it; return it in the other record.

    The same submission again gives the same visit.

    Raises:
        InputError: no reason is given.
        NotAllowed: it was moved already, or cannot go there.
    """
    _check(scope, encounter.patient, to, reason)
    with transaction.atomic():
        name = _key(key, encounter.id)
        earlier = Encounter.objects.filter(clinic=scope.clinic, key=name).first()
        if earlier is not None:
            return earlier
        Encounter.objects.select_for_update().get(id=encounter.id)
        if was_moved(encounter):
            raise NotAllowed("this visit was moved already")
        moved = Encounter(
            id=new_id(),
            clinic=scope.clinic,
            patient=to,
            practitioner=encounter.practitioner,
            on=encounter.on,
            previous=_before(scope, to, encounter),
            moved_from=encounter,
            at=encounter.at,
            key=name,
        )
        moved.save(force_insert=True)
        _say_again(encounter, moved, key)
        written = _written_in(encounter)
        copies = _copy(scope, written, to=to, encounter=moved, key=key)
        _strike(scope, written, copies, reason)
        told = {"encounter": str(encounter.id), "moved_to": str(moved.id)}
        wrote(scope, encounter.patient, "visit_moved", **told)
        wrote(scope, to, "visit_moved_here", **told)
        return moved


def _check(scope: Scope, home: Patient, to: Patient, reason: str) -> None:
    if not reason.strip():
        raise InputError("reason", "say why, in a few words")
    refuse_null(reason)
    if to.clinic_id != scope.clinic.id or home.clinic_id != scope.clinic.id:
        raise NotAllowed("nothing is moved from one clinic to another")
    if to.is_merged:
        raise NotAllowed("that record is read as part of another one: move it there")
    if to.id in scope.one_person(home):
        raise NotAllowed("it stands in that record already")


def _key(key: str, id: Any) -> str:
    """The name of one part of a submission."""
    return f"moved-{sha256(f'{key}:{id}'.encode()).hexdigest()[:48]}"


def _before(scope: Scope, to: Patient, encounter: Encounter) -> Encounter | None:
    """The visit of the other person before this one, as a repeat visit needs it."""
    said = scope.encounters(to).filter(entries__isnull=False, at__lt=encounter.at).distinct()
    gone = Encounter.objects.filter(moved_from=OuterRef("id"))
    return said.exclude(Exists(gone)).first()


def _written_in(encounter: Encounter) -> list[Document]:
    """What was written in a visit, originals before what adds to them."""
    inside = Document.objects.filter(encounter=encounter, mistake=None).exclude(kind__in=STAYS)
    found = {document.id: document for document in inside.order_by("at", "id")}
    added = Document.objects.filter(adds_to__in=list(found), mistake=None).order_by("at", "id")
    found |= {document.id: document for document in added}
    return sorted(found.values(), key=lambda d: (d.adds_to_id is not None, d.at, d.id))


def _copy(
    scope: Scope,
    documents: Sequence[Document],
    *,
    to: Patient,
    encounter: Encounter | None,
    key: str,
) -> list[Document]:
    """Write documents into the other record, whole; what they name of each other goes along.

    They keep author and day. A signature stays with the original: the copy asks for a new one.
    """
    ids = {document.id: new_id() for document in documents}
    names: dict[str, str] = {}
    for old, new in ids.items():
        names |= {str(old): str(new), old.hex: new.hex, word_id(old): word_id(new)}
    copies = []
    for document in documents:
        copy = Document(
            id=ids[document.id],
            clinic=scope.clinic,
            patient=to,
            encounter=encounter,
            kind=document.kind,
            body=_renamed(document.body, names),
            author_id=document.author_id,
            on=document.on,
            at=document.at,
            adds_to_id=ids.get(document.adds_to_id) if document.adds_to_id else None,
            moved_from=document,
            key=_key(key, document.id),
        )
        copy.save(force_insert=True)
        copies.append(copy)
    return copies


def _strike(
    scope: Scope, documents: Sequence[Document], copies: Sequence[Document], reason: str
) -> None:
    for document, copy in zip(documents, copies, strict=True):
        enter_in_error(scope, document=document, reason=reason, moved_to=copy)


def _renamed(tree: Any, names: Mapping[str, str]) -> Any:
    """A body whose references to what moves with it lead to where that stands now."""
    if isinstance(tree, dict):
        return {key: _renamed(value, names) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_renamed(value, names) for value in tree]
    return names.get(tree, tree) if isinstance(tree, str) else tree


def _say_again(encounter: Encounter, moved: Encounter, key: str) -> None:
    """Write the entries of a visit into the other one, in their order."""
    entries = list(Entry.objects.filter(encounter=encounter).order_by("id"))
    ids = sorted(new_id() for _ in entries)
    # Short: the field that names several of them holds 64 signs.
    names = {e.key: sha256(f"{key}:{e.key}".encode()).hexdigest()[:20] for e in entries}
    Entry.objects.bulk_create(
        Entry(
            id=id,
            clinic=moved.clinic,
            encounter=moved,
            field=entry.field,
            value=entry.value,
            note=entry.note,
            said=entry.said,
            author_id=entry.author_id,
            at=entry.at,
            saw=" ".join(names.get(one, one) for one in entry.saw.split()),
            key=names[entry.key],
        )
        for id, entry in zip(ids, entries, strict=True)
    )
