"""What a change of the knowledge changes, for whom: the page that its reviewer reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import z3

from ventosa.knowledge.model import Knowledge
from ventosa.proof.closed import Cells, bands_of
from ventosa.proof.outcome import Outcome, limit_values
from ventosa.proof.patient import Anyone, Patient
from ventosa.proof.person import Bool, any_of
from ventosa.proof.unproved import unproved
from ventosa.record import NotAllowed, Screening, Zone
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import LEVELS, TAIL_BONE, Decision, Material, Technique, Urgency

Way = Literal["looser", "tighter"]
Aspect = Literal["decision", "urgency", "limit", "zone", "material"]

AT_LEVEL = "the back at "


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A rule that was added, removed or changed; ``fields`` names what changed in it."""

    rule: str
    how: Literal["added", "removed", "changed"]
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Something that gets looser or tighter, and somebody for whom it does.

    ``before`` and ``after`` are what the two screenings of the patient say of ``what``.
    """

    aspect: Aspect
    way: Way
    what: str
    before: str
    after: str
    patient: Patient

    @property
    def text(self) -> str:
        """One sentence: what changes, and for whom."""
        return f"{self.what}: {self.before} becomes {self.after} for {self.patient.text}."


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions compared.

    No ``changes`` is itself proved: the same answers and doctors' words bring everybody the same.
    ``unproved`` are sentences about what differs beyond that.
    """

    rules: tuple[RuleChange, ...]
    files: tuple[str, ...]
    changes: tuple[Change, ...]
    unproved: tuple[str, ...]

    @property
    def looser(self) -> tuple[Change, ...]:
        """The changes that allow more than before."""
        return tuple(change for change in self.changes if change.way == "looser")


@dataclass(frozen=True, slots=True)
class _Question:
    """One thing to compare: when it gets looser, when tighter, and how a screening says it."""

    aspect: Aspect
    what: str
    ways: Mapping[Way, Bool]
    said: "Said"


def difference(
    old: Knowledge, new: Knowledge, *, ways: Sequence[Way] = ("looser", "tighter")
) -> Difference:
    """Return what differs between two versions, each kind with an example patient.

    Raises:
        NotAllowed: the solver and the screening disagree on an example: a fault of the program.
    """
    anyone = Anyone(old, new)
    before, after = anyone.outcome(old), anyone.outcome(new)
    changes, models = [], list[z3.ModelRef]()
    for question in _questions(before, after):
        for way in ways:
            claim = question.ways[way]
            # Somebody who shows one change often shows the next one too.
            shown = (m for m in models if z3.is_true(m.evaluate(claim, model_completion=True)))
            model = next(shown, None)
            if model is None:
                model = anyone.search.find(claim)
                models += [] if model is None else [model]
            if model is not None:
                changes.append(_change(question, way, anyone.patient(model), old, new))
    return Difference(
        _rule_changes(old, new), _file_changes(old, new), _together(changes), unproved(old, new)
    )


def loosening(base: Knowledge, changed: Knowledge) -> Change | None:
    """Return something that a changed knowledge loosens, or ``None``: it is proved never looser.

    For all answers, at both stages, with and without doctors' words.
    """
    anyone = Anyone(base, changed)
    before, after = anyone.outcome(base), anyone.outcome(changed)
    questions = list(_questions(before, after))
    if not anyone.search.can_be(any_of([q.ways["looser"] for q in questions])):
        return None
    for question in questions:
        model = anyone.search.find(question.ways["looser"])
        if model is not None:
            return _change(question, "looser", anyone.patient(model), base, changed)
    raise NotAllowed("the solver found something looser and then did not")


def _together(changes: Sequence[Change]) -> tuple[Change, ...]:
    """Levels of the back whose zones change alike are one change."""
    found: list[Change] = []
    for change in changes:
        last = found[-1] if found else None
        if last is not None and change.aspect == "zone" and last == replace(change, what=last.what):
            level = change.what.removeprefix(AT_LEVEL)
            found[-1] = replace(last, what=f"{last.what}, {level}")
        else:
            found.append(change)
    return tuple(found)


def _change(
    question: _Question, way: Way, patient: Patient, old: Knowledge, new: Knowledge
) -> Change:
    said = [question.said(patient.screened(knowledge)) for knowledge in (old, new)]
    if said[0] == said[1]:
        raise NotAllowed(f"the solver and the screening disagree on {question.what}")
    return Change(question.aspect, way, question.what, said[0], said[1], patient)


# --- what is compared ------------------------------------------------------------------------


class Said:
    """How a screening says one thing."""

    def __init__(self, aspect: Aspect, technique: Technique | None, name: str = "") -> None:
        self.aspect, self.technique, self.name = aspect, technique, name

    def __call__(self, screening: Screening) -> str:
        if self.aspect == "urgency":
            return _interval(screening.urgency.certain, screening.urgency.possible)
        screened = screening.techniques[self.technique or Technique.DRY_STATIC]
        match self.aspect:
            case "decision":
                return _interval(screened.certain, screened.possible)
            case "limit":
                value = getattr(screened.limits, self.name)
                return "none" if value is None else f"{value:g}"
            case "material":
                return ", ".join(screened.limits.materials_excluded) or "none excluded"
        return (
            "; ".join(sorted({_said_zone(closed.zone) for closed in screened.closed_zones}))
            or "none closed"
        )


def _interval(certain: object, possible: object) -> str:
    return str(certain) if certain == possible else f"{certain} to {possible}"


def _said_zone(zone: Zone) -> str:
    where = zone.level or f"{zone.from_level} to {zone.to_level}"
    return f"{where}, {zone.side}, {zone.lateral_from_mm or 0:g} mm to {_outer(zone)}"


def _outer(zone: Zone) -> str:
    return "the flank" if zone.lateral_to_mm is None else f"{zone.lateral_to_mm:g} mm"


def _questions(before: Outcome, after: Outcome) -> Iterator[_Question]:
    for technique in Technique:
        graded = [(technique, decision) for decision in Decision if decision > Decision.OK]
        yield _graded(
            "decision", str(technique), before, after, graded, Said("decision", technique)
        )
    urgencies = [urgency for urgency in Urgency if urgency > Urgency.NONE]
    yield _graded("urgency", "urgency", before, after, urgencies, Said("urgency", None))
    yield from _limits(before, after)
    in_use = any_of([z3.Not(after.certain[t, Decision.AVOID]) for t in Technique])
    yield from _zones(before, after, in_use)
    for material in Material:
        was, now = (side.tight.get(material, z3.BoolVal(False)) for side in (before, after))
        ways = _ways([(was, now)], in_use)
        yield _Question("material", str(material), ways, Said("material", None))


def _ways(pairs: Sequence[tuple[Bool, Bool]], matters: Bool) -> dict[Way, Bool]:
    """When something stood and no longer does, and the other way round."""
    return {
        "looser": z3.And(matters, any_of([z3.And(was, z3.Not(now)) for was, now in pairs])),
        "tighter": z3.And(matters, any_of([z3.And(now, z3.Not(was)) for was, now in pairs])),
    }


def _graded(
    aspect: Aspect,
    what: str,
    before: Outcome,
    after: Outcome,
    grades: Sequence[object],
    said: Said,
) -> _Question:
    pairs = [
        (getattr(before, end)[grade], getattr(after, end)[grade])
        for grade in grades
        for end in ("certain", "possible")
    ]
    return _Question(aspect, what, _ways(pairs, z3.BoolVal(True)), said)


def _limits(before: Outcome, after: Outcome) -> Iterator[_Question]:
    """Limits of a technique that is not avoided."""
    for technique in Technique:
        in_use = z3.Not(after.certain[technique, Decision.AVOID])
        for name in QUANTITIES:
            values = {
                value
                for side in (before, after)
                for value in limit_values(side.table, technique, name)
            }
            pairs = [
                (before.at_most(technique, name, v), after.at_most(technique, name, v))
                for v in sorted(values)
            ]
            if pairs:
                said = Said("limit", technique, name)
                yield _Question("limit", f"{technique} {name}", _ways(pairs, in_use), said)


def _zones(before: Outcome, after: Outcome, in_use: Bool) -> Iterator[_Question]:
    """Bands by the small cells of the back that they cover; drawn zones by their kind."""
    cells = Cells((*bands_of(before), *bands_of(after)))
    for level in (*LEVELS, TAIL_BONE):
        pairs = [
            (cells.closed(before, cell), cells.closed(after, cell)) for cell in cells.at(level)
        ]
        yield _Question("zone", f"{AT_LEVEL}{level}", _ways(pairs, in_use), Said("zone", None))
    # A drawn zone is closed whatever rule says why: kinds are compared by their decision alone.


def _rule_changes(old: Knowledge, new: Knowledge) -> tuple[RuleChange, ...]:
    was = {rule.id: rule for rule in old.rules}
    now = {rule.id: rule for rule in new.rules}
    found: list[RuleChange] = []
    for rule_id in sorted(was | now):
        if rule_id not in now:
            found.append(RuleChange(rule_id, "removed"))
        elif rule_id not in was:
            found.append(RuleChange(rule_id, "added"))
        else:
            fields = tuple(
                name
                for name in was[rule_id].file.__struct_fields__
                if getattr(was[rule_id].file, name) != getattr(now[rule_id].file, name)
            )
            if fields:
                found.append(RuleChange(rule_id, "changed", fields))
    return tuple(found)


def _file_changes(old: Knowledge, new: Knowledge) -> tuple[str, ...]:
    """Files other than rules whose text differs."""
    names = sorted(old.texts.keys() | new.texts.keys())
    return tuple(
        name
        for name in names
        if "rules/" not in name and old.texts.get(name) != new.texts.get(name)
    )
