"""The command line as a person meets it: exit codes, whole files or none, one sentence an error."""

import json
import math
import os
import pty
import re
import shlex
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from people import EVERY_TECHNIQUE, TODAY, disc, healthy, healthy_facts, plain
from ventosa.cli import ventosa
from ventosa.contract import read_answers, write_answers
from ventosa.contract.answers import MOST_GOAL
from ventosa.interview import answer, next_screen
from ventosa.knowledge import SHIPPED, Knowledge
from ventosa.record import Answers, Clearance, Complaint, PalpatedSite, Value, Zone
from ventosa.screening import screen
from ventosa.terms import Side, Stage, ZoneKind

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "okafor"
BUNDLE, ANSWERS = str(EXAMPLE / "bundle.json"), str(EXAMPLE / "answers.json")
RULE = SHIPPED / "rules" / "c06-blood-thinner.toml"
DAY = ("--on", TODAY.isoformat())
SAID = "Zuckerrübe"
"""A word that stands for what a person said or is called: no error repeats it."""

IS_ROOT = os.geteuid() == 0
NOT_AS_ROOT = pytest.mark.skipif(IS_ROOT, reason="root may read and write everything")


@pytest.fixture(autouse=True)
def _no_codes_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VENTOSA_CODES", str(tmp_path / "no-codes"))


def call(*words: str, data: bytes | str | None = None) -> Result:
    """One call in this process: standard output is no terminal there."""
    return CliRunner().invoke(ventosa, list(words), input=data)


def run(*words: str, data: bytes | None = None, **environment: str) -> Any:
    """One call as a whole process."""
    command = [sys.executable, "-m", "ventosa", *words]
    environment = os.environ | environment
    return subprocess.run(
        command, input=data, capture_output=True, check=False, timeout=60, env=environment
    )


def refused(result: Result, *says: str) -> str:
    """The sentence of a refusal: exit 2, one line, nothing on standard output."""
    assert result.exit_code == 2, (result.exit_code, result.output)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    told = result.stderr
    assert told.startswith("ventosa: ") and told.endswith((".\n", "`\n"))
    assert told.count("\n") == 1 and len(told) < 600
    assert result.stdout == ""
    assert SAID not in told
    for word in says:
        assert word in told
    return told


def stored(folder: Path, answers: Answers, name: str = "answers.json") -> str:
    path = folder / name
    path.write_text(json.dumps(write_answers(answers)), "utf-8")
    return str(path)


def person_file(folder: Path, knowledge: Knowledge, **changes: Any) -> str:
    """A healthy person with some answers changed, who wants to do something again."""
    answers = healthy(knowledge, **changes)
    assert answers.complaint is not None
    return stored(folder, replace(answers, complaint=replace(answers.complaint, goal=SAID)))


# --- exit codes -----------------------------------------------------------------------------

PEOPLE: list[tuple[dict[str, Any], int]] = [
    ({}, 0),
    ({"diabetes": True}, 0),
    ({"bleeding_disorder": None}, 3),
    ({"koebner_disease": True}, 4),
    ({"bladder_bowel_change": True}, 5),
    ({"bladder_bowel_change": True, "koebner_disease": True, "bleeding_disorder": None}, 5),
]


@pytest.mark.parametrize(("changes", "code"), PEOPLE)
def test_screen_tells_by_its_exit_code(
    tmp_path: Path, knowledge: Knowledge, changes: dict[str, Any], code: int
) -> None:
    result = call("screen", "--answers", person_file(tmp_path, knowledge, **changes), *DAY)
    assert result.exit_code == code
    assert json.loads(result.stdout)["exit"] == code
    assert result.stderr == ""


@pytest.mark.parametrize(("changes", "code"), PEOPLE)
def test_plan_writes_with_every_code_but_2(
    tmp_path: Path, knowledge: Knowledge, changes: dict[str, Any], code: int
) -> None:
    path = person_file(tmp_path, knowledge, **changes)
    result = call("plan", "--answers", path, *DAY)
    made = json.loads(result.stdout)
    assert result.exit_code == made["exit"] == code
    assert (made["technique"] is not None) is (code == 0)
    for suffix in ("json", "svg", "html"):
        out = tmp_path / f"plan.{suffix}"
        written = call("plan", "--answers", path, *DAY, "--out", str(out))
        assert written.exit_code == code
        assert f"Plan: {out}" in written.stdout
        text = out.read_text("utf-8")
        if suffix == "json":
            assert json.loads(text) == made
        else:
            assert {"svg": "<svg", "html": "<!doctype html"}[suffix] in text[:200].lower()
            assert text.rstrip().lower().endswith(f"</{suffix}>")


def test_plan_exits_4_where_no_cup_fits(tmp_path: Path, knowledge: Knowledge) -> None:
    whole = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")
    path = stored(tmp_path, replace(healthy(knowledge), zones=(whole,)))
    assert call("screen", "--answers", path, *DAY).exit_code == 0
    result = call("plan", "--answers", path, *DAY)
    assert result.exit_code == json.loads(result.stdout)["exit"] == 4


def test_screening_of_nobody_is_3(tmp_path: Path) -> None:
    result = call("screen", *DAY)
    assert result.exit_code == 3
    tree = json.loads(result.stdout)
    assert tree["facts"] == {}
    assert not any(technique["may_use"] for technique in tree["techniques"].values())
    assert call("screen").exit_code == 3, "without a day it is today"


@pytest.mark.parametrize(
    ("changes", "code"), [({}, 2), ({"bleeding_disorder": None}, 2), *PEOPLE[3:5]]
)
def test_plan_without_a_palpated_site(
    tmp_path: Path, knowledge: Knowledge, changes: dict[str, Any], code: int
) -> None:
    """It is refused where cups could come of it; where none can, there is still a plan."""
    answers = replace(healthy(knowledge, **changes), complaint=Complaint(goal=SAID))
    out = tmp_path / "plan.json"
    path = stored(tmp_path, answers)
    result = call("plan", "--answers", path, *DAY, "--out", str(out))
    if code == 2:
        refused(result, path, "complaint.sites", "palpated site")
    assert result.exit_code == code
    assert out.exists() is (code != 2)


def test_stage_start_asks_for_what_must_hold_when_it_starts(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    path = person_file(tmp_path, knowledge, consent_given=False)
    for command in ("screen", "plan"):
        assert call(command, "--answers", path, *DAY).exit_code == 0
        start = call(command, "--answers", path, *DAY, "--stage", "start")
        assert start.exit_code == 4
        assert json.loads(start.stdout)["stage"] == "start"
    ready = person_file(tmp_path, knowledge)
    assert call("screen", "--answers", ready, *DAY, "--stage", "start").exit_code == 0


def test_a_plan_that_the_checker_refuses_never_leaves(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ventosa.planning.check_plan", lambda *_, **__: ("a cup stands wrong",))
    out = tmp_path / "plan.json"
    path = person_file(tmp_path, knowledge)
    result = call("plan", "--answers", path, *DAY, "--out", str(out))
    assert result.exit_code == 1
    assert "Nothing was written" in result.stderr
    assert result.stdout == ""
    assert not out.exists()


# --- the day, the form ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "day", ["yesterday", "", "2026-02-30", "24.11.2026", "2999-01-01", "2026-11", "٢٠٢٦-11-24"]
)
@pytest.mark.parametrize("command", ["screen", "plan", "ask"])
def test_a_day_that_cannot_be_is_refused(command: str, day: str) -> None:
    told = refused(call(command, "--on", day, data=""), "--on")
    assert "future" in told if day.startswith("2999") else "not a date" in told


def test_tomorrow_is_refused_and_today_is_not() -> None:
    tomorrow = date.today() + timedelta(days=1)
    refused(call("screen", "--on", tomorrow.isoformat()), "--on", "future")
    assert call("screen", "--on", date.today().isoformat()).exit_code == 3


def test_answers_of_a_later_day_are_refused_with_file_and_path(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    late = TODAY + timedelta(days=1)
    base = healthy(knowledge)
    cases = (
        (replace(base, answered_on=late), "answered_on"),
        (replace(base, complaint=Complaint(onset_date=late)), "complaint.onset_date"),
        (replace(base, clearances=(Clearance("C06", SAID, late),)), "clearances[0].on"),
    )
    for answers, path in cases:
        file = stored(tmp_path, answers)
        for command in ("screen", "plan"):
            refused(call(command, "--answers", file, *DAY), f"{file}: {path}: lies after")


def test_text_and_json(tmp_path: Path, knowledge: Knowledge) -> None:
    path = person_file(tmp_path, knowledge)
    piped = call("screen", "--answers", path, *DAY)
    assert piped.stdout == call("screen", "--answers", path, *DAY, "--format", "json").stdout
    text = call("screen", "--answers", path, *DAY, "--format", "text")
    assert text.exit_code == 0
    for word in ("No red flag", "Technique", "Caps today", "Before the session starts"):
        assert word in text.stdout
    assert "\x1b" not in text.stdout, "no colour in a pipe"


def test_a_terminal_gets_text(tmp_path: Path, knowledge: Knowledge) -> None:
    path = person_file(tmp_path, knowledge)
    terminal, slave = pty.openpty()
    command = [sys.executable, "-m", "ventosa", "screen", "--answers", path, *DAY]
    with subprocess.Popen(command, stdout=slave, stderr=subprocess.PIPE) as process:
        os.close(slave)
        shown = b""
        while chunk := _chunk(terminal):
            shown += chunk
    os.close(terminal)
    assert process.returncode == 0
    assert b"Technique" in shown and b'"schema"' not in shown


def _chunk(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # the other end is closed
        return b""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_any_terminal_can_show_it(tmp_path: Path, encoding: str) -> None:
    """Text gets a "?" for a sign that is lacking; JSON is UTF-8 everywhere."""
    words = [BUNDLE, "--answers", ANSWERS, *DAY]
    text = run("screen", *words, "--format", "text", PYTHONIOENCODING=encoding)
    assert (text.returncode, text.stderr) == (0, b"")
    assert "Technique" in text.stdout.decode(encoding)
    made = run("plan", *words, PYTHONIOENCODING=encoding)
    assert json.loads(made.stdout.decode("utf-8"))["exit"] == made.returncode == 0


def test_the_example_is_planned() -> None:
    result = call("plan", BUNDLE, "--answers", ANSWERS, *DAY)
    plan = json.loads(result.stdout)
    assert result.exit_code == 0
    assert plan["technique"] == "dry_static"
    assert plan["facts"]["radiculopathy"]["value"] is True
    assert len(plan["placements"]) == 4


@pytest.mark.parametrize("gap", ["20", "30"])
def test_the_gap_between_rims_can_be_chosen(gap: str) -> None:
    result = call("plan", BUNDLE, "--answers", ANSWERS, *DAY, "--gap", gap)
    left = [c for c in json.loads(result.stdout)["placements"] if c["side"] == "left"]
    assert len(left) == 2
    upper, lower = left
    apart = math.dist(*((cup["lateral_mm"], cup["y_mm"]) for cup in left))
    rims = (upper["inner_diameter_mm"] + lower["inner_diameter_mm"]) / 2 + 6
    assert apart - rims >= float(gap) - 0.1


def test_another_gap_is_no_choice() -> None:
    assert call("plan", "--gap", "25").exit_code == 2


# --- files in -------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["screen", "plan", "ask"])
@pytest.mark.parametrize("option", ["bundle", "--answers"])
def test_a_file_that_cannot_be_read(command: str, option: str, tmp_path: Path) -> None:
    for path, says in ((tmp_path, "directory"), (tmp_path / "none.json", "No such file")):
        words = [str(path)] if option == "bundle" else [option, str(path)]
        refused(call(command, *words, *DAY, data=""), str(path), says)


@NOT_AS_ROOT
def test_a_file_without_permission_to_read(tmp_path: Path, knowledge: Knowledge) -> None:
    path = Path(person_file(tmp_path, knowledge))
    path.chmod(0)
    refused(call("screen", "--answers", str(path), *DAY), str(path), "Permission denied")


def test_standard_input_for_the_bundle_or_for_the_answers() -> None:
    bundle, answers = Path(BUNDLE).read_bytes(), Path(ANSWERS).read_bytes()
    both = call("screen", BUNDLE, "--answers", ANSWERS, *DAY).stdout
    assert call("screen", "-", "--answers", ANSWERS, *DAY, data=bundle).stdout == both
    assert call("screen", BUNDLE, "--answers", "-", *DAY, data=answers).stdout == both
    assert run("screen", "-", "--answers", ANSWERS, *DAY, data=bundle).stdout.decode() == both


@pytest.mark.parametrize("command", ["screen", "plan"])
def test_standard_input_is_read_once(command: str) -> None:
    refused(call(command, "-", "--answers", "-", *DAY, data="{}"), "standard input", "once")


@pytest.mark.parametrize("words", [("-",), ("--answers", "-"), ("--previous", "-")])
def test_ask_needs_standard_input_for_itself(words: tuple[str, ...]) -> None:
    refused(call("ask", *words, *DAY, data="{}"), "standard input")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"{", "JSON"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "-"),
        (b'{"resourceType": "Patient"}', "Bundle"),
        (b'{"resourceType": "Bundle", "entry": []}', "entry"),
        (b"[" * 100_000, "-"),
    ],
    ids=range(7),
)
def test_a_bad_bundle_is_one_sentence(data: bytes, says: str) -> None:
    refused(call("screen", "-", *DAY, data=data), says)


def _bundle(*resources: dict[str, Any]) -> bytes:
    entries = [{"resource": resource} for resource in resources]
    return json.dumps({"resourceType": "Bundle", "entry": entries}).encode()


PATIENT = {
    "resourceType": "Patient",
    "id": SAID,
    "name": [{"family": SAID}],
    "birthDate": "1980-05-01",
}
ILLNESS = {
    "resourceType": "Condition",
    "id": SAID,
    "subject": {"reference": f"Patient/{SAID}"},
    "code": {"coding": [{"system": "http://snomed.info/sct", "code": "64859006"}], "text": SAID},
}


@pytest.mark.parametrize(
    "data",
    [
        _bundle(PATIENT | {"birthDate": SAID}),
        _bundle(PATIENT | {"birthDate": [SAID]}),
        _bundle(PATIENT | {"birthDate": "2999-01-01"}),
        _bundle(PATIENT, PATIENT | {"id": f"{SAID}2"}),
        _bundle(ILLNESS),
        _bundle(PATIENT, ILLNESS | {"onsetDateTime": SAID}),
        _bundle(PATIENT, ILLNESS | {"code": {"coding": SAID}}),
        _bundle({"resourceType": SAID}),
        json.dumps({"resourceType": "Bundle", "entry": [{"resource": SAID}]}).encode(),
        json.dumps({"resourceType": SAID}).encode(),
    ],
    ids=range(10),
)
def test_an_error_in_a_bundle_names_no_person(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_bytes(data)
    refused(call("screen", str(path), *DAY), str(path))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"facts": {"fever": SAID}}, "facts.fever"),
        ({"facts": {"sex": SAID}}, "facts.sex"),
        ({"complaint": {"goal": SAID * 60}}, "complaint.goal"),
        ({"complaint": {"goal": SAID, "pain_now": SAID}}, "complaint.pain_now"),
        ({"complaint": {"goal": SAID, "sites": [{"level": SAID, "side": "left"}]}}, "level"),
        ({"clearances": [{"covers": SAID, "by": SAID, "on": "2026-01-01"}]}, "covers"),
        ({"clearances": [{"covers": "C06", "by": SAID, "on": SAID}]}, "clearances[0].on"),
        ({"zones": [{"kind": SAID, "side": "left"}]}, "zones[0].kind"),
        ({"answered_on": SAID}, "answered_on"),
    ],
)
def test_an_error_in_answers_repeats_nothing_that_was_said(
    change: dict[str, Any], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(change), "utf-8")
    for command in ("screen", "plan", "ask"):
        refused(call(command, "--answers", str(path), *DAY, data=""), str(path), says)


def test_a_key_cannot_write_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps({"facts": {"\x1b[31m\n\u202eab": True}}), "utf-8")
    told = refused(call("screen", "--answers", str(path), *DAY))
    assert told.rstrip("\n").isprintable()


MEASURED = """
import sys
from ventosa.cli import main
sys.argv = ["ventosa", *sys.argv[1:]]
try:
    main()
finally:
    with open("/proc/self/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM"))
    print(peak.split()[1], file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words",
    [
        ("screen", "HUGE"),
        ("screen", "-"),
        ("plan", "--answers", "HUGE"),
        ("ask", "--previous", "HUGE"),
        ("try", "HUGE"),
        ("codes", "import", "HUGE"),
    ],
)
def test_a_huge_file_is_refused_unread(words: tuple[str, ...], tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    command = [sys.executable, "-c", MEASURED]
    command += [str(path) if word == "HUGE" else word for word in words]
    with path.open("rb") as data:
        done = subprocess.run(command, stdin=data, capture_output=True, check=False, timeout=60)
    told, peak = done.stderr.decode().splitlines()
    assert done.returncode == 2
    assert "larger than" in told
    assert int(peak) < 300_000, "kB at most"


# --- files out ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plan", "plan.pdf", "plan.JSON", "plan.html.txt", ".json"])
def test_an_odd_suffix_is_refused_before_anything_is_read(name: str, tmp_path: Path) -> None:
    out = tmp_path / name
    told = refused(call("plan", "/nowhere", "--out", str(out)), "--out")
    assert "/nowhere" not in told
    assert not out.exists()


@pytest.mark.parametrize("command", ["plan", "ask"])
def test_a_place_that_cannot_be_written(command: str, tmp_path: Path, knowledge: Knowledge) -> None:
    person = person_file(tmp_path, knowledge)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "file").write_text("x")
    before = sorted(tmp_path.rglob("*"))
    for name in ("missing/plan.json", "folder.json", "file/plan.json"):
        out = str(tmp_path / name)
        words = ("--answers", person, *DAY, "--out", out)
        refused(call(command, *words, data=""), out, "cannot be written")
        assert sorted(tmp_path.rglob("*")) == before


@NOT_AS_ROOT
@pytest.mark.parametrize("command", ["plan", "ask"])
def test_a_read_only_folder(command: str, tmp_path: Path, knowledge: Knowledge) -> None:
    person = person_file(tmp_path, knowledge)
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    out = str(folder / "plan.json")
    refused(call(command, "--answers", person, *DAY, "--out", out, data=""), out, "Permission")


def test_nothing_is_half_written(
    tmp_path: Path, knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "plan.json"
    out.write_text("the old plan")
    person = person_file(tmp_path, knowledge)
    broken = tmp_path / "broken.json"
    broken.write_text('{"facts": {"fever": 1}}')
    before = sorted(tmp_path.iterdir())
    refused(call("plan", "--answers", str(broken), *DAY, "--out", str(out)))

    def no_space(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_space)
    refused(call("plan", "--answers", person, *DAY, "--out", str(out)), "No space left")
    assert out.read_text() == "the old plan"
    assert sorted(tmp_path.iterdir()) == before


def test_a_plan_that_is_written_again_keeps_its_permissions(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    out = tmp_path / "plan.json"
    out.write_text("the old plan")
    out.chmod(0o600)
    words = ("--answers", person_file(tmp_path, knowledge), *DAY, "--out", str(out))
    assert call("plan", *words).exit_code == 0
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert out.read_text("utf-8").startswith("{")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    for words in (["ask", "--list"], ["plan", BUNDLE, "--answers", ANSWERS, *DAY]):
        program = shlex.join([sys.executable, "-m", "ventosa", *words])
        done = subprocess.run(
            ["bash", "-c", f"{program} | head -1"], capture_output=True, check=False, timeout=60
        )
        assert done.stderr == b""
        assert done.stdout.count(b"\n") == 1


def test_the_module_is_the_program() -> None:
    version = run("--version")
    assert version.returncode == 0 and version.stdout.startswith(b"ventosa, version ")
    piped = run("screen", BUNDLE, "--answers", ANSWERS, *DAY)
    assert piped.stdout.decode() == call("screen", BUNDLE, "--answers", ANSWERS, *DAY).stdout
    missing = run("screen", "/nowhere/bundle.json")
    assert missing.returncode == 2
    assert missing.stderr == (
        b"ventosa: /nowhere/bundle.json: cannot be read (No such file or directory).\n"
    )


def test_help_tells_the_exit_codes() -> None:
    told = " ".join(call("--help").stdout.split())
    (listed,) = re.findall(r"Exit codes: (.*?)\.", told)
    table = re.findall(r"^\| (\d) \|", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    assert re.findall(r"\d", listed) == table == list("0123456")


# --- another knowledge folder ---------------------------------------------------------------


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("knowledge") / "copy"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


@pytest.fixture
def spoilt(copied: Path) -> Iterator[Any]:
    """Change one file of the copied folder; put back afterwards."""
    kept: dict[Path, bytes | None] = {}

    def change(name: str, data: bytes) -> str:
        path = copied / name
        kept[path] = path.read_bytes() if path.exists() else None
        path.write_bytes(data)
        return str(copied)

    yield change
    for path, data in kept.items():
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)


def test_a_whole_copy_is_the_same_knowledge(copied: Path) -> None:
    words = (BUNDLE, "--answers", ANSWERS, *DAY)
    other = call("screen", *words, "--knowledge", str(copied))
    assert other.stdout == call("screen", *words).stdout


@pytest.mark.parametrize("command", ["screen", "plan", "ask"])
def test_a_folder_that_is_no_knowledge(command: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "readme.txt").write_text("x")
    (tmp_path / "stub").mkdir()
    (tmp_path / "stub" / "knowledge.toml").write_text('version = "1"\nreviewed = 2026-01-01\n')
    for name, says in (
        ("empty", "holds no knowledge"),
        ("notes", "holds no knowledge"),
        ("stub", "is missing"),
        ("none", "is not a folder"),
        ("notes/readme.txt", "is not a folder"),
    ):
        words = ("--knowledge", str(tmp_path / name), *DAY)
        refused(call(command, *words, data=""), says)


GOOD_RULE = RULE.read_text("utf-8")
C06 = "rules/c06-blood-thinner.toml"


def changed(old: str, new: str) -> bytes:
    assert old in GOOD_RULE
    return GOOD_RULE.replace(old, new, 1).encode()


SPOILT: list[tuple[str, bytes, tuple[str, ...]]] = [
    (C06, b'colour = "red"\n' + GOOD_RULE.encode(), (C06, "colour")),
    (C06, changed("[decision]", "[decision]\ncupping = 'avoid'"), (C06, "cupping")),
    (C06, changed("when = ", "whenn = "), (C06, "whenn")),
    (C06, changed('"anticoagulant"', '"blood_thinnner"'), (C06, "when", "blood_thinnner")),
    (C06, changed('"anticoagulant"', '"anticoagulant &&"'), (C06, "when")),
    (C06, changed('"anticoagulant"', '"anticoagulant > 3"'), (C06, "when")),
    (C06, changed('"anticoagulant"', f'"{"(" * 300}"'), (C06, "when")),
    (C06, changed("sources = [", 'sources = ["NOWHERE-1", '), (C06, "sources", "NOWHERE-1")),
    (C06, changed("reviewed = 2026", "reviewed = 99-2026"), (C06, "TOML")),
    (C06, changed('id = "C06"', 'id = "C07"'), ("C07", "c07-antiplatelet.toml")),
    (C06, b"this is no table", (C06, "not TOML")),
    (C06, b"", (C06, "id")),
    (C06, b"a = " + b"[" * 100_000, (C06,)),
    (C06, b"\xff\xfe", (C06, "UTF-8")),
    (C06, b"# " + b"x" * 5_000_000, (C06, "larger than")),
    ("facts.csv", b"fact,type\n", ("facts.csv", "header")),
    ("facts.csv", b"", ("facts.csv", "header")),
    ("references.json", b"{}", ("references.json",)),
    ("references.json", b"[" * 100_000, ("references.json",)),
    ("groups.toml", b"", ("groups.toml", "group")),
    ("techniques/dry_static.toml", b"", ("techniques/dry_static.toml", "id")),
    ("rules/zz-extra.toml", GOOD_RULE.encode(), ("zz-extra.toml", "id", "C06")),
]


@pytest.mark.parametrize(("name", "data", "says"), SPOILT, ids=range(len(SPOILT)))
def test_a_broken_file_is_named_with_its_field(
    name: str, data: bytes, says: tuple[str, ...], spoilt: Any
) -> None:
    refused(call("screen", BUNDLE, *DAY, "--knowledge", spoilt(name, data)), *says)


def test_a_rule_without_source_and_mark_is_refused(spoilt: Any) -> None:
    lines = GOOD_RULE.splitlines(keepends=True)
    bare = "".join(line for line in lines if not line.startswith(("sources", "editorial")))
    refused(call("screen", "--knowledge", spoilt(C06, bare.encode())), C06, "sources", "editorial")


def test_a_broken_sentence_of_the_plan_is_named(spoilt: Any) -> None:
    folder = spoilt("advice/lie_down.toml", b'id = "lie_down"\n')
    words = (BUNDLE, "--answers", ANSWERS, *DAY, "--knowledge", folder)
    refused(call("plan", *words), "advice/lie_down.toml", "title")


# --- try, rulebook, codes, completion -------------------------------------------------------


def test_a_rule_file_is_tried() -> None:
    result = call("try", str(RULE))
    assert result.exit_code == 0
    examples = GOOD_RULE.count("[[example]]")
    assert f"{examples} examples, 0 failed" in result.stdout
    assert "blood thinner" in result.stdout.lower()


def test_an_example_that_fails_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "rule.toml"
    path.write_bytes(changed("facts = { anticoagulant = false", "facts = { anticoagulant = true"))
    result = call("try", str(path))
    assert result.exit_code == 1
    assert "FAILS: the condition is true" in result.stdout
    assert ", 1 failed" in result.stdout


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [s for s in SPOILT if s[0] == C06 and not s[1].startswith(b"# ") and b'"C07"' not in s[1]],
)
def test_a_broken_rule_file_is_named_with_its_field(
    name: str, data: bytes, says: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "rule.toml"
    path.write_bytes(data)
    refused(call("try", str(path)), str(path), *(word for word in says if word != C06))


def test_a_rule_file_that_is_not_there(tmp_path: Path) -> None:
    refused(call("try", str(tmp_path)), "directory")
    refused(call("try", str(tmp_path / "none.toml")), "No such file")


def test_the_rulebook_is_written_as_pages(tmp_path: Path) -> None:
    result = call("rulebook", "--out", str(tmp_path / "book"))
    pages = list((tmp_path / "book").rglob("*.md"))
    assert result.exit_code == 0
    assert f"{len(pages)} pages" in result.stdout and len(pages) > 3
    (tmp_path / "file").write_text("x")
    refused(call("rulebook", "--out", str(tmp_path / "file" / "book")), "file/book")


HEADER = "fact,system,code,match,label,kind,source\n"
OWN = "kidney_disease,urn:clinic:codes,K-77,exact,kidney disease,condition,our list\n"


def test_codes_of_a_clinic_are_kept_and_used(tmp_path: Path) -> None:
    file, folder = tmp_path / "own.csv", tmp_path / "kept" / "codes"
    file.write_text(HEADER + OWN, "utf-8")
    result = call("codes", "import", str(file), "--codes", str(folder))
    assert result.exit_code == 0
    assert "1 codes kept" in result.stdout
    own = {"system": "urn:clinic:codes", "code": "K-77"}
    active = {"coding": [{"code": "active"}]}
    condition = ILLNESS | {"code": {"coding": [own]}, "clinicalStatus": active}
    data = _bundle(PATIENT, condition)
    without = json.loads(call("screen", "-", *DAY, data=data).stdout)
    assert "kidney_disease" not in without["facts"]
    used = json.loads(call("screen", "-", *DAY, "--codes", str(folder), data=data).stdout)
    assert used["facts"]["kidney_disease"]["value"] is True


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "line 1"),
        (HEADER.encode(), "no code"),
        (b"code,fact\n", "columns"),
        (HEADER.encode() + OWN.replace("kidney_disease", "kidneys").encode(), "line 2"),
        (HEADER.encode() + OWN.encode() * 2, "repeats"),
        (HEADER.encode() + b"kidney_disease,urn:x\n", "cells"),
        (HEADER.encode() + OWN.replace("exact", "about").encode(), "match"),
        (b"\xff\xfe", "UTF-8"),
        (HEADER.encode() + b'"' * 3, "line"),
    ],
    ids=range(9),
)
def test_a_bad_code_list_is_refused_and_the_kept_one_stays(
    data: bytes, says: str, tmp_path: Path
) -> None:
    file, folder = tmp_path / "own.csv", tmp_path / "codes"
    file.write_text(HEADER + OWN, "utf-8")
    assert call("codes", "import", str(file), "--codes", str(folder)).exit_code == 0
    kept = (folder / "codes.csv").read_bytes()
    file.write_bytes(data)
    refused(call("codes", "import", str(file), "--codes", str(folder)), "own.csv", says)
    assert (folder / "codes.csv").read_bytes() == kept
    assert [path.name for path in folder.iterdir()] == ["codes.csv"]


def test_a_code_list_that_contradicts_the_shipped_one_is_not_kept(tmp_path: Path) -> None:
    shipped = (SHIPPED / "codes" / "codes.csv").read_text("utf-8").splitlines()[1].split(",")
    row = ",".join([*shipped[:4], "FALSE: none", *shipped[5:]])
    file, folder = tmp_path / "own.csv", tmp_path / "codes"
    file.write_text(f"{HEADER}{row}\n", "utf-8")
    refused(call("codes", "import", str(file), "--codes", str(folder)), "line 2", "says no")
    assert not (folder / "codes.csv").exists()


@pytest.mark.parametrize("data", [b"\xff", b"x", (HEADER + "a,b,c,d,e,f,g\n").encode()])
def test_a_kept_code_list_that_broke_is_named(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_bytes(data)
    for command in ("screen", "plan", "ask"):
        result = call(command, BUNDLE, *DAY, "--codes", str(tmp_path), data="")
        refused(result, str(tmp_path / "codes.csv"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str) -> None:
    result = call("completion", shell)
    assert result.exit_code == 0
    assert "_VENTOSA_COMPLETE" in result.stdout
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=result.stdout.encode(), check=True)


def test_completion_of_another_shell() -> None:
    assert call("completion", "tcsh").exit_code == 2


# --- ask ------------------------------------------------------------------------------------

COMPLAINT = ["6", "5", "2026-10-13", "Carry My Daughter"]
SITES = ["L4 both 2 1", "T7 left 1 0 45", ""]


def typed(knowledge: Knowledge, facts: Mapping[str, Value | None], given: Answers) -> list[str]:
    """The lines that a person types from here to the end, and answers as said in ``facts``."""
    lines: list[str] = []
    while True:
        screening = screen(given, None, knowledge, on=TODAY, stage=Stage.PLAN)
        shown = next_screen(screening, knowledge)
        if shown is None:
            return lines
        for question in shown.questions:
            if question.fact == "zones":
                lines += ["scar left T5 60 10", ""]
                given = replace(given, zones=(disc("scar"),))
            elif question.fact not in shown.can_be_none:
                lines.append(_word(facts.get(question.fact)))
        listed = list(shown.can_be_none)
        if len(listed) == 1:
            lines.append(_word(facts[listed[0]]))
        elif listed:
            lines += _picks([facts[fact] for fact in listed])
        questions = [q.fact for q in shown.questions if q.fact != "zones"]
        given = answer(given, {fact: facts.get(fact) for fact in questions})


def _word(value: Value | None) -> str:
    if value is None:
        return "?"
    if isinstance(value, bool):
        return "y" if value else "n"
    return str(value)


def _picks(values: list[Value | None]) -> list[str]:
    named = [str(n) for n, value in enumerate(values, 1) if value is True]
    unsure = [f"?{n}" for n, value in enumerate(values, 1) if value is None]
    if not named + unsure:
        return ["none"]
    others = len(named + unsure) < len(values)
    return [", ".join(named + unsure), *(["y"] if others else [])]


BEGUN = Answers(answered_on=TODAY, complaint=Complaint(onset_date=date(2026, 10, 13)))


def said(knowledge: Knowledge, **changes: Any) -> dict[str, Value | None]:
    return healthy_facts(knowledge) | {fact: plain(value) for fact, value in changes.items()}


def asked(*lines: str, words: tuple[str, ...] = ()) -> Result:
    return call("ask", *words, *DAY, data="\n".join([*lines, ""]))


def test_a_whole_interview(tmp_path: Path, knowledge: Knowledge) -> None:
    out = tmp_path / "answers.json"
    lines = [*COMPLAINT, *typed(knowledge, said(knowledge), BEGUN), *SITES]
    result = asked(*lines, words=("--out", str(out)))
    assert result.exit_code == 0, result.stderr[-500:]
    assert result.stdout == ""
    answers = read_answers(out.read_bytes(), knowledge)
    assert answers.answered_on == TODAY
    assert answers.complaint == Complaint(
        6,
        5,
        date(2026, 10, 13),
        "Carry My Daughter",
        (PalpatedSite("L4", Side.BOTH, 2, 1), PalpatedSite("T7", Side.LEFT, 1, 0, 45)),
    )
    assert answers.zones == (disc("scar"),)
    assert answers.facts["fever"] is False
    assert call("plan", "--answers", str(out), *DAY).exit_code == 0
    printed = asked(*lines)
    assert printed.exit_code == 0
    assert json.loads(printed.stdout) == json.loads(out.read_text("utf-8"))


def test_yes_not_sure_and_none_of_the_others(knowledge: Knowledge) -> None:
    facts = said(knowledge, radiculopathy=True, organ_failure=None, antiplatelet=True)
    result = asked(*COMPLAINT, *typed(knowledge, facts, BEGUN), *SITES)
    assert result.exit_code == 3
    found = json.loads(result.stdout)["facts"]
    assert found["radiculopathy"] is True and found["antiplatelet"] is True
    assert found["organ_failure"] is None
    assert found["saddle_numbness"] is False


def test_what_is_not_named_is_no_no(knowledge: Knowledge) -> None:
    """Without "none of the others" each of them is asked by itself."""
    person = ["40", "male", "n"]
    result = asked(*COMPLAINT, *person, "1", "n", "?", "y", "q")
    found = json.loads(result.stdout)["facts"]
    listed = [fact for fact in found if knowledge.facts[fact].group == "nerves_and_bladder"]
    assert listed == [], "a screen that was left half-way is asked again as a whole"
    nerves = [f for f in knowledge.facts.values() if f.group == "nerves_and_bladder"]
    rest = ["?", *["n"] * (len(nerves) - 2)]
    result = asked(*COMPLAINT, *person, "1", "n", *rest, "q")
    found = json.loads(result.stdout)["facts"]
    values = [found[fact.id] for fact in nerves if fact.id in found]
    assert values[:3] == [True, None, False]


def test_b_takes_a_screen_back(knowledge: Knowledge) -> None:
    person = ["40", "male", "n"]
    result = asked(*COMPLAINT, *person, "b", "70", "female", "n", "q")
    found = json.loads(result.stdout)
    assert found["facts"]["age_years"] == 70
    assert found["facts"]["sex"] == "female"
    further = asked(*COMPLAINT, *person, "b", "b", "3", "", "", "", "70", "other", "n", "q")
    found = json.loads(further.stdout)
    assert found["complaint"] == {"pain_now": 3, "sites": []}
    at_the_start = asked("b", "b", *COMPLAINT, "q")
    assert json.loads(at_the_start.stdout)["complaint"]["pain_now"] == 6


def test_b_in_the_middle_of_a_screen_leaves_it_whole() -> None:
    result = asked(*COMPLAINT, "40", "b", *COMPLAINT[:3], "b", *COMPLAINT, "q")
    found = json.loads(result.stdout)
    assert found["facts"] == {}
    assert found["complaint"]["pain_now"] == 6


def test_q_stops_and_keeps(tmp_path: Path, knowledge: Knowledge) -> None:
    out = tmp_path / "answers.json"
    result = asked(*COMPLAINT, "40", "male", "n", "q", words=("--out", str(out)))
    assert result.exit_code == 3
    kept = read_answers(out.read_bytes(), knowledge)
    assert set(kept.facts) == {"age_years", "sex", "first_session"}
    on = call("ask", "--answers", str(out), *DAY, data="none\nq\n")
    found = json.loads(on.stdout)["facts"]
    assert found["saddle_numbness"] is False and found["age_years"] == 40


@pytest.mark.parametrize("end", ["", "\n".join(["2 3", ""])])
def test_the_end_of_input_keeps_what_was_answered(
    end: str, tmp_path: Path, knowledge: Knowledge
) -> None:
    out = tmp_path / "answers.json"
    data = "\n".join([*COMPLAINT, "40", "male", "n", ""]) + end
    result = call("ask", *DAY, "--out", str(out), data=data)
    assert result.exit_code == 1
    assert f"kept in {out}" in result.stderr
    assert set(read_answers(out.read_bytes(), knowledge).facts) == {
        "age_years",
        "sex",
        "first_session",
    }
    printed = call("ask", *DAY, data=data)
    assert printed.exit_code == 1
    assert json.loads(printed.stdout) == json.loads(out.read_text("utf-8"))


def test_no_input_at_all_keeps_nothing_wrong(tmp_path: Path) -> None:
    result = call("ask", *DAY, data="")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["facts"] == {}


def test_input_that_is_not_text_ends_it(tmp_path: Path) -> None:
    data = "\n".join([*COMPLAINT, "40", "male", "n", ""]).encode() + b"\xff\xfe\n"
    done = run("ask", *DAY, data=data, PYTHONUTF8="1", PYTHONIOENCODING="utf-8:strict")
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        ["11", "-1", "x", "4.5", "²", "٣" * 400, "9" * 5000],
    ],
)
def test_a_pain_that_is_no_number_is_asked_again(wrong: list[str]) -> None:
    result = asked(*wrong, *COMPLAINT, "q")
    assert json.loads(result.stdout)["complaint"]["pain_now"] == 6
    assert result.stderr.count("A whole number from 0 to 10.") == len(wrong)


def test_an_onset_in_the_future_or_none_at_all_is_asked_again() -> None:
    result = asked("", "", "2026-11-25", "soon", "2026-02-30", "2026-10-13", "", "q")
    assert json.loads(result.stdout)["complaint"] == {"onset_date": "2026-10-13", "sites": []}


def test_a_goal_is_kept_as_typed_and_can_be_read_back(knowledge: Knowledge) -> None:
    long = "x" * (MOST_GOAL + 1)
    result = asked("", "", "", long, "Lift Åsa", "q")
    assert json.loads(result.stdout)["complaint"]["goal"] == "Lift Åsa"
    assert read_answers(result.stdout.encode(), knowledge)


@pytest.mark.parametrize("wrong", ["", "0", "99", "²", "2 x", "?", "-1", "9" * 5000, "1?"])
def test_a_list_takes_numbers_of_its_own_only(wrong: str) -> None:
    result = asked(*COMPLAINT, "40", "male", "n", wrong, "none", "q")
    assert "Nothing is taken as a no." in result.stderr
    assert json.loads(result.stdout)["facts"]["saddle_numbness"] is False


@pytest.mark.parametrize("wrong", ["", "old", "121", "-1", "nan", "inf", "1e999", "4 0", "²"])
def test_an_age_that_is_none_is_asked_again(wrong: str) -> None:
    result = asked(*COMPLAINT, wrong, "40", "man", "male", "maybe", "n", "q")
    assert json.loads(result.stdout)["facts"] == {
        "age_years": 40,
        "sex": "male",
        "first_session": False,
    }


WRONG_ZONES = [
    "scar",
    "scar left",
    "scar left L3",
    "scar left L3 40",
    "scar left L3 40 15 9",
    "scar left L3 40 -15",
    "scar left L3 nan 15",
    "scar left L3 inf 15",
    "scratch left L3 40 15",
    "scar middle L3 40 15",
    "scar left C6 40 15",
    "scar left L5-L1",
    "scar left L1-L5 60 50",
    "scar left L1-L5 10 20 30",
    "scar left L1-",
    "scar left L1-L2-L3",
]


def test_a_finding_that_is_none_is_asked_again(knowledge: Knowledge) -> None:
    lines = typed(knowledge, said(knowledge), BEGUN)
    place = lines.index("scar left T5 60 10")
    lines[place : place + 1] = [*WRONG_ZONES, "surgery both L4-s4 0 50"]
    result = asked(*COMPLAINT, *lines, "q")
    assert json.loads(result.stdout)["zones"] == [
        {
            "kind": "surgery",
            "side": "both",
            "from_level": "L4",
            "to_level": "S4",
            "lateral_from_mm": 0,
            "lateral_to_mm": 50,
        }
    ]


def test_an_empty_map_is_an_answer_only_when_said(knowledge: Knowledge) -> None:
    lines = typed(knowledge, said(knowledge), BEGUN)
    place = lines.index("scar left T5 60 10")
    lines[place : place + 2] = ["", "n", "", "hm", "", "y"]
    assert json.loads(asked(*COMPLAINT, *lines, "q").stdout)["zones"] == []


WRONG_SITES = ["L4", "L4 both", "L4 both 2", "L4 both 4 0", "L4 midline 1 1", "S4 left 1 1"]
WRONG_SITES += [
    "L9 left 1 1",
    "L4 left x 1",
    "L4 left 1 1 -5",
    "L4 left 1 1 nan",
    "L4 left 1 1 9 9",
]


def test_a_palpated_site_that_is_none_is_asked_again(knowledge: Knowledge) -> None:
    lines = typed(knowledge, said(knowledge), BEGUN)
    result = asked(*COMPLAINT, *lines, *WRONG_SITES, "l4 left 1 1", "")
    assert result.exit_code == 0
    sites = json.loads(result.stdout)["complaint"]["sites"]
    assert sites == [{"level": "L4", "side": "left", "tension": 1, "tenderness": 1}]


def test_the_list_of_questions_names_every_fact(knowledge: Knowledge) -> None:
    lines = call("ask", "--list").stdout.splitlines()
    listed = {line.split()[0] for line in lines if line.startswith("  ")}
    assert listed == {
        fact.id
        for fact in knowledge.facts.values()
        if fact.zone is None and fact.id != "zones_recorded"
    }


def test_answers_of_another_day_are_no_beginning(tmp_path: Path, knowledge: Knowledge) -> None:
    path = stored(tmp_path, replace(healthy(knowledge), answered_on=TODAY - timedelta(days=1)))
    refused(call("ask", "--answers", path, *DAY, data=""), path, "--previous")
    later = stored(tmp_path, replace(healthy(knowledge), answered_on=TODAY + timedelta(days=1)))
    refused(call("ask", "--previous", later, *DAY, data=""), later, "answered_on")
    both = call("ask", "--answers", ANSWERS, "--previous", ANSWERS, *DAY, data="")
    refused(both, "--previous")


def earlier_visit(folder: Path, knowledge: Knowledge) -> str:
    last = TODAY - timedelta(days=14)
    answers = replace(healthy(knowledge, first_session=False), answered_on=last)
    return stored(folder, replace(answers, techniques=BEGUN.techniques), "last.json")


def test_a_repeat_visit_is_short(tmp_path: Path, knowledge: Knowledge) -> None:
    previous, out = earlier_visit(tmp_path, knowledge), tmp_path / "answers.json"
    before = Path(previous).read_bytes()
    lines = ["none"] * 5 + ["none", "40", "", "y"]
    result = asked(*lines, words=("--previous", previous, "--out", str(out)))
    assert result.exit_code == 0, result.stderr[-600:]
    answers = read_answers(out.read_bytes(), knowledge)
    assert answers.answered_on == TODAY
    assert answers.zones == ()
    assert answers.facts["fever"] is False
    assert answers.complaint is not None and answers.complaint.pain_now is None
    assert Path(previous).read_bytes() == before


def test_a_yes_on_a_repeat_visit_opens_its_questions(tmp_path: Path, knowledge: Knowledge) -> None:
    previous = earlier_visit(tmp_path, knowledge)
    result = asked(*["y"] + ["none"] * 5, "40", words=("--previous", previous))
    assert result.exit_code == 1, "input ended on the screen that was opened"
    assert "Nerves and bladder" in result.stderr
    assert "saddle_numbness" not in json.loads(result.stdout)["facts"]


def test_silence_on_a_repeat_visit_renews_nothing(tmp_path: Path, knowledge: Knowledge) -> None:
    previous, out = earlier_visit(tmp_path, knowledge), tmp_path / "answers.json"
    for lines in (["", "maybe", "0"], ["none", "none"], ["none"] * 5 + ["q"]):
        result = asked(*lines, words=("--previous", previous, "--out", str(out)))
        assert result.exit_code == 1
        assert "Nothing was changed" in result.stderr
        assert not out.exists()


def test_a_record_beside_the_interview(tmp_path: Path, knowledge: Knowledge) -> None:
    """What the record says is not asked: here the age."""
    result = call("ask", BUNDLE, *DAY, data="\n".join([*COMPLAINT, "q", ""]))
    assert "How old are you?" not in result.stderr
    assert json.loads(result.stdout)["facts"] == {}


def test_every_technique_is_offered_only_where_it_is_said(
    tmp_path: Path, knowledge: Knowledge
) -> None:
    path = stored(tmp_path, replace(healthy(knowledge), techniques=EVERY_TECHNIQUE))
    techniques = json.loads(call("screen", "--answers", path, *DAY).stdout)["techniques"]
    assert all(technique["offered"] for technique in techniques.values())
    techniques = json.loads(call("screen", *DAY).stdout)["techniques"]
    assert {n for n, t in techniques.items() if not t["offered"]} == {"fire", "wet"}
