"""Writing into the record: a document, a signature, an addendum, a mistake, a move."""

import json
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from ventosa.consent import may_undo
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions.audit import wrote
from ventosa.web.documents import AdverseEventBody, Body, from_json, refuse_null, to_json
from ventosa.web.ids import new_id
from ventosa.web.models import Blob, Document, Encounter, Kind, Mistake, Patient, Signature
from ventosa.web.pictures import MEDIA_TYPE
from ventosa.web.scope import Scope, was_moved
from ventosa.web.writing import Draft


class SentBefore(InputError):
    """A form was sent twice, the second time with other words; the first ones are kept."""

    def __init__(self) -> None:
        super().__init__("", "this form was sent before with other words: load it again")


def write(
    scope: Scope,
    *,
    patient: Patient,
    kind: str,
    body: Body,
    key: str,
    on: date | None = None,
    encounter: Encounter | None = None,
    adds_to: Document | None = None,
) -> Document:
    """Write a document and its audit row; the same submission again gives the same document.

    Raises:
        InputError: a text holds what cannot be stored, or the key was used for something else.
        NotAllowed: the visit was moved to another record.
    """
    tree = to_json(body)
    refuse_null(tree)
    if encounter is not None and was_moved(encounter):
        raise NotAllowed("this visit was moved to another record: write it there")
    try:
        with transaction.atomic():
            document = Document(
                id=new_id(),
                clinic=scope.clinic,
                patient=patient,
                encounter=encounter,
                kind=kind,
                body=tree,
                author=scope.membership,
                on=on or scope.today,
                at=scope.now,
                adds_to=adds_to,
                key=key[:64],
            )
            document.save(force_insert=True)
            wrote(scope, patient, kind, document=str(document.id))
            return document
    except IntegrityError:
        earlier = Document.objects.filter(clinic=scope.clinic, key=key[:64]).first()
        if earlier is None:
            raise
        if earlier.patient_id != patient.id or earlier.kind != kind or earlier.body != tree:
            raise SentBefore from None
        return earlier


def hand_in(scope: Scope, *, patient: Patient, draft: Draft, key: str) -> Document:
    """Write what a form handed in, with its picture and its signature: all of it or nothing.

    Raises:
        InputError, NotAllowed: as for ``write`` and ``sign``.
    """
    with transaction.atomic():
        if draft.picture is not None:
            keep_bytes(scope, data=draft.picture.data, media_type=MEDIA_TYPE)
        document = write(
            scope,
            patient=patient,
            kind=draft.kind,
            body=draft.body,
            key=key,
            on=draft.on,
            encounter=draft.encounter,
        )
        if draft.is_signed:
            sign(scope, document=document)
        return document


def add_to(scope: Scope, *, document: Document, text: str, key: str) -> Document:
    """Write an addendum: the original stays as it is.

    Raises:
        InputError: nothing is written in it.
        NotAllowed: the document stands here by mistake.
    """
    if not text.strip():
        raise InputError("text", "write what is to be added")
    if Mistake.objects.filter(document=document).exists():
        raise NotAllowed("this stands here by mistake: add to it where it belongs")
    body = from_json("note", {"title": "Addendum", "text": text})
    return write(
        scope,
        patient=document.patient,
        kind="note",
        body=body,
        key=key,
        encounter=document.encounter,
        adds_to=document,
    )


def sign(scope: Scope, *, document: Document) -> Signature:
    """Sign a document; signing twice is signing once.

    Raises:
        NotAllowed: another person wrote it, or it stands here by mistake.
    """
    if document.author_id != scope.membership.id:
        raise NotAllowed("only its author signs a document")
    if Mistake.objects.filter(document=document).exists():
        raise NotAllowed("a document entered by mistake is not signed")
    with transaction.atomic():
        signature, made = Signature.objects.get_or_create(
            document=document,
            defaults={
                "id": new_id(),
                "clinic": scope.clinic,
                "author": scope.membership,
                "at": scope.now,
                "sha256": hash_of(document.body),
            },
        )
        if made:
            wrote(scope, document.patient, "sign", document=str(document.id))
        return signature


def hash_of(body: Any) -> str:
    """Return the hash of a body as it is signed."""
    return sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def enter_in_error(
    scope: Scope, *, document: Document, reason: str, moved_to: Document | None = None
) -> Mistake:
    """Say that a document stands in this record by mistake, and with it what was added to it.

    It stays visible, struck through.

    Raises:
        InputError: no reason is given, or it holds what cannot be stored.
        NotAllowed: it is a word from outside, which nobody here takes back, or a consent taken
            back longer ago than a slip is noticed.
    """
    if not reason.strip():
        raise InputError("reason", "say why, in a few words")
    refuse_null(reason)
    if document.kind == Kind.WORD and moved_to is None:
        raise NotAllowed(
            "a word from outside is lifted by a written clearance, or moved to whom it speaks of"
        )
    is_no = document.kind == Kind.WITHDRAWAL and moved_to is None
    if is_no and not may_undo(document.at, scope.now):
        raise NotAllowed("a consent taken back stays so: a new signature opens again")
    with transaction.atomic():
        mistake, made = Mistake.objects.get_or_create(
            document=document,
            defaults={
                "id": new_id(),
                "clinic": scope.clinic,
                "author": scope.membership,
                "reason": reason.strip()[:500],
                "at": scope.now,
                "moved_to": moved_to,
            },
        )
        if made:
            wrote(scope, document.patient, "entered_in_error", document=str(document.id))
            if moved_to is None:
                for added in Document.objects.filter(adds_to=document, mistake=None):
                    enter_in_error(scope, document=added, reason=reason)
        return mistake


def heal(scope: Scope, *, document: Document, text: str, key: str) -> Document:
    """Write that a harm is over: an addendum to it, of its own kind.

    Raises:
        NotAllowed: the document is no harm, is over already, or stands here by mistake.
    """
    harm = from_json(document.kind, document.body)
    if not isinstance(harm, AdverseEventBody) or document.adds_to_id is not None:
        raise NotAllowed("only a harm heals")
    if Mistake.objects.filter(document=document).exists():
        raise NotAllowed("this stands here by mistake")
    body = AdverseEventBody(event=harm.event, grade=harm.grade, healed=True, text=text)
    return write(
        scope,
        patient=document.patient,
        kind=document.kind,
        body=body,
        key=key,
        encounter=None,
        adds_to=document,
    )


def keep_bytes(scope: Scope, *, data: bytes, media_type: str) -> Blob:
    """Keep bytes under their hash, once a clinic."""
    digest = sha256(data).hexdigest()
    blob, _ = Blob.objects.get_or_create(
        clinic=scope.clinic,
        sha256=digest,
        defaults={"id": new_id(), "media_type": media_type, "data": data},
    )
    return blob
