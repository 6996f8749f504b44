"""`prove`, `diff` and what `try` proves, as a reviewer of a knowledge change meets them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ventosa.cli import ventosa
from ventosa.knowledge import SHIPPED

THINNER = "rules/c06-blood-thinner.toml"


def call(*words: str) -> Result:
    return CliRunner().invoke(ventosa, list(words))


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A knowledge folder of one's own, still the same as the shipped one."""
    place = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, place, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return place


def change(folder: Path, file: str, before: str, after: str) -> None:
    text = (folder / file).read_text("utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after), "utf-8")


def test_diff_of_what_is_the_same_is_proved(other: Path) -> None:
    change(other, THINNER, "Blood under the skin", "The blood under the skin")
    result = call("diff", "shipped", str(other))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "rule C06 changed: because",
        "The same answers bring everybody the same: proved.",
    ]


def test_diff_names_the_rule_and_a_patient_who_can_be_screened(other: Path, tmp_path: Path) -> None:
    (other / THINNER).unlink()
    examples = tmp_path / "examples"
    result = call("diff", "shipped", str(other), "--examples", str(examples))
    assert result.exit_code == 1, result.output
    assert "rule C06 removed" in result.stdout
    assert "For a healthy man of 40, but: anticoagulant yes" in result.stdout
    assert "looser  decision: wet: avoid -> ok" in result.stdout
    (patient, *_) = sorted(examples.glob("*.json"))
    shown = call("screen", "--answers", str(patient), "--on", "2026-01-01", "--format", "json")
    assert json.loads(shown.stdout)["techniques"]["wet"]["certain"] == "avoid"


def test_diff_as_json_carries_the_answers(other: Path) -> None:
    change(other, "rules/c28-older-adult.toml", "age_years >= 65", "age_years >= 66")
    result = call("diff", str(SHIPPED), str(other), "--format", "json")
    found = json.loads(result.stdout)
    assert found["schema"] == "ventosa/difference/1"
    assert found["rules"] == [{"rule": "C28", "how": "changed", "fields": ["when"]}]
    looser = [c for c in found["changes"] if c["what"] == "wet"]
    assert [(c["way"], c["before"], c["after"]) for c in looser] == [("looser", "refer", "ok")]
    assert looser[0]["answers"]["facts"]["age_years"] == 65


def test_prove_fails_on_a_folder_that_is_looser_or_not_the_same(other: Path) -> None:
    change(other, THINNER, 'dry_static = "refer"', 'dry_static = "modify"')
    change(other, THINNER, 'silicone = "refer"', 'silicone = "avoid"')
    result = call("prove", "--knowledge", str(other), "--same")
    assert result.exit_code == 1, result.output
    assert (
        "FAILS: Nothing changes for anybody by the same answers, against 2026.11" in result.stdout
    )
    assert "looser  decision: dry_static: refer -> modify" in result.stdout
    assert "tighter decision: silicone: refer -> avoid" in result.stdout
    assert "proved: No rule is dead" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Not proved: 96 rules")


def test_diff_proves_that_a_word_without_a_column_changes_nothing(other: Path) -> None:
    """The class *least* has no column for wet cupping: the cell is *avoid* whatever it says."""
    change(other, THINNER, 'wet = "avoid"', 'wet = "refer"')
    result = call("diff", "shipped", str(other))
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "rule C06 changed: decision"


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "facts.csv",
            "seizure_disorder,boolean,,true,",
            "seizure_disorder,boolean,,false,",
            "fact seizure_disorder: riskier yes becomes no",
        ),
        (
            "facts.csv",
            "smoker,boolean,,true,heart_and_circulation,patient,visit",
            "smoker,boolean,,true,heart_and_circulation,patient,ever",
            "fact smoker: holds visit becomes ever",
        ),
        (
            "quantities.toml",
            "[assessment_days]\nvalue = 30",
            "[assessment_days]\nvalue = 300",
            "number assessment_days: 30 becomes 300",
        ),
        ("codes/codes.csv", "84757009", "84757008", "file codes/codes.csv: a record may be read"),
        (THINNER, 'by = "', 'by = "somebody or ', "rule C06: cleared by "),
    ],
)
def test_what_no_proof_sees_is_said_and_is_no_success(
    other: Path, file: str, before: str, after: str, said: str
) -> None:
    change(other, file, before, after)
    result = call("diff", "shipped", str(other))
    assert result.exit_code == 1, result.output
    assert "The same answers bring everybody the same: proved." in result.stdout
    assert f"NOT PROVED: {said}" in result.stdout
    as_json = json.loads(call("diff", "shipped", str(other), "--format", "json").stdout)
    assert [sentence.startswith(said) for sentence in as_json["unproved"]] == [True]


def test_try_proves_what_the_rule_touches_and_says_for_whom_it_changes(tmp_path: Path) -> None:
    text = (SHIPPED / THINNER).read_text("utf-8")
    path = tmp_path / "c06.toml"
    path.write_text(text.replace('flash = "refer"', 'flash = "modify"'), "utf-8")
    result = call("try", str(path))
    assert result.exit_code == 0, result.output
    assert "proved: A redundant rule says what implies it (1 part," in result.stdout
    assert "For a healthy man of 40, but: anticoagulant yes" in result.stdout
    assert "looser  decision: flash: refer -> modify" in result.stdout


def test_try_fails_where_a_law_does(tmp_path: Path) -> None:
    text = (SHIPPED / THINNER).read_text("utf-8")
    path = tmp_path / "c06.toml"
    path.write_text(text.replace('when = "anticoagulant"', 'when = "!anticoagulant"'), "utf-8")
    result = call("try", str(path))
    assert result.exit_code == 1, result.output
    assert "FAILS (1): More risk never loosens" in result.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("diff", "shipped"), "name the folder to compare with, or give --overlay"),
        (("diff", "shipped", "nowhere"), "is not a folder"),
        (("prove", "--knowledge", "nowhere"), "is not a folder"),
        (("prove", "--overlay", "nowhere"), "nowhere"),
        (("prove", "--knowledge", "nowhere", "--against", "shipped"), "is not a folder"),
    ],
)
def test_bad_input_is_one_sentence(words: tuple[str, ...], says: str) -> None:
    result = call(*words)
    assert result.exit_code == 2 and says in result.stderr
    assert result.stderr.count("\n") == 1 and result.stdout == ""


def test_examples_need_a_place(other: Path, tmp_path: Path) -> None:
    (other / THINNER).unlink()
    (tmp_path / "file").write_text("")
    result = call("diff", "shipped", str(other), "--examples", str(tmp_path / "file" / "x"))
    assert result.exit_code == 2 and "cannot be made" in result.stderr
