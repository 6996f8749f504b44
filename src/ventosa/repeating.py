"""A past decision, made again from what was stored, and what differs between two decisions.

What is stored is the answers, what the record said, the day, the stage and the knowledge's name and
hash. The same knowledge gives the same; another one is named, and every difference is said.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ventosa.contract import read_answers, write_answers, write_screening
from ventosa.contract.readings import read_record, write_readings
from ventosa.knowledge.model import Knowledge
from ventosa.record import Answers, InputError, PatientRecord, Screening
from ventosa.screening import screen
from ventosa.terms import Stage

CAPS = ("suction_kpa", "retention_min", "kpa_min", "cups", "repetitions")


@dataclass(frozen=True, slots=True)
class Difference:
    """One line of a decision that is not what it was; ``None`` = it did not stand there.

    ``what`` is ``urgency``, a technique, ``rule:<id>``, ``fact:<id>``, ``ask`` (how many questions
    are open) or ``rest``, for a technique with ``.`` and what of it: ``.decision``, a cap,
    ``.offered``, ``.materials`` or ``.zones``.
    """

    what: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Again:
    """A decision made again: the screening, how it differs, and whether the knowledge does."""

    screening: Screening
    differences: tuple[Difference, ...]
    knowledge_before: str
    knowledge_is_same: bool


def stored(answers: Answers, record: PatientRecord | None, screening: Screening) -> dict[str, Any]:
    """Return all that makes a decision repeatable, as JSON: ``answers``, ``record``, ``screening``
    and the name and hash of the knowledge."""
    return {
        "stage": str(screening.stage),
        "answers": write_answers(answers),
        "record": write_readings(() if record is None else record.readings),
        "knowledge_version": screening.knowledge_version,
        "knowledge_sha256": screening.knowledge_sha256,
        "screening": write_screening(screening),
    }


def run_again(kept: Mapping[str, Any], knowledge: Knowledge) -> Again:
    """Return a stored decision made again with the knowledge at hand.

    Raises:
        InputError: what was stored cannot be read with this knowledge, such as an answer to a
            question that it no longer has.
    """
    before = kept["screening"]
    try:
        on, stage = date.fromisoformat(before["on"]), Stage(before["stage"])
    except (KeyError, TypeError, ValueError):
        raise InputError("screening", "does not say its day and stage") from None
    answers = read_answers(json.dumps(kept["answers"]).encode(), knowledge)
    record = read_record(kept["record"], knowledge)
    after = screen(answers, record, knowledge, on=on, stage=stage)
    return Again(
        after,
        differences(summary(before), summary(write_screening(after))),
        kept["knowledge_version"],
        kept["knowledge_sha256"] == knowledge.sha256,
    )


def sha_of(answers: Answers, screening: Screening) -> str:
    """Return the hash over all that a plan rests on: what was answered, and what it came to."""
    tree = [write_answers(answers), write_screening(screening)]
    return hashlib.sha256(_canonical(tree)).hexdigest()


def summary(screening: Mapping[str, Any]) -> dict[str, str]:
    """Return a screening's JSON as short lines, for comparing; ``rest`` stands for what they do
    not name, the knowledge apart."""
    lines = {"urgency": _interval(screening["urgency"]), "ask": str(len(screening["ask"]))}
    for name, technique in screening["techniques"].items():
        lines |= {f"{name}.{what}": words for what, words in _technique(technique).items()}
        for finding in technique["findings"]:
            lines[f"rule:{finding['rule']}"] = finding["state"]
    for finding in screening["urgency"]["findings"]:
        lines[f"rule:{finding['rule']}"] = finding["state"]
    for fact, known in screening["facts"].items():
        lines[f"fact:{fact}"] = _value(known["value"])
    rest = {key: value for key, value in screening.items() if key != "knowledge"}
    lines["rest"] = hashlib.sha256(_canonical(rest)).hexdigest()
    return lines


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return what differs between two summaries, in the order of the later one; ``rest`` is named
    only where nothing else differs."""
    keys = [*after, *(key for key in before if key not in after)]
    found = tuple(
        Difference(key, before.get(key), after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    )
    named = tuple(one for one in found if one.what != "rest")
    return named or found


def _technique(technique: Mapping[str, Any]) -> dict[str, str]:
    limits = technique["limits"]
    lines = {"decision": _interval(technique), "offered": _value(technique["offered"])}
    lines |= {cap: f"{limits[cap]:g}" for cap in CAPS if limits[cap] is not None}
    if limits["materials_excluded"]:
        lines["materials"] = ", ".join(limits["materials_excluded"])
    zones: Sequence[Any] = technique["closed_zones"]
    if zones:
        digest = hashlib.sha256(_canonical(zones)).hexdigest()[:8]
        lines["zones"] = f"{len(zones)} ({digest})"
    return lines


def _interval(item: Mapping[str, Any]) -> str:
    certain, possible = item["certain"], item["possible"]
    return str(certain) if certain == possible else f"{certain} to {possible}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"{value['low']:g} to {value['high']:g}"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _canonical(tree: Any) -> bytes:
    return json.dumps(tree, sort_keys=True, ensure_ascii=False).encode()
