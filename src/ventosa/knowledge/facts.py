"""The facts that may be asked, the screens they stand on, and the sentences of a repeat visit."""

import csv
from collections.abc import Mapping

import msgspec

from ventosa.knowledge.folder import read_condition, table_of
from ventosa.knowledge.model import (
    Fact,
    Group,
    RepeatQuestion,
)
from ventosa.logic import Boolean, Choice, FactType, Number
from ventosa.record import KnowledgeError
from ventosa.terms import Stage, ZoneKind

ZONES_RECORDED = "zones_recorded"


_FACT_COLUMNS = [
    *("fact", "type", "unit_or_values", "riskier", "group", "who_knows"),
    *("holds", "stage", "detail_of", "sensitive", "question"),
]


def facts_of_table(texts: Mapping[str, str]) -> dict[str, Fact]:
    """Return the facts of ``facts.csv`` by id; raises ``KnowledgeError``."""
    name = "facts.csv"
    if name not in texts:
        raise KnowledgeError(name, "", "is missing")
    rows = csv.DictReader(texts[name].splitlines(), strict=True)
    if rows.fieldnames != _FACT_COLUMNS:
        raise KnowledgeError(name, "header", f"must be {','.join(_FACT_COLUMNS)}")
    facts: dict[str, Fact] = {}
    for row in rows:
        fact = _fact(name, row)
        if fact.id in facts:
            raise KnowledgeError(name, fact.id, "stands twice")
        facts[fact.id] = fact
    for fact in facts.values():
        if fact.detail_of is not None and fact.detail_of not in facts:
            raise KnowledgeError(name, fact.id, f"is a detail of unknown fact {fact.detail_of!r}")
    return facts


def _fact(name: str, row: Mapping[str, str]) -> Fact:
    fact_id = row["fact"]
    try:
        kind, unit = _fact_type(row["type"], row["unit_or_values"])
        riskier = {"true": True, "false": False, "": None}.get(row["riskier"], row["riskier"])
        if isinstance(kind, Boolean) != isinstance(riskier, bool) and riskier is not None:
            raise ValueError(f"riskier {row['riskier']!r} does not fit its type")
        if row["holds"] not in ("today", "visit", "episode", "ever"):
            raise ValueError(f"holds {row['holds']!r} is not today, visit, episode or ever")
        if row["who_knows"] not in ("patient", "practitioner", "clinic", "record", "derived"):
            raise ValueError(f"who_knows {row['who_knows']!r} is not known")
        if not row["question"]:
            raise ValueError("has no question")
        return Fact(
            id=fact_id,
            type=kind,
            question=row["question"],
            group=row["group"],
            who=row["who_knows"],
            holds=row["holds"],
            stage=Stage(row["stage"]),
            riskier=riskier,
            unit=unit,
            detail_of=row["detail_of"] or None,
            sensitive=row["sensitive"] == "yes",
        )
    except ValueError as error:
        raise KnowledgeError(name, fact_id or "fact", str(error)) from None


def _fact_type(kind: str, text: str) -> tuple[FactType, str]:
    if kind == "boolean":
        return Boolean(), ""
    if kind == "choice":
        return Choice(tuple(text.split("|"))), ""
    if kind == "number":
        unit, _, bounds = text.rpartition(" ")
        low, _, high = bounds.partition("-")
        return Number(float(low), float(high)), unit
    raise ValueError(f"type {kind!r} is not boolean, choice or number")


def zone_facts() -> dict[str, Fact]:
    """Facts that the map answers: one a kind of zone, and whether anybody has looked."""

    def fact(fact_id: str, question: str, riskier: bool, zone: ZoneKind | None) -> Fact:
        return Fact(
            id=fact_id,
            type=Boolean(),
            question=question,
            group="skin_and_allergy",
            who="practitioner",
            holds="visit",
            stage=Stage.PLAN,
            riskier=riskier,
            zone=zone,
        )

    looked = "Has the skin of the back been looked at, and every finding drawn on the map?"
    named = {ZONES_RECORDED: fact(ZONES_RECORDED, looked, False, None)}
    for kind in ZoneKind:
        words = kind.replace("_", " ")
        question = f"Any {words} on the back? Draw where it is."
        named[f"zone_{kind}"] = fact(f"zone_{kind}", question, True, kind)
    return named


class _GroupEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    title: str
    none: str
    order: int
    intro: str = ""
    only_if: str | None = None


class _RepeatEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    text: str
    groups: list[str]


class _Groups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: list[_GroupEntry]
    repeat: list[_RepeatEntry]


_ANYTHING_NEW = "anything_new"


def groups_of_table(
    texts: Mapping[str, str], facts: Mapping[str, Fact]
) -> tuple[dict[str, Group], tuple[RepeatQuestion, ...], str]:
    """Return the screens, the sentences of a repeat visit, and the question on anything new."""
    name = "groups.toml"
    table = table_of(texts, name, _Groups)
    declared = {fact.id: fact.type for fact in facts.values()}
    groups = {}
    for entry in table.group:
        only_if = None
        if entry.only_if is not None:
            only_if = read_condition(name, f"{entry.id}.only_if", entry.only_if, declared)
        groups[entry.id] = Group(
            entry.id, entry.title, entry.none, entry.order, entry.intro, only_if
        )
    for fact in facts.values():
        if fact.group not in groups:
            raise KnowledgeError(name, "group", f"{fact.group!r} of {fact.id} is missing")
    repeat = []
    for sentence in table.repeat:
        for group in sentence.groups:
            if group not in groups:
                raise KnowledgeError(name, f"repeat {sentence.id}", f"no group {group!r}")
        asked = tuple(f.id for f in facts.values() if f.group in sentence.groups and not f.zone)
        repeat.append(RepeatQuestion(sentence.id, sentence.text, asked))
    anything_new = next((r.text for r in repeat if r.id == _ANYTHING_NEW), None)
    if anything_new is None:
        raise KnowledgeError(name, "repeat", f"{_ANYTHING_NEW!r} is missing")
    return groups, tuple(r for r in repeat if r.id != _ANYTHING_NEW), anything_new
