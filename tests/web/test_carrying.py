"""A whole clinic leaves as one file and is read back without loss, on either database."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from cast import Cast
from ventosa import __version__
from ventosa.record import InputError
from ventosa.web.actions.audit import broken_links
from ventosa.web.actions.carrying import MANIFEST, Carried, read_clinic, write_clinic
from ventosa.web.carrying import LEFT_OUT, carried, columns_of, name_of, sum_of
from ventosa.web.models import AuditRow, Blob, Clinic, Document, Membership, User

SOURCE = Path(__file__).resolve().parents[2] / "src"

FILLED = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from ventosa.web.serving import Order, prepare
now = datetime.now(UTC)
prepare(Order(Path(sys.argv[1])), now)
from ventosa.web.actions import consents, documents, people
from ventosa.web.actions.audit import read_rows, seal
from ventosa.web.demo import fill
from ventosa.web.models import Clinic, Membership, Patient
from ventosa.web.scope import Scope
fill(now)
scope = Scope(Membership.objects.get(user__username="samira"), now)
patient = scope.patient(Patient.objects.first().id)
documents.keep_bytes(scope, data=bytes(range(256)) * 40, media_type="image/jpeg")
people.open_in_emergency(scope, patient=patient, reason="Fainted in the waiting room.")
scope.listing(Patient.objects.all())
read_rows(scope, "patients")
while seal(Clinic.objects.get(), now=now):
    pass
read_rows(Scope(scope.membership, now, seen={patient.id: None}), "chart")
"""
"""A clinic with something in most tables, audit rows sealed and one that is not yet."""


def ventosa(*words: str) -> "subprocess.CompletedProcess[str]":
    environment = {k: v for k, v in os.environ.items() if not k.startswith("VENTOSA_")}
    environment |= {"PYTHONPATH": str(SOURCE)}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [sys.executable, *words]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clinic of another machine, on SQLite, as a file."""
    folder = tmp_path_factory.mktemp("clinic")
    filled = ventosa("-c", FILLED, str(folder))
    assert filled.returncode == 0, filled.stderr
    out = folder / "clinic.zip"
    done = ventosa("-m", "ventosa", "clinic", "export", "--folder", str(folder), "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "head of the audit" in done.stdout
    return out


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as archive:
        return dict(json.loads(archive.read(MANIFEST)))


def again(clinic: Clinic, path: Path) -> Path:
    with path.open("wb") as file:
        write_clinic(clinic, file, now=datetime.now(UTC))
    return path


def read(path: Path) -> Carried:
    return read_clinic(path, now=datetime.now(UTC))


Change = Callable[[dict[str, bytes]], None]


def changed(path: Path, out: Path, change: Change) -> Path:
    """The file with some of its members changed."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out


def as_written(members: dict[str, bytes], table: str) -> None:
    """Make the manifest fit a table that was changed, as somebody who knows how would."""
    said = json.loads(members[MANIFEST])
    data = members[f"tables/{table}.jsonl"]
    count, total = sum_of(data.decode().splitlines())
    said["tables"][table] = {"rows": count, "sum": total, "sha256": sha256(data).hexdigest()}
    members[MANIFEST] = json.dumps(said).encode()


# --- without loss -------------------------------------------------------------------------------


def test_a_clinic_comes_back_without_loss(db: None, written: Path, tmp_path: Path) -> None:
    done = read(written)
    clinic = Clinic.objects.get()
    assert (done.clinic, clinic.name) == ("Lindenhof Clinic", "Lindenhof Clinic")
    before, after = manifest(written), manifest(again(clinic, tmp_path / "again.zip"))
    rows = before["tables"].pop("AuditRow")["rows"]
    assert after["tables"].pop("AuditRow")["rows"] == rows + 2  # it was read, and written again
    assert after["tables"] == before["tables"]
    assert after["audit_head"] == before["audit_head"]
    assert broken_links(clinic) == []


def test_what_came_back_works(db: None, written: Path) -> None:
    read(written)
    assert bytes(Blob.objects.get(data=bytes(range(256)) * 40).data) == bytes(range(256)) * 40
    from django.test import Client

    client = Client()
    samira = User.objects.get(username="samira")
    client.force_login(samira, "allauth.account.auth_backends.AuthenticationBackend")
    document = Document.objects.filter(kind="note").latest("at")
    assert client.get(f"/documents/{document.id}/").status_code == 200
    assert client.post("/patients/", {"q": "okafor"}).content.count(b"Okafor") >= 1
    assert Membership.objects.get(user=samira).is_owner


def test_who_did_it_stands_in_the_audit(db: None, written: Path) -> None:
    read(written)
    found = AuditRow.objects.filter(what__startswith="clinic_").order_by("id")
    assert [(row.what, row.who) for row in found] == [
        ("clinic_export", None),
        ("clinic_import", None),
    ]


def test_only_one_clinic_of_several_is_written(cast: Cast, tmp_path: Path) -> None:
    mine = cast.patient()
    cast.patient("mallory", name="Somebody Else")
    path = again(cast.alice.clinic, tmp_path / "harbour.zip")
    with zipfile.ZipFile(path) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist()).decode()
    assert str(mine.id) in whole
    assert "Somebody Else" not in whole and str(cast.mallory.clinic_id) not in whole
    assert "mallory" not in whole
    assert manifest(path)["tables"]["User"]["rows"] == 5


def test_every_table_is_carried_or_left_out_on_purpose(db: None) -> None:
    every = set(apps.get_app_config("clinic").get_models())
    assert {*carried(), *LEFT_OUT} == every
    for model in carried():
        assert columns_of(model), name_of(model)


def test_the_sum_knows_no_order_and_every_sign() -> None:
    assert sum_of(["a", "b"]) == sum_of(["b", "a"])
    assert sum_of(["a", "b"]) != sum_of(["a", "c"])
    assert sum_of(["a", "a"]) != sum_of(["a"])


# --- refused ------------------------------------------------------------------------------------


def test_a_place_that_holds_a_clinic_is_refused(cast: Cast, written: Path) -> None:
    with pytest.raises(InputError, match="empty place"):
        read(written)
    assert Clinic.objects.count() == 2


def other_version(members: dict[str, bytes]) -> None:
    said = json.loads(members[MANIFEST])
    members[MANIFEST] = json.dumps(said | {"ventosa": "0.0.9"}).encode()


def other_tables(members: dict[str, bytes]) -> None:
    said = json.loads(members[MANIFEST])
    members[MANIFEST] = json.dumps(said | {"tables_version": "0001_initial"}).encode()


def one_sign(members: dict[str, bytes]) -> None:
    name = "tables/Document.jsonl"
    members[name] = members[name].replace(b"swimming", b"swimminG")


def one_row_less(members: dict[str, bytes]) -> None:
    name = "tables/Document.jsonl"
    members[name] = b"".join(members[name].splitlines(keepends=True)[1:])


def no_table(members: dict[str, bytes]) -> None:
    del members["tables/Signature.jsonl"]


def one_more(members: dict[str, bytes]) -> None:
    members["../outside"] = b"x"


def other_columns(members: dict[str, bytes]) -> None:
    name = "tables/Site.jsonl"
    members[name] = b'{"secret-name": 1}\n'
    as_written(members, "Site")


def no_row(members: dict[str, bytes]) -> None:
    members["tables/Document.jsonl"] += b"Daniel Okafor\n"
    as_written(members, "Document")


def an_audit_row_changed(members: dict[str, bytes]) -> None:
    name = "tables/AuditRow.jsonl"
    first, *others = members[name].splitlines(keepends=True)
    members[name] = first.replace(b'"write"', b'"reads"') + b"".join(others)
    as_written(members, "AuditRow")


def a_pointer_to_nothing(members: dict[str, bytes]) -> None:
    name = "tables/Encounter.jsonl"
    members[name] = b"".join(members[name].splitlines(keepends=True)[1:])
    as_written(members, "Encounter")


def no_manifest(members: dict[str, bytes]) -> None:
    del members[MANIFEST]


def no_words(members: dict[str, bytes]) -> None:
    members[MANIFEST] = b'{"format": []}'


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (other_version, f"written by Ventosa 0.0.9 .*; this is {__version__}"),
        (other_tables, "tables 0001_initial"),
        (one_sign, "Document.jsonl: was changed or damaged"),
        (one_row_less, "Document.jsonl: was changed or damaged"),
        (no_table, "names other tables"),
        (one_more, "names other tables"),
        (other_columns, "Site.jsonl line 1: has other columns"),
        (no_row, r"Document.jsonl line \d+: is no row"),
        (an_audit_row_changed, "a row of link 1 was changed"),
        (a_pointer_to_nothing, "do not fit together"),
        (no_manifest, "no file of a clinic"),
        (no_words, "not as a clinic is written"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_is_not_as_it_was_written_is_refused_and_leaves_nothing(
    db: None, written: Path, tmp_path: Path, change: Change, says: str
) -> None:
    path = changed(written, tmp_path / "changed.zip", change)
    with pytest.raises(InputError, match=says) as refused:
        read(path)
    assert "Okafor" not in str(refused.value) and "secret-name" not in str(refused.value)
    assert not Clinic.objects.exists() and not Document.objects.exists()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(
    db: None, written: Path, tmp_path: Path, share: float
) -> None:
    data = written.read_bytes()
    path = tmp_path / "cut.zip"
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="damaged"):
        read(path)
    assert not Clinic.objects.exists()


def test_writing_needs_no_seek_back_into_the_past(cast: Cast) -> None:
    """What is written later than the file began is not in it."""
    out = BytesIO()
    write_clinic(cast.alice.clinic, out, now=datetime.now(UTC) - timedelta(days=1))
    assert zipfile.ZipFile(out).testzip() is None


# --- the command --------------------------------------------------------------------------------


def test_the_command_reads_into_an_empty_folder_once(written: Path, tmp_path: Path) -> None:
    folder = str(tmp_path / "new")
    done = ventosa("-m", "ventosa", "clinic", "import", "--folder", folder, str(written))
    assert done.returncode == 0, done.stderr
    assert "all of them" in done.stdout and "whole" in done.stdout
    check = ventosa("-m", "ventosa", "audit", "check", "--folder", folder)
    assert check.returncode == 0 and "whole" in check.stdout
    twice = ventosa("-m", "ventosa", "clinic", "import", "--folder", folder, str(written))
    assert twice.returncode == 2 and "empty place" in twice.stderr


def test_the_command_overwrites_nothing_and_writes_for_its_owner(written: Path) -> None:
    assert written.stat().st_mode & 0o077 == 0
    folder = str(written.parent)
    command = ("-m", "ventosa", "clinic", "export", "--folder", folder, "--out", str(written))
    done = ventosa(*command)
    assert done.returncode == 2 and "not overwritten" in done.stderr
    assert not written.with_name("clinic.zip.part").exists()


def test_the_command_says_that_a_file_is_not_there(tmp_path: Path) -> None:
    done = ventosa("-m", "ventosa", "clinic", "import", "--folder", str(tmp_path / "x"), "gone.zip")
    assert done.returncode == 2 and "is no file" in done.stderr
    assert not (tmp_path / "x").exists()
