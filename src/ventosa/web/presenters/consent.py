"""Consent in words: what is missing, what was agreed, what is read, how it was signed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ventosa.consent import (
    FIELD,
    UNDO_SECONDS,
    Consent,
    ConsentKind,
    ConsentSet,
    ConsentText,
    Method,
    may_undo,
    set_problems,
)
from ventosa.languages import Language, languages, ui
from ventosa.terms import LEVELS, Side
from ventosa.web.consenting import Agreement, Given
from ventosa.web.documents import Details
from ventosa.web.knowing import consent_texts, knowledge
from ventosa.web.models import Document, Kind, Patient
from ventosa.web.presenters.speaking import language_of, spoken, spoken_by, spoken_day
from ventosa.web.presenters.standing import day, names_of
from ventosa.web.scope import Scope
from ventosa.web.signing import Stroke, fields_of

WHAT = {
    ConsentKind.TREATMENT: "treatment",
    ConsentKind.PHOTO: "photos",
    ConsentKind.TEACHING: "teaching",
}
PAD = tuple(int(side) for side in FIELD)
"""Width and height of the field for a signature, in its own units."""


@dataclass(frozen=True, slots=True)
class Line:
    """One consent that stands: what it covers, how it was signed, where it is."""

    kind: str
    what: str
    covers: str
    signed: str
    document: UUID


@dataclass(frozen=True, slots=True)
class Paper:
    """A text to read: its title and its parts, in its own language and direction."""

    title: str
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    language: str
    direction: str
    version: str
    sha256: str


def page_of(found: Agreement, chosen: ConsentSet | None) -> dict[str, Any]:
    """Return the context of the consent page of a visit."""
    asked = chosen or found.proposed
    treatment = found.given.standing(ConsentKind.TREATMENT)
    return {
        "tab": "consent",
        "visit": found.visit,
        "missing": found.missing,
        "barred": found.barred,
        "may_ask": asked is not None and not found.barred,
        "spoken": found.given.spoken,
        "renewable": found.renewable and line_of(found.renewable, found.given),
        "stand": [line_of(one, found.given) for one in treatment],
        "asked": asked and list(set_lines(asked, language_of(found.visit.scope))),
        "fields": asked and fields_of(asked),
        "problems": problems_of(found, asked),
        "choices": choices_of(found),
        "levels": LEVELS,
        "not_offered": list(not_offered(found.languages)),
        "offered": [_language(code) for code in found.languages],
        "reads": reading_of(found.visit.details, found.languages),
    }


def problems_of(found: Agreement, asked: ConsentSet | None) -> tuple[str, ...]:
    """Return why a set cannot be read and signed, in words."""
    if asked is None or found.planned is None:
        return ()
    return set_problems(asked, found.planned, found.frame, knowledge(), on=found.visit.scope.today)


def choices_of(found: Agreement) -> list[tuple[str, str]]:
    """Return the techniques that a set may name: those that may be used, and the plan's own."""
    own = None if found.planned is None else found.planned.technique
    screened = found.visit.screening.techniques.values()
    return [
        (str(one.technique), names_of([one.technique]))
        for one in screened
        if one.may_use or one.technique is own
    ]


def set_lines(agreed: ConsentSet, language: str = "en") -> Iterator[tuple[str, str]]:
    """Return what a set covers, label by label; the labels are for the page to say."""
    greatest = agreed.greatest

    def up_to(amount: float, unit: str = "") -> str:
        return ui(f"up to {{n}} {unit}".strip(), language, {"n": f"{amount:g}"}).text

    yield "Technique", _techniques(agreed, language)
    yield "Region", _region(agreed, language)
    if greatest.suction_kpa is not None:
        yield "Suction", up_to(greatest.suction_kpa, "kPa")
    if greatest.retention_min is not None:
        yield "Time on", up_to(greatest.retention_min, "min")
    yield "Cups", up_to(greatest.cups)
    if greatest.repetitions is not None:
        yield "Repetitions", up_to(greatest.repetitions)
    yield "Sessions", up_to(agreed.sessions)
    yield "Until", spoken_day(agreed.until, "j M Y", language)


def _techniques(agreed: ConsentSet, language: str) -> str:
    if language == "en":
        return names_of(agreed.techniques).capitalize()
    titles = [knowledge().techniques[one].file.title for one in agreed.techniques]
    return " · ".join(spoken(title, language).text for title in titles)


def _region(agreed: ConsentSet, language: str) -> str:
    region = agreed.region
    sides = spoken(" and ".join(side for side in Side if side in region.sides), language).text
    values = {"from": region.from_level, "to": region.to_level, "sides": sides}
    return ui("{from} to {to}, {sides}", language, values).text


def line_of(consent: Consent, found: Given) -> Line:
    """Return a consent that stands as a line."""
    covers = ""
    if consent.agreed is not None:
        covers = " · ".join(f"{label.lower()} {text}" for label, text in set_lines(consent.agreed))
    return Line(
        str(consent.kind),
        WHAT[consent.kind],
        covers,
        signed_words(consent),
        found.signed[consent.id].id,
    )


def signed_words(consent: Consent) -> str:
    """Return who signed, how, when, and who else was there."""
    signed = consent.signed
    how = "drawn" if signed.method is Method.DRAWN else "typed"
    words = [f"{how} by the {signed.by}, {day(signed.on)}", f"with {consent.practitioner}"]
    if signed.interpreter:
        words.append(f"interpreter {signed.interpreter}")
    if signed.witness:
        words.append(f"witness {signed.witness}")
    return ", ".join(words)


def not_offered(offered: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Return why consent is not asked for in the other languages, by their names."""
    for one in languages():
        if one.code in offered:
            continue
        texts = consent_texts(one.code)
        if texts.is_whole:
            yield one.name, "nobody of this clinic has read and signed off the texts."
        else:
            yield one.name, f"{texts.absent} of {texts.sentences} sentences are missing."


def reading_of(details: Details, offered: Sequence[str]) -> dict[str, str]:
    """Return the language in which a person reads, and a sentence where it is another one."""
    if details.language in offered:
        return {"code": details.language, "told": ""}
    name = _language(details.language).name
    told = (
        f"There is no text in {name} that somebody here has read and signed off. It is read in "
        "English; an interpreter reads it aloud and is named below."
    )
    return {"code": offered[0], "told": told}


def papers_of(about: Sequence[str], code: str) -> tuple[list[Paper], list[ConsentText]]:
    """Return the texts on these, in a language, as papers and as they are."""
    texts = {text.about: text for text in consent_texts(code).texts}
    found = [texts[one] for one in about]
    return [_paper(text) for text in found], found


def kept_papers(document: Document) -> list[Paper]:
    """Return the texts as they were read when a consent was signed."""
    return [
        Paper(
            text["title"],
            tuple(
                (part["heading"], tuple((title, said) for title, said in part["said"]))
                for part in text["parts"]
            ),
            text["language"],
            _language(text["language"]).direction,
            text["version"],
            text["sha256"],
        )
        for text in document.body["texts"]
    ]


def _paper(text: ConsentText) -> Paper:
    parts: dict[str, list[tuple[str, str]]] = {}
    for said in text.paragraphs:
        parts.setdefault(text.headings[said.kind], []).append((said.title, said.text))
    return Paper(
        text.title,
        tuple((heading, tuple(lines)) for heading, lines in parts.items()),
        text.language,
        _language(text.language).direction,
        text.version,
        text.sha256,
    )


def sign_page(
    scope: Scope, patient: Patient, about: Sequence[str], code: str, details: Details
) -> dict[str, Any]:
    """Return the context of a page on which a person reads and signs."""
    papers, _ = papers_of(about, code)
    return {
        "patient": patient,
        "papers": papers,
        "read": code,
        "name": details.name,
        **spoken_by(code),
        "pad": PAD,
        "on": spoken_day(scope.today, "j M Y", code),
    }


def print_page(found: Given, document: Document) -> dict[str, Any]:
    """Return the context of a consent on paper: what was read and agreed, and the signature."""
    consent = found.consent_of(document)
    strokes: Sequence[Stroke] = document.body["strokes"]
    return {
        "document": document,
        "consent": consent,
        "what": WHAT[consent.kind],
        "signed": signed_words(consent),
        "covers": [] if consent.agreed is None else list(set_lines(consent.agreed)),
        "papers": kept_papers(document),
        "lines": [" ".join(f"{x:g},{y:g}" for x, y, _ in stroke) for stroke in strokes],
        "pad": PAD,
        "withdrawn": consent.withdrawn_on and day(consent.withdrawn_on),
        "is_mistake": hasattr(document, "mistake"),
    }


def standing_line(scope: Scope, patient: Patient) -> dict[str, Any]:
    """Return what stands on every page of a person: consents that can be taken back in one tap.

    A withdrawal of the last seconds is shown with its undo.
    """
    agreed = [one for one in scope.head(patient) if one.kind in (Kind.CONSENT, Kind.WITHDRAWAL)]
    found = Given(scope, sorted(agreed, key=lambda one: (one.at, one.id), reverse=True))
    lines = [line_of(found.standing(kind)[-1], found) for kind in WHAT if found.standing(kind)]
    mine = [one for one in found.withdrawals if one.author_id == scope.membership.id]
    slip = next((one for one in mine if may_undo(one.at, scope.now)), None)
    last = found.withdrawals[0] if found.withdrawals else None
    is_no = last is not None and not found.standing(ConsentKind.TREATMENT)
    return {
        "lines": lines,
        "slip": slip,
        "seconds": UNDO_SECONDS,
        "withdrawn": day(last.on) if is_no and last and _is_treatment(last, found) else "",
    }


def _is_treatment(withdrawal: Document, found: Given) -> bool:
    signed = found.signed.get(withdrawal.body["consent"])
    return signed is None or signed.body["consent"]["kind"] == str(ConsentKind.TREATMENT)


def _language(code: str) -> Language:
    known: Mapping[str, Language] = {one.code: one for one in languages()}
    return known.get(code, known["en"])


def purposes(found: Given) -> list[dict[str, Any]]:
    """Return how consent to photos and to teaching stands."""
    lines = []
    for kind in (ConsentKind.PHOTO, ConsentKind.TEACHING):
        stands = found.standing(kind)
        lines.append(
            {
                "kind": str(kind),
                "what": WHAT[kind].capitalize(),
                "line": line_of(stands[-1], found) if stands else None,
                "missing": found.missing_for(kind),
                "url": f"consent_{kind}",
            }
        )
    return lines


def languages_page(offered: Sequence[str]) -> list[dict[str, Any]]:
    """Return every language of the pages with how it stands for consent."""
    rows = []
    for one in languages():
        texts = consent_texts(one.code)
        rows.append(
            {
                "language": one,
                "state": LANGUAGE_STATE[str(one.state)],
                "texts": texts,
                "is_offered": one.code in offered,
                "is_source": str(one.state) == "source",
                "papers": [] if not texts.is_whole else [_paper(text) for text in texts.texts],
            }
        )
    return rows


LANGUAGE_STATE = {
    "source": "the language the texts were written in",
    "read": "read by a clinician",
    "draft": "draft: not yet read by a clinician",
}
