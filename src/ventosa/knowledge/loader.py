"""Reads a knowledge folder, checks it as a whole, and refuses it with file and field.

A folder that is empty or broken is never "no danger": it is an error.
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from ventosa.compiled import compile_conditions
from ventosa.knowledge import files
from ventosa.knowledge.facts import facts_of_table, groups_of_table, zone_facts
from ventosa.knowledge.folder import (
    _T,
    check_sources,
    entries_of,
    in_order,
    read_condition,
    read_folder,
    references_of,
    table_of,
)
from ventosa.knowledge.model import (
    Fact,
    Knowledge,
    Library,
    Outside,
    Quantity,
    Rule,
    TechniqueTable,
)
from ventosa.knowledge.overlay import overlaid
from ventosa.knowledge.rulefile import read_rule
from ventosa.knowledge.settling import settling_of_table
from ventosa.logic import Boolean, FactType
from ventosa.record import KnowledgeError
from ventosa.terms import CupKind, Technique

SHIPPED = Path(__file__).parent
"""The folder that ships with the program."""


def load(
    folder: Path = SHIPPED, overlay: Path | None = None, *, complete: bool = True
) -> Knowledge:
    """Return the knowledge of a folder, with a clinic's own rules laid over it if there are any.

    That an overlay only tightens is not checked here: a door proves it before it uses one.
    ``complete``: a folder that lacks a shipped rule is refused; only a comparison may read one.

    Raises:
        KnowledgeError: names the file and the field.
    """
    knowledge = _load(folder, complete)
    return knowledge if overlay is None else overlaid(knowledge, overlay)


def _load(folder: Path, complete: bool) -> Knowledge:
    texts, digest = read_folder(folder)
    about = table_of(texts, "knowledge.toml", _About)
    references = references_of(texts)
    facts = facts_of_table(texts) | zone_facts()
    settling = settling_of_table(texts, facts)
    techniques = _techniques(texts)
    rules = _rules(texts, facts, techniques, references)
    if complete:
        _check_none_dropped(folder, rules)
    groups, repeat, anything_new = groups_of_table(texts, facts)
    return Knowledge(
        version=about.version,
        reviewed=about.reviewed,
        sha256=digest,
        facts=MappingProxyType(facts),
        groups=MappingProxyType(groups),
        repeat=repeat,
        repeat_anything_new=anything_new,
        rules=rules,
        compiled=compile_conditions(
            [rule.when for rule in rules], {fact.id: fact.type for fact in facts.values()}
        ),
        techniques=MappingProxyType(techniques),
        settling=settling,
        outside=_outside(texts, facts, references),
        quantities=_quantities(texts, references),
        references=MappingProxyType(references),
        texts=MappingProxyType(texts),
    )


def load_library(knowledge: Knowledge) -> Library:
    """Return what a plan says beside the rules.

    Raises:
        KnowledgeError: names the file and the field.
    """
    texts, declared = knowledge.texts, {fact.id: fact.type for fact in knowledge.facts.values()}

    def all_of(name: str, kind: type[_T]) -> tuple[_T, ...]:
        entries = tuple(entry for _, entry in entries_of(texts, name, kind))
        for file, entry in entries_of(texts, name, kind):
            _check_said(file, entry, declared, knowledge.references)
        return entries

    cups = all_of("cups", files.CupFile)
    return Library(
        cups=MappingProxyType({CupKind(cup.id): cup for cup in cups}),
        sites=all_of("sites", files.SiteFile),
        advice=in_order(all_of("advice", files.AdviceFile)),
        co_interventions=in_order(all_of("co_interventions", files.CoInterventionFile)),
        adverse_events=in_order(all_of("adverse_events", files.AdverseEventFile)),
        evidence=all_of("evidence", files.EvidenceFile),
    )


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    reviewed: date


class _OutsideRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    when: str
    text: str
    sources: tuple[str, ...] = ()
    editorial: str | None = None


class _OutsideFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    row: list[_OutsideRow]


def _outside(
    texts: Mapping[str, str], facts: Mapping[str, Fact], references: Mapping[str, Any]
) -> tuple[Outside, ...]:
    name = "outside_studied.toml"
    declared = {fact.id: fact.type for fact in facts.values()}
    rows = []
    for row in table_of(texts, name, _OutsideFile).row:
        check_sources(name, row.id, row.sources, row.editorial, references)
        when = read_condition(name, f"{row.id}.when", row.when, declared)
        rows.append(Outside(row.id, when, row.text, row.sources))
    return tuple(rows)


class _QuantityTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    value: float
    unit: str
    text: str
    sources: tuple[str, ...] = ()
    editorial: str | None = None


def _quantities(texts: Mapping[str, str], references: Mapping[str, Any]) -> Mapping[str, Quantity]:
    name = "quantities.toml"
    tables = table_of(texts, name, dict[str, _QuantityTable])
    for key, table in tables.items():
        check_sources(name, key, table.sources, table.editorial, references)
    return MappingProxyType(
        {
            key: Quantity(t.value, t.unit, t.text, t.sources, t.editorial)
            for key, t in tables.items()
        }
    )


def _techniques(texts: Mapping[str, str]) -> dict[Technique, TechniqueTable]:
    found: dict[Technique, TechniqueTable] = {}
    for name, file in entries_of(texts, "techniques", files.TechniqueFile):
        if file.id not in Technique.__members__.values():
            raise KnowledgeError(name, "id", f"{file.id!r} is not a technique")
        found[Technique(file.id)] = TechniqueTable.of(file)
    missing = [technique for technique in Technique if technique not in found]
    if missing:
        raise KnowledgeError("techniques/", "", f"{', '.join(missing)}: missing")
    return {technique: found[technique] for technique in Technique}


def _rules(
    texts: Mapping[str, str],
    facts: Mapping[str, Fact],
    techniques: Mapping[Technique, TechniqueTable],
    references: Mapping[str, Any],
) -> tuple[Rule, ...]:
    rules = []
    for name, file in entries_of(texts, "rules", files.RuleFile):
        check_sources(name, "sources", file.sources, file.editorial, references)
        rules.append(read_rule(name, file, facts, techniques))
    return tuple(rules)


def _check_none_dropped(folder: Path, rules: tuple[Rule, ...]) -> None:
    """Another folder may change a rule and add some; one that lacks a rule is broken."""
    if folder == SHIPPED:
        return
    shipped = {tomllib.loads(p.read_text("utf-8"))["id"] for p in SHIPPED.glob("rules/*.toml")}
    missing = sorted(shipped - {rule.id for rule in rules})
    if missing:
        problem = f"{', '.join(missing)}: missing. A folder may change a rule, not drop it"
        raise KnowledgeError(f"{folder}/rules/", "", problem)


def _check_said(
    file: str, entry: Any, declared: Mapping[str, FactType], references: Mapping[str, Any]
) -> None:
    """Sources, conditions and technique names of an entry that is said, not decided on."""
    check_sources(file, "sources", entry.sources, entry.editorial, references)
    for field in ("when", "not_when"):
        text = getattr(entry, field, None)
        if text is not None:
            read_condition(file, field, text, declared)
            if not entry.example:
                raise KnowledgeError(file, "example", f"{field} needs worked examples")
    for technique in getattr(entry, "techniques", None) or ():
        if technique not in Technique.__members__.values():
            raise KnowledgeError(file, "techniques", f"{technique!r} is not a technique")
    answered = getattr(entry, "answers", None)
    if answered is not None and not isinstance(declared.get(answered), Boolean):
        raise KnowledgeError(file, "answers", f"{answered!r} is no yes-or-no fact")
