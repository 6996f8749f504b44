"""A word from outside ("do not cup here") closes at once; only a written clearance lifts it.

A word covers techniques (*avoid*, certain and possible), a zone (closed for every technique,
*modify*), or everything. It is no rule: it has no condition and nothing of it is ever open. A
lifted word still counts as *modify*, so that a word, lifted or not, never makes anything milder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from ventosa.record import Clearance, ClosedZone, Finding, InputError, OutsideWord
from ventosa.terms import Channel, Decision, State, Technique

EDITORIAL = (
    "That a word closes at once, and that only a doctor's written clearance lifts it, is ours; "
    "the clinic decides."
)

_CAME: Mapping[Channel, str] = MappingProxyType(
    {
        Channel.PHONE: "by phone",
        Channel.LETTER: "by letter",
        Channel.MESSAGE: "by message",
        Channel.IN_PERSON: "in person",
        Channel.PATIENT: "through the patient",
    }
)


@dataclass(frozen=True, slots=True)
class StandingWord:
    """A word in force, and for which techniques a written clearance has lifted it."""

    word: OutsideWord
    lifted: frozenset[Technique]

    @property
    def closes_zone(self) -> bool:
        """True while its zone is closed: a clearance for some techniques reopens no zone."""
        return self.word.zone is not None and len(self.lifted) < len(Technique)

    def covers(self, technique: Technique) -> bool:
        """Return whether the word concerns a technique; a zone concerns every one."""
        return self.word.techniques is None or technique in self.word.techniques

    def is_lifted(self, technique: Technique) -> bool:
        """Return whether the word is lifted for a technique."""
        return technique in self.lifted and not self.closes_zone

    def decision(self, technique: Technique) -> Decision:
        """Return what the word means for a technique; it is certain and possible alike."""
        if not self.covers(technique):
            return Decision.OK
        milder = self.word.zone is not None or self.is_lifted(technique)
        return Decision.MODIFY if milder else Decision.AVOID

    def finding(self, technique: Technique) -> Finding:
        """Return the finding for a technique that the word covers, in the words of its speaker."""
        word = self.word
        lifted = self.is_lifted(technique)
        until = f", until {word.until}" if word.until else ""
        return Finding(
            rule=word.id,
            title="A word from outside: " + _title(word),
            decision=self.decision(technique),
            state=State.CLEARED if lifted else State.TRUE,
            because=f"“{word.says.strip()}” ({word.by.strip()}, {_CAME[word.how]}, "
            f"{word.on}{until})",
            sources=(),
            strength=0,
            editorial=EDITORIAL,
            advice=()
            if lifted
            else (f"Only a doctor's written clearance that names {word.id} lifts it.",),
        )


def standing_words(
    words: Sequence[OutsideWord], clearances: Sequence[Clearance], on: date
) -> tuple[StandingWord, ...]:
    """Return the words in force on a day, in order, each with what was lifted of it."""
    return tuple(
        StandingWord(word, frozenset(t for t in Technique if _is_lifted(word, t, clearances, on)))
        for word in words
        if word.holds_on(on)
    )


def decision_of(words: Sequence[StandingWord], technique: Technique) -> Decision:
    """Return the gravest that words from outside mean for a technique; *ok* without words."""
    return max((word.decision(technique) for word in words), default=Decision.OK)


def findings_of(words: Sequence[StandingWord], technique: Technique) -> tuple[Finding, ...]:
    """Return the findings of the words that cover a technique."""
    return tuple(word.finding(technique) for word in words if word.covers(technique))


def zones_of(words: Sequence[StandingWord]) -> tuple[ClosedZone, ...]:
    """Return the zones that words keep closed, for every technique."""
    return tuple(
        ClosedZone(word.word.zone, word.word.id)
        for word in words
        if word.word.zone is not None and word.closes_zone
    )


def check_words(words: Sequence[OutsideWord], taken: frozenset[str], on: date) -> None:
    """Check ids and days of words from outside; ``taken`` are the ids of rules and facts.

    Raises:
        InputError: an id stands twice or names a rule or fact, or a word lies in the future.
    """
    seen = set(taken)
    for index, word in enumerate(words):
        if word.id in seen:
            raise InputError(f"outside[{index}].id", "is taken already")
        if word.on > on:
            raise InputError(f"outside[{index}].on", f"lies after {on}")
        seen.add(word.id)


def _is_lifted(
    word: OutsideWord, technique: Technique, clearances: Sequence[Clearance], on: date
) -> bool:
    """Whether a clearance of this very word, no older than it, is valid today."""
    return any(
        clearance.covers == word.id
        and word.on <= clearance.on <= on
        and (clearance.until is None or on <= clearance.until)
        and (clearance.techniques is None or technique in clearance.techniques)
        for clearance in clearances
    )


def _title(word: OutsideWord) -> str:
    if word.zone is not None:
        return "no cups at a place"
    if word.techniques is None:
        return "no cups"
    return f"no {', '.join(t.replace('_', ' ') for t in word.techniques)}"
