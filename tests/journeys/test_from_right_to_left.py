"""Three journeys in Arabic, practitioner and patient: the page runs from right to left, the map of
the back does not."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from cast import Cast
from journeys.test_assessing_a_visit import PIN, answer_screen, begun
from journeys.test_records import BUNDLE
from ventosa.web.actions import clinics
from ventosa.web.gathering import gather
from ventosa.web.models import Encounter, Membership, User
from ventosa.web.pins import hash_of
from ventosa.web.presenters.speaking import spoken

pytestmark = pytest.mark.journey
SIZES_HERE = ["tablet", "portrait", "phone"] if os.environ.get("VENTOSA_SOAK") else ["phone"]


def ar(english: str) -> str:
    return spoken(english, "ar").text


@pytest.fixture
def tablet(tablets: Callable[..., Any], cast: Cast, size: str) -> Any:
    """Alice's own device, whose pages are in Arabic."""
    User.objects.filter(id=cast.alice.user_id).update(language="ar")
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of(PIN))
    return tablets(cast, "alice", size)


def check(tablet: Any) -> None:
    tablet.check()
    assert tablet.page.evaluate("getComputedStyle(document.body).direction") == "rtl"


def answer_alone(tablet: Any, visit: Encounter, most: int) -> None:
    """The patient has the tablet, answers, and gives it back."""
    page = tablet.page
    page.get_by_role("button", name=ar("Give the tablet to the patient")).click()
    page.wait_for_url(f"**{reverse('hand_over', args=[visit.id])}")
    check(tablet)
    for _ in range(most):
        if page.locator("#questions .state").count():
            break
        title = page.locator("#questions h2, #questions h1").last.inner_text()
        answer_screen(page)
        page.wait_for_function(
            "t => Array.from(document.querySelectorAll('#questions h2, #questions h1')).at(-1)"
            "?.innerText !== t",
            arg=title,
        )
    page.locator("#questions .state a").click()
    check(tablet)
    page.locator("#word").fill(PIN)
    page.get_by_role("button", name=ar("Take it back")).click()
    page.locator("#review").wait_for()


def look_at_the_back(page: Any, size: str) -> None:
    if size == "phone":
        page.locator(".tabs .t-map").click()
    page.get_by_role("button", name=ar("Nothing found on the whole back")).click()
    page.get_by_text(ar("Looked at: nothing was found on the whole back.")).wait_for()


@pytest.mark.parametrize("size", SIZES_HERE)
def test_a_first_visit_from_registration_to_an_accepted_plan(
    tablet: Any, cast: Cast, size: str
) -> None:
    clinic = cast.alice.clinic
    cups = {"kind": "pump", "material": "plastic", "inner_diameter_mm": 45, "count": 8}
    clinics.own_cups(clinic, **cups, suction_known="gauge")
    page = tablet.open("/patients/new/")
    page.get_by_label(ar("Name"), exact=True).first.fill("نور حداد")
    page.get_by_label(ar("Birth date")).fill("1980-06-02")
    page.get_by_label(ar("Language the person reads")).select_option("ar")
    check(tablet)
    page.get_by_role("button", name=ar("Enter patient")).click()
    page.get_by_role("button", name=ar("Begin a visit")).click()
    page.locator("#map").wait_for(state="attached")
    visit = Encounter.objects.get()
    begun(cast, visit, but="reactions")
    answer_alone(tablet, visit, most=4)
    look_at_the_back(page, size)
    left = page.get_by_role("button", name=f"{ar('Left')}, L4").first
    right = page.get_by_role("button", name=f"{ar('Right')}, L4").first
    assert left.bounding_box()["x"] < right.bounding_box()["x"]  # seen from behind, as it is
    right.click()
    page.get_by_role("group", name=ar("Tension")).get_by_text(ar("clear")).click()
    page.get_by_role("button", name=f"{ar('Right')}, L4, {ar('clear tension')}").wait_for()
    page.locator("[data-outbox]").get_by_text(ar("All sent")).wait_for()
    check(tablet)
    page = tablet.open(reverse("plan", args=[visit.id]))
    check(tablet)
    page.get_by_role("button", name=ar("Accept plan")).click()
    page.get_by_text(ar("Accepted plan")).wait_for()
    check(tablet)


@pytest.mark.parametrize("size", SIZES_HERE)
def test_a_repeat_visit(tablet: Any, cast: Cast, size: str) -> None:
    patient = cast.patient(name="نور حداد", birth_date="1980-06-02", sex="female", language="ar")
    begun(cast, cast.visit(patient, days_ago=7))
    visit = cast.visit(patient)
    page = tablet.open(reverse("assess", args=[visit.id]))
    answer_alone(tablet, visit, most=8)
    page.locator("section.review button.go").click()
    page.locator("#review").wait_for(state="detached")
    look_at_the_back(page, size)
    check(tablet)
    assert [question.fact for question in gather(cast.scope("alice"), visit).screening.ask] == []


@pytest.mark.parametrize("size", SIZES_HERE)
def test_a_bundle_is_taken(tablet: Any, cast: Cast) -> None:
    page = tablet.open("/patients/new/from-record/")
    check(tablet)
    page.get_by_label(ar("The file")).set_input_files(str(BUNDLE))
    page.get_by_role("button", name=ar("See what it says")).click()
    page.get_by_role("heading", name=ar("Taken as known")).wait_for()
    check(tablet)
    page.get_by_role("button", name=ar("Enter and take it")).click()
    page.get_by_role("button", name=ar("Begin a visit")).wait_for()
    check(tablet)
