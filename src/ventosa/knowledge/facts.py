"""The facts that may be asked, the screens they stand on, and the sentences of a repeat visit."""

import csv
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

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


_NAME = re.compile(r"(?=.{1,50}$)[a-z][a-z0-9]*(_[a-z0-9]+)*")
_BOUNDS = re.compile(r"(.*) (\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)")
_TAKEN = frozenset({"in", "true", "false", "zones", "person_id"})
"""Words of the rule language, and names that stand beside facts in answers and tables."""

_NO_FACTS: Mapping[str, Fact] = MappingProxyType({})


def facts_of_table(
    texts: Mapping[str, str], shipped: Mapping[str, Fact] = _NO_FACTS
) -> dict[str, Fact]:
    """Return the facts of ``facts.csv`` by id; raises ``KnowledgeError``.

    ``shipped`` are the facts that an overlay's table adds to: it may not change one of them.
    """
    name = "facts.csv"
    if name not in texts:
        raise KnowledgeError(name, "", "is missing")
    facts: dict[str, Fact] = {}
    for row in _rows(name, texts[name]):
        fact = _fact(name, row)
        if fact.id in facts:
            raise KnowledgeError(name, fact.id, "stands twice")
        if fact.id in shipped:
            raise KnowledgeError(name, fact.id, "is shipped; an overlay adds facts only")
        facts[fact.id] = fact
    known = {**shipped, **facts}
    for fact in facts.values():
        if fact.detail_of is not None and fact.detail_of not in known:
            raise KnowledgeError(name, fact.id, f"is a detail of unknown fact {fact.detail_of!r}")
    ends = {f"{f.id}_{end}" for f in known.values() if isinstance(f.type, Number) for end in _ENDS}
    for fact_id in sorted(ends & set(known)):
        raise KnowledgeError(name, fact_id, "is the name of one end of a number")
    return facts


_ENDS = ("low", "high")
"""In a table of people a number has two columns: ``age_years_low``, ``age_years_high``."""


def _rows(name: str, text: str) -> Iterator[dict[str, str]]:
    rows = csv.DictReader(text.splitlines(), strict=True)
    try:
        if rows.fieldnames != _FACT_COLUMNS:
            raise KnowledgeError(name, "header", f"must be {','.join(_FACT_COLUMNS)}")
        for row in rows:
            if None in row or None in row.values():
                problem = f"has not {len(_FACT_COLUMNS)} columns"
                raise KnowledgeError(name, f"line {rows.line_num}", problem)
            yield row
    except csv.Error as error:
        raise KnowledgeError(name, f"line {rows.line_num}", f"is not CSV: {error}") from None


def _fact(name: str, row: Mapping[str, str]) -> Fact:
    fact_id = row["fact"]
    try:
        if not _NAME.fullmatch(fact_id) or fact_id in _TAKEN:
            raise ValueError("is not a name: small letters, digits and single _, at most 50")
        kind, unit = _fact_type(row["type"], row["unit_or_values"])
        riskier = {"true": True, "false": False, "": None}.get(row["riskier"], row["riskier"])
        if riskier not in _riskier_ends(kind):
            raise ValueError(f"riskier {row['riskier']!r} does not fit its type")
        if row["sensitive"] not in ("yes", ""):
            raise ValueError(f"sensitive {row['sensitive']!r} is not yes or empty")
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


def _riskier_ends(kind: FactType) -> tuple[bool | str | None, ...]:
    match kind:
        case Boolean():
            return (True, False, None)
        case Number():
            return (*_ENDS, None)
        case Choice(words):
            return (*words, None)


def _fact_type(kind: str, text: str) -> tuple[FactType, str]:
    if kind == "boolean":
        return Boolean(), ""
    if kind == "choice":
        words = text.split("|")
        if len(words) < 2 or "" in words or len(set(words)) < len(words):
            raise ValueError(f"{text!r} is not two or more different words: this|that")
        return Choice(tuple(words)), ""
    if kind == "number":
        found = _BOUNDS.fullmatch(text)
        if found is None or not float(found[2]) < float(found[3]):
            raise ValueError(f"{text!r} is not a unit and two bounds: kg 20-300")
        return Number(float(found[2]), float(found[3])), found[1]
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
    groups = {entry.id: _group(name, entry, declared) for entry in table.group}
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


def _group(name: str, entry: _GroupEntry, declared: Mapping[str, FactType]) -> Group:
    only_if = None
    if entry.only_if is not None:
        only_if = read_condition(name, f"{entry.id}.only_if", entry.only_if, declared)
    return Group(entry.id, entry.title, entry.none, entry.order, entry.intro, only_if)


class _AddedGroups(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    group: list[_GroupEntry]


def added_groups(
    texts: Mapping[str, str], facts: Mapping[str, Fact], shipped: Mapping[str, Group]
) -> dict[str, Group]:
    """Return the screens that an overlay adds; raises ``KnowledgeError`` where one is shipped."""
    name = "groups.toml"
    if name not in texts:
        return {}
    declared = {fact.id: fact.type for fact in facts.values()}
    groups: dict[str, Group] = {}
    for entry in table_of(texts, name, _AddedGroups).group:
        if entry.id in shipped or entry.id in groups:
            raise KnowledgeError(name, "id", f"{entry.id!r} is already used")
        groups[entry.id] = _group(name, entry, declared)
    return groups
