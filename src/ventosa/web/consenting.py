"""What a person agreed to, fetched in a constant number of queries and read by the core."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from ventosa.consent import (
    Consent,
    ConsentKind,
    ConsentSet,
    ConsentText,
    Kept,
    SpokenYes,
    Withdrawal,
    is_offered,
    missing,
    missing_for,
    not_adult,
    proposed_set,
    read_consent,
    renewable,
    standing,
    taken_back,
)
from ventosa.contract.plans import read_placements
from ventosa.geometry import Frame
from ventosa.languages import languages
from ventosa.planning import frame_of
from ventosa.record import Cupping, Screening
from ventosa.web.gathering import Visit
from ventosa.web.knowing import consent_texts, knowledge
from ventosa.web.models import Clinic, Document, Kind, LanguageSignOff, Patient
from ventosa.web.scope import Scope

KINDS = (Kind.CONSENT, Kind.SPOKEN, Kind.WITHDRAWAL)

NO_PLAN = "No plan of this visit is accepted: there is nothing to agree to yet."
MOVED = "This visit stands in another record: it begins there."
NOT_TODAY = "This visit is not of today: begin a visit of today."


def offered(clinic: Clinic) -> tuple[str, ...]:
    """Return the languages in which this clinic may ask for consent, in one query."""
    rows = LanguageSignOff.objects.filter(clinic=clinic).order_by("at", "id")
    signed = {row.language: row.sha256 for row in rows}
    return tuple(
        one.code for one in languages() if is_offered(consent_texts(one.code), signed.get(one.code))
    )


@dataclass
class Given:
    """All that a person signed, said and took back."""

    scope: Scope
    documents: Sequence[Document]

    @cached_property
    def signed(self) -> Mapping[str, Document]:
        """The signed documents by the id of their consent, oldest first."""
        found = [one for one in self.documents if one.kind == Kind.CONSENT]
        return {str(one.body["consent"]["id"]): one for one in reversed(found)}

    @cached_property
    def consents(self) -> tuple[Consent, ...]:
        """Every consent in the order of signing, with the day it was taken back.

        One that was entered in error, or came here from another record, opens nothing; taken back
        it still says no.
        """
        kept = [Kept(read_consent(one.body["consent"]), one.at) for one in self.signed.values()]
        consents = taken_back(kept, [_withdrawal(one) for one in self.withdrawals])
        return tuple(one for one in consents if one.withdrawn_on or _counts(self.signed[one.id]))

    def consent_of(self, document: Document) -> Consent:
        """The consent of a document, with the day it was taken back."""
        own = read_consent(document.body["consent"])
        return next((one for one in self.consents if one.id == own.id), own)

    @cached_property
    def withdrawals(self) -> Sequence[Document]:
        """The withdrawals that stand, newest first."""
        found = [one for one in self.documents if one.kind == Kind.WITHDRAWAL]
        return [one for one in found if not hasattr(one, "mistake")]

    @cached_property
    def spoken(self) -> SpokenYes | None:
        """The newest yes that was said today."""
        for one in self.documents:
            if one.kind == Kind.SPOKEN and one.on == self.scope.today and _counts(one):
                return SpokenYes(one.on, one.body["consent"], one.body["heard_by"])
        return None

    def standing(self, kind: ConsentKind) -> tuple[Consent, ...]:
        """The consents of a kind that nobody took back."""
        return standing(self.consents, kind)

    def texts(self, codes: Sequence[str]) -> tuple[ConsentText, ...]:
        """The texts that stand today, in the languages offered."""
        return tuple(text for code in codes for text in consent_texts(code).texts)

    def missing_for(self, kind: ConsentKind) -> tuple[str, ...]:
        """What consent to photos or teaching lacks today."""
        codes = offered(self.scope.clinic)
        return missing_for(
            kind, self.consents, self.texts(codes), on=self.scope.today, signed_off=codes
        )


def given(scope: Scope, patient: Patient) -> Given:
    """Return what a person agreed to, in one query."""
    found = scope.documents(patient).filter(kind__in=KINDS)
    return Given(scope, list(found.order_by("-at", "-id")))


def _counts(document: Document) -> bool:
    return not hasattr(document, "mistake") and document.moved_from_id is None


def _withdrawal(document: Document) -> Withdrawal:
    return Withdrawal(str(document.body["consent"]), document.on, document.at)


@dataclass
class Agreement:
    """The consent of one visit: the plan accepted, what was agreed, and what is still missing."""

    visit: Visit
    given: Given
    plan: Document | None
    languages: tuple[str, ...]

    @cached_property
    def planned(self) -> Cupping | None:
        """Technique, dose and cups of the accepted plan; ``None`` = there are none."""
        tree = None if self.plan is None else self.plan.body["plan"].get("cupping")
        return None if tree is None else read_placements(json.dumps(tree).encode())

    @cached_property
    def frame(self) -> Frame:
        """The frame of this back."""
        return frame_of(self.visit.screening, knowledge())

    @cached_property
    def found(self) -> Screening:
        """What is found at the start, whatever consent says."""
        return self.visit.at_start()

    @cached_property
    def proposed(self) -> ConsentSet | None:
        """The set that a signature is asked for, if nobody changes it."""
        if self.planned is None:
            return None
        return proposed_set(self.planned, self.frame, knowledge(), on=self.visit.scope.today)

    @cached_property
    def sessions(self) -> Mapping[str, int]:
        """How many sessions were done under each consent."""
        done = [one for one in self.visit.documents[Kind.SESSION] if one.adds_to_id is None]
        return {
            consent.id: sum(
                one.on >= consent.signed.on and one.at > self.given.signed[consent.id].at
                for one in done
            )
            for consent in self.given.consents
        }

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """What is missing before the first cup of today; empty = consent is complete."""
        barred = self.barred
        if barred or self.planned is None:
            return barred or ("The plan has no cups: there is nothing to agree to.",)
        return missing(
            self.given.consents,
            self.planned,
            self.found,
            self.given.texts(self.languages),
            on=self.visit.scope.today,
            frame=self.frame,
            spoken=self.given.spoken,
            sessions_done=self.sessions,
            signed_off=self.languages,
            reads=self.visit.details.language,
        )

    @cached_property
    def barred(self) -> tuple[str, ...]:
        """Why consent cannot even be asked for in this visit."""
        if self.visit.is_moved:
            return (MOVED,)
        if self.visit.on != self.visit.scope.today:
            return (NOT_TODAY,)
        if self.plan is None:
            return (NO_PLAN,)
        age = self.found.facts.get("age_years")
        return not_adult(None if age is None else age.value)

    @cached_property
    def renewable(self) -> Consent | None:
        """The consent under which a yes said aloud is enough today."""
        if self.barred or self.planned is None:
            return None
        return renewable(
            self.given.consents,
            self.planned,
            self.found,
            self.given.texts(self.languages),
            on=self.visit.scope.today,
            frame=self.frame,
            sessions_done=self.sessions,
            signed_off=self.languages,
            reads=self.visit.details.language,
        )

    def at_start(self) -> Screening:
        """The screening at the start of the session, consent as it is: complete, or not given."""
        return self.visit.at_start(consent_given=not self.missing)


def agreement(visit: Visit) -> Agreement:
    """Return the consent of a visit; three queries beside the visit's own."""
    plan = (
        Document.objects.filter(
            clinic=visit.scope.clinic,
            encounter=visit.encounter,
            kind=Kind.PLAN,
            mistake__isnull=True,
        )
        .order_by("at", "id")
        .last()
    )
    return Agreement(visit, given(visit.scope, visit.patient), plan, offered(visit.scope.clinic))


def may_begin(visit: Visit) -> tuple[str, ...]:
    """Return what consent lacks before a session of this visit may begin; empty = it may."""
    return agreement(visit).missing
