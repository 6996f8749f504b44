"""What was agreed and how it was signed; whether a plan lies inside what was agreed."""

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from ventosa.geometry import Frame
from ventosa.record import Cupping, Dose, InputError, Placement, Plan
from ventosa.terms import LEVELS, Decision, Side, Technique

WITHOUT_SUCTION = frozenset({Technique.SILICONE, Technique.FLASH, Technique.FIRE})
"""Techniques whose suction is never a number: their files say ``not_measured`` or ``cannot_be_set``
(a test holds the two equal). For every other one a plan without a suction hides it."""

WITHOUT_RETENTION = frozenset({Technique.FLASH})
"""Techniques whose cup does not stay on."""

Planned = Plan | Cupping
"""What is to be done: a whole plan, or only its technique, dose and cups."""

FIELD = (1000.0, 300.0)
"""Width and height of the field in which a signature is drawn, in its own units."""

LEAST_DRAWN = 40.0
"""A drawing less wide and less high than this is a dot, not a name (editorial; the clinic)."""

_SHA = re.compile(r"[0-9a-f]{64}")
_SPAN = {"suction_kpa": 100.0, "retention_min": 60.0, "cups": 100.0, "repetitions": 100.0}


class ConsentKind(StrEnum):
    """What a person agrees to; each is asked for by itself."""

    TREATMENT = "treatment"
    PHOTO = "photo"
    TEACHING = "teaching"


class Signer(StrEnum):
    """Who signed. Only a patient's own signature opens a treatment: it is for adults only."""

    PATIENT = "patient"
    GUARDIAN = "guardian"
    REPRESENTATIVE = "representative"


class Method(StrEnum):
    """How it was signed."""

    DRAWN = "drawn"
    TYPED = "typed"


@dataclass(frozen=True, slots=True)
class Region:
    """The part of the back that was agreed: levels from top to bottom, and sides."""

    from_level: str
    to_level: str
    sides: tuple[Side, ...] = (Side.LEFT, Side.RIGHT)

    def __post_init__(self) -> None:
        for name in ("from_level", "to_level"):
            if getattr(self, name) not in LEVELS:
                raise InputError(f"region.{name}", "is not a level of the back (C7 to S2)")
        if LEVELS.index(self.from_level) > LEVELS.index(self.to_level):
            raise InputError("region.to_level", "lies above from_level")
        if not self.sides or set(self.sides) - {Side.LEFT, Side.RIGHT}:
            raise InputError("region.sides", "names left, right, or both of them")

    def __str__(self) -> str:
        sides = " and ".join(side for side in (Side.LEFT, Side.RIGHT) if side in self.sides)
        return f"{self.from_level} to {self.to_level}, {sides}"


@dataclass(frozen=True, slots=True)
class ConsentSet:
    """What a treatment may be without a new signature.

    ``greatest`` holds the largest numbers agreed; ``None`` there = has no meaning for the agreed
    techniques, so nothing of it was agreed. ``sessions`` counts from the signature; ``until`` is
    the last day.
    """

    techniques: tuple[Technique, ...]
    region: Region
    greatest: Dose
    sessions: int
    until: date

    def __post_init__(self) -> None:
        if not self.techniques:
            raise InputError("set.techniques", "names no technique")
        if len(set(self.techniques)) != len(self.techniques):
            raise InputError("set.techniques", "names a technique twice")
        for name, most in _SPAN.items():
            value = getattr(self.greatest, name)
            if value is not None and not (math.isfinite(value) and 0 < value <= most):
                raise InputError(f"set.greatest.{name}", f"lies above 0 and at most at {most:g}")
        if not 1 <= self.sessions <= 100:
            raise InputError("set.sessions", "lies between 1 and 100")


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a plan leaves the agreed set, in words."""

    what: str
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, how and when.

    A drawn signature carries the hash of its strokes, a typed one the name as typed.
    ``interpreter`` and ``witness`` are ``None`` where there was none.
    """

    by: Signer
    name: str
    method: Method
    on: date
    strokes_sha256: str | None = None
    typed_name: str | None = None
    interpreter: str | None = None
    witness: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("signed.name", "names nobody")
        for name in ("interpreter", "witness"):
            value = getattr(self, name)
            if value is not None and not value.strip():
                raise InputError(f"signed.{name}", "names nobody; leave it out if there was none")
        if self.method is Method.DRAWN:
            if self.typed_name is not None:
                raise InputError("signed.typed_name", "stands beside a drawn signature")
            if not _SHA.fullmatch(self.strokes_sha256 or ""):
                raise InputError("signed.strokes_sha256", "a drawn signature needs its strokes")
            return
        if self.strokes_sha256 is not None:
            raise InputError("signed.strokes_sha256", "stands beside a typed name")
        if _plain(self.typed_name or "") != _plain(self.name):
            raise InputError("signed.typed_name", "is not the name of the person who signs")


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()


def strokes_sha256(strokes: Sequence[Sequence[tuple[float, float]]]) -> str:
    """Return the hash of a drawn signature's strokes, as (x, y) points of the field.

    Raises:
        InputError: nothing was drawn, or a dot only; an empty form is no signature.
    """
    points = [point for stroke in strokes for point in stroke]
    if not all(math.isfinite(number) for point in points for number in point):
        raise InputError("signed.strokes", "a point is not finite")
    if not any(len(set(stroke)) > 1 for stroke in strokes):
        raise InputError("signed.strokes", "nothing was drawn")
    if not all(0 <= x <= FIELD[0] and 0 <= y <= FIELD[1] for x, y in points):
        raise InputError("signed.strokes", "a point lies outside of the field")
    spread = [max(along) - min(along) for along in zip(*points, strict=True)]
    if max(spread) < LEAST_DRAWN:
        raise InputError("signed.strokes", "a dot is no signature: the name is drawn")
    drawn = [[[round(x, 2), round(y, 2)] for x, y in stroke] for stroke in strokes]
    return hashlib.sha256(json.dumps(drawn, separators=(",", ":")).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Stood:
    """How a technique stood when the person signed: the gravest that was possible, and by rule.

    ``rules`` maps each rule that was true or open to the gravest that it could bring.
    """

    possible: Decision
    rules: Mapping[str, Decision] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Consent:
    """One signed consent.

    ``texts`` maps what was read (a technique, or the kind where it is no treatment) to the text's
    sha256. ``agreed`` is the set of a treatment and ``None`` for photos and teaching; so is
    ``stood`` empty there. ``withdrawn_on`` is ``None`` while it was not taken back.
    """

    id: str
    kind: ConsentKind
    texts: Mapping[str, str]
    language: str
    signed: Signature
    knowledge_sha256: str
    practitioner: str
    agreed: ConsentSet | None = None
    stood: Mapping[Technique, Stood] = field(default_factory=lambda: MappingProxyType({}))
    withdrawn_on: date | None = None

    def __post_init__(self) -> None:
        for name in ("id", "language", "practitioner"):
            if not getattr(self, name).strip():
                raise InputError(name, "is empty")
        if not _SHA.fullmatch(self.knowledge_sha256):
            raise InputError("knowledge_sha256", "is not a sha256")
        for about, sha in self.texts.items():
            if not _SHA.fullmatch(sha):
                raise InputError(f"texts.{about}", "is not a sha256")
        if self.withdrawn_on is not None and self.withdrawn_on < self.signed.on:
            raise InputError("withdrawn_on", "lies before the signature")
        if self.kind is ConsentKind.TREATMENT:
            self._check_treatment()
        elif self.agreed is not None or self.stood or set(self.texts) != {str(self.kind)}:
            raise InputError("kind", f"a consent to {self.kind} covers its own text and no more")

    def _check_treatment(self) -> None:
        if self.agreed is None:
            raise InputError("set", "a consent to treatment says what it covers")
        if self.agreed.until < self.signed.on:
            raise InputError("set.until", "lies before the signature")
        for technique in self.agreed.techniques:
            if technique not in self.texts:
                raise InputError(f"texts.{technique}", "is missing: what was read must be known")
            if technique not in self.stood:
                raise InputError(f"stood.{technique}", "is missing: what was found must be known")
        if len(self.texts) != len(self.agreed.techniques):
            raise InputError("texts", "names what was not agreed")


@dataclass(frozen=True, slots=True)
class SpokenYes:
    """A yes said aloud on a day: which consent it renews, and which practitioner heard it."""

    on: date
    consent: str
    heard_by: str

    def __post_init__(self) -> None:
        if not self.heard_by.strip():
            raise InputError("spoken.heard_by", "names nobody")


def set_of(plan: Planned, frame: Frame, *, sessions: int, until: date) -> ConsentSet:
    """Return the smallest set that holds a plan.

    Raises:
        InputError: the plan has no cups, so there is nothing to agree to.
    """
    if plan.technique is None or plan.dose is None or not plan.placements:
        raise InputError("plan", "has no cups: there is nothing to agree to")
    levels = sorted(
        (level for cup in plan.placements for level in _levels(cup, frame)), key=LEVELS.index
    )
    sides = {cup.side for cup in plan.placements}
    region = Region(levels[0], levels[-1], tuple(s for s in (Side.LEFT, Side.RIGHT) if s in sides))
    return ConsentSet((plan.technique,), region, plan.dose, sessions, until)


def inside(agreed: ConsentSet, plan: Planned, frame: Frame) -> tuple[Difference, ...]:
    """Return how a plan leaves the agreed set; empty = it lies inside.

    ``frame`` is the plan's: it says at which levels the path of a moving cup runs.
    """
    if plan.technique is None or plan.dose is None:
        return ()
    found: list[Difference] = []
    if plan.technique not in agreed.techniques:
        names = ", ".join(_word(technique) for technique in agreed.techniques)
        found.append(
            Difference("technique", f"{_word(plan.technique)} cupping, agreed was: {names}")
        )
    found += _dose(agreed.greatest, plan, plan.technique)
    found += _places(agreed.region, plan.placements, frame)
    return tuple(found)


def _word(technique: Technique) -> str:
    return technique.replace("_", " ")


def _dose(greatest: Dose, plan: Planned, technique: Technique) -> Iterator[Difference]:
    assert plan.dose is not None
    standing = sum(cup.path is None for cup in plan.placements)
    numbers: tuple[tuple[str, str, list[float | None], bool], ...] = (
        (
            "suction_kpa",
            "{} kPa of suction",
            [plan.dose.suction_kpa, *(cup.suction_kpa for cup in plan.placements)],
            technique not in WITHOUT_SUCTION,
        ),
        (
            "retention_min",
            "{} min",
            [plan.dose.retention_min, *(cup.retention_min for cup in plan.placements)],
            technique not in WITHOUT_RETENTION,
        ),
        ("cups", "{} cups", [float(max(plan.dose.cups, standing))], True),
        ("repetitions", "{} repetitions", [plan.dose.repetitions], False),
    )
    for name, words, wanted, has_meaning in numbers:
        most = getattr(greatest, name)
        stated = [value for value in wanted if value is not None]
        if has_meaning and most is not None and len(stated) < len(wanted):
            text = f"{name.partition('_')[0]} not stated, agreed were at most {most:g}"
            yield Difference(name, text)
        beyond = [value for value in stated if most is None or not value <= most]
        if beyond:
            limit = "none was agreed" if most is None else f"agreed were at most {most:g}"
            yield Difference(name, f"{words.format(f'{max(beyond):g}')}, {limit}")


def _levels(cup: Placement, frame: Frame) -> Iterator[str]:
    for y in (cup.y_mm, *(down for _, down in cup.path or ())):
        yield frame.nearest_level(y)


def _places(region: Region, placements: Sequence[Placement], frame: Frame) -> Iterator[Difference]:
    first, last = LEVELS.index(region.from_level), LEVELS.index(region.to_level)
    for cup in placements:
        outside = [
            level for level in _levels(cup, frame) if not first <= LEVELS.index(level) <= last
        ]
        if outside or cup.side not in region.sides:
            place = outside[0] if outside else cup.level
            yield Difference("region", f"a cup at {place} {cup.side}, agreed was {region}")
