"""A patient is entered; somebody who may be there already is noticed first."""

from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes

from cast import Cast

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("size", sizes("tablet", "portrait", "phone"))
def test_a_patient_is_entered_and_found(tablets: Callable[..., Any], cast: Cast, size: str) -> None:
    cast.patient(name="Mohammed Al-Haddad", birth_date="1980-06-02")
    tablet = tablets(cast, "alice", size)
    page = tablet.open("/")
    tablet.check()
    page.get_by_role("link", name="New patient").first.click()
    page.get_by_label("Name", exact=True).first.fill("محمد الحداد")
    page.get_by_label("Birth date").fill("1980")
    page.get_by_label("Birth date").blur()
    page.get_by_text("Already in the register?").wait_for()
    tablet.check()
    page.get_by_role("button", name="Enter patient").click()
    page.get_by_label("This is another person").check()
    page.get_by_role("button", name="Enter patient").click()
    page.get_by_role("button", name="Begin a visit").wait_for()
    tablet.check()
    page = tablet.open("/patients/")
    page.get_by_label("Name, birth date").fill("zebra")
    page.get_by_text("Nobody fits").wait_for()
    page.get_by_label("Name, birth date").fill("haddad")
    page.get_by_text("no. 1").wait_for()
    tablet.check()


def test_a_half_typed_registration_is_kept_for_its_writer(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    tablet = tablets(cast, "alice")
    page = tablet.open("/patients/new/")
    page.get_by_label("Name", exact=True).first.fill("Noor Had")
    page.get_by_label("Sex").select_option("female")
    page.wait_for_timeout(400)
    mine = page.context.cookies()
    # The tablet is signed out, and somebody else takes it
    bob = cast.client("bob").cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": bob, "url": tablet.address}])
    tablet.open("/patients/new/")
    assert page.locator("#name").input_value() == ""
    page.context.clear_cookies()
    page.context.add_cookies(mine)
    # The tab was closed and stands open again
    page = tablet.open("/patients/new/")
    page.get_by_text("Kept on this device from").wait_for()
    tablet.check()
    assert page.locator("#sex").input_value() == "female"
    page.get_by_label("Name", exact=True).first.fill("Noor Haddad")
    page.get_by_role("button", name="Enter patient").click()
    page.get_by_role("button", name="Begin a visit").wait_for()
    assert "Noor" not in page.evaluate("JSON.stringify(localStorage)")
    tablet.open("/patients/new/")
    assert page.locator("#name").input_value() == ""


def test_kept_details_leave_what_somebody_else_wrote_meanwhile(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    patient = cast.patient(phone="+44 7700 900123")
    path = f"/patients/{patient.id}/details/"
    page = tablets(cast, "alice").open(path)
    page.get_by_label("Address").fill("4 Harbour Row")
    page.wait_for_timeout(400)
    other = {"name": "Daniel Okafor", "phone": "+44 7700 900999", "key": "bob"}
    cast.client("bob").post(path, other)
    page.reload()
    page.get_by_text("Kept on this device from").wait_for()
    assert page.locator("#address").input_value() == "4 Harbour Row"
    assert page.locator("#phone").input_value() == "+44 7700 900999"
