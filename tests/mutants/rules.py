"""Mutants of the rule files: conditions, cells, caps, urgencies, zones, and who may be cleared."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from mutants.conditions import edits
from mutants.mutant import Mutant, with_rule_file, with_rules
from ventosa.knowledge.files import CapsTable, ClearanceTable, RuleFile, ZoneTable
from ventosa.knowledge.model import Knowledge, Rule
from ventosa.logic import text_of
from ventosa.terms import LEVELS, TAIL_BONE, Decision, Technique, Urgency

GRADES = [str(decision) for decision in Decision]
URGENCIES = [str(urgency) for urgency in Urgency if urgency > Urgency.NONE]
PLACES = (*LEVELS, TAIL_BONE)
SOMEBODY = "a doctor who has examined the person"

Change = tuple[str, str, dict[str, Any]]
"""The kind of a change, the change in words, and the fields of the rule file that it sets."""


def rule_mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield every mutant of every rule."""
    for rule in knowledge.rules:
        others = tuple(other for other in knowledge.rules if other is not rule)
        yield Mutant("rule dropped", rule.id, "dropped", partial(with_rules, knowledge, others))
        for kind, change, fields in _changes(knowledge, rule):
            file = replace(rule.file, **fields)
            yield Mutant(kind, rule.id, change, partial(with_rule_file, knowledge, file))


def _changes(knowledge: Knowledge, rule: Rule) -> Iterator[Change]:
    for kind, change, when in edits(rule.when):
        yield kind, change, {"when": text_of(when)}
    yield from _cells(rule.file)
    yield from _caps(rule.file)
    yield from _flag(rule.file)
    yield from _closed(rule.file)
    yield from _said(rule.file)
    yield from _clearance(knowledge, rule.file)


# --- what it decides ------------------------------------------------------------------------


def _cells(file: RuleFile) -> Iterator[Change]:
    for technique in Technique:
        word = file.decision.get(technique, file.decision.get("all", "ok"))
        for kind, step in (("cell weakened", -1), ("cell strengthened", 1)):
            grade = GRADES.index(word) + step
            if 0 <= grade < len(GRADES):
                cells = file.decision | {str(technique): GRADES[grade]}
                yield kind, f"{technique} {word} → {GRADES[grade]}", {"decision": cells}
    if "avoid" in file.decision.values():
        softer = {key: "modify" if w == "avoid" else w for key, w in file.decision.items()}
        yield "rule weakened", "avoid → modify", {"decision": softer}


def _caps(file: RuleFile) -> Iterator[Change]:
    caps = file.caps
    if caps is None:
        return
    yield "class changed", "no caps", {"caps": None}
    if caps.dose_class is not None:
        other = "start" if caps.dose_class == "least" else "least"
        change = f"class {caps.dose_class} → {other}"
        yield "class changed", change, {"caps": CapsTable(dose_class=other)}
    for name in ("suction_kpa", "retention_min", "kpa_min", "cups", "repetitions"):
        value = getattr(caps, name)
        for changed in () if value is None else (value - 1, value + 1):
            fields = {"caps": replace(caps, **{name: changed})}
            yield "cap shifted", f"{name} {value:g} → {changed:g}", fields


def _flag(file: RuleFile) -> Iterator[Change]:
    flag = file.red_flag
    if flag is None:
        return
    yield "urgency changed", "no red flag", {"red_flag": None}
    for kind, step in (("urgency lowered", -1), ("urgency raised", 1)):
        grade = URGENCIES.index(flag.urgency) + step
        if 0 <= grade < len(URGENCIES):
            change = f"{flag.urgency} → {URGENCIES[grade]}"
            yield kind, change, {"red_flag": replace(flag, urgency=URGENCIES[grade])}
    if flag.within is not None:
        yield "urgency changed", "no time", {"red_flag": replace(flag, within=None)}


# --- what it closes and says ----------------------------------------------------------------


def _closed(file: RuleFile) -> Iterator[Change]:
    for place, zone in enumerate(file.closes):
        others = (*file.closes[:place], *file.closes[place + 1 :])
        yield "zone dropped", f"without {zone.from_level}-{zone.to_level}", {"closes": others}
        for change, changed in _other_zones(zone):
            zones = (*file.closes[:place], changed, *file.closes[place + 1 :])
            yield "zone moved", f"{zone.from_level}-{zone.to_level} {change}", {"closes": zones}
    if file.closes_back:
        yield "zone dropped", "back left open", {"closes_back": False}
    for kind in file.closes_drawn:
        left = tuple(other for other in file.closes_drawn if other != kind)
        yield "zone dropped", f"drawn {kind} left open", {"closes_drawn": left}
    for material in file.excludes:
        left = tuple(other for other in file.excludes if other != material)
        yield "material dropped", f"{material} allowed", {"excludes": left}


def _other_zones(zone: ZoneTable) -> Iterator[tuple[str, ZoneTable]]:
    for end in ("from_level", "to_level"):
        for step in (-1, 1):
            place = PLACES.index(getattr(zone, end)) + step
            if 0 <= place < len(PLACES):
                yield f"{end} {PLACES[place]}", replace(zone, **{end: PLACES[place]})
    yield "left only", replace(zone, side="left")
    if zone.lateral_from_mm is not None:
        for lateral in (zone.lateral_from_mm - 10, zone.lateral_from_mm + 10):
            yield f"from {lateral:g} mm", replace(zone, lateral_from_mm=lateral)
    yield "to 100 mm", replace(zone, lateral_to_mm=100)


def _said(file: RuleFile) -> Iterator[Change]:
    if file.posture is not None:
        yield "posture dropped", "no posture", {"posture": None}
    if file.prefers is not None:
        yield "preference dropped", "prefers nothing", {"prefers": None}


# --- who may be cleared ---------------------------------------------------------------------


def _clearance(knowledge: Knowledge, file: RuleFile) -> Iterator[Change]:
    if file.red_flag is not None:
        flag = replace(file.red_flag, clearable=not file.red_flag.clearable)
        yield "clearable flipped", "clearable flipped", {"red_flag": flag}
        complete = {"red_flag": flag, "clearance": None, "caps": None}
        if flag.clearable:
            complete |= {"clearance": ClearanceTable(SOMEBODY), "caps": CapsTable("start")}
        yield "clearable flipped", "clearable flipped, with what it needs", complete
    if file.clearance is not None:
        yield from _covers(knowledge, file, file.clearance)
        yield "clearance not needed", "no clearance", {"clearance": None}
        softer = {key: "modify" if w == "refer" else w for key, w in file.decision.items()}
        unasked = {"decision": softer, "clearance": None}
        yield "clearance not needed", "refer → modify, no clearance", unasked
    elif file.red_flag is None and "avoid" in file.decision.values():
        softer = {key: "refer" if w == "avoid" else w for key, w in file.decision.items()}
        caps = file.caps or CapsTable("start")
        asked = {"decision": softer, "clearance": ClearanceTable(SOMEBODY), "caps": caps}
        yield "clearance invented", "avoid → refer, to be cleared", asked


def _covers(knowledge: Knowledge, file: RuleFile, clearance: ClearanceTable) -> Iterator[Change]:
    for fact in clearance.covers:
        left = tuple(other for other in clearance.covers if other != fact)
        covers = {"clearance": replace(clearance, covers=left)}
        yield "covers changed", f"{fact} clears it no more", covers
    more = next(f for f in knowledge.facts if f not in clearance.covers)
    covers = {"clearance": replace(clearance, covers=(*clearance.covers, more))}
    yield "covers changed", f"{more} clears it too", covers
