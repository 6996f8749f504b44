"""Writing into the record: a document, a signature, an addendum, a mistake, a move."""

import json
from datetime import date
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from ventosa.record import InputError, NotAllowed
from ventosa.web.actions.audit import wrote
from ventosa.web.documents import Body, from_json, refuse_null, to_json
from ventosa.web.ids import new_id
from ventosa.web.models import Blob, Document, Encounter, Mistake, Patient, Signature
from ventosa.web.scope import Scope


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
    """
    tree = to_json(body)
    refuse_null(tree)
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
            raise InputError(
                "", "this form was sent before with other words: load it again"
            ) from None
        return earlier


def add_to(scope: Scope, *, document: Document, text: str, key: str) -> Document:
    """Write an addendum: the original stays as it is."""
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
    """Say that a document stands in this record by mistake. It stays visible, struck through."""
    if not reason.strip():
        raise InputError("reason", "say why, in a few words")
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
        return mistake


def keep_bytes(scope: Scope, *, data: bytes, media_type: str) -> Blob:
    """Keep bytes under their hash, once a clinic."""
    digest = sha256(data).hexdigest()
    blob, _ = Blob.objects.get_or_create(
        clinic=scope.clinic,
        sha256=digest,
        defaults={"id": new_id(), "media_type": media_type, "data": data},
    )
    return blob
