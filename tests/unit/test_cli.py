"""The command line as a person meets it: exit codes, whole files or none, one sentence an error."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from people import healthy_facts
from ventosa.contract.answers import write_value
from ventosa.knowledge import Knowledge

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "okafor"
DAY = ["--on", "2026-11-24"]
SITE = {"level": "L4", "side": "both", "tension": 2, "tenderness": 1}
SAID = "Zaphod-Secret"


def run(*words: str, data: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "ventosa", *words]
    return subprocess.run(command, input=data, capture_output=True, check=False, timeout=60)


def answers_file(folder: Path, knowledge: Knowledge, **changes: Any) -> str:
    facts = {key: write_value(value) for key, value in healthy_facts(knowledge).items()}
    tree = {
        "answered_on": "2026-11-24",
        "facts": facts | changes,
        "zones": [],
        "complaint": {"goal": SAID, "sites": [SITE]},
    }
    path = folder / "answers.json"
    path.write_text(json.dumps(tree), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({}, 0),
        ({"fever": None}, 3),
        ({"bleeding_disorder": True}, 4),
        ({"saddle_numbness": True}, 5),
    ],
)
def test_exit_codes_of_screen_and_plan(
    tmp_path: Path, knowledge: Knowledge, changes: dict[str, Any], code: int
) -> None:
    path = answers_file(tmp_path, knowledge, **changes)
    assert run("screen", "--answers", path, *DAY).returncode == code
    for suffix in ("json", "svg", "html"):
        out = tmp_path / f"plan.{suffix}"
        assert run("plan", "--answers", path, *DAY, "--out", str(out)).returncode == code
        assert out.stat().st_size > 1000


def test_nobody_asked_nothing_planned(tmp_path: Path) -> None:
    screened = run("screen", *DAY)
    assert screened.returncode == 3
    assert json.loads(screened.stdout)["exit"] == 3
    refused = run("plan", *DAY, "--out", str(tmp_path / "p.json"))
    assert refused.returncode == 2 and b"complaint.sites" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_example_is_planned_and_drawn(tmp_path: Path) -> None:
    words = [str(EXAMPLE / "bundle.json"), "--answers", str(EXAMPLE / "answers.json"), *DAY]
    done = run("plan", *words)
    plan = json.loads(done.stdout)
    assert done.returncode == 0 and plan["technique"] == "dry_static"
    assert plan["facts"]["radiculopathy"]["value"] is True and len(plan["placements"]) == 4


def bad_bundles() -> list[tuple[bytes, bytes]]:
    return [
        (b"", b"empty"),
        (b"{", b"JSON"),
        (b"\xff\xfe", b"UTF-8"),
        (b"[]", b""),
        (b'{"resourceType": "Patient"}', b"Bundle"),
        (b'{"resourceType": "Bundle", "entry": []}', b"no entry"),
        (b"[" * 100_000, b""),
    ]


@pytest.mark.parametrize(("data", "says"), bad_bundles(), ids=range(len(bad_bundles())))
def test_a_bad_bundle_is_one_sentence(data: bytes, says: bytes) -> None:
    refused = run("screen", "-", *DAY, data=data)
    assert refused.returncode == 2 and says in refused.stderr
    assert refused.stderr.count(b"\n") == 1 and b"Traceback" not in refused.stderr
    assert refused.stdout == b""


def test_errors_never_repeat_what_a_person_said(tmp_path: Path, knowledge: Knowledge) -> None:
    refused = run("screen", "--answers", answers_file(tmp_path, knowledge, fever=SAID), *DAY)
    assert refused.returncode == 2 and b"facts.fever" in refused.stderr
    assert SAID.encode() not in refused.stderr


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    refused = run("screen", str(path), *DAY)
    assert refused.returncode == 2 and b"larger than" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["screen", "/nowhere/bundle.json"],
        ["screen", str(ROOT)],
        ["screen", "--on", "2999-01-01"],
        ["screen", "--on", "yesterday"],
        ["screen", "--knowledge", "/nowhere"],
        ["screen", "-", "--answers", "-"],
        ["plan", "--out", "plan.pdf"],
        ["try", "/nowhere/rule.toml"],
    ],
)
def test_bad_words_are_exit_two(words: list[str]) -> None:
    refused = run(*words, data=b"")
    assert refused.returncode == 2 and refused.stderr and b"Traceback" not in refused.stderr


def test_an_unwritable_place_leaves_nothing_behind(tmp_path: Path, knowledge: Knowledge) -> None:
    path = answers_file(tmp_path, knowledge)
    missing = tmp_path / "missing" / "plan.html"
    assert run("plan", "--answers", path, *DAY, "--out", str(missing)).returncode == 2
    assert [entry.name for entry in tmp_path.iterdir()] == ["answers.json"]


def test_a_rule_file_is_tried() -> None:
    rule = ROOT / "src/ventosa/knowledge/rules/c06-blood-thinner.toml"
    tried = run("try", str(rule))
    assert tried.returncode == 0 and b"3 examples, 0 failed" in tried.stdout
