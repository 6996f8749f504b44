"""The record in a real browser: a word from outside, wrong patient, harm, words half typed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from devices import sizes

from cast import Cast
from ventosa.assessing import Entry
from ventosa.terms import Decision, Technique
from ventosa.web.actions import assessments, documents
from ventosa.web.documents import NoteBody
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Encounter, Kind, Patient

pytestmark = pytest.mark.journey


def screened(cast: Cast, visit: Encounter) -> Any:
    scope = cast.scope("alice")
    return gather(scope, scope.encounter(visit.id)).screening.techniques


def test_a_word_from_outside_closes_on_every_tablet(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    # Given Bob's tablet in the room, and Carol who takes a call at the desk
    room = tablets(cast, "bob", "portrait")
    seen = room.open(f"/patients/{patient.id}/")
    assert seen.get_by_label("Word from outside").count() == 0
    desk = tablets(cast, "carol", "tablet")
    page = desk.open(f"/patients/{patient.id}/")
    page.get_by_role("link", name="Word from outside").click()
    desk.check()
    # When she forgets to say who it was, the page keeps her words and names the field
    page.get_by_label("by phone").check()
    page.get_by_label("What was said").fill("No cups while she takes apixaban.")
    page.get_by_role("button", name="Write").click()
    page.get_by_role("alert").get_by_text("write who said it").wait_for()
    assert page.get_by_label("What was said").input_value().startswith("No cups while")
    desk.check()
    page.get_by_label("Who said it").fill("Dr Helen Marsh")
    page.get_by_role("button", name="Write").click()
    page.get_by_role("heading", name="Do not cup").wait_for()
    desk.check()
    # Then it stands on the other tablet, on every page, and closes every technique
    seen.reload()
    seen.get_by_role("heading", name="Do not cup").wait_for()
    room.check()
    assert all(one.certain is Decision.AVOID for one in screened(cast, visit).values())
    # And only a written clearance lifts it
    treating = tablets(cast, "alice", "tablet")
    page = treating.open(f"/patients/{patient.id}/clearance/")
    page.get_by_label("What it clears").select_option(index=1)
    page.get_by_label("Who signed it").fill("Dr Helen Marsh")
    page.get_by_label("It is in writing").check()
    treating.check()
    page.get_by_role("button", name="Write").click()
    page.get_by_role("heading", name="Clearance").wait_for()
    seen.reload()
    assert seen.get_by_role("heading", name="Do not cup").count() == 0
    assert screened(cast, visit)[Technique.DRY_STATIC].certain < Decision.AVOID


@pytest.mark.parametrize("size", sizes("tablet"))
def test_a_visit_of_the_wrong_patient_is_moved_and_moved_back(
    tablets: Callable[..., Any], cast: Cast, size: str
) -> None:
    wrong, right = cast.patient(), cast.patient(name="Inês Moreau", birth_date="1991-11-30")
    visit = cast.visit(wrong)
    scope = cast.scope("alice")
    entry = Entry(key=new_id().hex, field="fact:anticoagulant", value=True, note="Apixaban")
    assessments.say(scope, encounter=visit, entries=[entry], knowledge=knowledge())
    note = documents.write(
        scope,
        patient=wrong,
        kind=Kind.NOTE,
        body=NoteBody(text="Takes apixaban."),
        key=new_id().hex,
        encounter=visit,
    )
    documents.sign(scope, document=note)
    tablet = tablets(cast, "alice", size)
    page = tablet.open(f"/visits/{visit.id}/")
    page.get_by_text("Apixaban").first.wait_for()
    tablet.check()
    page.get_by_role("link", name="Wrong patient").click()
    page.get_by_label("To whom it belongs").fill("moreau")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Inês Moreau").check()
    page.get_by_label("Why").fill("Two records were open")
    assert "moreau" not in page.url
    tablet.check()
    page.get_by_role("button", name="Move").click()
    page.get_by_text("It came here from").first.wait_for()
    page.get_by_text("Apixaban").first.wait_for()
    page.get_by_text("Signed by Alice").wait_for()  # in the other record
    tablet.check()
    page = tablet.open(f"/patients/{wrong.id}/")
    page.get_by_text("Two records were open").wait_for()
    tablet.check()
    page = tablet.open(f"/visits/{visit.id}/")
    page.get_by_text("Nothing that was said in it counts here").wait_for()
    tablet.check()
    moved = Encounter.objects.get(moved_from=visit)
    assert moved.patient_id == right.id
    # Undo is the same act
    page = tablet.open(f"/visits/{moved.id}/move/")
    page.get_by_label("To whom it belongs").fill("okafor")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Daniel Okafor").check()
    page.get_by_label("Why").fill("It was right")
    page.get_by_role("button", name="Move").click()
    page.get_by_text("It came here from").first.wait_for()
    assert Encounter.objects.get(moved_from=moved).patient_id == wrong.id


def test_a_harm_answers_the_next_screening(tablets: Callable[..., Any], cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    day = cast.scope("alice").today - timedelta(days=2)
    tablet = tablets(cast, "bob", "tablet")
    page = tablet.open(f"/patients/{patient.id}/harm/")
    tablet.check()
    page.get_by_label("What it was").select_option(label="Burn")
    page.get_by_label("2 moderate").check()
    page.get_by_label("How it looked").fill("A red ring under cup 2.")
    page.get_by_label("Day", exact=True).fill(day.isoformat())
    page.get_by_role("button", name="Write").click()
    page.get_by_text("A red ring under cup 2.").wait_for()
    tablet.check()
    rules = [one.rule for one in screened(cast, visit)[Technique.FIRE].findings]
    assert "R01" in rules
    page.get_by_label("How it looks now").fill("Skin whole again.")
    page.get_by_role("button", name="Write that it is over").click()
    page.get_by_text("Skin whole again.").wait_for()
    assert page.get_by_label("Harm").count() == 0
    tablet.check()


def test_half_typed_words_survive_sign_out_and_a_closed_tab(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    patient = cast.patient()
    path = f"/patients/{patient.id}/note/"
    tablet = tablets(cast, "alice", "tablet")
    page = tablet.open(path)
    page.get_by_label("Words").fill("Sleeps badly since")
    page.wait_for_timeout(400)
    # Signed out, and the tab is closed
    context = page.context
    cookies = context.cookies()
    context.clear_cookies()
    page.reload()
    assert "login" in page.url
    page.close()
    context.add_cookies(cookies)
    tablet.page = context.new_page()
    page = tablet.open(path)
    page.get_by_text("Kept on this device from").wait_for()
    assert page.get_by_label("Words").input_value() == "Sleeps badly since"
    tablet.check()
    # Bob on the same tablet does not see what Alice half typed
    context.clear_cookies()
    bob = cast.client("bob").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": bob, "url": tablet.address}])
    page = tablet.open(path)
    assert page.get_by_label("Words").input_value() == ""
    context.clear_cookies()
    context.add_cookies(cookies)
    # Written, it is let go of
    page = tablet.open(path)
    page.get_by_label("Words").fill("Sleeps badly since Monday.")
    page.get_by_role("button", name="Write").click()
    page.get_by_role("heading", name="Note").wait_for()
    assert Document.objects.get(kind=Kind.NOTE).body["text"] == "Sleeps badly since Monday."
    page = tablet.open(path)
    assert page.get_by_label("Words").input_value() == ""
    assert page.get_by_text("Kept on this device").count() == 0
    # And discarding is one tap
    page.get_by_label("Words").fill("Never mind")
    page.wait_for_timeout(400)
    page.reload()
    page.get_by_role("button", name="Discard").click()
    page.wait_for_function("() => document.querySelector('textarea').value === ''")


def test_an_answer_that_was_lost_is_not_written_twice(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    patient = cast.patient()
    path = f"/patients/{patient.id}/note/"
    tablet = tablets(cast, "alice", "tablet")
    page = tablet.open(path)
    page.get_by_label("Words").fill("Sleeps badly.")
    page.wait_for_timeout(400)
    # The server wrote it, and the network went away before its answer came
    data = page.evaluate(
        "Object.fromEntries(new FormData(document.querySelector('form[data-keep]')))"
    )
    sent = page.request.post(tablet.address + path, form=data, max_redirects=0)
    assert sent.status == 302
    page.context.clear_cookies(name="accepted")
    page.reload()
    page.get_by_text("Kept on this device from").wait_for()
    page.get_by_role("button", name="Write").click()
    page.get_by_role("heading", name="Note").wait_for()
    assert Document.objects.filter(kind=Kind.NOTE).count() == 1
    assert Patient.objects.count() == 1
