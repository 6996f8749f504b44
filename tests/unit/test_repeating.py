"""A decision is made again from what was stored: the same, or every difference is named."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from people import TODAY, healthy
from ventosa.contract.readings import read_readings, read_record, write_readings
from ventosa.knowledge import Knowledge
from ventosa.record import Answers, InputError, Interval, PatientRecord, Reading
from ventosa.repeating import (
    differences,
    run_again,
    sha_of,
    stored,
    summary,
)
from ventosa.screening import screen

RECORD = PatientRecord(
    "bundle",
    "Daniel Okafor",
    "1972-03-14",
    (
        Reading("age_years", Interval(54, 54), "Patient/1", TODAY),
        Reading("sex", "male", "Patient/1"),
        Reading("diabetes", True, "Condition/4", date(2020, 5, 1)),
        Reading("haemoglobin_g_dl", Interval(11.5, 12), "Observation/9", None, "older than a year"),
    ),
)


def kept(answers: Answers, knowledge: Knowledge) -> dict[str, Any]:
    decided = screen(answers, RECORD, knowledge, on=TODAY)
    # Through text, as a database gives it back.
    return json.loads(json.dumps(stored(answers, RECORD, decided)))  # type: ignore[no-any-return]


def test_readings_come_back_as_they_were(knowledge: Knowledge) -> None:
    tree = json.loads(json.dumps(write_readings(RECORD.readings)))
    assert read_readings(tree, knowledge) == RECORD.readings


def test_what_is_stored_names_nobody(knowledge: Knowledge) -> None:
    tree = write_readings(RECORD.readings)
    assert "Okafor" not in json.dumps(tree)
    assert read_record(tree, knowledge).name is None


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"fact": "no_such_fact", "value": True, "source": "x"}, "record[0].fact"),
        ({"fact": "diabetes", "value": [1], "source": "x"}, "record[0].value"),
        ({"fact": "diabetes", "value": {"low": True, "high": 2}, "source": "x"}, "record[0].value"),
        ({"fact": "diabetes", "value": True, "source": "x", "more": 1}, "record[0]"),
    ],
)
def test_another_shape_is_refused(wrong: Any, path: str, knowledge: Knowledge) -> None:
    with pytest.raises(InputError) as refused:
        read_readings([wrong], knowledge)
    assert refused.value.path == path


def test_the_same_knowledge_gives_the_same(knowledge: Knowledge) -> None:
    again = run_again(kept(healthy(knowledge, anticoagulant=True), knowledge), knowledge)
    assert again.differences == ()
    assert again.knowledge_is_same


def test_another_rule_is_a_difference_that_is_named(knowledge: Knowledge) -> None:
    first = knowledge.rule("first_session")
    others = knowledge.with_rules(rule for rule in knowledge.rules if rule.id != first.id)
    later = replace(others, version="later", sha256="0" * 64)
    answers = healthy(knowledge, first_session=True)
    before = stored(answers, None, screen(answers, None, knowledge, on=TODAY))
    again = run_again(before, later)
    assert not again.knowledge_is_same
    assert again.knowledge_before == knowledge.version
    found = {one.what: (one.before, one.after) for one in again.differences}
    assert found["rule:first_session"] == ("true", None)
    assert found["dry_static.decision"] == ("modify", "ok")


def test_a_question_that_is_gone_is_said(knowledge: Knowledge) -> None:
    before = kept(healthy(knowledge), knowledge)
    before["answers"]["facts"]["a_fact_of_old"] = True
    with pytest.raises(InputError, match="a_fact_of_old"):
        run_again(before, knowledge)


def test_what_the_lines_do_not_name_is_still_a_difference(knowledge: Knowledge) -> None:
    tree = kept(healthy(knowledge), knowledge)["screening"]
    other = json.loads(json.dumps(tree))
    other["before_start"] = []
    assert [one.what for one in differences(summary(tree), summary(other))] == ["rest"]
    other["knowledge"] = {"version": "x", "sha256": "y"}
    tree["before_start"] = []
    assert differences(summary(tree), summary(other)) == ()


def test_the_hash_changes_with_what_was_felt_and_what_was_answered(knowledge: Knowledge) -> None:
    answers = healthy(knowledge)
    screening = screen(answers, None, knowledge, on=TODAY)
    felt = replace(answers, complaint=None)
    assert len({sha_of(answers, screening), sha_of(felt, screening)}) == 2
    changed = healthy(knowledge, anticoagulant=True)
    assert sha_of(changed, screening) != sha_of(answers, screening)
    assert sha_of(healthy(knowledge), screening) == sha_of(answers, screening)
