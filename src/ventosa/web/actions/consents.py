"""Consent is signed, said and taken back; a language is signed off."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db import transaction

from ventosa.consent import (
    Consent,
    ConsentKind,
    ConsentSet,
    ConsentText,
    is_offered,
    may_undo,
    not_adult,
    set_problems,
    standing,
    stood_of,
    unheard,
    write_consent,
)
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import documents
from ventosa.web.actions.audit import wrote
from ventosa.web.consenting import Agreement, agreement, given, offered
from ventosa.web.documents import Details, SpokenBody, WithdrawalBody, refuse_null
from ventosa.web.gathering import Visit, register_readings
from ventosa.web.ids import new_id
from ventosa.web.knowing import consent_texts, knowledge
from ventosa.web.models import Document, Kind, LanguageSignOff, Patient
from ventosa.web.scope import Scope
from ventosa.web.signing import Signed, body_of, consent_of

UNDONE = "Undone within seconds: it was not meant."


def sign_treatment(
    scope: Scope,
    *,
    agreed_for: Agreement,
    agreed: ConsentSet,
    signed: Signed,
    texts: Sequence[ConsentText],
    key: str,
) -> Document:
    """Keep a signed consent to a set of treatments, with all that was read.

    Raises:
        InputError: the signature or the set does not hold together.
        NotAllowed: there is no plan to agree to, the set does not hold it or goes beyond the hard
            stop, or the texts are not those that stand today in a language signed off here.
    """
    visit = agreed_for.visit
    earlier = _sent_before(scope, visit.patient, Kind.CONSENT, key)
    if earlier is not None:
        return earlier
    if agreed_for.barred or agreed_for.planned is None:
        raise NotAllowed(" ".join(agreed_for.missing))
    problems = set_problems(
        agreed, agreed_for.planned, agreed_for.frame, knowledge(), on=scope.today
    )
    if problems:
        raise NotAllowed(" ".join(problems))
    _check_texts(texts, [str(technique) for technique in agreed.techniques], agreed_for.languages)
    consent = consent_of(
        signed,
        texts,
        id=key,
        kind=ConsentKind.TREATMENT,
        practitioner=str(scope.membership),
        knowledge_sha256=knowledge().sha256,
        agreed=agreed,
        stood=stood_of(agreed_for.found),
    )
    _check_heard(consent, visit.details.language)
    return _keep(scope, visit.patient, consent, signed, texts, key, encounter=visit.encounter)


def sign_purpose(
    scope: Scope,
    *,
    patient: Patient,
    kind: ConsentKind,
    signed: Signed,
    text: ConsentText,
    details: Details,
    key: str,
) -> Document:
    """Keep a signed consent to photos or to teaching; ``details`` are the newest of the person.

    Raises:
        InputError, NotAllowed: as for ``sign_treatment``.
    """
    earlier = _sent_before(scope, patient, Kind.CONSENT, key)
    if earlier is not None:
        return earlier
    ages = [r.value for r in register_readings(details, on=scope.today) if r.fact == "age_years"]
    if problems := not_adult(next(iter(ages), None)):
        raise NotAllowed(" ".join(problems))
    _check_texts([text], [str(kind)], offered(scope.clinic))
    consent = consent_of(
        signed,
        [text],
        id=key,
        kind=kind,
        practitioner=str(scope.membership),
        knowledge_sha256=knowledge().sha256,
    )
    _check_heard(consent, details.language)
    return _keep(scope, patient, consent, signed, [text], key)


def say_yes(scope: Scope, *, visit: Visit, key: str) -> Document:
    """Write that the person said yes today; whoever is signed in heard it.

    Raises:
        NotAllowed: a yes is not enough today, in words what must be signed; or the person signed
            in does not treat.
    """
    if not scope.membership.practises:
        raise NotAllowed("a spoken yes is heard by somebody who treats")
    earlier = _sent_before(scope, visit.patient, Kind.SPOKEN, key)
    if earlier is not None:
        return earlier
    found = agreement(visit)
    if found.renewable is None:
        raise NotAllowed(
            " ".join(found.missing) or "Consent is complete already: nothing needs to be said."
        )
    body = SpokenBody(consent=found.renewable.id, heard_by=str(scope.membership))
    return documents.write(
        scope,
        patient=visit.patient,
        kind=Kind.SPOKEN,
        body=body,
        key=key,
        encounter=visit.encounter,
    )


def withdraw(scope: Scope, *, patient: Patient, kind: ConsentKind, key: str) -> Document:
    """Write that a person takes consent back: from now on nothing signed before counts.

    Raises:
        NotAllowed: no consent of this kind stands.
    """
    earlier = _sent_before(scope, patient, Kind.WITHDRAWAL, key)
    if earlier is not None:
        return earlier
    stands = standing(given(scope, patient).consents, kind)
    if not stands:
        raise NotAllowed("no consent of this kind stands: there is nothing to take back")
    body = WithdrawalBody(consent=stands[-1].id)
    return documents.write(scope, patient=patient, kind=Kind.WITHDRAWAL, body=body, key=key)


def undo_withdrawal(scope: Scope, *, document: Document) -> None:
    """Undo a withdrawal that was a slip of the finger.

    Raises:
        NotAllowed: it is no withdrawal, of somebody else, or older than the core allows.
    """
    if document.kind != Kind.WITHDRAWAL or document.author_id != scope.membership.id:
        raise NotAllowed("only who wrote a withdrawal undoes it")
    if not may_undo(document.at, scope.now):
        raise NotAllowed("it stands: from here on only a new signature opens anything")
    documents.enter_in_error(scope, document=document, reason=UNDONE)


def begin_session_check(scope: Scope, *, visit: Visit) -> tuple[str, ...]:
    """Return what consent lacks before a session of this visit may begin; empty = it may.

    Raises:
        NotAllowed: the person signed in does not treat.
    """
    if not scope.membership.practises:
        raise NotAllowed("a session is begun by somebody who treats")
    return agreement(visit).missing


def sign_off(
    scope: Scope, *, language: str, sha256: str, read_by: str, training: str, on: date
) -> LanguageSignOff:
    """Keep that somebody read all consent texts of a language.

    Raises:
        InputError: nobody is named, or the day lies ahead.
        NotAllowed: the person is not the owner, a sentence is missing, or the texts have changed.
    """
    if not scope.membership.is_owner:
        raise NotAllowed("the owner signs a language off")
    texts = consent_texts(language)
    if not texts.is_whole:
        raise NotAllowed("sentences are missing: nobody can have read it whole")
    if sha256 != texts.sha256:
        raise NotAllowed("the texts have changed since this page was shown: read them once more")
    refuse_null([read_by, training])
    if not read_by.strip():
        raise InputError("read_by", "write who read it")
    if not training.strip():
        raise InputError("training", "write what the person is trained in")
    if on > scope.today:
        raise InputError("on", "the day lies ahead")
    with transaction.atomic():
        row = LanguageSignOff(
            id=new_id(),
            clinic=scope.clinic,
            language=language,
            sha256=sha256,
            read_by=read_by.strip()[:120],
            training=training.strip()[:200],
            on=on,
            author=scope.membership,
            at=scope.now,
        )
        row.save(force_insert=True)
        wrote(scope, None, "language_sign_off", language=language)
    assert is_offered(texts, row.sha256)
    return row


def _sent_before(scope: Scope, patient: Patient, kind: str, key: str) -> Document | None:
    """What the same submission wrote, if it came before."""
    sent = Document.objects.filter(clinic=scope.clinic, patient=patient, kind=kind, key=key)
    return sent.first()


def _check_texts(
    texts: Sequence[ConsentText], about: Sequence[str], languages: Sequence[str]
) -> None:
    if [text.about for text in texts] != list(about):
        raise NotAllowed("what was read is not what is agreed to: read it once more")
    for text in texts:
        if text.language not in languages:
            raise NotAllowed("nobody has signed off consent texts in this language here")
        if text not in consent_texts(text.language).texts:
            raise NotAllowed("the text has changed since this page was shown: read it once more")


def _check_heard(consent: Consent, reads: str) -> None:
    if problems := unheard(consent, reads):
        raise NotAllowed(" ".join(problems))


def _keep(
    scope: Scope,
    patient: Patient,
    consent: Consent,
    signed: Signed,
    texts: Sequence[ConsentText],
    key: str,
    **more: Any,
) -> Document:
    body = body_of(write_consent(consent), signed, texts)
    return documents.write(scope, patient=patient, kind=Kind.CONSENT, body=body, key=key, **more)
