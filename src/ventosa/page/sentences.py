"""Sentences and references, ready to be placed: who says it, and how much of it paper holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ventosa.page import words
from ventosa.record import Said

PAPER_LABEL = 26
PAPER_SOURCES = 2
"""How many sources of one statement paper shows."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source under a statement: its label, and the entry of the reference list."""

    label: str
    anchor: str | None
    number: int | None


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of the reference list."""

    anchor: str
    number: int
    label: str
    short_label: str
    text: str
    link: str | None
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class References:
    """The reference list, and the way from a key to its entry."""

    entries: tuple[Reference, ...]
    by_key: Mapping[str, Reference]

    def of(self, keys: Iterable[str]) -> tuple[Source, ...]:
        """The sources of a statement, in its order; a key without entry stays a plain word."""
        found = ((key, self.by_key.get(key)) for key in keys)
        return tuple(
            Source(entry.label, entry.anchor, entry.number) if entry else Source(key, None, None)
            for key, entry in found
        )


def marked(found: References, cited: Iterable[Source]) -> tuple[Reference, ...]:
    """The reference list, of which paper shows only the entries that are cited on paper."""
    numbers = {source.number for source in cited}
    return tuple(replace(entry, on_paper=entry.number in numbers) for entry in found.entries)


def references(entries: Mapping[str, Mapping[str, Any]], prefix: str = "ref") -> References:
    """The reference list in the order of the labels; anchors are numbers, never keys."""
    ordered = sorted(entries.items(), key=lambda pair: words.reference_label(pair[1]).casefold())
    by_key = {
        key: Reference(
            f"{prefix}-{index}",
            index,
            words.reference_label(entry),
            words.reference_label(entry, PAPER_LABEL),
            words.reference_text(entry),
            words.reference_link(entry),
        )
        for index, (key, entry) in enumerate(ordered, start=1)
    }
    return References(tuple(by_key.values()), by_key)


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence with its title, sources and editorial mark; paper may leave it to the screen."""

    title: str
    text: str
    sources: tuple[Source, ...]
    editorial: str | None
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class Lines:
    """Sentences under one heading, and what paper says of those it leaves out."""

    heading: str
    lines: tuple[Line, ...]
    more: str = ""

    @property
    def is_on_paper(self) -> bool:
        """True where paper shows anything of this part."""
        return bool(self.more) or any(line.on_paper for line in self.lines)

    @property
    def weight(self) -> int:
        """How many letters the lines need on paper."""
        return sum(len(line.title) + len(line.text) for line in self.lines if line.on_paper)


def said(heading: str, items: Sequence[Said], sources: References, kept: int) -> Lines:
    """Sentences under a heading, the first ``kept`` of them on paper; the rest is named there.

    What is said to the person stands last and is not named: it has its own sheet.
    """
    items = sorted(items, key=for_person)
    lines = tuple(
        Line(
            item.title,
            words.sentence(item.text),
            sources.of(item.sources),
            item.editorial,
            on_paper=index < kept,
        )
        for index, item in enumerate(items)
    )
    left = [
        line.title or line.text
        for line, item in zip(lines, items, strict=True)
        if not line.on_paper and not for_person(item)
    ]
    return Lines(heading, lines, _more(left))


def for_person(item: Said) -> bool:
    """True for a sentence that is only said to the person."""
    return item.audience == "patient"


def share(parts: Mapping[str, Sequence[Said]], letters: int) -> dict[str, int]:
    """How many sentences of each part paper holds: turn by turn, until the letters are used.

    Each part keeps at least its first sentence; earlier parts come first in every turn.
    """
    kept = dict.fromkeys(parts, 0)
    left, turn = letters, 0
    while any(len(items) > turn for items in parts.values()):
        for name, items in parts.items():
            if len(items) > turn and kept[name] == turn:
                cost = len(items[turn].title) + len(items[turn].text)
                if turn == 0 or cost <= left:
                    kept[name] += 1
                    left -= cost
        turn += 1
    return kept


def _more(titles: Sequence[str]) -> str:
    return f"{len(titles)} more on the full page." if titles else ""
