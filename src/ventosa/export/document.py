"""The knowledge as one JSON document, complete: a reader without Python can interpret it.

Facts, how answers settle each other, every rule as a tree with what follows from it, the numbers
of the techniques, the texts and their sources; not the codes of records, which decide nothing.
``docs/export.md`` says what each part means.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from ventosa.contract.answers import write_zone
from ventosa.geometry import LEVELS_FILE, parse_levels
from ventosa.knowledge.model import Caps, Effect, Fact, Knowledge, Library, Rule, Settling
from ventosa.logic import (
    And,
    AtLeast,
    Boolean,
    Choice,
    Compare,
    Condition,
    FactType,
    Is,
    Not,
    Number,
    OneOf,
    Or,
    parse,
)
from ventosa.screening.decision import QUANTITIES, floor_of, usual_caps
from ventosa.terms import (
    LEVELS,
    TAIL_BONE,
    Decision,
    DoseClass,
    Material,
    Side,
    Stage,
    Technique,
    Urgency,
    ZoneKind,
)

SCHEMA = "ventosa/rules/1"

Node = dict[str, Any]


def rules_document(knowledge: Knowledge, library: Library) -> Node:
    """Return the JSON object of the whole knowledge; a list keeps the order that counts."""
    return {
        "schema": SCHEMA,
        "knowledge": {
            "version": knowledge.version,
            "reviewed": knowledge.reviewed.isoformat(),
            "sha256": knowledge.sha256,
            "overlay": _plain(knowledge.overlay),
        },
        "words": _words(),
        "facts": [_fact(fact) for fact in knowledge.facts.values()],
        "groups": [
            {**_plain(group), "only_if": None if group.only_if is None else tree(group.only_if)}
            for group in knowledge.groups.values()
        ],
        "repeat": {
            "anything_new": knowledge.repeat_anything_new,
            "questions": _plain(knowledge.repeat),
        },
        "settling": _settling(knowledge.settling),
        "rules": [_rule(rule) for rule in knowledge.rules],
        "techniques": {str(t): _technique(knowledge, t) for t in Technique},
        "levels": _plain(parse_levels(knowledge.texts[LEVELS_FILE])),
        "outside_studied": [{**_plain(row), "when": tree(row.when)} for row in knowledge.outside],
        "quantities": {name: _plain(number) for name, number in knowledge.quantities.items()},
        "texts": {
            "cups": [_plain(cup) for cup in library.cups.values()],
            "sites": _said(library.sites),
            "advice": _said(library.advice),
            "co_interventions": _said(library.co_interventions),
            "adverse_events": _said(library.adverse_events),
            "evidence": _said(library.evidence),
        },
        "references": list(knowledge.references.values()),
    }


def tree(condition: Condition) -> Node:
    """Return a condition as nested objects; ``node`` names the kind of each."""
    match condition:
        case Is(fact):
            return {"node": "is", "fact": fact}
        case Compare(fact, operator, literal):
            return {"node": "compare", "fact": fact, "operator": operator, "literal": literal}
        case OneOf(fact, literals):
            return {"node": "one_of", "fact": fact, "literals": list(literals)}
        case Not(term):
            return {"node": "not", "term": tree(term)}
        case And(terms):
            return {"node": "and", "terms": [tree(term) for term in terms]}
        case Or(terms):
            return {"node": "or", "terms": [tree(term) for term in terms]}
        case AtLeast(count, terms):
            return {"node": "at_least", "count": count, "terms": [tree(term) for term in terms]}


def _words() -> Node:
    """The closed lists; decisions and urgencies from the mildest to the gravest."""
    return {
        "techniques": [str(technique) for technique in Technique],
        "decisions": [str(decision) for decision in Decision],
        "urgencies": [str(urgency) for urgency in Urgency],
        "quantities": list(QUANTITIES),
        "stages": [str(stage) for stage in Stage],
        "materials": [str(material) for material in Material],
        "zone_kinds": [str(kind) for kind in ZoneKind],
        "sides": [str(side) for side in Side],
        "levels": [*LEVELS, TAIL_BONE],
    }


def _fact(fact: Fact) -> Node:
    return {**_plain(fact), "type": _type(fact.type)}


def _type(kind: FactType) -> Node:
    match kind:
        case Boolean():
            return {"kind": "boolean"}
        case Number(low, high):
            return {"kind": "number", "low": low, "high": high}
        case Choice(words):
            return {"kind": "choice", "words": list(words)}


def _settling(settling: Settling) -> Node:
    return {
        "measured": [{**_plain(m), "when": tree(m.when)} for m in settling.measured],
        "details": _plain(settling.details),
        "orders": {fact: list(words) for fact, words in settling.orders.items()},
        "drawn": {str(kind): fact for kind, fact in settling.drawn.items()},
        "places": {str(kind): list(facts) for kind, facts in settling.places.items()},
        "groups": [
            {"when_fact": g.when_fact, "when_value": g.when_value, "no": dict(g.no)}
            for g in settling.groups
        ],
        "resolved_by": dict(settling.resolved_by),
    }


def _rule(rule: Rule) -> Node:
    """A rule as it was read: its file's tables are worked out for every technique and zone."""
    file: Node = _plain(rule.file)
    worked_out = {"decision", "caps", "closes_back", "when", "example"}
    return {
        **{key: value for key, value in file.items() if key not in worked_out},
        "stage": str(rule.stage),
        "text": rule.file.when,
        "when": tree(rule.when),
        "effects": {str(t): _effect(effect) for t, effect in rule.effects.items()},
        "closes": [write_zone(zone) for zone in rule.closes],
        "closes_drawn": sorted(str(kind) for kind in rule.closes_drawn),
        "examples": file["example"],
    }


def _effect(effect: Effect) -> Node:
    return {
        "decision": str(effect.decision),
        "cleared": str(effect.cleared),
        "caps": None if effect.caps is None else _caps(effect.caps),
    }


def _technique(knowledge: Knowledge, technique: Technique) -> Node:
    """A technique; ``usual`` are the caps where no rule lowers them, the product among them."""
    table = knowledge.techniques[technique]
    worked_out = {"hard_stop", *DoseClass}
    columns = {str(name): caps and _caps(caps) for name, caps in table.columns.items()}
    return {
        **{key: value for key, value in _plain(table.file).items() if key not in worked_out},
        "hard_stop": _caps(table.hard_stop),
        "columns": columns | {"usual": _caps(usual_caps(knowledge, technique))},
        "floor": _caps(floor_of(knowledge, technique)),
    }


def _caps(caps: Caps) -> Node:
    """Caps by quantity; one that has no meaning for the technique is left out."""
    return {name: value for name in QUANTITIES if (value := getattr(caps, name)) is not None}


def _said(entries: Iterable[Any]) -> list[Node]:
    """Entries of the library, with their conditions as trees."""
    said = []
    for entry in entries:
        plain = _plain(entry)
        for field in ("when", "not_when"):
            if plain.get(field) is not None:
                plain[field] = tree(parse(plain[field]))
        said.append(plain)
    return said


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
