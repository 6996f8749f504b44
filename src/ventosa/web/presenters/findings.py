"""Findings as cards, and what differs between two decisions, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ventosa.page.findings import Card
from ventosa.page.sentences import Source
from ventosa.page.words import Tag
from ventosa.repeating import Difference, differences
from ventosa.terms import Technique
from ventosa.web.knowing import knowledge

CAPS = {
    "suction_kpa": "at most, kPa",
    "retention_min": "at most, minutes",
    "kpa_min": "suction × time at most, kPa·min",
    "cups": "at most, cups",
    "repetitions": "at most, times",
    "decision": "",
    "offered": "offered here",
    "materials": "materials left out",
    "zones": "closed places",
}
"""What of a technique a line names."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding as its card shows it; ``dots`` are the strength of its sources."""

    rule: str
    title: str
    because: str
    tag: Tag | None = None
    effects: tuple[str, ...] = ()
    strength: int = 0
    sources: tuple[Source, ...] = ()
    editorial: str | None = None

    @property
    def dots(self) -> tuple[bool, ...]:
        """Three dots, as many of them filled as the sources are strong."""
        return tuple(n < self.strength for n in range(3))


def shown_findings(cards: Sequence[Card]) -> tuple[Shown, ...]:
    """Return the cards of a plan."""
    return tuple(
        Shown(
            card.rule,
            card.title,
            card.because,
            card.tag,
            card.effects,
            card.strength,
            card.sources,
            card.editorial,
        )
        for card in cards
    )


def changed_lines(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Return what differs between two summaries of a screening, a line each."""
    return difference_lines(differences(before, after))


def difference_lines(found: Sequence[Difference]) -> list[str]:
    """Return differences as lines of words."""
    return [_line(one) for one in found]


def _line(one: Difference) -> str:
    if one.what == "rest":
        return "Something that these lines do not name is different"
    return f"{_what(one.what)}: {_said(one.before)} → {_said(one.after)}"


def _said(value: str | None) -> str:
    return "not there" if value is None else value.replace("_", " ")


def _what(what: str) -> str:
    known = knowledge()
    kind, _, name = what.partition(":")
    if kind == "rule":
        return next((rule.file.title for rule in known.rules if rule.id == name), name)
    if kind == "fact":
        return known.facts[name].question if name in known.facts else name
    if what == "ask":
        return "Open questions"
    technique, _, part = what.partition(".")
    if technique in tuple(Technique):
        title = known.techniques[Technique(technique)].file.name
        return f"{title}, {CAPS[part]}" if CAPS.get(part) else title
    return what.replace("_", " ").capitalize()
