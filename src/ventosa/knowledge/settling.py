"""How answers settle each other, as read from its table."""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from ventosa.knowledge.folder import read_condition, table_of
from ventosa.knowledge.model import (
    Detail,
    Fact,
    GroupSettled,
    Measured,
    Settling,
)
from ventosa.record import KnowledgeError
from ventosa.terms import ZoneKind


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


def settling_of_table(texts: Mapping[str, str], facts: Mapping[str, Fact]) -> Settling:
    """Return how answers settle each other; raises ``KnowledgeError`` for an unknown fact."""
    name = "settling.toml"
    table = table_of(texts, name, _SettlingFile)
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
