"""A patient is entered; somebody who may be there already is noticed first."""

from collections.abc import Callable
from typing import Any

import pytest

from cast import Cast

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("size", ["tablet", "portrait", "phone"])
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
