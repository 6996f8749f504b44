"""The shipped rules reproduce the hand-transcribed table, cell by cell.

``matrix.csv`` was written from the clinical tables by hand and is never generated. A rule that is
dropped or loosened changes a cell, so it cannot be removed while its row exists.
"""

import csv
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

import pytest

from people import TODAY, disc, person
from ventosa.knowledge import Knowledge
from ventosa.record import Answers, Clearance, Complaint, Screening
from ventosa.screening import screen
from ventosa.terms import Stage, Technique

ROWS = list(csv.DictReader((Path(__file__).parent / "matrix.csv").open(encoding="utf-8")))
CASES = [(case, list(rows)) for case, rows in groupby(ROWS, key=lambda row: row["case"])]
QUANTITIES = ("suction_kpa", "retention_min", "cups", "repetitions")


def answers_of(knowledge: Knowledge, given: str) -> tuple[Answers, Stage]:
    changes: dict[str, object] = {}
    zones = []
    stage = Stage.PLAN
    for part in filter(None, given.split(" & ")):
        if part.startswith("zone:"):
            zones.append(disc(part.removeprefix("zone:")))
            continue
        fact, _, word = part.partition("=")
        changes[fact] = _value(word)
        if knowledge.facts[fact].stage is Stage.START:
            stage = Stage.START
    base = {"sex": "female"} if changes.get("pregnant") not in (None, "no") else {}
    return person(knowledge, base | changes, tuple(zones)), stage


def _value(word: str) -> object:
    constants = {"true": True, "false": False, "null": None}
    if word in constants:
        return constants[word]
    try:
        return float(word)
    except ValueError:
        return word


def with_clearances(knowledge: Knowledge, answers: Answers) -> Answers:
    """Everything that can be cleared is cleared today, after an onset that is known."""
    words = tuple(Clearance(rule.id, "a doctor", TODAY) for rule in knowledge.rules)
    facts = dict(answers.facts)
    assert answers.complaint is not None
    complaint = Complaint(onset_date=TODAY, sites=answers.complaint.sites)
    facts.setdefault("pain_duration_weeks", None)
    return replace(answers, clearances=words, complaint=complaint, facts=MappingProxyType(facts))


def interval(screening: Screening, technique: str) -> str:
    screened = screening.techniques[Technique(technique)]
    certain, possible = str(screened.certain), str(screened.possible)
    return certain if certain == possible else f"{certain}..{possible}"


def differences(
    row: dict[str, str], plain: Screening, cleared: Screening
) -> Iterator[tuple[str, str, str]]:
    technique = row["technique"]
    yield "decision", row["decision"], interval(plain, technique)
    if row["cleared"]:
        yield "cleared", row["cleared"], interval(cleared, technique)
    if row["urgency"]:
        yield "urgency", row["urgency"], str(plain.urgency.certain)
    limits = plain.techniques[Technique(technique)].limits
    for name in QUANTITIES:
        if row[name]:
            cap = getattr(limits, name)
            yield name, row[name], "-" if cap is None else f"{cap:g}"


@pytest.mark.parametrize(("case", "rows"), CASES, ids=[case for case, _ in CASES])
def test_every_cell_of_the_table_holds(
    knowledge: Knowledge, case: str, rows: list[dict[str, str]]
) -> None:
    answers, stage = answers_of(knowledge, rows[0]["given"])
    plain = screen(answers, None, knowledge, on=TODAY, stage=stage)
    cleared = screen(with_clearances(knowledge, answers), None, knowledge, on=TODAY, stage=stage)
    wrong = [
        f"{row['technique']} {name}: table {expected}, program {found}"
        for row in rows
        for name, expected, found in differences(row, plain, cleared)
        if expected != found
    ]
    assert not wrong, f"{case} ({rows[0]['given']}):\n" + "\n".join(wrong)
