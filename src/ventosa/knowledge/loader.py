"""Reads a knowledge folder, checks it as a whole, and refuses it with file and field.

A folder that is empty or broken is never "no danger": it is an error.
"""

import csv
import hashlib
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from ventosa.compiled import compile_conditions
from ventosa.knowledge import files
from ventosa.knowledge.model import (
    Caps,
    Detail,
    Fact,
    Group,
    GroupSettled,
    Knowledge,
    Library,
    Measured,
    Outside,
    Quantity,
    RepeatQuestion,
    Rule,
    Settling,
    TechniqueTable,
)
from ventosa.knowledge.rulefile import read_rule
from ventosa.logic import Boolean, Choice, Condition, FactType, LogicError, Number, check, parse
from ventosa.record import KnowledgeError
from ventosa.terms import CupKind, DoseClass, Stage, Technique, ZoneKind

SHIPPED = Path(__file__).parent
"""The folder that ships with the program."""

_DATA = (".toml", ".csv", ".json")
_MAX_FILE = 4_000_000
_T = TypeVar("_T")
ZONES_RECORDED = "zones_recorded"


def load(folder: Path = SHIPPED) -> Knowledge:
    """Return the knowledge of a folder.

    Raises:
        KnowledgeError: names the file and the field.
    """
    texts, digest = _read_folder(folder)
    about = _table(texts, "knowledge.toml", _About)
    references = _references(texts)
    facts = _facts(texts) | _zone_facts()
    settling = _settling(texts, facts)
    techniques = _techniques(texts)
    rules = _rules(texts, facts, techniques, references)
    groups, repeat, anything_new = _groups(texts, facts)
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
        entries = tuple(entry for _, entry in _entries(texts, name, kind))
        for file, entry in _entries(texts, name, kind):
            _check_said(file, entry, declared, knowledge.references)
        return entries

    cups = all_of("cups", files.CupFile)
    return Library(
        cups=MappingProxyType({CupKind(cup.id): cup for cup in cups}),
        sites=all_of("sites", files.SiteFile),
        advice=_in_order(all_of("advice", files.AdviceFile)),
        co_interventions=_in_order(all_of("co_interventions", files.CoInterventionFile)),
        adverse_events=_in_order(all_of("adverse_events", files.AdverseEventFile)),
        evidence=all_of("evidence", files.EvidenceFile),
    )


# --- the folder -----------------------------------------------------------------------------


def _read_folder(folder: Path) -> tuple[dict[str, str], str]:
    if not folder.is_dir():
        raise KnowledgeError(str(folder), "", "is not a folder")
    digest, texts = hashlib.sha256(), {}
    paths = sorted(p for p in folder.rglob("*") if p.suffix in _DATA and p.is_file())
    if not paths:
        raise KnowledgeError(str(folder), "", "holds no knowledge; it is refused")
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > _MAX_FILE:
                raise KnowledgeError(name, "", f"is larger than {_MAX_FILE:,} bytes")
            data = path.read_bytes()
            texts[name] = data.decode("utf-8")
        except UnicodeDecodeError:
            raise KnowledgeError(name, "", "is not UTF-8 text") from None
        except OSError as error:
            raise KnowledgeError(name, "", f"cannot be read ({error.strerror})") from None
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return texts, digest.hexdigest()


def read_table(name: str, text: str, kind: type[_T]) -> _T:
    """Return a TOML text as one closed table.

    Raises:
        KnowledgeError: names the file and the field.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(name, "", f"is not TOML: {error}") from None
    except RecursionError:
        raise KnowledgeError(name, "", "nests too deeply") from None
    try:
        return msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at ")
        raise KnowledgeError(name, where.strip("`").removeprefix("$."), problem) from None


def _table(texts: Mapping[str, str], name: str, kind: type[_T]) -> _T:
    if name not in texts:
        raise KnowledgeError(name, "", "is missing")
    return read_table(name, texts[name], kind)


def _entries(texts: Mapping[str, str], folder: str, kind: type[_T]) -> list[tuple[str, _T]]:
    names = [name for name in texts if name.startswith(f"{folder}/") and name.endswith(".toml")]
    if not names:
        raise KnowledgeError(f"{folder}/", "", "holds no file")
    entries: list[tuple[str, _T]] = []
    seen: dict[str, str] = {}
    for name in names:
        entry = read_table(name, texts[name], kind)
        identity = str(getattr(entry, "id", name))
        if identity in seen:
            raise KnowledgeError(name, "id", f"{identity!r} is already used in {seen[identity]}")
        seen[identity] = name
        entries.append((name, entry))
    return entries


def _in_order(entries: tuple[_T, ...]) -> tuple[_T, ...]:
    return tuple(sorted(entries, key=lambda entry: getattr(entry, "order")))  # noqa: B009


# --- facts ----------------------------------------------------------------------------------

_FACT_COLUMNS = [
    *("fact", "type", "unit_or_values", "riskier", "group", "who_knows"),
    *("holds", "stage", "detail_of", "sensitive", "question"),
]


def _facts(texts: Mapping[str, str]) -> dict[str, Fact]:
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


def _zone_facts() -> dict[str, Fact]:
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


def _groups(
    texts: Mapping[str, str], facts: Mapping[str, Fact]
) -> tuple[dict[str, Group], tuple[RepeatQuestion, ...], str]:
    name = "groups.toml"
    table = _table(texts, name, _Groups)
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


# --- settling, outside, quantities, references ----------------------------------------------


class _About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    reviewed: date


class _MeasuredTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fact: str
    when: str
    text: str
    sources: tuple[str, ...] = ()
    editorial: str | None = None


class _OrderTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fact: str
    words: tuple[str, ...]


class _DrawnTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: ZoneKind
    fact: str


class _PlaceTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: ZoneKind
    facts: tuple[str, ...]


class _GroupTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    when_fact: str
    when_value: str
    group: str
    no: dict[str, bool | str]


class _DetailTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    given: str
    fact: str
    value: bool | str


class _ResolvedTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    fact: str
    text: str


class _SettlingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    measured: list[_MeasuredTable]
    detail: list[_DetailTable]
    order: list[_OrderTable]
    drawn: list[_DrawnTable]
    place: list[_PlaceTable]
    group_settled: list[_GroupTable]
    resolved_by: list[_ResolvedTable]


def _settling(texts: Mapping[str, str], facts: Mapping[str, Fact]) -> Settling:
    name = "settling.toml"
    table = _table(texts, name, _SettlingFile)
    named = [
        *((measured.fact, "measured") for measured in table.measured),
        *((detail.fact, "detail") for detail in table.detail),
        *((detail.given, "given") for detail in table.detail),
        *((order.fact, "order") for order in table.order),
        *((drawn.fact, "drawn") for drawn in table.drawn),
        *((fact, "place") for place in table.place for fact in place.facts),
        *((fact, "no") for settled in table.group_settled for fact in settled.no),
        *((resolved.fact, "resolved_by") for resolved in table.resolved_by),
    ]
    for fact_id, where in named:
        if fact_id not in facts:
            raise KnowledgeError(name, where, f"{fact_id!r} is not a declared fact")
    declared = {fact.id: fact.type for fact in facts.values()}
    lines = tuple(
        Measured(m.fact, read_condition(name, "when", m.when, declared), m.text)
        for m in table.measured
    )
    return Settling(
        measured=lines,
        details=tuple(Detail(d.given, d.fact, d.value) for d in table.detail),
        orders=MappingProxyType({order.fact: order.words for order in table.order}),
        drawn=MappingProxyType({drawn.zone: drawn.fact for drawn in table.drawn}),
        places=MappingProxyType({place.zone: place.facts for place in table.place}),
        groups=tuple(
            GroupSettled(g.when_fact, g.when_value, MappingProxyType(dict(g.no)))
            for g in table.group_settled
        ),
        resolved_by=MappingProxyType({entry.fact: entry.text for entry in table.resolved_by}),
    )


def read_condition(file: str, where: str, text: str, declared: Mapping[str, FactType]) -> Condition:
    """Return a checked condition; raises ``KnowledgeError`` with file and field."""
    try:
        condition = parse(text)
        check(condition, declared)
    except LogicError as error:
        raise KnowledgeError(file, where, str(error)) from None
    return condition


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
    for row in _table(texts, name, _OutsideFile).row:
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
    tables = _table(texts, name, dict[str, _QuantityTable])
    for key, table in tables.items():
        check_sources(name, key, table.sources, table.editorial, references)
    return MappingProxyType(
        {
            key: Quantity(t.value, t.unit, t.text, t.sources, t.editorial)
            for key, t in tables.items()
        }
    )


def _references(texts: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    name = "references.json"
    if name not in texts:
        raise KnowledgeError(name, "", "is missing")
    try:
        entries = msgspec.json.decode(texts[name], type=list[dict[str, Any]])
    except (msgspec.MsgspecError, RecursionError) as error:
        raise KnowledgeError(name, "", f"is not a CSL-JSON list: {error}") from None
    found: dict[str, Mapping[str, Any]] = {}
    for index, entry in enumerate(entries):
        key = entry.get("id")
        if not isinstance(key, str) or not entry.get("type") or not entry.get("title"):
            raise KnowledgeError(name, f"[{index}]", "needs id, type and title")
        if key in found:
            raise KnowledgeError(name, key, "stands twice")
        found[key] = entry
    return found


def check_sources(
    file: str,
    where: str,
    sources: tuple[str, ...],
    editorial: str | None,
    references: Mapping[str, Any],
) -> None:
    """Raise ``KnowledgeError`` for an unknown source, or for neither source nor mark."""
    for key in sources:
        if key not in references:
            problem = f"source {key!r} is not in references.json"
            raise KnowledgeError(file, where or "sources", problem)
    if not sources and not (editorial or "").strip():
        raise KnowledgeError(file, where or "sources", "has no source and is not marked editorial")


# --- techniques and rules -------------------------------------------------------------------


def _techniques(texts: Mapping[str, str]) -> dict[Technique, TechniqueTable]:
    found: dict[Technique, TechniqueTable] = {}
    for name, file in _entries(texts, "techniques", files.TechniqueFile):
        if file.id not in Technique.__members__.values():
            raise KnowledgeError(name, "id", f"{file.id!r} is not a technique")
        columns = {
            DoseClass.USUAL: _caps(file.usual),
            DoseClass.START: _caps(file.start),
            DoseClass.LEAST: None if file.least is None else _caps(file.least),
        }
        found[Technique(file.id)] = TechniqueTable(
            file, _caps(file.hard_stop), MappingProxyType(columns)
        )
    missing = [technique for technique in Technique if technique not in found]
    if missing:
        raise KnowledgeError("techniques/", "", f"{', '.join(missing)}: missing")
    return {technique: found[technique] for technique in Technique}


def _caps(table: files.DoseTable) -> Caps:
    return Caps(
        suction_kpa=table.suction_kpa,
        retention_min=table.retention_min,
        cups=table.cups,
        repetitions=table.repetitions,
    )


def _rules(
    texts: Mapping[str, str],
    facts: Mapping[str, Fact],
    techniques: Mapping[Technique, TechniqueTable],
    references: Mapping[str, Any],
) -> tuple[Rule, ...]:
    rules = []
    for name, file in _entries(texts, "rules", files.RuleFile):
        check_sources(name, "sources", file.sources, file.editorial, references)
        rules.append(read_rule(name, file, facts, techniques))
    return tuple(rules)


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
