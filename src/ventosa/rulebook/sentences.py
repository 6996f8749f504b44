"""A condition, caps and a reference in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from ventosa.knowledge.model import Caps, Fact
from ventosa.logic import (
    And,
    AtLeast,
    Compare,
    Condition,
    Is,
    Not,
    OneOf,
    Or,
)
from ventosa.terms import Technique, mmhg


def caps_words(caps: Caps, technique: Technique) -> str:
    """Return caps in words: kPa with mmHg, minutes, cups, times."""
    passes = "passes" if technique is Technique.MOVING else "times"
    parts = [
        f"{caps.suction_kpa:g} kPa ({mmhg(caps.suction_kpa)} mmHg)" if caps.suction_kpa else "",
        f"{caps.retention_min:g} min" if caps.retention_min is not None else "",
        f"{caps.cups} {'cup' if caps.cups == 1 else 'cups'}" if caps.cups is not None else "",
        f"{caps.repetitions} {passes}" if caps.repetitions is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def say(condition: Condition, facts: Mapping[str, Fact]) -> str:
    """Return a condition in words, with the questions it rests on."""
    match condition:
        case Is(fact):
            return f"“{facts[fact].question}” is yes"
        case Not(Is(fact)):
            return f"“{facts[fact].question}” is no"
        case Not(term):
            return f"not ({say(term, facts)})"
        case Compare(fact, operator, literal):
            words = _OPERATORS[operator]
            number = f"{literal:g}" if isinstance(literal, float) else str(literal)
            unit = _UNITS.get(facts[fact].unit, facts[fact].unit)
            shown = f"{number} {unit}".strip()
            return f"{_NAMES.get(fact, fact.replace('_', ' '))} {words} {shown}"
        case OneOf(fact, literals):
            listed = " or ".join(f"{x:g}" if isinstance(x, float) else x for x in literals)
            return f"“{facts[fact].question}” is {listed}"
        case And(terms):
            return " and ".join(_grouped(term, facts) for term in terms)
        case Or(terms):
            return " or ".join(_grouped(term, facts) for term in terms)
        case AtLeast(count, terms):
            return f"at least {count} of: " + "; ".join(say(term, facts) for term in terms)


def _grouped(term: Condition, facts: Mapping[str, Fact]) -> str:
    return f"({say(term, facts)})" if isinstance(term, And | Or | AtLeast) else say(term, facts)


_OPERATORS = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "==": "is",
    "!=": "is not",
}


_UNITS = {"year": "", "week": "weeks", "month": "months", "session": "", "1": ""}


_NAMES = {"age_years": "age", "onset_age_years": "age when the pain first began"}


def reference_words(entry: Mapping[str, Any]) -> str:
    """Return a CSL-JSON entry as one line of text."""
    parts: Iterable[str] = (
        _authors(entry),
        str(entry.get("title", "")),
        str(entry.get("container-title", "")),
        _year(entry),
        f"doi:{entry['DOI']}" if entry.get("DOI") else str(entry.get("URL", "")),
        f"({entry['note']})" if entry.get("note") else "",
    )
    return ". ".join(part for part in parts if part)


def _authors(entry: Mapping[str, Any]) -> str:
    names = [a.get("literal") or a.get("family", "") for a in entry.get("author", ())]
    return ", ".join(name for name in names if name)


def _year(entry: Mapping[str, Any]) -> str:
    parts = entry.get("issued", {}).get("date-parts", [[]])
    return str(parts[0][0]) if parts and parts[0] else ""
