"""Flaws that records elsewhere had, one by one: ``docs/access.md`` says which test holds which.

What another file holds already (the matrix, text on pages, pictures, sign-in) is not repeated here.
"""

import ast
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from addresses import HARBOUR, Samples, addresses, with_codes
from django.test import Client
from django.urls import reverse

from cast import Cast
from ventosa.web.models import AuditRow, Document, Patient

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "src" / "ventosa" / "web"
SOURCES = [file for file in sorted((ROOT / "src").rglob("*.py")) if "migrations" not in file.parts]
EVERY = [address for address in addresses() if address.name != "demo"]


# --- what is asked for in an address --------------------------------------------------------------


def parameters() -> set[str]:
    """Every name that a view looks for behind the question mark."""
    found: set[str] = set()
    looks = re.compile(r'\bGET(?:\.get\(|\.getlist\(|\[)\s*"(\w+)"')
    for file in sorted(WEB.rglob("*.py")):
        found |= set(looks.findall(file.read_text("utf-8")))
    return found


HOSTILE = (
    "name) DESC; DROP TABLE clinic_patient; --' OR '1'='1",
    "-1",
    "\x00\u202e{{ 7|add:7 }}" + "../" * 40 + "9" * 300,
)


def test_the_parameters_were_found() -> None:
    assert {"page", "kind", "before", "next"} <= parameters()


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_behind_the_question_mark_breaks_a_page(cast: Cast, value: str) -> None:
    """Sorting, paging and searching by what a stranger writes: a page, a refusal, never a fault."""
    samples, client = Samples(cast, HARBOUR), cast.client("alice")
    asked = dict.fromkeys([*parameters(), "q", "sort", "order_by", "o"], value)
    with_parameters = [a for a in EVERY if "settings/" not in a.pattern and "pk" not in a.words]
    for address in with_parameters:
        if address.name == "mfa_reauthenticate_webauthn":
            continue  # asks for a passkey of the person, who has none here
        answer = client.get(address.url(samples), asked)
        assert answer.status_code < 500, address.name
    assert Patient.objects.exists()


ON_PAPER = {"plan_print", "letter_print", "take_print"}
"""Pages for paper: a whole sheet with its own styles."""


def test_no_statement_of_sql_is_put_together_by_hand() -> None:
    for file in sorted(WEB.rglob("*.py")):
        if "migrations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            name = node.attr if isinstance(node, ast.Attribute) else ""
            assert name not in ("raw", "extra", "RawSQL"), f"{file.name}: {name}"
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "execute":
                is_written = node.args and isinstance(node.args[0], ast.Constant)
                assert is_written or file.name == "dumping.py", f"{file.name}: {node.lineno}"


READS_OBJECTS = {"pickle", "marshal", "shelve", "dill", "yaml", "xml", "lxml", "xmlrpc"}


def test_nothing_that_comes_in_becomes_an_object_by_itself() -> None:
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                is_reading = name.split(".")[0] in READS_OBJECTS and name != "xml.sax.saxutils"
                assert not is_reading, f"{file.name}: {name}"


def test_an_address_holds_identifiers_and_no_file_names() -> None:
    for address in EVERY:
        for kind, word in re.findall(r"<(\w+):(\w+)>", address.pattern):
            is_compared_only = kind == "str" and word in ("person", "token", "rule")
            assert kind in ("uuid", "int") or is_compared_only, address.pattern


@pytest.mark.parametrize(
    "path", ["../settings.py", "..%2f..%2fsettings.py", "/etc/passwd", "%2e%2e/models/people.py"]
)
def test_no_file_beside_the_static_ones_is_served(db: None, settings: Any, path: str) -> None:
    answer = Client().get(settings.STATIC_URL + path)
    assert answer.status_code in (302, 404)
    assert b"import" not in b"".join(answer) and b"root:" not in b"".join(answer)


# --- who is not signed in -------------------------------------------------------------------------


def test_whoever_is_signed_out_reads_of_nobody(cast: Cast, settings: Any) -> None:
    with_codes(cast)
    samples = Samples(cast, HARBOUR)
    for address in EVERY:
        if address.name == "start":
            continue  # whoever holds a start link is greeted by name
        page = Client().get(address.url(samples)).content.decode(errors="replace")
        for word in ("Okafor", "Alice", "Harbour", "Sleeps badly", "Marsh"):
            assert word not in page, f"{address.name} tells {word}"


def test_every_answer_forbids_what_is_not_ours(cast: Cast) -> None:
    samples, client = Samples(cast, HARBOUR), cast.client("alice")
    client.raise_request_exception = False  # a passkey of the samples is none
    for address in EVERY:
        answer = client.get(address.url(samples))
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, address.name
        if address.name in ON_PAPER:  # its styles lie in the sheet; it has no script
            policy = policy.replace("style-src 'unsafe-inline'", "")
            assert "script-src 'none'" in policy or "script-src" not in policy
        assert not re.search(r"unsafe|http:|\*", policy), address.name
        assert answer["X-Content-Type-Options"] == "nosniff", address.name
        assert answer["X-Frame-Options"] == "DENY", address.name
        assert answer["Cache-Control"], address.name


# --- more than was asked for ----------------------------------------------------------------------


def test_a_form_writes_no_column_that_it_does_not_show(cast: Cast) -> None:
    beside = {
        "privacy": "team",
        "number": "999",
        "is_merged": "1",
        "clinic": str(cast.mallory.clinic.id),
        "clinic_id": str(cast.mallory.clinic.id),
        "author": str(cast.bob.id),
        "id": "00000000-0000-7000-8000-000000000000",
        "at": "2001-01-01",
    }
    client = cast.client("carol")
    form = {"name": "Eva Moreau", "entered_on_purpose": "1", **beside}
    assert client.post(reverse("patient_new"), form).status_code == 302
    patient = Patient.objects.get(name="Eva Moreau")
    assert (patient.privacy, patient.number, patient.is_merged) == ("clinic", 1, False)
    assert patient.clinic == cast.carol.clinic and str(patient.id) != beside["id"]
    client.post(reverse("note_new", args=[patient.id]), {"text": "x", "kind": "word", **beside})
    note = Document.objects.get(kind="note")
    assert note.author == cast.carol and note.at.year > 2001 and str(note.id) != beside["id"]
    assert set(note.body) == {"text", "title"}
    assert {row.who for row in AuditRow.objects.filter(patient=patient.id)} == {cast.carol.id}


# --- secrets --------------------------------------------------------------------------------------

SECRET = (
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n?[A-Za-z0-9+/]{20}"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[abp]-[0-9A-Za-z-]{20,}"
    r"|\bAIza[0-9A-Za-z_-]{35}|\bsk_live_[0-9A-Za-z]{20,}|\beyJhbGciOi[A-Za-z0-9_-]{40,}"
)
FILES_OF_SECRETS = re.compile(
    r"(^|/)(\.env.*|.*\.(pem|key|p12|pfx|sqlite3?|kdbx)|id_(rsa|ed25519))$"
)


def test_no_secret_was_ever_committed() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not in a repository")
    names = _git("log", "--all", "--format=", "--name-only", "--diff-filter=A")
    assert [name for name in set(names.split("\n")) if FILES_OF_SECRETS.search(name)] == []
    found = re.findall(SECRET, _git("log", "-p", "--all", "--format=", "--unified=0"))
    assert found == []


def _git(*words: str) -> str:
    done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True)
    return done.stdout.decode(errors="replace")


def test_no_secret_lies_in_the_wheel(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        assert [name for name in names if FILES_OF_SECRETS.search(name)] == []
        assert {name.split("/")[0].split("-")[0] for name in names} == {"ventosa"}
        for name in names:
            assert not re.search(SECRET, packed.read(name).decode(errors="replace")), name


def test_the_pattern_knows_a_secret() -> None:
    made = "-----BEGIN EC PRIVATE KEY-----\n" + "A1b2" * 8
    assert re.search(SECRET, made) and FILES_OF_SECRETS.search("out/clinic/secret.key")
