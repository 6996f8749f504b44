"""Documents of the record: words from outside, harm, sessions, moves, pictures, text as it is."""

import json
import re
import struct
import zlib
from collections.abc import Callable
from datetime import timedelta
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cast import Cast
from ventosa.assessing import Entry
from ventosa.record import InputError, NotAllowed, PatientRecord
from ventosa.terms import Decision, Technique
from ventosa.web.actions import assessments, documents, moves
from ventosa.web.documents import AdverseEventBody, ClearanceBody, NoteBody, SessionBody, WordBody
from ventosa.web.gathering import Visit, gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Encounter, Kind, Mistake, Patient, Signature
from ventosa.web.models import Entry as Row
from ventosa.web.models.record import Privacy
from ventosa.web.pictures import MOST_BYTES, redrawn
from ventosa.web.presenters.document import lines_of
from ventosa.web.words import word_id


def key() -> str:
    return new_id().hex


def write(cast: Cast, patient: Patient, kind: str, body: Any, **more: Any) -> Document:
    scope = cast.scope(more.pop("who", "alice"))
    more.setdefault("key", key())
    return documents.write(scope, patient=patient, kind=kind, body=body, **more)


def word(cast: Cast, **more: Any) -> WordBody:
    told = {"by": "Dr Marsh", "on": cast.scope("alice").today, "how": "phone", "text": "No cups."}
    return WordBody(**{**told, **more})


def gathered(cast: Cast, visit: Encounter) -> Visit:
    scope = cast.scope("alice")
    return gather(scope, scope.encounter(visit.id))


def say(cast: Cast, visit: Encounter, field: str, value: Any, note: str = "") -> None:
    entry = Entry(key=key(), field=field, value=value, note=note)
    scope = cast.scope("alice")
    assessments.say(scope, encounter=visit, entries=[entry], knowledge=knowledge())


def reading(record: PatientRecord, fact: str) -> list[Any]:
    return [one.value for one in record.readings if one.fact == fact]


# --- a word from outside ------------------------------------------------------------------------


def test_a_word_closes_at_once_and_only_writing_lifts_it(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    assert "OUTSIDE" not in str(gathered(cast, visit).screening)
    said = write(cast, patient, Kind.WORD, word(cast))
    for screened in gathered(cast, visit).screening.techniques.values():
        assert screened.certain is screened.possible is Decision.AVOID
    page = cast.client("bob").get(reverse("chart", args=[patient.id])).content.decode()
    assert "Do not cup" in page and "No cups." in page
    assert (
        "Do not cup"
        in cast.client("bob").get(reverse("details", args=[patient.id])).content.decode()
    )
    letter = ClearanceBody(covers=word_id(said.id), by="Dr Marsh", on=cast.scope("alice").today)
    write(cast, patient, Kind.CLEARANCE, letter)
    screened = gathered(cast, visit).screening.techniques[Technique.DRY_STATIC]
    assert "OUTSIDE" in str(screened.findings) and screened.certain < Decision.AVOID
    page = cast.client("bob").get(reverse("chart", args=[patient.id])).content.decode()
    assert 'aria-label="Word from outside"' not in page


def test_a_word_on_a_technique_or_a_place_closes_that(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    client = cast.client("carol")  # whoever takes the call
    form = {"by": "Dr Marsh", "how": "phone", "text": "Not wet.", "covers": "techniques"}
    answer = client.post(reverse("word_new", args=[patient.id]), {**form, "techniques": ["wet"]})
    assert answer.status_code == 302
    place = {"from_level": "L3", "to_level": "L5", "side": "left"}
    form = {"by": "Dr Marsh", "how": "letter", "text": "Scar.", "covers": "place", **place}
    assert client.post(reverse("word_new", args=[patient.id]), form).status_code == 302
    techniques = gathered(cast, visit).screening.techniques
    assert "no wet" in str(techniques[Technique.WET].findings)
    dry = techniques[Technique.DRY_STATIC]
    assert "no wet" not in str(dry.findings)
    assert any(closed.rule.startswith("OUTSIDE") for closed in dry.closed_zones)
    page = client.get(reverse("chart", args=[patient.id])).content.decode()
    assert "Do not cup at L3 to L5, left" in page and "Do not cup: wet cupping" in page


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"by": ""}, "by"),
        ({"text": ""}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"how": ""}, "how"),
        ({"covers": "techniques"}, "techniques"),
        ({"covers": "place"}, "from_level"),
        ({"on": "2999-01-01"}, "on"),
        ({"until": "2001-01-01"}, "until"),
    ],
)
def test_a_word_that_says_too_little_is_refused_beside_its_field(
    cast: Cast, change: dict[str, Any], field: str
) -> None:
    patient = cast.patient()
    form = {"by": "Dr Marsh", "how": "phone", "text": "No.", "covers": "everything", **change}
    answer = cast.client("alice").post(reverse("word_new", args=[patient.id]), form)
    assert answer.status_code == 422
    assert f'id="h-{field}"' in answer.content.decode()
    assert not Document.objects.filter(kind=Kind.WORD).exists()


def test_a_word_said_after_the_day_of_a_visit_closes_in_it_too(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient, days_ago=1)
    write(cast, patient, Kind.WORD, word(cast))
    screened = gathered(cast, visit).screening.techniques[Technique.DRY_STATIC]
    assert screened.certain is Decision.AVOID
    assert "said on" in str(screened.findings)


def test_nobody_strikes_a_word_through(cast: Cast) -> None:
    said = write(cast, cast.patient(), Kind.WORD, word(cast))
    with pytest.raises(NotAllowed, match="written clearance"):
        documents.enter_in_error(cast.scope("alice"), document=said, reason="I want to treat")


def test_a_clearance_needs_writing_and_somebody_who_treats(cast: Cast) -> None:
    patient = cast.patient()
    said = write(cast, patient, Kind.WORD, word(cast))
    form = {"clears": word_id(said.id), "by": "Dr Marsh"}
    path = reverse("clearance_new", args=[patient.id])
    assert cast.client("alice").post(path, form).status_code == 422
    assert cast.client("carol").post(path, {**form, "in_writing": "yes"}).status_code == 403
    assert cast.client("alice").post(path, {**form, "in_writing": "yes"}).status_code == 302


# --- harm and sessions --------------------------------------------------------------------------


def test_a_harm_answers_the_next_screening(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    form = {"event": "burn", "grade": "2", "healed": "no", "text": "A red ring."}
    answer = cast.client("carol").post(reverse("harm_new", args=[patient.id]), form)
    assert answer.status_code == 302
    assert reading(gathered(cast, visit).record, "reaction_burn") == [True]
    # The patient says no: the riskier of the two counts.
    say(cast, visit, "fact:reaction_burn", False)
    screened = gathered(cast, visit).screening.techniques[Technique.FIRE]
    assert any(finding.rule == "R01" for finding in screened.findings)


def test_a_harm_is_over_once_somebody_wrote_it(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    then = cast.scope("alice").today - timedelta(days=5)
    harm = write(cast, patient, Kind.ADVERSE_EVENT, AdverseEventBody("blister", 1), on=then)
    session = SessionBody(technique=Technique.DRY_STATIC, suction_kpa=20, retention_min=5)
    write(cast, patient, Kind.SESSION, session)
    assert reading(gathered(cast, visit).record, "sessions_without_harm")[0].high == 0
    page = cast.client("alice").get(reverse("chart", args=[patient.id])).content.decode()
    assert 'aria-label="Harm"' in page
    path = reverse("document_heal", args=[harm.id])
    assert cast.client("carol").post(path, {"text": "", "key": "h"}).status_code == 403
    assert cast.client("alice").post(path, {"text": "Skin whole.", "key": "h"}).status_code == 302
    assert cast.client("alice").post(path, {"text": "Skin whole.", "key": "h"}).status_code == 302
    assert Document.objects.filter(kind=Kind.ADVERSE_EVENT, adds_to=harm).count() == 1
    assert reading(gathered(cast, visit).record, "sessions_without_harm")[0].high == 1
    page = cast.client("alice").get(reverse("chart", args=[patient.id])).content.decode()
    assert 'aria-label="Harm"' not in page


def test_sessions_say_what_was_tolerated(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    assert not gathered(cast, visit).tolerated
    form = {"technique": "dry_static", "suction_kpa": "20", "retention_min": "5", "harmed": "no"}
    path = reverse("session_new", args=[patient.id])
    client = cast.client("alice")
    assert client.post(path, {**form, "sign": "yes", "visit": str(visit.id)}).status_code == 302
    session = Document.objects.get(kind=Kind.SESSION)
    assert session.encounter_id == visit.id and session.signature.author_id == cast.alice.id
    known = gathered(cast, visit)
    assert known.tolerated[Technique.DRY_STATIC].suction_kpa == 20
    assert reading(known.record, "first_session") == [False]
    del form["harmed"]
    assert client.post(path, form).status_code == 422  # silence is no "no"


def test_the_cups_of_the_accepted_plan_are_ticked(cast: Cast) -> None:
    from ventosa.web.documents import PlanBody

    patient = cast.patient()
    cups = [
        {"level": level, "side": "left", "lateral_mm": 42, "inner_diameter_mm": 45.0}
        for level in ("L3", "L5")
    ]
    plan = PlanBody(screening="", plan={"title": "Two cups", "placements": cups})
    write(cast, patient, Kind.PLAN, plan)
    form = {"technique": "dry_static", "harmed": "no", "cups": ["1", "7"]}
    path = reverse("session_new", args=[patient.id])
    assert "L3 left, 45 mm" in cast.client("alice").get(path).content.decode()
    assert cast.client("alice").post(path, form).status_code == 302
    assert Document.objects.get(kind=Kind.SESSION).body["cups"] == [cups[1]]


# --- writing, signing, adding -------------------------------------------------------------------


def test_a_form_that_is_sent_twice_writes_once_and_says_so_of_other_words(cast: Cast) -> None:
    patient = cast.patient()
    client, path = cast.client("alice"), reverse("note_new", args=[patient.id])
    first = client.post(path, {"text": "Sleeps badly.", "key": "k1"})
    again = client.post(path, {"text": "Sleeps badly.", "key": "k1"})
    assert first.url == again.url and first.cookies["accepted"].value == "k1"
    other = client.post(path, {"text": "Sleeps well.", "key": "k1"})
    assert other.status_code == 422 and "Sleeps well." in other.content.decode()
    assert 'value="k1"' not in other.content.decode()  # sent again, it is written too
    assert Document.objects.filter(kind=Kind.NOTE).count() == 1


def test_an_addendum_stands_under_its_document_and_signing_is_the_authors(cast: Cast) -> None:
    patient = cast.patient()
    note = write(cast, patient, Kind.NOTE, NoteBody(text="Sleeps badly."))
    assert cast.client("bob").post(reverse("document_sign", args=[note.id])).status_code == 422
    assert cast.client("alice").post(reverse("document_sign", args=[note.id])).status_code == 302
    added = {"text": "Better since Monday.", "key": "a"}
    path = reverse("document_add", args=[note.id])
    assert cast.client("bob").post(path, added).status_code == 302
    page = cast.client("carol").get(reverse("document", args=[note.id])).content.decode()
    assert "Sleeps badly." in page and "Better since Monday." in page and "Signed by Alice" in page
    chart = cast.client("carol").get(reverse("chart", args=[patient.id])).content.decode()
    assert chart.index("Sleeps badly.") < chart.index("Better since Monday.")
    empty = cast.client("bob").post(path, {"text": " "})
    assert empty.status_code == 422


def test_the_clinics_own_beginning_fills_a_note(cast: Cast) -> None:
    from ventosa.web.models import NoteTemplate

    made = NoteTemplate.objects.create(
        id=new_id(), clinic=cast.alice.clinic, name="Telephone", text="Called about:"
    )
    other = NoteTemplate.objects.create(
        id=new_id(), clinic=cast.mallory.clinic, name="Secret", text="Of the Hill"
    )
    path = reverse("note_new", args=[cast.patient().id])
    client = cast.client("alice")
    assert "Called about:" in client.get(f"{path}?template={made.id}").content.decode()
    assert "Of the Hill" not in client.get(f"{path}?template={other.id}").content.decode()
    assert client.get(f"{path}?template=nonsense").status_code == 200


def test_the_page_of_a_document_says_all_of_it(cast: Cast) -> None:
    patient = cast.patient()
    tree = {"placements": [{"level": "L3", "why": [{"because": "the tension is there"}]}], "n": 4.5}
    from ventosa.web.documents import PlanBody

    plan = PlanBody(screening="s1", plan=tree, overrides=[{"sentence": "Told me so"}])
    document = write(cast, patient, Kind.PLAN, plan)
    page = cast.client("alice").get(reverse("document", args=[document.id])).content.decode()
    for leaf in ("L3", "the tension is there", "4.5", "s1", "Told me so"):
        assert leaf in page
    assert len(lines_of(document)) == len(document.body)


def test_words_beside_an_answer_stand_on_the_visit(cast: Cast) -> None:
    visit = cast.visit(cast.patient())
    say(cast, visit, "fact:fever", True, note="Since Sunday, 38.4 °C at home.")
    page = cast.client("carol").get(reverse("visit_read", args=[visit.id])).content.decode()
    assert "Since Sunday, 38.4 °C at home." in page and knowledge().facts["fever"].question in page


# --- wrong patient ------------------------------------------------------------------------------


def test_a_document_moves_whole_and_stays_struck_through(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    harm = write(cast, first, Kind.ADVERSE_EVENT, AdverseEventBody("burn", 2, text="A red ring."))
    documents.sign(cast.scope("alice"), document=harm)
    visits = [cast.visit(first), cast.visit(second)]
    assert reading(gathered(cast, visits[0]).record, "reaction_burn") == [True]
    form = {"q": "Moreau", "to": str(second.id), "reason": "Two charts were open", "move": "1"}
    client = cast.client("bob")
    path = reverse("document_move", args=[harm.id])
    answer = client.post(path, {**form, "key": "m"})
    assert answer.status_code == 302
    assert client.post(path, {**form, "key": "m"}).url == answer.url  # sent twice, moved once
    copy = Document.objects.get(moved_from=harm)
    assert (copy.body, copy.author_id, copy.on) == (harm.body, harm.author_id, harm.on)
    assert not Signature.objects.filter(document=copy).exists()
    assert reading(gathered(cast, visits[0]).record, "reaction_burn") == []
    assert reading(gathered(cast, visits[1]).record, "reaction_burn") == [True]
    old = client.get(reverse("document", args=[harm.id])).content.decode()
    assert "Two charts were open" in old and reverse("document", args=[copy.id]) in old
    assert "Moreau" not in old  # the other person is not named here
    new = client.get(reverse("document", args=[copy.id])).content.decode()
    assert "Signed by Alice" in new and "needs a new signature" in new
    # Moving back is the same act.
    back = moves.move_document(
        cast.scope("bob"), document=copy, to=first, reason="It was right", key="back"
    )
    assert reading(gathered(cast, visits[0]).record, "reaction_burn") == [True]
    assert reading(gathered(cast, visits[1]).record, "reaction_burn") == []
    assert back.moved_from_id == copy.id


def test_a_visit_moves_with_all_that_was_said_and_written(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    visit = cast.visit(first)
    say(cast, visit, "fact:anticoagulant", True, note="Apixaban")
    said = write(cast, first, Kind.WORD, word(cast), encounter=visit)
    letter = ClearanceBody(covers=word_id(said.id), by="Dr Marsh", on=cast.scope("alice").today)
    write(cast, first, Kind.CLEARANCE, letter, encounter=visit)
    note = write(cast, first, Kind.NOTE, NoteBody(text="Inside"), encounter=visit)
    documents.add_to(cast.scope("alice"), document=note, text="More", key="more")
    outside = write(cast, first, Kind.NOTE, NoteBody(text="Outside"))
    target = cast.visit(second)
    assert not _stands(gathered(cast, target), "C06")
    moved = moves.move_visit(
        cast.scope("alice"), encounter=visit, to=second, reason="Wrong chart", key="v"
    )
    again = moves.move_visit(
        cast.scope("alice"), encounter=visit, to=second, reason="Wrong chart", key="v"
    )
    assert again.id == moved.id and moved.moved_from_id == visit.id
    assert gathered(cast, visit).assessed.answers.facts.get("anticoagulant") is None
    assert gathered(cast, visit).screening.exit != 5 and not _stands(gathered(cast, visit), "C06")
    there = gathered(cast, moved)
    assert there.assessed.answers.facts["anticoagulant"] is True and _stands(there, "C06")
    assert there.assessed.notes["fact:anticoagulant"] == ("Apixaban",)
    # The clearance names the word as it stands there now.
    assert "cleared" in str(there.screening.techniques[Technique.DRY_STATIC].findings).lower()
    assert Mistake.objects.count() == 4
    assert not Mistake.objects.filter(document=outside).exists()
    added = Document.objects.get(patient=second, adds_to__isnull=False)
    assert added.adds_to is not None and added.adds_to.body["text"] == "Inside"
    page = cast.client("bob").get(reverse("visit_read", args=[visit.id])).content.decode()
    assert "Entered in error" in page and reverse("visit_read", args=[moved.id]) in page


def _stands(visit: Visit, rule: str) -> bool:
    findings = visit.screening.techniques[Technique.DRY_STATIC].findings
    return any(one.rule == rule and one.state == "true" for one in findings)


def test_nothing_more_is_said_or_written_in_a_visit_that_was_moved(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    visit = cast.visit(first)
    say(cast, visit, "pain_now", 4)
    moves.move_visit(cast.scope("alice"), encounter=visit, to=second, reason="Wrong", key="v")
    with pytest.raises(NotAllowed, match="moved"):
        say(cast, visit, "pain_now", 5)
    with pytest.raises(NotAllowed, match="moved"):
        write(cast, first, Kind.NOTE, NoteBody(text="x"), encounter=visit)
    with pytest.raises(NotAllowed, match="moved already"):
        moves.move_visit(cast.scope("bob"), encounter=visit, to=second, reason="Wrong", key="w")
    assert cast.visit(first).previous is None
    assert cast.visit(second).previous_id is not None


def test_entries_of_a_moved_visit_keep_their_order_and_what_they_saw(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    visit, scope = cast.visit(first), cast.scope("alice")
    keys = [key() for _ in range(30)]
    entries = [
        Entry(key=one, field="pain_now", value=n % 11, saw=keys[n - 1] if n else "")
        for n, one in enumerate(keys)
    ]
    for entry in entries:
        assessments.say(scope, encounter=visit, entries=[entry], knowledge=knowledge())
    moved = moves.move_visit(scope, encounter=visit, to=second, reason="Wrong", key="v")
    rows = list(Row.objects.filter(encounter=moved).order_by("id"))
    before = Row.objects.filter(encounter=visit).order_by("id")
    assert [row.value for row in rows] == [row.value for row in before]
    complaint = gathered(cast, moved).assessed.answers.complaint
    assert complaint is not None and complaint.pain_now == 29 % 11
    assert gathered(cast, moved).assessed.differing == ()


def test_nothing_moves_to_another_clinic_or_past_its_team(cast: Cast) -> None:
    first, hill = cast.patient(), cast.patient("mallory")
    closed = cast.patient(name="Inês Moreau")
    Patient.objects.filter(id=closed.id).update(privacy=Privacy.TEAM)
    note = write(cast, first, Kind.NOTE, NoteBody(text="x"), who="bob")
    path, client = reverse("document_move", args=[note.id]), cast.client("bob")
    form = {"reason": "Wrong", "move": "1"}
    assert client.post(path, {**form, "to": str(hill.id)}).status_code == 404
    assert client.post(path, {**form, "to": str(closed.id)}).status_code == 403
    assert client.post(path, {**form, "to": "nonsense"}).status_code == 404
    assert client.post(path, {**form, "to": str(first.id)}).status_code == 422
    assert client.post(path, {**form, "q": "Okafor"}).status_code == 422
    assert client.post(path, {"to": str(cast.patient().id), "move": "1"}).status_code == 422
    assert cast.client("mallory").get(path).status_code == 404
    assert not Mistake.objects.exists()
    listed = client.post(path, {"q": "Inês", "search": "1"}).content.decode()
    assert "Moreau" not in listed


def test_who_a_patient_is_does_not_move(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    details = Document.objects.get(patient=first, kind=Kind.DETAILS)
    with pytest.raises(NotAllowed, match="Details"):
        moves.move_document(
            cast.scope("alice"), document=details, to=second, reason="Wrong", key="d"
        )


# --- the chart ----------------------------------------------------------------------------------


def _fill(cast: Cast, patient: Patient, count: int) -> None:
    scope = cast.scope("alice")
    Document.objects.bulk_create(
        Document(
            id=new_id(),
            clinic=scope.clinic,
            patient=patient,
            kind=Kind.SESSION,
            body=json.loads(
                '{"technique":"dry_static","suction_kpa":20,"retention_min":5,'
                '"cups":[],"pain_before":4,"pain_after":3,"harmed":false,"text":""}'
            ),
            author=cast.alice,
            on=scope.today - timedelta(days=n),
            at=scope.now,
            key=f"fill-{patient.number}-{n}",
        )
        for n in range(count)
    )


def test_a_chart_takes_as_many_queries_for_500_sessions_as_for_one(
    cast: Cast, django_assert_num_queries: Any
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    one, many = cast.patient(), cast.patient(name="Inês Moreau")
    _fill(cast, one, 1)
    _fill(cast, many, 500)
    client = cast.client("alice")
    client.get(reverse("chart", args=[one.id]))
    with CaptureQueriesContext(
        connection,
    ) as first:
        client.get(reverse("chart", args=[one.id]))
    with django_assert_num_queries(len(first)):
        page = client.get(reverse("chart", args=[many.id]))
    assert page.content.decode().count("20 kPa") == 40
    last = client.get(reverse("chart", args=[many.id]) + "?page=13").content.decode()
    assert last.count("20 kPa") == 20 and "Older" not in last


def test_a_chart_shows_one_kind(cast: Cast) -> None:
    patient = cast.patient()
    write(cast, patient, Kind.NOTE, NoteBody(text="Sleeps badly."))
    write(cast, patient, Kind.WORD, word(cast, text="No cups, she said."))
    path = reverse("chart", args=[patient.id])
    page = cast.client("alice").get(f"{path}?kind=note").content.decode()
    assert "Sleeps badly." in page and "Dr Marsh: No cups, she said." not in page
    assert cast.client("alice").get(f"{path}?kind=nonsense&page=-1").status_code == 200


# --- pictures -----------------------------------------------------------------------------------


def jpeg(size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", size, (200, 120, 90)).save(out, more.pop("format", "JPEG"), **more)
    return out.getvalue()


def with_position() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif[0x0112] = 6  # turned on its side
    return jpeg(exif=exif)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A small PNG whose hidden text opens to 100 MB."""
    made = jpeg(format="PNG")
    data = b"k\0\0" + zlib.compress(b"\0" * 100_000_000)
    body = b"zTXt" + data
    chunk = struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return made[:33] + chunk + made[33:]


def test_a_picture_keeps_what_is_seen_and_nothing_else() -> None:
    from PIL import Image

    given = with_position() + b"<script>alert(1)</script>"
    kept = redrawn(given)
    assert (kept.width, kept.height) == (30, 40)  # turned upright
    for secret in (b"SECRETCAMERA", b"script", b"Exif"):
        assert secret in given and secret not in kept.data
    opened = Image.open(BytesIO(kept.data))
    assert opened.format == "JPEG" and not opened.getexif()


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_other_formats_are_drawn_anew(format: str) -> None:
    assert redrawn(jpeg(format=format)).data[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "choose a file"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "is no JPEG"),
        (b"GIF89a" + b"\0" * 40, "is no JPEG"),
        (b"%PDF-1.7\n" + b"\0" * 40, "is no JPEG"),
        (b"PK\x03\x04" + b"\0" * 40, "is no JPEG"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (bomb(30_000, 30_000), "million pixels"),
        (bomb(8_000, 6_000), "million pixels"),
        (jpeg((400, 300))[:900], "damaged"),
        (text_bomb(), "damaged"),
        (b"\xff\xd8\xff" + b"x" * MOST_BYTES, "larger than 15 MB"),
    ],
    ids=["empty", "svg", "gif", "pdf", "zip", "heic", "bomb", "48MP", "cut", "ztxt", "large"],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        redrawn(data)


def consented(cast: Cast, patient: Patient) -> None:
    """The person signs the text about photos, as it is shown."""
    client = cast.client("carol")
    path = f"/patients/{patient.id}/consent/photo/"
    page = client.get(path).content.decode()
    found = re.findall(r'<input type="hidden" name="(key|read|sha256)" value="([^"]*)"', page)
    fields = {"method": "typed", "typed_name": patient.name, **dict(found)}
    assert client.post(path, fields).status_code == 302


def upload(client: Client, path: str, data: bytes, **more: Any) -> Any:
    return client.post(path, {"picture": SimpleUploadedFile("../../x.svg", data), **more})


def test_a_photo_needs_the_persons_own_consent_that_stands(cast: Cast) -> None:
    from ventosa.consent import ConsentKind
    from ventosa.web.actions import consents

    patient, client = cast.patient(), cast.client("alice")
    path = reverse("photo_new", args=[patient.id])
    assert upload(client, path, jpeg()).status_code == 422
    consented(cast, patient)
    assert upload(client, path, with_position(), title="After").status_code == 302
    consents.withdraw(cast.scope("alice"), patient=patient, kind=ConsentKind.PHOTO, key=key())
    refused = upload(client, path, jpeg((60, 50)))
    assert refused.status_code == 422 and "taken back" in refused.content.decode()
    assert Document.objects.filter(kind=Kind.PHOTO).count() == 1


def test_a_photo_is_served_as_bytes_that_nothing_runs(cast: Cast) -> None:
    patient, client = cast.patient(), cast.client("alice")
    consented(cast, patient)
    upload(client, reverse("photo_new", args=[patient.id]), with_position())
    document = Document.objects.get(kind=Kind.PHOTO)
    path = reverse("picture", args=[document.id])
    answer = client.get(path)
    assert answer["Content-Type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'inline; filename="picture.jpg"'
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert cast.client("mallory").get(path).status_code == 404
    assert "<img" in client.get(reverse("document", args=[document.id])).content.decode()
    assert "<img" not in client.get(reverse("chart", args=[patient.id])).content.decode()
    note = write(cast, patient, Kind.NOTE, NoteBody(text="x"))
    assert client.get(reverse("picture", args=[note.id])).status_code == 404


def test_too_large_a_form_is_refused_before_it_is_read(cast: Cast) -> None:
    patient = cast.patient()
    consented(cast, patient)
    path = reverse("photo_new", args=[patient.id])
    answer = cast.client("alice").generic(
        "POST", path, b"", "multipart/form-data; boundary=b", CONTENT_LENGTH=str(MOST_BYTES * 2)
    )
    assert answer.status_code == 413


def test_a_form_with_a_picture_still_needs_its_token(cast: Cast) -> None:
    patient = cast.patient()
    consented(cast, patient)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice.user, "allauth.account.auth_backends.AuthenticationBackend")
    answer = upload(client, reverse("photo_new", args=[patient.id]), jpeg())
    assert answer.status_code == 403 and not Document.objects.filter(kind=Kind.PHOTO).exists()


def test_a_scan_of_the_letter_stands_beside_the_clearance(cast: Cast) -> None:
    patient, client = cast.patient(), cast.client("alice")
    said = write(cast, patient, Kind.WORD, word(cast))
    form = {"clears": word_id(said.id), "by": "Dr Marsh", "in_writing": "yes"}
    scan = SimpleUploadedFile("letter.jpg", jpeg())
    path = reverse("clearance_new", args=[patient.id])
    assert client.post(path, {**form, "scan": scan}).status_code == 302
    document = Document.objects.get(kind=Kind.CLEARANCE)
    assert client.get(reverse("picture", args=[document.id])).status_code == 200


# --- any text -----------------------------------------------------------------------------------

MARKER = "zqx_typed_zqx"
"""Long enough that no token on a page holds it by chance."""
PAYLOADS = {
    "script": f"<script>{MARKER}(1)</script>",
    "attribute": f'"><img src=x onerror={MARKER}(1)>',
    "close": f"</textarea></title></style><svg/onload={MARKER}(1)>",
    "template": "{{ 7|add:7 }}{% debug %}" + MARKER,
    "formula": f"=HYPERLINK({MARKER})+cmd|' /C calc'!A0",
    "override": f"a\u202egnp.{MARKER}\u202c\u2066x\u2069",
    "emoji": f"👩🏽‍⚕️🫱🏿‍🫲🏻 {MARKER}",
    "zalgo": "Z" + "\u0301\u0316\u0334" * 40 + MARKER,
    "newline": f"one\r\nX-Evil: {MARKER}\r\n\r\ntwo",
    "long": MARKER + "x" * 150,
}


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, attributes, texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        for name, value in attrs:
            if name != "value":
                assert MARKER not in (value or ""), f"typed text stands in {tag} {name}"

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(page: bytes) -> Seen:
    parser = Seen()
    parser.feed(page.decode())
    return parser


Form = Callable[[str], dict[str, str]]
FORMS: dict[str, Form] = {
    "note_new": lambda x: {"title": x, "text": x},
    "complaint_new": lambda x: {"title": x},
    "word_new": lambda x: {"by": x, "how": "phone", "text": x, "covers": "everything"},
    "harm_new": lambda x: {"event": "burn", "grade": "1", "text": x},
    "marks_new": lambda x: {"days_after": "3", "grade": "1", "text": x},
    "letter_new": lambda x: {"direction": "came", "other": x, "text": x},
    "session_new": lambda x: {"technique": "dry_static", "harmed": "no", "text": x},
    "clearance_new": lambda x: {"clears": "C06", "by": x, "in_writing": "yes"},
}


@pytest.mark.parametrize("name", FORMS)
def test_any_text_is_kept_and_nothing_of_it_is_interpreted(cast: Cast, name: str) -> None:
    client = cast.client("alice")
    plain = cast.patient()
    client.post(reverse(name, args=[plain.id]), FORMS[name]("plain"))
    usual = _pages(client, plain)
    for payload in PAYLOADS.values():
        patient = cast.patient()
        answer = client.post(reverse(name, args=[patient.id]), FORMS[name](payload))
        assert answer.status_code == 302, (name, payload)
        document = Document.objects.exclude(kind=Kind.DETAILS).get(patient=patient)
        wanted = payload.replace("\r\n", "\n")
        assert wanted in document.body.values()  # kept sign by sign
        for page, expected in zip(_pages(client, patient), usual, strict=True):
            found = seen(page)
            assert found.elements <= seen(expected).elements, (name, payload)
            assert not set("\u202e\u202c\u2066\u2069") & set(found.text)
        assert MARKER in seen(_pages(client, patient)[1]).text
        # A refused form gives the words back, harmless too.
        refused = client.post(reverse(name, args=[patient.id]), {"on": "x", "text": payload})
        assert refused.status_code == 422
        assert not [e for e in seen(refused.content).elements if e[0] in ("img",) and "src" in e[1]]


def _pages(client: Client, patient: Patient) -> list[bytes]:
    document = Document.objects.exclude(kind=Kind.DETAILS).get(patient=patient)
    paths = (reverse("chart", args=[patient.id]), reverse("document", args=[document.id]))
    return [client.get(path).content for path in paths]


@pytest.mark.parametrize("name", FORMS)
def test_a_null_sign_is_refused_in_words(cast: Cast, name: str) -> None:
    patient = cast.patient()
    answer = cast.client("alice").post(reverse(name, args=[patient.id]), FORMS[name]("a\x00b"))
    assert answer.status_code == 422 and "null sign" in answer.content.decode()


def test_the_register_keeps_any_text_too(cast: Cast) -> None:
    client = cast.client("alice")
    fields = (
        "name",
        "phone",
        "email",
        "address",
        "remarks",
        "in_need_name",
        "in_need_relation",
        "doctor_name",
        "doctor_phone",
    )
    plain = dict.fromkeys(fields, "plain")

    def entered(text: str) -> bytes:
        form = {**dict.fromkeys(fields, text[:60]), "entered_on_purpose": "1"}
        answer = client.post(reverse("patient_new"), form)
        assert answer.status_code == 302
        return client.get(answer.url).content

    usual = seen(entered(plain["name"])).elements
    for payload in PAYLOADS.values():
        assert seen(entered(payload)).elements <= usual


# --- other clinics ------------------------------------------------------------------------------


def test_another_clinic_finds_nothing(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    note = write(cast, patient, Kind.NOTE, NoteBody(text="x"))
    client = cast.client("mallory")
    for name in FORMS:
        assert client.get(reverse(name, args=[patient.id])).status_code == 404
    for name in ("document", "document_move", "picture"):
        assert client.get(reverse(name, args=[note.id])).status_code == 404
    for name in ("visit_read", "visit_move"):
        assert client.get(reverse(name, args=[visit.id])).status_code == 404
    for name in ("document_sign", "document_add", "document_heal", "document_mistake"):
        assert client.post(reverse(name, args=[note.id]), {"text": "x"}).status_code == 404
