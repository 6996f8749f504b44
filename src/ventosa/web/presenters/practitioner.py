"""What a person may know of who treats: papers, hygiene, what to ask, when to leave."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ventosa.knowledge.files import AdviceFile
from ventosa.languages import Rendered, said, ui
from ventosa.practising import Paper, practising
from ventosa.terms import Technique
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Membership, Training
from ventosa.web.models.people import TrainingKind
from ventosa.web.presenters.settings import paper_words
from ventosa.web.scope import Scope

NOBODY_SAW = (
    "What is listed here was entered by the clinic. No source says that a paper proves skill; ask "
    "to see it."
)
"""Editorial; the clinic decides what it shows."""

LEAVING_FROM = 110
"""Of ``kind = practitioner``, questions stand before this order, reasons to leave from it on."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One paper as a line: what it is, who gave it, until when, and whether it counts today."""

    title: str
    issuer: str
    number: str
    until: str
    colour: str
    counts: bool


@dataclass(frozen=True, slots=True)
class TechniqueLine:
    """A technique with the papers kept for it, and whether it is offered today."""

    title: Rendered
    offered: bool
    papers: tuple[PaperLine, ...]


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One sentence with its sources; ``editorial`` = what part is ours and who decides."""

    text: Rendered
    sources: str
    editorial: str


def practitioner_page(
    scope: Scope, membership: Membership, papers: Sequence[Training], language: str
) -> dict[str, Any]:
    """Return the context of the page of somebody who treats."""
    told = [Paper(Technique(p.technique), p.kind, p.expires_on) for p in papers]
    offered = practising(told, on=scope.today).techniques
    return {
        "part": "you",
        "membership": membership,
        "clinic": scope.clinic,
        "techniques": [
            TechniqueLine(
                said(f"technique.{t}.title", knowledge().techniques[t].file.title, language),
                t in offered,
                tuple(_line(p, scope) for p in papers if p.technique == t),
            )
            for t in Technique
            if t in offered or any(p.technique == t for p in papers)
        ],
        "insured": any(p.kind == TrainingKind.INSURANCE and _counts(p, scope) for p in papers),
        "hygiene": _said("hygiene", language),
        "ask": _said("practitioner", language, most=LEAVING_FROM),
        "leave": _said("practitioner", language, least=LEAVING_FROM),
        "second": _said("stop_rule", language, audience=("patient", "both")),
        "note": ui(NOBODY_SAW, language),
    }


def _counts(paper: Training, scope: Scope) -> bool:
    return Paper(Technique(paper.technique), paper.kind, paper.expires_on).counts(scope.today)


def _line(paper: Training, scope: Scope) -> PaperLine:
    until, colour = paper_words(paper, scope.today)
    return PaperLine(
        TrainingKind(paper.kind).label,
        paper.issuer,
        paper.number,
        until,
        colour,
        _counts(paper, scope),
    )


def _said(
    kind: str,
    language: str,
    *,
    least: int = 0,
    most: int = 10_000,
    audience: Sequence[str] | None = None,
) -> list[SaidLine]:
    """The sentences of a kind in their order, each with its sources and its editorial mark."""
    found = [
        one
        for one in library().advice
        if one.kind == kind
        and least <= one.order < most
        and (audience is None or one.audience in audience)
    ]
    return [
        SaidLine(_in(one, language), ", ".join(one.sources), one.editorial or "")
        for one in sorted(found, key=lambda one: one.order)
    ]


def _in(one: AdviceFile, language: str) -> Rendered:
    return said(f"advice.{one.id}", one.text, language)
