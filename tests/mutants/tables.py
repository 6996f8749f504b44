"""Mutants of the tables: doses, named numbers, facts, settling, screens, who is outside."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace as replace_field

from mutants.conditions import edits
from mutants.mutant import Mutant, read_again
from ventosa.knowledge import ZONES_RECORDED
from ventosa.knowledge.files import DoseTable, TechniqueFile
from ventosa.knowledge.folder import read_condition
from ventosa.knowledge.model import Fact, Knowledge, Settling, TechniqueTable
from ventosa.logic import Condition, text_of
from ventosa.terms import Stage, Technique

# --- doses and numbers ----------------------------------------------------------------------


def dose_mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield every number of every technique one step lower and higher, and its words changed."""
    for technique, table in knowledge.techniques.items():
        for kind, change, fields in _dose_changes(table.file):
            file = replace_field(table.file, **fields)
            make = partial(_with_technique, knowledge, technique, file)
            yield Mutant(kind, technique, change, make)


def _dose_changes(file: TechniqueFile) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for column in ("hard_stop", "usual", "start", "least"):
        doses = getattr(file, column)
        for name in DoseTable.__struct_fields__ if doses is not None else ():
            value = getattr(doses, name)
            for changed in () if value is None else (value - 1, value + 1):
                change = f"{column} {name} {value:g} → {changed:g}"
                yield "dose shifted", change, {column: replace_field(doses, **{name: changed})}
    if file.least is None:
        yield "column changed", "least is start, not avoid", {"least": file.start}
    else:
        yield "column changed", "least is avoid", {"least": None}
    yield "technique word changed", "static flipped", {"static": not file.static}
    for word in ("set", "not_measured", "cannot_be_set"):
        if word != file.suction:
            yield "technique word changed", f"suction {word}", {"suction": word}
    if file.regions is not None:
        more = file.regions + 1
        yield "dose shifted", f"regions {file.regions} → {more}", {"regions": more}


def _with_technique(knowledge: Knowledge, technique: Technique, file: TechniqueFile) -> Knowledge:
    techniques = MappingProxyType({**knowledge.techniques, technique: TechniqueTable.of(file)})
    return read_again(replace(knowledge, techniques=techniques))


def number_mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield every named number one step lower and higher."""
    for name, quantity in knowledge.quantities.items():
        step = 0.1 if quantity.unit == "g/dL" else 1
        for value in (quantity.value - step, quantity.value + step):
            changed = {**knowledge.quantities, name: replace(quantity, value=round(value, 1))}
            yield Mutant(
                "number shifted",
                name,
                f"{quantity.value:g} → {value:g}",
                partial(replace, knowledge, quantities=MappingProxyType(changed)),
            )


# --- facts ----------------------------------------------------------------------------------

LONGER = {"today": "visit", "visit": "ever", "episode": "ever", "ever": "visit"}
OPPOSITE: Mapping[Any, Any] = {True: False, False: True, "low": "high", "high": "low"}


def fact_mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield what every fact of ``facts.csv`` is, changed in one column."""
    for fact in knowledge.facts.values():
        if fact.zone is not None or fact.id == ZONES_RECORDED:
            continue
        for kind, change, fields in _fact_changes(fact):
            changed = replace(fact, **fields)
            yield Mutant(kind, fact.id, change, partial(_with_fact, knowledge, changed))


def _fact_changes(fact: Fact) -> Iterator[tuple[str, str, dict[str, Any]]]:
    if fact.riskier is not None:
        yield "riskier way removed", "no riskier way", {"riskier": None}
        other = OPPOSITE[fact.riskier]
        yield "riskier way flipped", f"riskier {other}", {"riskier": other}
    stage = Stage.START if fact.stage is Stage.PLAN else Stage.PLAN
    yield "stage changed", f"stage {stage}", {"stage": stage}
    if fact.detail_of is not None:
        yield "parent removed", f"no detail of {fact.detail_of}", {"detail_of": None}
    yield "holding changed", f"holds {LONGER[fact.holds]}", {"holds": LONGER[fact.holds]}


def _with_fact(knowledge: Knowledge, fact: Fact) -> Knowledge:
    facts = MappingProxyType({**knowledge.facts, fact.id: fact})
    return read_again(replace(knowledge, facts=facts))


# --- settling, screens, outside -------------------------------------------------------------


def settling_mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield the table of settling with one entry dropped or changed."""
    for kind, change, settling in _settlings(knowledge):
        yield Mutant(kind, "settling", change, partial(replace, knowledge, settling=settling))
    for place, line in enumerate(knowledge.settling.measured):
        for kind, change, when in edits(line.when):
            make = partial(_with_line, knowledge, place, when)
            yield Mutant(kind, f"settling {line.fact}", change, make)


def _with_line(knowledge: Knowledge, place: int, when: Condition) -> Knowledge:
    lines = list(knowledge.settling.measured)
    lines[place] = replace(lines[place], when=_read(knowledge, "settling.toml", when))
    return replace(knowledge, settling=replace(knowledge.settling, measured=tuple(lines)))


def _read(knowledge: Knowledge, file: str, when: Condition) -> Condition:
    declared = {fact.id: fact.type for fact in knowledge.facts.values()}
    return read_condition(file, "when", text_of(when), declared)


def _settlings(knowledge: Knowledge) -> Iterator[tuple[str, str, Settling]]:
    dropped, table = "settling dropped", knowledge.settling
    for line in table.measured:
        left = tuple(other for other in table.measured if other is not line)
        yield dropped, f"{line.fact} is not measured", replace(table, measured=left)
    for detail in table.details:
        rest = tuple(other for other in table.details if other is not detail)
        yield dropped, f"{detail.given} answers nothing", replace(table, details=rest)
    for name in ("orders", "drawn", "places", "resolved_by"):
        for key in getattr(table, name):
            fields = {name: _without(getattr(table, name), key)}
            yield dropped, f"{name} without {key}", replace(table, **fields)
    for fact, words in table.orders.items():
        orders = MappingProxyType({**table.orders, fact: words[::-1]})
        yield "settling changed", f"order of {fact} turned round", replace(table, orders=orders)
    for zone, facts in table.places.items():
        for fact in facts if len(facts) > 1 else ():
            fewer = {**table.places, zone: tuple(f for f in facts if f != fact)}
            places = MappingProxyType(fewer)
            yield dropped, f"place of {zone} without {fact}", replace(table, places=places)
    for group in table.groups:
        others = tuple(other for other in table.groups if other is not group)
        yield dropped, f"{group.when_value} settles nothing", replace(table, groups=others)
        for fact in group.no:
            groups = (*others, replace(group, no=_without(group.no, fact)))
            yield dropped, f"{group.when_value} leaves {fact}", replace(table, groups=groups)
        for word in ("female", "other"):
            groups = (*others, replace(group, when_value=word))
            yield "settling changed", f"{word} settles the group", replace(table, groups=groups)


def _without(table: Mapping[Any, Any], key: object) -> Mapping[Any, Any]:
    return MappingProxyType({k: v for k, v in table.items() if k != key})


def screen_mutants(knowledge: Knowledge) -> Iterator[Mutant]:
    """Yield the screens that wait for a condition, and the people outside the trials, changed."""
    for group in knowledge.groups.values():
        if group.only_if is None:
            continue
        always = {**knowledge.groups, group.id: replace(group, only_if=None)}
        make = partial(replace, knowledge, groups=MappingProxyType(always))
        yield Mutant("settling dropped", f"screen {group.id}", "appears always", make)
        for kind, change, when in edits(group.only_if):
            changed = partial(_with_only_if, knowledge, group.id, when)
            yield Mutant(kind, f"screen {group.id}", change, changed)
    for place, row in enumerate(knowledge.outside):
        others = (*knowledge.outside[:place], *knowledge.outside[place + 1 :])
        dropped = partial(replace, knowledge, outside=others)
        yield Mutant("settling dropped", f"outside {row.id}", "dropped", dropped)
        for kind, change, when in edits(row.when):
            edited = partial(_with_outside, knowledge, place, when)
            yield Mutant(kind, f"outside {row.id}", change, edited)


def _with_only_if(knowledge: Knowledge, group: str, when: Condition) -> Knowledge:
    read = _read(knowledge, "groups.toml", when)
    changed = {**knowledge.groups, group: replace(knowledge.groups[group], only_if=read)}
    return replace(knowledge, groups=MappingProxyType(changed))


def _with_outside(knowledge: Knowledge, place: int, when: Condition) -> Knowledge:
    rows = list(knowledge.outside)
    rows[place] = replace(rows[place], when=_read(knowledge, "outside_studied.toml", when))
    return replace(knowledge, outside=tuple(rows))
