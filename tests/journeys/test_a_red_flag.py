"""A red flag is found by the patient's own answer, and everything after says what to do now."""

from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes
from test_assessing_a_visit import PIN, begun, path, show

from cast import Cast
from ventosa.terms import Decision, Urgency
from ventosa.web.gathering import gather
from ventosa.web.models import Clinic, Document, Kind, Membership
from ventosa.web.pins import hash_of

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("size", sizes("tablet"))
def test_a_red_flag_is_found(tablets: Callable[..., Any], cast: Cast, size: str) -> None:
    # Given a visit at which one screen is left, and a clinic that says whom to call
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of(PIN))
    Clinic.objects.filter(id=cast.alice.clinic.id).update(emergency_number="999")
    patient = cast.patient()
    visit = cast.visit(patient)
    begun(cast, visit, but="nerves_and_bladder")
    tablet = tablets(cast, "alice", size)
    page = tablet.open(path("assess", visit))
    page.get_by_role("button", name="Give the tablet to the patient").click()
    page.wait_for_url(f"**{path('hand_over', visit)}")
    # When the patient, alone with the tablet, says yes to the question about the saddle
    page.get_by_role("heading", name="Nerves and bladder").wait_for()
    for card in page.locator("#questions .q").all():
        is_it = "between the legs" in card.inner_text()
        card.get_by_text("Yes" if is_it else "No", exact=True).first.click()
    page.get_by_role("button", name="Next").click()
    page.locator("#questions .state a").wait_for()
    assert "emergency" not in page.inner_text("body").lower()  # nobody is frightened alone
    tablet.check()
    page.locator("#questions .state a").click()
    page.locator("#word").fill(PIN)
    page.get_by_role("button", name="Take it back").click()
    # Then the practitioner sees it before anything else
    page.get_by_text("A red flag stands in these answers.").wait_for()
    page.get_by_role("heading", name="What the patient said").wait_for()
    tablet.check()
    found = gather(cast.scope("alice"), visit).screening
    assert found.urgency.certain is Urgency.EMERGENCY
    assert {one.certain for one in found.techniques.values()} == {Decision.AVOID}
    # And the plan has no cup, says what to do now, whom to call, and what to tell the doctor
    show(page, "Map")
    page.get_by_role("button", name="Nothing found on the whole back").click()
    page.get_by_text("nothing was found on the whole back").wait_for()
    page = tablet.open(path("plan", visit))
    page.get_by_role("link", name="Call 999").wait_for()
    assert page.locator(".vb-cup").count() == 0
    tablet.check()
    page.get_by_role("button", name="Accept plan").click()
    page.get_by_text("Accepted by Alice").wait_for()
    tablet.check()
    assert Document.objects.get(kind=Kind.PLAN).body["plan"].get("cupping") is None
    # And the letter to the doctor stands in the record
    page = tablet.open(f"/patients/{patient.id}/letter/")
    page.get_by_label("it went out").check()
    page.get_by_label("From whom, or to whom").fill("Emergency department")
    page.get_by_label("What it says").fill("Numb between the legs since this morning.")
    page.get_by_role("button", name="Write").click()
    page.get_by_role("heading", name="Letter").wait_for()
    tablet.check()
