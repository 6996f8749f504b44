"""Is consent complete for this plan today? Empty = yes; else each thing that is missing.

What is not known is missing. A later day, a withdrawal, a larger plan, a graver finding, another
text: each can only add to what is missing.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType

from ventosa.consent.agreed import (
    Consent,
    ConsentKind,
    Planned,
    Signer,
    SpokenYes,
    Stood,
    inside,
)
from ventosa.consent.text import SOURCE_LANGUAGE, ConsentText
from ventosa.geometry import Frame
from ventosa.record import InputError, Interval, Screening, TechniqueScreening
from ventosa.terms import Decision, Stage, State, Technique

CONSENT_RULE = "C48"
"""The rule that asks for this very answer: it says nothing about whether it may be given."""

ADULT_YEARS = 18
"""Consent is an adult's own (rule C29; editorial, the clinic's medical lead decides)."""

ALWAYS_SIGNED = frozenset({Technique.WET})
"""What breaks the skin is signed on its own day, every time (editorial)."""


_PURPOSE_WORDS = {ConsentKind.PHOTO: "photos", ConsentKind.TEACHING: "teaching"}


def stood_of(screening: Screening) -> Mapping[Technique, Stood]:
    """Return how every technique stands now, as a consent keeps it."""
    return MappingProxyType(
        {
            technique: Stood(_gravest(screened), MappingProxyType(_rules(screened)))
            for technique, screened in screening.techniques.items()
        }
    )


def missing(
    consents: Sequence[Consent],
    plan: Planned,
    screening: Screening | None,
    texts: Iterable[ConsentText],
    *,
    on: date,
    frame: Frame,
    spoken: SpokenYes | None,
    sessions_done: int | Mapping[str, int],
    signed_off: Collection[str] = (SOURCE_LANGUAGE,),
    reads: str = "",
) -> tuple[str, ...]:
    """Return what consent still lacks for a plan today, in words; empty = it is complete.

    ``consents`` in the order in which they were signed; ``screening`` is today's at stage start;
    ``texts`` are those that stand today, in any language; ``sessions_done`` counts the sessions
    under each consent by its id, or is one number for all; ``signed_off`` names the languages that
    somebody answers for, ``reads`` the language of the person, empty = not known.
    """
    counts = (sessions_done,) if isinstance(sessions_done, int) else sessions_done.values()
    if any(count < 0 for count in counts):
        raise InputError("sessions_done", "is negative")
    if plan.technique is None:
        return ("The plan has no cups: there is nothing to agree to.",)
    found = list(_unknown(screening, on))
    standing, withdrawn = _standing(consents, ConsentKind.TREATMENT)
    if not standing:
        return (*found, _none_stands("treatment", withdrawn))
    if screening is None:
        return tuple(found)
    current = {(text.about, text.language): text.sha256 for text in texts}
    lacks = [
        (
            *_signature(consent, plan.technique, on, spoken),
            *_text(consent, plan.technique, current, signed_off),
            *unheard(consent, reads),
            *_agreed(consent, plan, frame, on, _done(consent, sessions_done)),
            *_graver(consent, screening, plan.technique),
        )
        for consent in reversed(standing)
    ]
    # Of several consents one must cover all of today; two halves are not one agreement.
    return (*found, *min(lacks, key=len))


def renewable(
    consents: Sequence[Consent],
    plan: Planned,
    screening: Screening | None,
    texts: Iterable[ConsentText],
    *,
    on: date,
    frame: Frame,
    sessions_done: int | Mapping[str, int],
    signed_off: Collection[str] = (SOURCE_LANGUAGE,),
    reads: str = "",
) -> Consent | None:
    """Return the consent that a yes said today would make complete; ``None`` = it must be signed.

    A yes is worth no more than what was signed: everything else that ``missing`` asks for must be
    there already. One that is complete without a yes needs none, and is not returned.
    """
    known = tuple(texts)

    def lacks(spoken: SpokenYes | None) -> tuple[str, ...]:
        return missing(
            consents,
            plan,
            screening,
            known,
            on=on,
            frame=frame,
            spoken=spoken,
            sessions_done=sessions_done,
            signed_off=signed_off,
            reads=reads,
        )

    for consent in reversed(_standing(consents, ConsentKind.TREATMENT)[0]):
        if not lacks(None):
            return None
        if not lacks(SpokenYes(on, consent.id, "nobody yet")):
            return consent
    return None


def standing(consents: Sequence[Consent], kind: ConsentKind) -> tuple[Consent, ...]:
    """Return the consents of a kind that nobody took back, oldest first."""
    return tuple(_standing(consents, kind)[0])


def missing_for(
    kind: ConsentKind,
    consents: Sequence[Consent],
    texts: Iterable[ConsentText],
    *,
    on: date,
    signed_off: Collection[str] = (SOURCE_LANGUAGE,),
) -> tuple[str, ...]:
    """Return what consent to photos or teaching still lacks; empty = it is complete.

    A consent to treatment covers neither, and one of the two not the other.
    """
    if kind is ConsentKind.TREATMENT:
        raise InputError("kind", "a treatment is agreed to for a plan")
    standing, withdrawn = _standing(consents, kind)
    if not standing:
        return (_none_stands(_PURPOSE_WORDS[kind], withdrawn),)
    current = {(text.about, text.language): text.sha256 for text in texts}
    lacks = [
        (*_signer(consent, on), *_text(consent, kind, current, signed_off))
        for consent in reversed(standing)
    ]
    return min(lacks, key=len)


def _standing(consents: Sequence[Consent], kind: ConsentKind) -> tuple[list[Consent], date | None]:
    """The consents that still count, and the day of the last withdrawal.

    Who takes one back says no: what was signed before that day, or earlier in the list on it,
    counts no more. A signature after it does.
    """
    own = [consent for consent in consents if consent.kind is kind]
    no = [(n, c.withdrawn_on) for n, c in enumerate(own) if c.withdrawn_on is not None]
    standing = [
        consent
        for n, consent in enumerate(own)
        if consent.withdrawn_on is None
        and all((consent.signed.on, n) > (day, place) for place, day in no)
    ]
    return standing, max((day for _, day in no), default=None)


def _none_stands(what: str, withdrawn: date | None) -> str:
    if withdrawn is None:
        return f"No signed consent to {what}."
    return f"Consent to {what} was taken back on {withdrawn}; nothing signed since stands."


def _unknown(screening: Screening | None, on: date) -> Iterator[str]:
    if screening is None:
        yield "No screening at the start of this session: what was found today is not known."
        return
    if screening.stage is not Stage.START or screening.on != on:
        yield f"The screening is of stage {screening.stage} on {screening.on}, not of this session."
    age = screening.facts.get("age_years")
    yield from not_adult(None if age is None else age.value)


def not_adult(age_years: object) -> tuple[str, ...]:
    """Return why somebody of this age cannot sign, in words; what is no interval is not known."""
    if not isinstance(age_years, Interval):
        return ("Age is not known; consent is an adult's own.",)
    if not age_years.low >= ADULT_YEARS:
        return (f"The person may be under {ADULT_YEARS}; consent is an adult's own.",)
    return ()


def unheard(consent: Consent, reads: str) -> tuple[str, ...]:
    """Return that a text was read in another language with nobody beside; empty = it was not."""
    signed = consent.signed
    if reads in ("", consent.language) or signed.interpreter or signed.witness:
        return ()
    return (
        f"Read in {consent.language!r} by a person who reads {reads!r}: "
        "name the interpreter or the witness.",
    )


def _signer(consent: Consent, on: date) -> Iterator[str]:
    if consent.signed.by is not Signer.PATIENT:
        yield f"Signed by a {consent.signed.by}; only adults who sign for themselves."
    if consent.signed.on > on:
        yield f"The signature is of {consent.signed.on}, which lies after today."


def _signature(
    consent: Consent, technique: Technique, on: date, spoken: SpokenYes | None
) -> Iterator[str]:
    yield from _signer(consent, on)
    if consent.signed.on == on:
        return
    if technique in ALWAYS_SIGNED:
        yield f"{_word(technique)} cupping is signed on its own day; signed on {consent.signed.on}."
    elif spoken is None or spoken.on != on or spoken.consent != consent.id:
        yield f"Signed on {consent.signed.on}; a spoken yes of today is missing."


def _text(
    consent: Consent,
    about: str,
    current: Mapping[tuple[str, str], str],
    signed_off: Collection[str],
) -> Iterator[str]:
    if consent.language not in signed_off:
        yield f"Nobody has signed off consent texts in {consent.language!r}."
    text = current.get((str(about), consent.language))
    agreed = consent.texts.get(str(about))
    if agreed is None:
        yield f"The text on {_word(about)} was not read; it must be signed."
    elif text is None:
        yield f"There is no text on {_word(about)} in {consent.language!r} today."
    elif text != agreed:
        yield f"The text on {_word(about)} has changed since the signature; it must be signed."


def _agreed(
    consent: Consent, plan: Planned, frame: Frame, on: date, sessions_done: int | None
) -> Iterator[str]:
    agreed = consent.agreed
    assert agreed is not None
    if on > agreed.until:
        yield f"Agreed was until {agreed.until}; it must be signed again."
    if sessions_done is None:
        yield "How many sessions were done under this consent is not known."
    elif sessions_done >= agreed.sessions:
        yield f"Agreed were {agreed.sessions} sessions, {sessions_done} are done."
    for difference in inside(agreed, plan, frame):
        yield f"{difference}; this difference must be signed."


def _done(consent: Consent, sessions: int | Mapping[str, int]) -> int | None:
    return sessions if isinstance(sessions, int) else sessions.get(consent.id)


def _graver(consent: Consent, screening: Screening, technique: Technique) -> Iterator[str]:
    """Findings that are graver than at the signature, whether they hold or are only open."""
    then, screened = consent.stood.get(technique), screening.techniques.get(technique)
    if then is None or screened is None:
        yield f"What was found about {_word(technique)} is not known."
        return
    named = False
    for finding in screened.findings:
        before = then.rules.get(finding.rule, Decision.OK)
        if finding.rule == CONSENT_RULE or finding.decision <= before:
            continue
        named = True
        if finding.state is State.OPEN:
            yield f"{finding.title}: open today and not when it was signed; it must be answered."
        else:
            yield f"{finding.title}: not found when it was signed; it must be signed."
    if not named and _gravest(screened) > then.possible:
        yield f"{_gravest(screened)} is possible today, {then.possible} when it was signed."


def _rules(screened: TechniqueScreening) -> dict[str, Decision]:
    return {f.rule: f.decision for f in screened.findings if f.rule != CONSENT_RULE}


def _gravest(screened: TechniqueScreening) -> Decision:
    """The gravest that is possible, the question of consent apart."""
    found = max(_rules(screened).values(), default=Decision.OK)
    asks = any(finding.rule == CONSENT_RULE for finding in screened.findings)
    return found if asks else max(found, screened.possible)


def _word(about: str) -> str:
    return str(about).replace("_", " ")
