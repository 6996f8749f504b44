"""One rule file becomes a rule: condition checked, effect on every technique worked out."""

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ventosa.knowledge.files import ExampleTable, RuleFile, ZoneTable
from ventosa.knowledge.model import Caps, Effect, Fact, RedFlag, Rule, TechniqueTable
from ventosa.logic import (
    Boolean,
    Choice,
    FactType,
    LogicError,
    Number,
    bare_threshold,
    check,
    facts_of,
    parse,
)
from ventosa.record import InputError, KnowledgeError, Zone
from ventosa.terms import (
    Decision,
    DoseClass,
    Material,
    Side,
    Technique,
    Urgency,
    ZoneKind,
)

_DECISIONS = {str(decision): decision for decision in Decision}
_URGENCIES = {str(urgency): urgency for urgency in Urgency}

FIRST_SESSION = "first_session"
"""The one rule whose cap on suction does not close fire cupping (``screening.md`` 4)."""

WHOLE_BACK = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")


def read_rule(
    name: str,
    file: RuleFile,
    facts: Mapping[str, Fact],
    techniques: Mapping[Technique, TechniqueTable],
) -> Rule:
    """Return the checked rule of a file.

    Raises:
        KnowledgeError: names the file and the field.
    """
    try:
        when = parse(file.when)
        check(when, {fact.id: fact.type for fact in facts.values()})
    except LogicError as error:
        raise KnowledgeError(name, "when", str(error)) from None
    parents = {f.id: f.detail_of for f in facts.values() if f.detail_of is not None}
    bare = bare_threshold(when, parents)
    if bare is not None:
        problem = f"{bare} is compared without {parents[bare]}, the fact that makes it matter"
        raise KnowledgeError(name, "when", problem)
    stages = {facts[fact].stage for fact in facts_of(when)}
    if len(stages) != 1:
        raise KnowledgeError(name, "when", "mixes facts of stage plan and start")
    _check_words(name, file, facts)
    try:
        closes = tuple(_zone(table) for table in file.closes)
        drawn = frozenset(ZoneKind(kind) for kind in file.closes_drawn)
        excludes = tuple(Material(material) for material in file.excludes)
    except (InputError, ValueError) as error:
        raise KnowledgeError(name, "closes, closes_drawn or excludes", str(error)) from None
    red_flag = _red_flag(file)
    return Rule(
        file=file,
        when=when,
        stage=stages.pop(),
        effects=MappingProxyType(
            {technique: _effect(file, red_flag, techniques[technique]) for technique in Technique}
        ),
        red_flag=red_flag,
        covers=frozenset(file.clearance.covers if file.clearance else ()),
        closes=closes + ((WHOLE_BACK,) if file.closes_back else ()),
        closes_drawn=drawn,
        excludes=excludes,
    )


def _red_flag(file: RuleFile) -> RedFlag | None:
    if file.red_flag is None:
        return None
    flag = file.red_flag
    return RedFlag(_URGENCIES[flag.urgency], flag.within, flag.clearable)


def _zone(table: ZoneTable) -> Zone:
    return Zone(
        kind=ZoneKind.NO_GO,
        side=Side(table.side),
        from_level=table.from_level,
        to_level=table.to_level,
        lateral_from_mm=table.lateral_from_mm,
        lateral_to_mm=table.lateral_to_mm,
    )


def _effect(file: RuleFile, flag: RedFlag | None, table: TechniqueTable) -> Effect:
    """The table's cell for a technique, hardened where the caps cannot be kept.

    Caps hold for cells *modify* and *refer*, and for clearable red flags. A technique without a
    column for the class is avoided, and so is one whose suction cannot be set.
    """
    technique = Technique(table.file.id)
    word = file.decision.get(technique, file.decision.get("all", "ok"))
    decision = _DECISIONS[word]
    clearable = flag is not None and flag.clearable
    cleared = decision
    if decision is Decision.REFER or (clearable and decision is Decision.AVOID):
        cleared = Decision.MODIFY
    if file.caps is None or decision is Decision.OK or cleared is Decision.AVOID:
        return Effect(decision, cleared, None)
    column = _rule_caps(file, table)
    if column is None or _closes_unsettable(file, table):
        return Effect(Decision.AVOID, Decision.AVOID, column)
    return Effect(decision, cleared, column)


def _closes_unsettable(file: RuleFile, table: TechniqueTable) -> bool:
    """A cap on suction closes a technique whose suction cannot be set."""
    caps = file.caps
    assert caps is not None
    caps_suction = caps.dose_class is not None or caps.suction_kpa is not None
    unsettable = table.file.suction == "cannot_be_set"
    return unsettable and caps_suction and file.id != FIRST_SESSION


def _rule_caps(file: RuleFile, table: TechniqueTable) -> Caps | None:
    """A rule's caps for a technique, or ``None`` where its class has no column there."""
    caps = file.caps
    assert caps is not None
    if caps.dose_class is not None:
        return table.columns[DoseClass(caps.dose_class)]
    usual = table.columns[DoseClass.USUAL]
    assert usual is not None
    # A number caps a technique only where the quantity has a meaning for it; the cups of a
    # moving technique are its own (one cup) and stand apart from caps that count pairs.
    return Caps(
        suction_kpa=None if usual.suction_kpa is None else caps.suction_kpa,
        retention_min=None if usual.retention_min is None else caps.retention_min,
        kpa_min=None if usual.suction_kpa is None else caps.kpa_min,
        cups=None if usual.cups == 1 else caps.cups,
        repetitions=None if usual.repetitions is None else caps.repetitions,
    )


def _check_words(name: str, file: RuleFile, facts: Mapping[str, Fact]) -> None:
    for key in file.decision:
        if key != "all" and key not in Technique.__members__.values():
            raise KnowledgeError(name, f"decision.{key}", "is not a technique")
    if not file.decision and file.red_flag is None and not file.excludes:
        raise KnowledgeError(name, "decision", "the rule decides nothing")
    if file.prefers is not None and file.prefers not in Technique.__members__.values():
        raise KnowledgeError(name, "prefers", f"{file.prefers!r} is not a technique")
    refers = "refer" in file.decision.values() or bool(file.red_flag and file.red_flag.clearable)
    if refers != (file.clearance is not None):
        needed = "who clears it is missing" if refers else "there is nothing to clear"
        raise KnowledgeError(name, "clearance", needed)
    if refers and file.caps is None:
        raise KnowledgeError(name, "caps", "a rule that can be cleared names a class")
    for fact in file.clearance.covers if file.clearance else ():
        if fact not in facts:
            raise KnowledgeError(name, "clearance.covers", f"{fact!r} is not a declared fact")
    for quantity in ("suction_kpa", "retention_min", "kpa_min", "cups", "repetitions"):
        cap = getattr(file.caps, quantity, None)
        if cap is not None and not (math.isfinite(cap) and cap > 0):
            raise KnowledgeError(name, f"caps.{quantity}", "is not a number above 0")
    for example in file.example:
        _check_example(name, example, facts)
    seen = {example.result for example in file.example}
    # "Known, but not drawn" is open until it is drawn: such a condition is never true.
    wanted = ("false", "unknown") if "!zone" in file.when else ("true", "false", "unknown")
    missing = [word for word in wanted if word not in seen]
    if missing:
        raise KnowledgeError(name, "example", f"needs one whose answer is {' and '.join(missing)}")
    if not file.because.strip() or not file.title.strip():
        raise KnowledgeError(name, "because", "is empty")


def _check_example(name: str, example: ExampleTable, facts: Mapping[str, Fact]) -> None:
    for fact_id, value in example.facts.items():
        if fact_id not in facts:
            raise KnowledgeError(name, "example.facts", f"{fact_id!r} is not a declared fact")
        if not _is_answer(facts[fact_id].type, value):
            raise KnowledgeError(name, f"example.facts.{fact_id}", "is no answer to its question")
    for kind in example.zones or ():
        if kind not in ZoneKind.__members__.values():
            raise KnowledgeError(name, "example.zones", f"{kind!r} is not a kind of zone")


def _is_answer(kind: FactType, value: Any) -> bool:
    match kind:
        case Boolean():
            return isinstance(value, bool)
        case Choice(words):
            return value in words
        case Number(low, high):
            ends = value if isinstance(value, dict) else {"low": value, "high": value}
            numbers = [end for end in ends.values() if type(end) in (int, float)]
            is_number = ends.keys() == {"low", "high"} and len(numbers) == 2
            return is_number and bool(low <= ends["low"] <= ends["high"] <= high)
