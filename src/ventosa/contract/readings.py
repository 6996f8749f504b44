"""What a record said, as JSON: kept beside the answers, so that a decision can be made again."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

import msgspec

from ventosa.contract.answers import write_value
from ventosa.knowledge.model import Knowledge
from ventosa.record import InputError, Interval, PatientRecord, Reading, Value


class _Reading(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    fact: str
    value: Any
    source: str
    on: date | None = None
    stale: str | None = None


def write_readings(readings: Iterable[Reading]) -> list[dict[str, Any]]:
    """Return the JSON of readings, in their order; reading it gives them back."""
    return [
        msgspec.to_builtins(
            _Reading(one.fact, write_value(one.value), one.source, one.on, one.stale)
        )
        for one in readings
    ]


def read_readings(tree: Sequence[Any], knowledge: Knowledge) -> tuple[Reading, ...]:
    """Return the readings of their JSON.

    Raises:
        InputError: names the reading; a fact that the knowledge does not have is refused.
    """
    try:
        found = msgspec.convert(tree, list[_Reading])
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$")
        raise InputError(f"record{where.rstrip('`')}", problem) from None
    return tuple(_reading(f"record[{n}]", one, knowledge) for n, one in enumerate(found))


def read_record(tree: Sequence[Any], knowledge: Knowledge) -> PatientRecord:
    """Return a record that holds only what decides: its readings, and nobody's name.

    Raises:
        InputError: as ``read_readings``.
    """
    return PatientRecord("stored", readings=read_readings(tree, knowledge))


def _reading(path: str, one: _Reading, knowledge: Knowledge) -> Reading:
    if one.fact not in knowledge.facts:
        raise InputError(f"{path}.fact", "is no fact of this knowledge")
    return Reading(one.fact, _value(f"{path}.value", one.value), one.source, one.on, one.stale)


def _value(path: str, value: Any) -> Value:
    """A value by its form: what was read may lie outside what can be answered."""
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return Interval(value, value)
    if isinstance(value, dict) and set(value) == {"low", "high"}:
        ends = (value["low"], value["high"])
        if all(isinstance(end, int | float) and not isinstance(end, bool) for end in ends):
            return Interval(*ends)
    raise InputError(path, 'is true or false, a word, a number, or {"low": .., "high": ..}')
