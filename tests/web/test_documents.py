"""Documents of the record: written once, signed, added to; read in a chart."""

import json
from datetime import timedelta
from typing import Any

from django.urls import reverse

from cast import Cast
from recorded import say, word, write
from ventosa.web.documents import NoteBody
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Kind, Patient
from ventosa.web.presenters.document import lines_of

# --- writing, signing, adding ------------------------------------------------------------------


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


# --- the chart ---------------------------------------------------------------------------------


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
