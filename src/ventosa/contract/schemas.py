"""JSON schemas of what goes in and out, as published in ``docs/schemas``.

Pure: values in, Python dicts out; ``schema_files`` gives the texts that the folder holds.
"""

import json
from typing import Any

import msgspec

from ventosa.contract.answers import AnswersJson
from ventosa.contract.reports import PLAN_SCHEMA, SCREENING_SCHEMA
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Choice, Number
from ventosa.record.answers import MOST_WORD_ID, WORD_ID
from ventosa.terms import (
    CUP_MATERIALS,
    LEVELS,
    TAIL_BONE,
    Decision,
    Material,
    Side,
    Stage,
    State,
    Technique,
    Urgency,
    ZoneKind,
)

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema_files(knowledge: Knowledge) -> dict[str, str]:
    """Return the published schemas: file name to text."""
    schemas = {
        "answers.schema.json": answers_schema(knowledge),
        "screening.schema.json": screening_schema(),
        "plan.schema.json": plan_schema(),
    }
    return {
        name: json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
        for name, schema in schemas.items()
    }


# --- answers --------------------------------------------------------------------------------


def answers_schema(knowledge: Knowledge) -> Schema:
    """Return the schema of an answers file, with every fact's own type.

    What a schema cannot say is refused by ``read_answers`` alone: an interval or a band upside
    down, a key or an id that stands twice, a clearance of a word that is not given, a character
    that is not text.
    """
    made: Schema = _public_names(msgspec.json.schema(AnswersJson))
    parts = made["$defs"]
    parts["AnswersJson"]["title"] = "Ventosa answers"
    parts["AnswersJson"]["properties"]["facts"] = {
        "type": "object",
        "properties": {
            fact.id: _fact(fact)
            for fact in knowledge.facts.values()
            if fact.zone is None and fact.id != "zones_recorded"
        },
        "additionalProperties": False,
    }
    parts["Zone"]["oneOf"] = [_DISC, _BAND]
    parts["Cup"]["properties"]["material"] = _enum(*CUP_MATERIALS)
    rules = _enum(*knowledge.facts, *sorted(rule.id for rule in knowledge.rules))
    parts["Clearance"]["properties"]["covers"] = {
        "anyOf": [rules, {"type": "string", "pattern": WORD_ID, "maxLength": MOST_WORD_ID}]
    }
    parts["OutsideWord"]["anyOf"] = [
        {"properties": {name: {"type": "null"}}} for name in ("techniques", "zone")
    ]
    closed = {"properties": {"kind": {"const": str(ZoneKind.NO_GO)}}}
    parts["OutsideWord"]["properties"]["zone"] = _or_null({"allOf": [_part("Zone"), closed]})
    return {"$schema": DIALECT} | made


def _public_names(tree: Any) -> Any:
    """The same schema, its parts named without the underscore of the classes behind them."""
    if isinstance(tree, list):
        return [_public_names(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    named = {key: _public_names(value) for key, value in tree.items()}
    if "$defs" in named:
        named["$defs"] = {key.lstrip("_"): part for key, part in named["$defs"].items()}
    if "$ref" in named:
        named["$ref"] = named["$ref"].replace("/_", "/")
    if isinstance(named.get("title"), str):
        named["title"] = named["title"].lstrip("_")
    return named


def _fact(fact: Fact) -> Schema:
    match fact.type:
        case Boolean():
            return {"description": fact.question, "type": ["boolean", "null"]}
        case Choice(words):
            return {"description": fact.question, "enum": [*words, None]}
        case Number(low, high):
            number = {"type": "number", "minimum": low, "maximum": high}
    unit = f" [{fact.unit}]" if fact.unit not in ("", "1") else ""
    both = _closed({"low": number, "high": number})
    return {"description": fact.question + unit, "anyOf": [number, both, {"type": "null"}]}


def _only(present: tuple[str, ...], absent: tuple[str, ...]) -> Schema:
    filled = {name: {"not": {"type": "null"}} for name in present}
    empty = {name: {"type": "null"} for name in absent}
    return {"required": list(present), "properties": filled | empty}


_OF_DISC, _OF_BAND = ("level", "lateral_mm", "radius_mm"), ("from_level", "to_level")
_DISC = _only(_OF_DISC, (*_OF_BAND, "lateral_from_mm", "lateral_to_mm"))
_BAND = _only(_OF_BAND, _OF_DISC)


# --- what comes out -------------------------------------------------------------------------


def screening_schema() -> Schema:
    """Return the schema of a screening: closed, every key there."""
    schema = _closed(_screening())
    return {"$schema": DIALECT, "title": "Ventosa screening"} | schema | {"$defs": _parts()}


def plan_schema() -> Schema:
    """Return the schema of a plan: the screening's keys and the plan's own, closed."""
    schema = _closed(_screening() | _plan())
    return {"$schema": DIALECT, "title": "Ventosa plan"} | schema | {"$defs": _parts()}


def _closed(properties: Schema, *, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties | (optional or {}),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def _enum(*words: Any) -> Schema:
    return {"enum": [str(word) for word in words]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _part(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


_TEXT: Schema = {"type": "string"}
_TEXT_OR_NULL: Schema = {"type": ["string", "null"]}
_DATE: Schema = {"type": "string", "format": "date"}
_NUMBER: Schema = {"type": "number"}
_POSITIVE: Schema = {"type": "number", "exclusiveMinimum": 0}
_POSITIVE_OR_NULL: Schema = {"type": ["number", "null"], "exclusiveMinimum": 0}
_COUNT: Schema = {"type": "integer", "minimum": 1}
_COUNT_OR_NULL: Schema = {"type": ["integer", "null"], "minimum": 0}
_TEXTS = _list(_TEXT)
_TECHNIQUE = _enum(*Technique)
_DECISION = _enum(*Decision)
_URGENCY = _enum(*Urgency)
_STATE = _enum(*State)


def _parts() -> Schema:
    finding = {
        "rule": _TEXT,
        "title": _TEXT,
        "decision": _DECISION,
        "state": _STATE,
        "because": _TEXT,
        "sources": _TEXTS,
        "strength": {"enum": [0, 1, 2, 3]},
        "editorial": _TEXT_OR_NULL,
        "advice": _TEXTS,
    }
    return {
        "value": {
            "anyOf": [
                {"type": ["boolean", "string", "number", "null"]},
                _closed({"low": _NUMBER, "high": _NUMBER}),
            ]
        },
        "finding": _closed(finding),
        "flag": _closed(finding | {"urgency": _URGENCY, "within": _TEXT_OR_NULL}),
        "closed_zone": _closed_zone(),
        "technique": _closed(
            {
                "certain": _DECISION,
                "possible": _DECISION,
                "may_use": {"type": "boolean"},
                "offered": {"type": "boolean"},
                "limits": _limits(),
                "findings": _list(_part("finding")),
                "closed_zones": _list(_part("closed_zone")),
            }
        ),
    }


def _closed_zone() -> Schema:
    fields = ("lateral_mm", "radius_mm", "lateral_from_mm", "lateral_to_mm")
    return _closed(
        {"kind": _enum(*ZoneKind), "side": _enum(*Side), "rule": _TEXT},
        optional=dict.fromkeys(fields, _NUMBER)
        | {"level": _enum(*LEVELS), "from_level": _enum(*LEVELS)}
        | {"to_level": _enum(*LEVELS, TAIL_BONE)},
    )


def _limits() -> Schema:
    quantities = {
        "suction_kpa": {"type": ["number", "null"], "minimum": 0},
        "retention_min": {"type": ["number", "null"], "minimum": 0},
        "kpa_min": {"type": ["number", "null"], "minimum": 0},
        "cups": _COUNT_OR_NULL,
        "repetitions": _COUNT_OR_NULL,
    }
    setters = _list(_closed({"rule": _TEXT, "state": _STATE}))
    names = (*quantities, "materials_excluded")
    by = _closed({}, optional=dict.fromkeys(names, setters))
    excluded = _list(_enum(*Material))
    return _closed(quantities | {"materials_excluded": excluded, "by": by})


def _screening() -> Schema:
    value = _part("value")
    known = _closed({"value": value, "source": _SOURCE, "on": _or_null(_DATE)})
    conflict = {"fact": _TEXT, "record": value, "answer": value, "used": value, "why": _TEXT}
    return {
        "schema": {"const": SCREENING_SCHEMA},
        "on": _DATE,
        "stage": _enum(*Stage),
        "knowledge": _closed(
            {"version": _TEXT, "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"}}
        ),
        "facts": {"type": "object", "additionalProperties": known},
        "conflicts": _list(_closed(conflict)),
        "urgency": _closed(
            {"certain": _URGENCY, "possible": _URGENCY, "findings": _list(_part("flag"))}
        ),
        "techniques": _closed({str(technique): _part("technique") for technique in Technique}),
        "before_start": _list(_closed({"fact": _TEXT, "question": _TEXT, "answer": value})),
        "outside_studied": _TEXTS,
        "unresolved": _list(_closed({"fact": _TEXT, "resolved_by": _TEXT})),
        "ask": _list(_question()),
        "exit": {"enum": [0, 3, 4, 5]},
    }


_SOURCE: Schema = {
    "type": "string",
    "pattern": r"^(answer|derived|[A-Z][A-Za-z]*(/.+| at entry\[\d+\]))$",
}
"""Where a fact comes from; a resource without id is named by its place in the bundle."""


def _question() -> Schema:
    decisions = {str(technique): _DECISION for technique in Technique}
    could = {
        "techniques": _closed({}, optional=decisions),
        "urgency": _URGENCY,
        "limits": _list(_TECHNIQUE),
    }
    return _closed(
        {
            "fact": _TEXT,
            "group": _TEXT,
            "question": _TEXT,
            "choices": _TEXTS,
            "red_flag": {"type": "boolean"},
            "could": _closed(could),
            "already": _TEXT_OR_NULL,
        }
    )


def _plan() -> Schema:
    said = _said()
    return {
        "schema": {"const": PLAN_SCHEMA},
        "technique": _or_null(_TECHNIQUE),
        "title": _TEXT,
        "summary": _TEXT,
        "dose": _or_null(_dose()),
        "placements": _list(_placement()),
        "cover": {"type": ["number", "null"], "minimum": 0, "maximum": 1},
        "frame": _closed({"origin": _TEXT, "scale_mm": _POSITIVE, "error_mm": _NUMBER}),
        "posture": _TEXT,
        "preparation": said,
        "monitor": said,
        "regimen": _or_null(_regimen()),
        "step_up": said,
        "stop_rule": said,
        "co_interventions": said,
        "aftercare": said,
        "expect": said,
        "referral": said,
        "evidence": _closed({"text": _TEXT, "certainty": _TEXT, "basis": _TEXT, "sources": _TEXTS}),
        "refused": _list(
            _closed(
                {
                    "technique": _TECHNIQUE,
                    "certain": _DECISION,
                    "possible": _DECISION,
                    "why": _TEXT,
                }
            )
        ),
        "why": _list(_closed({"choice": _TEXT, "because": _TEXT, "sources": _TEXTS})),
        "references": _list(_reference()),
    }


def _said() -> Schema:
    return _list(
        _closed(
            {
                "title": _TEXT,
                "text": _TEXT,
                "kind": _TEXT,
                "audience": _enum("patient", "practitioner", "both"),
                "sources": _TEXTS,
                "editorial": _TEXT_OR_NULL,
            }
        )
    )


def _dose() -> Schema:
    return _closed(
        {
            "suction_kpa": _POSITIVE_OR_NULL,
            "retention_min": _POSITIVE_OR_NULL,
            "cups": _COUNT,
            "repetitions": {"type": ["integer", "null"], "minimum": 1},
        }
    )


def _placement() -> Schema:
    point = {"type": "array", "items": _NUMBER, "minItems": 2, "maxItems": 2}
    return _closed(
        {
            "level": _enum(*LEVELS),
            "side": _enum(Side.LEFT, Side.RIGHT),
            "lateral_mm": _POSITIVE,
            "y_mm": _NUMBER,
            "inner_diameter_mm": _POSITIVE,
            "suction_kpa": _POSITIVE_OR_NULL,
            "retention_min": _POSITIVE_OR_NULL,
            "site": _TEXT_OR_NULL,
            "path": _or_null(_list(point)),
        }
    )


def _regimen() -> Schema:
    names = (
        "sessions",
        "per_week",
        "min_days_between",
        "review_after_sessions",
        "review_after_weeks",
        "stop_after_sessions",
    )
    return _closed(dict.fromkeys(names, _COUNT))


def _reference() -> Schema:
    """A CSL-JSON entry: its own standard says what else may stand in it."""
    return {
        "type": "object",
        "properties": {"id": _TEXT, "type": _TEXT, "title": _TEXT},
        "required": ["id", "type", "title"],
    }
