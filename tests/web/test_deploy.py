"""What lies in `deploy` fits the program."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from ventosa.cli import ventosa as program
from ventosa.web.running.configuration import SETTINGS, settings_of

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The example of settings, as its own user keeps it."""
    file = tmp_path / "ventosa.toml"
    shutil.copyfile(DEPLOY / "ventosa.toml", file)
    file.chmod(0o600)
    return file


def test_the_example_of_settings_is_read_remarks_and_all(config: Path) -> None:
    plain = settings_of(config)
    assert plain["folder"] == "/var/lib/ventosa/clinic" and plain["lan"] is True
    text = re.sub(r"^# (\w+ = )", r"\1", config.read_text(), flags=re.MULTILINE)
    config.write_text(text)
    assert set(settings_of(config)) == set(SETTINGS) - {"host"}


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path, config: Path) -> None:
    found = re.search(r"^ExecStart=(\S+)/ventosa (.*)$", unit.read_text(), re.MULTILINE)
    assert found is not None
    name, *arguments = shlex.split(found[2].replace("/etc/ventosa/ventosa.toml", str(config)))
    context = program.commands[name].make_context(name, list(arguments))
    assert context.params["folder"] == "/var/lib/ventosa/clinic"
    if name == "backup":
        assert context.params["to"] == "/var/backups/ventosa"
        assert context.params["check"] is ("test" in unit.name)
    assert "User=ventosa" in unit.read_text() and "UMask=0077" in unit.read_text()


@pytest.mark.parametrize("timer", sorted(DEPLOY.glob("*.timer")), ids=lambda path: path.name)
def test_a_timer_has_its_unit(timer: Path) -> None:
    assert timer.with_suffix(".service") in UNITS


def test_the_container_starts_the_clinic_by_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (DEPLOY / "Containerfile").read_text()
    said = re.search(r"^ENV (.*)$", text, re.MULTILINE)
    command = re.search(r"^CMD (\[.*\])$", text, re.MULTILINE)
    assert said is not None and command is not None
    for one in said[1].split():
        monkeypatch.setenv(*one.split("="))
    _, name = json.loads(command[1])
    settings = program.commands[name].context_settings
    context = program.commands[name].make_context(name, [], **settings)
    assert context.params["folder"] == "/clinic" and context.params["lan"] is True
    for copied in re.findall(r"^COPY (.*) \S+$", text, re.MULTILINE):
        assert all((DEPLOY.parent / path).exists() for path in copied.split())
