"""What a practitioner may offer on a day, from the papers that the clinic keeps of the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from ventosa.terms import Technique

INSURANCE = "insurance"


@dataclass(frozen=True, slots=True)
class Paper:
    """Training, registration or licence for a technique; it counts up to and with ``expires_on``.

    ``kind`` is ``training``, ``registration``, ``licence`` or ``insurance``; ``expires_on``
    ``None`` = no end.
    """

    technique: Technique
    kind: str
    expires_on: date | None = None

    def counts(self, on: date) -> bool:
        """Whether it counts on a day: one that has expired is the same as none."""
        return self.expires_on is None or on <= self.expires_on

    @property
    def is_of_skill(self) -> bool:
        """Whether it says what a person has learnt or may do: being insured says neither."""
        return self.kind != INSURANCE


@dataclass(frozen=True, slots=True)
class Practising:
    """The techniques a person offers on a day, and the facts that the papers answer."""

    techniques: tuple[Technique, ...]
    facts: Mapping[str, bool]


def practising(papers: Sequence[Paper], *, on: date) -> Practising:
    """Return what a person may offer on a day.

    Wet cupping needs a licence and fire cupping training that count on the day. Another technique
    is offered unless all that was ever kept of it has expired (editorial; the clinic decides).
    """
    papers = [paper for paper in papers if paper.is_of_skill]
    counting = [paper for paper in papers if paper.counts(on)]
    wet = any(p.technique is Technique.WET and p.kind == "licence" for p in counting)
    fire = any(p.technique is Technique.FIRE for p in counting)
    kept, valid = {p.technique for p in papers}, {p.technique for p in counting}
    needs = {Technique.WET: wet, Technique.FIRE: fire}
    offered = tuple(t for t in Technique if needs.get(t, t not in kept or t in valid))
    facts = {"wet_cupping_licensed": wet, "fire_cupping_trained": fire}
    return Practising(offered, MappingProxyType(facts))
