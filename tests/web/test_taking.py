"""A record is taken along: whole, by whom it may be, and harmless wherever it is opened."""

import csv
import io
import json
import re
import zipfile
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import pytest
from django.urls import reverse

from accepted import accept, assessed
from cast import Cast
from ventosa.assessing import Entry
from ventosa.fhir import read_answers, read_bundle
from ventosa.record import Interval, OutOfRange
from ventosa.web import paper
from ventosa.web.actions import assessments, documents
from ventosa.web.documents import AdverseEventBody, LetterBody, NoteBody, PhotoBody, WordBody
from ventosa.web.ids import new_id
from ventosa.web.knowing import codes, knowledge
from ventosa.web.models import AuditRow, Document, Kind, Patient
from ventosa.web.models.record import Privacy
from ventosa.web.pictures import MEDIA_TYPE

JPEG = b"\xff\xd8\xff\xe0 not looked into here \xff\xd9"

NASTY = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    '<link rel=stylesheet href="http://example.org/x.css">',
    '<img src="http://example.org/x.png"><img src="file:///etc/passwd">',
    '=HYPERLINK("http://example.org","press")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\t=1+1",
    "\u202egnp.exe\u202c and \u2066hidden\u2069",
    "{{ 7|add:7 }} {% now 'Y' %} ${7*7}",
    "]]> <!-- --> <?xml version='1.0'?>",
    "a\x01b\x0bc\x1fd",
    "'); DROP TABLE document; --",
    "line\r\nSet-Cookie: x=1",
    "\ufeff\ufffe\uffff",
    "𝕽𝖚𝖙𝖍 روث 露丝",
)


def key() -> str:
    return new_id().hex


def write(cast: Cast, patient: Patient, kind: str, body: Any, **more: Any) -> Document:
    return documents.write(
        cast.scope("alice"), patient=patient, kind=kind, body=body, key=key(), **more
    )


def say(cast: Cast, visit: Any, field: str, value: Any, note: str = "") -> None:
    entry = Entry(key=key(), field=field, value=value, note=note)
    assessments.say(cast.scope("alice"), encounter=visit, entries=[entry], knowledge=knowledge())


def taken(cast: Cast, patient: Patient, form: str, who: str = "alice") -> Any:
    return cast.client(who).post(reverse("take", args=[patient.id]), {"form": form})


def files(answer: Any) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@pytest.fixture
def filled(cast: Cast) -> Patient:
    """A person with a visit, a note, a letter with its scan, a harm that is over."""
    patient = cast.patient()
    visit = cast.visit(patient)
    say(cast, visit, "fact:anticoagulant", True, "Apixaban since May")
    say(cast, visit, "fact:weight_kg", 82)
    scope = cast.scope("alice")
    blob = documents.keep_bytes(scope, data=JPEG, media_type=MEDIA_TYPE)
    letter = LetterBody(direction="came", other="Dr Marsh", text="INR 2.4.", scan=blob.sha256)
    write(cast, patient, Kind.LETTER, letter)
    note = write(cast, patient, Kind.NOTE, NoteBody(text="Asks about swimming."), encounter=visit)
    documents.sign(scope, document=note)
    documents.add_to(scope, document=note, text="Yes, once it is closed.", key=key())
    wrong = write(cast, patient, Kind.NOTE, NoteBody(text="Another person's."))
    documents.enter_in_error(scope, document=wrong, reason="Wrong patient")
    harm = write(cast, patient, Kind.ADVERSE_EVENT, AdverseEventBody(event="blister", grade=1))
    documents.heal(scope, document=harm, text="Closed.", key=key())
    return patient


# --- what is in it ------------------------------------------------------------------------------


def test_everything_is_in_one_file(cast: Cast, filled: Patient) -> None:
    answer = taken(cast, filled, "zip")
    assert answer["Content-Disposition"] == f'attachment; filename="record-{filled.number}.zip"'
    found = files(answer)
    read = "record.pdf" if paper.can_print() else "record.html"
    assert {"README.txt", read, "record.fhir.json", "csv/note.csv", "csv/answers.csv"} <= set(found)
    assert found[f"files/{sha256(JPEG).hexdigest()}.jpg"] == JPEG


def test_tables_hold_every_document_once(cast: Cast, filled: Patient) -> None:
    found = files(taken(cast, filled, "csv"))
    told = sum(
        len(rows(data))
        for name, data in found.items()
        if name.removeprefix("csv/").removesuffix(".csv") in Kind.values
    )
    assert told == Document.objects.filter(patient=filled).count() > 6
    reasons = [row["in_error"] for row in rows(found["csv/note.csv"])]
    assert sorted(reasons) == ["", "", "Wrong patient"]
    answers = {row["fact"]: row["value"] for row in rows(found["csv/answers.csv"])}
    assert answers["anticoagulant"] == "yes" and answers["weight_kg"] == "82"


def test_the_bundle_is_read_back(cast: Cast, filled: Patient) -> None:
    answer = taken(cast, filled, "fhir")
    assert answer["Content-Type"] == "application/fhir+json"
    [(_, answers)] = read_answers(answer.content).items()
    assert answers["anticoagulant"] is True and answers["weight_kg"] == Interval(82, 82)
    record = read_bundle(answer.content, codes(), cast.scope("alice").today)
    read = {reading.fact: reading.value for reading in record.readings}
    assert record.name == "Daniel Okafor"
    assert read["sex"] == "male" and read["weight_kg"] == Interval(82, 82)


def test_it_can_be_imported_again(cast: Cast, filled: Patient) -> None:
    from ventosa.web.gathering import bundle_record

    data = taken(cast, filled, "fhir").content
    assert bundle_record(data, on=cast.scope("alice").today).name == "Daniel Okafor"


def test_the_page_for_paper_says_all_of_it(cast: Cast, filled: Patient) -> None:
    page = cast.client("alice").get(reverse("take_print", args=[filled.id])).content.decode()
    for words in (
        "Apixaban since May",
        "INR 2.4.",
        "Yes, once it is closed.",
        "Wrong patient",
        "Blister",
        "Signed by Alice",
        "Do you take a medicine that thins the blood",
    ):
        assert words in page or words.split()[0] == "Do", words
    assert knowledge().facts["anticoagulant"].question in page
    assert 'src="data:image/jpeg;base64,' in page


def test_an_accepted_plan_is_drawn(cast: Cast) -> None:
    visit = assessed(cast)
    accept(cast, visit)
    answer = cast.client("alice").get(reverse("take_print", args=[visit.patient_id]))
    shown = answer.content.decode()
    assert shown.count('class="vb"') == 1 and shown.count('class="vb-cupn"') == 4
    assert "var(--" in shown and "var(--" not in paper.with_inks(shown)
    bundle = json.loads(taken(cast, visit.patient, "fhir").content)
    [plan] = [
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "CarePlan"
    ]
    assert len(plan["extension"]) == 4 and plan["status"] == "active"


def test_records_that_are_read_as_one_are_taken_as_one(cast: Cast, filled: Patient) -> None:
    from ventosa.web.actions import patients

    other = cast.patient(name="Dan Okafor")
    write(cast, other, Kind.NOTE, NoteBody(text="Of the second record."))
    patients.merge(cast.scope("alice"), kept=filled, merged=other)
    texts = [row["text"] for row in rows(files(taken(cast, filled, "csv"))["csv/note.csv"])]
    assert "Of the second record." in texts


# --- who may, and what is left behind -----------------------------------------------------------


def test_who_took_it_stands_in_the_audit(cast: Cast, filled: Patient) -> None:
    taken(cast, filled, "fhir", who="bob")
    cast.client("alice").get(reverse("take_print", args=[filled.id]))
    found = AuditRow.objects.filter(patient=filled.id).order_by("id")
    assert [(row.who, row.act, row.what, row.detail) for row in list(found)[-2:]] == [
        (cast.bob.id, "write", "taken_along", {"form": "fhir"}),
        (cast.alice.id, "read", "take_print", {}),
    ]


def test_looking_at_the_page_takes_nothing(cast: Cast, filled: Patient) -> None:
    cast.client("alice").get(reverse("take", args=[filled.id]))
    taken(cast, filled, "everything")
    assert not AuditRow.objects.filter(what="taken_along").exists()


@pytest.mark.parametrize("who", ["carol", "olga"])
def test_only_who_treats_takes_a_record_along(cast: Cast, filled: Patient, who: str) -> None:
    assert taken(cast, filled, "zip", who=who).status_code == 403
    assert cast.client(who).get(reverse("take_print", args=[filled.id])).status_code == 403


def test_a_closed_record_stays_closed(cast: Cast, filled: Patient) -> None:
    Patient.objects.filter(id=filled.id).update(privacy=Privacy.TEAM)
    for answer in (
        taken(cast, filled, "zip", who="bob"),
        cast.client("bob").get(reverse("take_print", args=[filled.id])),
    ):
        assert answer.status_code == 403
        assert b"INR" not in answer.content
    assert not AuditRow.objects.filter(what="taken_along").exists()


def test_another_clinics_record_is_not_there(cast: Cast, filled: Patient) -> None:
    assert taken(cast, filled, "fhir", who="mallory").status_code == 404


# --- where a PDF cannot be made -----------------------------------------------------------------


def test_without_the_part_for_it_the_page_says_so(
    cast: Cast, filled: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paper, "can_print", lambda: False)
    page = cast.client("alice").get(reverse("take", args=[filled.id])).content.decode()
    assert "cannot make a PDF by itself" in page
    assert taken(cast, filled, "pdf").status_code == 422
    assert "record.html" in files(taken(cast, filled, "zip"))


def test_a_pdf_that_takes_too_long_is_said_in_words(
    cast: Cast, filled: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(page: str) -> bytes:
        raise OutOfRange("this could not be worked out in the time there is")

    monkeypatch.setattr(paper, "can_print", lambda: True)
    monkeypatch.setattr(paper, "pdf_of", late)
    answer = taken(cast, filled, "pdf")
    assert answer.status_code == 409
    assert "Take the page for printing" in answer.content.decode()
    assert not AuditRow.objects.filter(what="taken_along").exists()


# --- harmless -----------------------------------------------------------------------------------


class Tags(HTMLParser):
    """The tags of a page, and what they point at."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.fixture
def nasty(cast: Cast) -> Patient:
    """A person in every field of whose record stands something that wants to run."""
    patient = cast.patient(name=NASTY[0], address=NASTY[5], remarks=NASTY[10], phone=NASTY[6])
    visit = cast.visit(patient)
    for words in NASTY:
        say(cast, visit, "fact:anticoagulant", None, note=words)
        write(cast, patient, Kind.NOTE, NoteBody(title=words[:200], text=words))
        letter = LetterBody(direction="came", other=words[:200], text=words)
        write(cast, patient, Kind.LETTER, letter)
    today = cast.scope("alice").today
    word = WordBody(by=NASTY[1], on=today, how="phone", text=NASTY[2])
    write(cast, patient, Kind.WORD, word)
    harm = AdverseEventBody(event=NASTY[5], grade=1, text=NASTY[7])
    write(cast, patient, Kind.ADVERSE_EVENT, harm)
    blob = documents.keep_bytes(cast.scope("alice"), data=JPEG, media_type=MEDIA_TYPE)
    photo = PhotoBody(sha256=blob.sha256, width=1, height=1, title=NASTY[1])
    write(cast, patient, Kind.PHOTO, photo)
    return patient


def test_no_page_runs_what_stands_in_a_record(cast: Cast, nasty: Patient) -> None:
    answer = cast.client("alice").get(reverse("take_print", args=[nasty.id]))
    page = answer.content.decode()
    found = Tags(page)
    assert not {"script", "link", "iframe", "object", "embed", "form"} & set(found.tags)
    assert found.tags.count("img") == 1 and found.tags.count("svg") == 0
    assert not [name for name, _ in found.attributes if name.startswith("on")]
    pointed = [value for name, value in found.attributes if name in ("src", "href")]
    assert all(value.startswith("data:image/jpeg;base64,") for value in pointed)
    assert not set(page) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert "[U+202E]gnp.exe" in page
    assert "{{ 7|add:7 }}" in page
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src 'none'" in policy


def test_no_table_runs_what_stands_in_a_record(cast: Cast, nasty: Patient) -> None:
    for name, data in files(taken(cast, nasty, "csv")).items():
        if not name.endswith(".csv"):
            continue
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True):
            for cell in row:
                is_number = re.fullmatch(r"-?\d+(\.\d+)?", cell)
                assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r")), name


def test_the_bundle_holds_every_word_as_it_was(cast: Cast, nasty: Patient) -> None:
    data = taken(cast, nasty, "fhir").content
    bundle = json.loads(data)
    said = json.dumps(bundle, ensure_ascii=False)
    assert NASTY[5].replace('"', '\\"') in said
    descriptions = {
        entry["resource"].get("description")
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "DocumentReference"
    }
    assert set(NASTY) <= descriptions | {None}
    for entry in bundle["entry"]:
        resource = entry["resource"]
        for narrative in ("text",):
            assert "div" not in str(resource.get(narrative, {}))


def test_no_name_of_a_file_holds_words_of_a_record(cast: Cast, nasty: Patient) -> None:
    for form in ("zip", "fhir", "csv"):
        disposition = taken(cast, nasty, form)["Content-Disposition"]
        assert re.fullmatch(r'attachment; filename="record-\d+[a-z.-]*"', disposition)
    for name in files(taken(cast, nasty, "zip")):
        assert re.fullmatch(r"[A-Za-z0-9_./-]+", name) and ".." not in name


def test_a_pdf_is_set_of_anything_and_reaches_for_nothing(cast: Cast, nasty: Patient) -> None:
    if not paper.can_print():
        pytest.skip("weasyprint or Pango is not here")
    answer = taken(cast, nasty, "pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-") and answer.content.rstrip().endswith(b"%%EOF")
    for sign in (b"/JavaScript", b"/JS ", b"/Launch", b"/EmbeddedFile", b"root:x:0"):
        assert sign not in answer.content
