"""A first visit: somebody is entered, answers alone, is palpated, and a plan is accepted."""

from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes
from test_assessing_a_visit import PIN, show, tap

from cast import Cast
from ventosa.web.actions import clinics
from ventosa.web.models import Document, Kind, Membership, Patient
from ventosa.web.pins import hash_of

pytestmark = pytest.mark.journey
MOVED = "t => document.querySelector('#questions').innerText !== t"
NUMBERS = {"fact:height_cm": "172", "fact:diastolic_bp_mmhg": "78"}


@pytest.mark.parametrize("size", sizes("tablet", "phone"))
def test_from_the_register_to_an_accepted_plan(
    tablets: Callable[..., Any], cast: Cast, size: str
) -> None:
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of(PIN))
    clinics.own_cups(
        cast.alice.clinic,
        kind="pump",
        material="plastic",
        inner_diameter_mm=45,
        count=8,
        suction_known="gauge",
    )
    tablet = tablets(cast, "alice", size)
    page = tablet.open("/patients/new/")
    # Entered at the desk
    page.get_by_label("Name", exact=True).first.fill("Daniel Okafor")
    page.get_by_label("Birth date").fill("1972-03-14")
    page.get_by_label("Sex").select_option("male")
    page.get_by_role("button", name="Enter patient").click()
    page.get_by_role("button", name="Begin a visit").click()
    page.get_by_role("button", name="Give the tablet to the patient").click()
    # The patient alone
    page.locator("#questions h2").first.wait_for()
    for _ in range(20):
        if page.locator("#questions .state").count():
            break
        go_on(page)
    tablet.check()
    page.locator("#questions .state a").click()
    page.locator("#word").fill(PIN)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Confirm the rest").click()
    page.get_by_role("heading", name="What the patient said").wait_for(state="detached")
    tablet.check()
    # What only hands can find
    show(page, "Map")
    for place in ("Left, L3", "Right, L3"):
        tap(page, place)
        page.get_by_role("group", name="Tension").get_by_text("2 clear").click()
        page.get_by_role("button", name=f"{place}, clear tension").wait_for()
    page.get_by_role("button", name="Nothing found on the whole back").click()
    page.get_by_text("nothing was found on the whole back").wait_for()
    show(page, "Pain")
    page.get_by_role("group", name="Pain now").get_by_text("6", exact=True).click()
    page.get_by_role("group", name="Pain over").get_by_text("5", exact=True).click()
    # And what only the practitioner knows
    show(page, "Questions")
    for _ in range(12):
        if page.get_by_text("Every question is answered").count():
            break
        go_on(page)
    page.locator("[data-outbox]").get_by_text("All sent").wait_for()
    tablet.check()
    visit = Patient.objects.get().encounters.get()
    page = tablet.open(f"/visits/{visit.id}/plan/")
    page.locator(".vb-cup").first.wait_for()
    tablet.check()
    page.get_by_role("button", name="Accept plan").click()
    page.get_by_text("Accepted by Alice").wait_for()
    tablet.check()
    plan = Document.objects.get(kind=Kind.PLAN)
    assert plan.body["plan"]["cupping"]["placements"]
    assert plan.encounter_id == visit.id


def go_on(page: Any) -> None:
    """Answer one screen as a healthy person would, and wait for the next."""
    before = page.locator("#questions").inner_text()
    none = page.locator("#questions button[name^='none:'], #questions button[value='\"none\"']")
    if none.count():
        none.first.click()
    elif page.locator("#questions form.one").count():
        choose(page.locator("#questions form.one .an button"))
    else:
        for card in page.locator("#questions form.many > .q").all():
            number = card.locator("input[type=number]:visible")
            if number.count():
                number.first.fill(NUMBERS.get(number.first.get_attribute("name"), "120"))
            elif card.locator(".pick").count():
                choose(card.locator(".pick-row").first.locator(".pick"))
        page.get_by_role("button", name="Next", exact=True).click()
    page.wait_for_function(MOVED, arg=before)


def choose(answers: Any) -> None:
    """Take no, where there is one, else the first answer."""
    no = answers.get_by_text("No", exact=True)
    (no if no.count() else answers).first.click()
