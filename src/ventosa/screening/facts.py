"""Answers and a record become the facts that the rules see (``screening.md`` 1).

What was asked weeks ago lapses as its fact says, record and answer are reconciled so that the
riskier stands, measured values answer their parent, drawn zones answer theirs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.model import Fact, Knowledge, Measured
from ventosa.logic import Number, evaluate, facts_of, remaining
from ventosa.record import Answers, Conflict, Interval, KnownFact, PatientRecord, Value, Zone
from ventosa.terms import Side, ZoneKind


@dataclass(frozen=True, slots=True)
class Settled:
    """Facts ready for the rules.

    ``asked`` holds every fact that was asked at this visit, ``asked_unknown`` those that are not
    known all the same; ``hints`` what
    a record or an earlier visit says that does not count, by fact; ``zones`` is ``None`` while
    nobody has looked at the back today.
    """

    known: Mapping[str, KnownFact]
    conflicts: tuple[Conflict, ...]
    asked: frozenset[str]
    asked_unknown: frozenset[str]
    hints: Mapping[str, str]
    zones: tuple[Zone, ...] | None
    values: Mapping[str, Value]
    """The known facts as plain values: what the rules are evaluated on."""


def settle(
    answers: Answers, record: PatientRecord | None, knowledge: Knowledge, on: date
) -> Settled:
    """Return the facts as of a day; what neither source tells stays unknown."""
    draft = _Draft(knowledge, on)
    draft.take_record(record)
    draft.take_answers(answers)
    draft.take_onset(answers)
    draft.settle_groups(answers)
    draft.answer_parents()
    draft.take_zones(answers)
    return draft.finished()


@dataclass(slots=True)
class _Draft:
    """Facts while they are being settled; each step only adds or makes riskier."""

    knowledge: Knowledge
    on: date
    known: dict[str, KnownFact] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    asked_unknown: set[str] = field(default_factory=set)
    hints: dict[str, str] = field(default_factory=dict)
    zones: tuple[Zone, ...] | None = None

    def take_record(self, record: PatientRecord | None) -> None:
        for reading in record.readings if record else ():
            fact = self.knowledge.facts.get(reading.fact)
            if fact is None:
                continue
            if reading.stale is not None:
                self.hints.setdefault(reading.fact, reading.stale)
                continue
            held = self.known.get(reading.fact)
            value = reading.value if held is None else riskier(fact, held.value, reading.value, ())
            if held is None or value != held.value:
                self.known[reading.fact] = KnownFact(value, reading.source, reading.on)

    def take_answers(self, answers: Answers) -> None:
        answered_on = answers.answered_on or self.on
        for fact_id, value in answers.facts.items():
            fact = self.knowledge.facts[fact_id]
            if answered_on == self.on:
                self.asked.add(fact_id)
            if value is None:
                if answered_on == self.on:
                    self.asked_unknown.add(fact_id)
            elif self._holds(fact, value, answered_on):
                self._reconcile(fact, value, answered_on)
            else:
                self.hints[fact_id] = f"the answer of {answered_on} no longer holds"
        if answered_on == self.on and answers.zones is not None:
            width = self.knowledge.number("surgery_half_width_mm")
            self.zones = tuple(
                zone for drawn in answers.zones for zone in (drawn, *operated_levels(drawn, width))
            )

    def _holds(self, fact: Fact, value: Value, answered_on: date) -> bool:
        """Whether an answer still counts: of an *ever* fact only the riskier one does."""
        if answered_on == self.on or fact.holds == "episode":
            return True
        return fact.holds == "ever" and (fact.riskier is None or value == fact.riskier)

    def _reconcile(self, fact: Fact, answer: Value, answered_on: date) -> None:
        held = self.known.get(fact.id)
        if held is None or held.value == answer:
            self.known[fact.id] = KnownFact(answer, "answer", answered_on)
            return
        both = _common(held.value, answer)
        if both is not None:
            self.known[fact.id] = KnownFact(both, "answer", answered_on)
            return
        if fact.id == "sex":
            used = answer
        else:
            used = riskier(
                fact, held.value, answer, self.knowledge.settling.orders.get(fact.id, ())
            )
        why = "the person's own word" if fact.id == "sex" else _why(fact, used, held.value, answer)
        self.conflicts.append(Conflict(fact.id, held.value, answer, used, why))
        source = held.source if used == held.value else "answer"
        self.known[fact.id] = KnownFact(
            used, source, answered_on if source == "answer" else held.on
        )

    def take_onset(self, answers: Answers) -> None:
        onset = answers.complaint.onset_date if answers.complaint else None
        if onset is None or onset > self.on:
            return
        # What the date says is not asked beside it; the age at onset needs the age as well.
        self.asked.add("pain_duration_weeks")
        if "age_years" not in self.asked_unknown:
            self.asked.add("onset_age_years")
        weeks = (self.on - onset).days // 7
        self._derive("pain_duration_weeks", Interval(weeks, weeks))
        age = self.known.get("age_years")
        if age is not None and isinstance(age.value, Interval):
            # Completed years of age on the day it began, from completed years of age today:
            # with only the year of age known the birthday may lie before or after.
            gone = (self.on - onset).days / 365.25
            low, high = age.value.low - -(-gone // 1), age.value.high - gone // 1
            self._derive("onset_age_years", Interval(max(0, low), max(0, high)))

    def _derive(self, fact_id: str, value: Interval) -> None:
        fact = self.knowledge.facts[fact_id]
        kind = fact.type
        assert isinstance(kind, Number)
        capped = Interval(min(value.low, kind.high), min(value.high, kind.high))
        held = self.known.get(fact_id)
        if held is None:
            self.known[fact_id] = KnownFact(capped, "derived", self.on)
        elif _common(held.value, capped) is None:
            used = riskier(fact, held.value, capped, ())
            why = "the onset date and the answer differ: both are kept"
            self.conflicts.append(Conflict(fact_id, capped, held.value, used, why))
            self.known[fact_id] = KnownFact(used, "derived", self.on)

    def settle_groups(self, answers: Answers) -> None:
        """An answer settles a group as no, unless one of its questions was answered otherwise."""
        for group in self.knowledge.settling.groups:
            answer = answers.facts.get(group.when_fact)
            held = self.known.get(group.when_fact)
            if answer != group.when_value or held is None or held.value != group.when_value:
                continue
            members = [f.id for f in self.knowledge.facts.values() if f.id in group.no]
            if any(f in self.known and self.known[f].value != group.no[f] for f in members):
                continue
            for fact_id in members:
                self.asked_unknown.discard(fact_id)
                if fact_id not in self.known:
                    self.known[fact_id] = KnownFact(group.no[fact_id], "derived", self.on)

    def answer_parents(self) -> None:
        settling = self.knowledge.settling
        for detail in settling.details:
            given = self.known.get(detail.given)
            if given is not None and given.value is not False:
                self._answer(detail.fact, detail.value, f"{detail.given} is given")
        values = {fact: known.value for fact, known in self.known.items()}
        for measured in settling.measured:
            truth = evaluate(measured.when, values)
            if truth is True:
                self._answer(measured.fact, True, measured.text)
            elif self._leaves_open(measured, values):
                self._unsettle(measured.fact, f"open whether {measured.text}")
        self._close_details()

    def _answer(self, fact_id: str, value: Value, why: str) -> None:
        """A measurement or detail answers its fact; where the person said no, that is said."""
        held = self.known.get(fact_id)
        if held is not None and held.value == value:
            return
        if held is not None:
            self.conflicts.append(Conflict(fact_id, value, held.value, value, why))
        self.known[fact_id] = KnownFact(value, "derived", self.on)
        self.asked_unknown.discard(fact_id)

    def _leaves_open(self, measured: Measured, values: Mapping[str, Value]) -> bool:
        """Whether a value that was measured may lie beyond the line, though the person said no."""
        held = self.known.get(measured.fact)
        if held is None or held.value is not False:
            return False
        details = {f.id for f in self.knowledge.facts.values() if f.detail_of == measured.fact}
        left = remaining(measured.when, values)
        if isinstance(left, bool) or not details & set(values):
            return False
        return not set(facts_of(left)) <= details - set(values)

    def _unsettle(self, fact_id: str, why: str) -> None:
        held = self.known.pop(fact_id)
        self.conflicts.append(Conflict(fact_id, None, held.value, None, why))

    def _close_details(self) -> None:
        """A yes-or-no detail of a parent that is no is no."""
        for fact in self.knowledge.facts.values():
            parent = self.known.get(fact.detail_of or "")
            if parent is not None and parent.value is False and isinstance(fact.riskier, bool):
                self.known.setdefault(fact.id, KnownFact(False, "derived", self.on))

    def take_zones(self, answers: Answers) -> None:
        settling = self.knowledge.settling
        drawn = {zone.kind for zone in self.zones or ()}
        for kind, fact_id in settling.drawn.items():
            if kind in drawn:
                self._answer(fact_id, True, f"{kind.replace('_', ' ')} is drawn on the map")
        if self.zones is not None:
            self.known[ZONES_RECORDED] = KnownFact(True, "answer", self.on)
        for kind in ZoneKind:
            if kind in drawn:
                self.known[f"zone_{kind}"] = KnownFact(True, "answer", self.on)
            elif self.zones is not None and self._has_no_place(kind):
                self.known[f"zone_{kind}"] = KnownFact(False, "answer", self.on)

    def _has_no_place(self, kind: ZoneKind) -> bool:
        facts = self.knowledge.settling.places.get(kind, ())
        return all(f in self.known and self.known[f].value is False for f in facts)

    def finished(self) -> Settled:
        order = {fact: index for index, fact in enumerate(self.knowledge.facts)}
        known = {f: self.known[f] for f in sorted(self.known, key=order.__getitem__)}
        return Settled(
            known=MappingProxyType(known),
            conflicts=tuple(self.conflicts),
            asked=frozenset(self.asked),
            asked_unknown=frozenset(self.asked_unknown - set(self.known)),
            hints=MappingProxyType({f: h for f, h in self.hints.items() if f not in known}),
            zones=self.zones,
            values=MappingProxyType({fact: fact_known.value for fact, fact_known in known.items()}),
        )


def operated_levels(zone: Zone, half_width_mm: float) -> tuple[Zone, ...]:
    """Return the band that surgery closes at its levels, to each side of the midline, however
    small it was drawn; nothing for other kinds."""
    first, last = zone.level or zone.from_level, zone.level or zone.to_level
    if zone.kind is not ZoneKind.SURGERY:
        return ()
    band = Zone(
        zone.kind, Side.MIDLINE, from_level=first, to_level=last, lateral_to_mm=half_width_mm
    )
    return () if band == zone else (band,)


def riskier(fact: Fact, one: Value, other: Value, order: tuple[str, ...]) -> Value:
    """Return the riskier of two values; without a riskier side, what holds both.

    ``order`` lists a choice's words, the riskiest last; a word without order keeps the first.
    """
    if isinstance(one, Interval) and isinstance(other, Interval):
        if fact.riskier == "low":
            return Interval(min(one.low, other.low), min(one.high, other.high))
        if fact.riskier == "high":
            return Interval(max(one.low, other.low), max(one.high, other.high))
        return Interval(min(one.low, other.low), max(one.high, other.high))
    if isinstance(one, bool) and isinstance(other, bool):
        return fact.riskier if isinstance(fact.riskier, bool) else one or other
    if one in order and other in order:
        return max(one, other, key=lambda word: order.index(str(word)))
    return one


def _common(one: Value, other: Value) -> Value | None:
    """What two intervals share, or ``None``: a partial birth date and an age do not conflict."""
    if not (isinstance(one, Interval) and isinstance(other, Interval)):
        return None
    low, high = max(one.low, other.low), min(one.high, other.high)
    wide = one.low != one.high or other.low != other.high
    return Interval(low, high) if low <= high and wide else None


def _why(fact: Fact, used: Value, record: Value, answer: Value) -> str:
    if used not in (record, answer):
        return "they differ and neither way is riskier: the interval that holds both"
    return "the riskier stands"
