"""What is typed arrives once: through rotation, sign-out, a closed tab, a server that is killed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from cast import Cast
from served import Clinic, served
from ventosa.web.models import Entry

pytestmark = pytest.mark.journey
NOTE, HALF = "Note of the visit", "Half a sen"
KEPT = "() => !Object.keys(localStorage).some((n) => n.startsWith('ventosa-entry-'))"


def test_through_rotation_sign_out_and_a_closed_tab(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    visit = cast.visit(cast.patient())
    path = reverse("assess", args=[visit.id])
    tablet = tablets(cast, "alice")
    page, context = tablet.open(path), tablet.page.context
    page.get_by_label(NOTE).fill(HALF)
    page.set_viewport_size({"width": 820, "height": 1180})
    assert page.get_by_label(NOTE).input_value() == HALF
    # The tablet is signed out under the typing hand: what is said next waits
    context.clear_cookies(name="sessionid")
    page.get_by_label(NOTE).fill(f"{HALF}tence")
    page.get_by_role("group", name="Pain now").get_by_text("4", exact=True).click()
    page.get_by_text("sign in to send them").wait_for()
    assert not Entry.objects.filter(encounter=visit).exists()
    page.close()
    page = context.new_page()
    cookie = cast.client("alice").cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": tablet.address}])
    page.goto(tablet.address + path)
    page.wait_for_function(KEPT)
    said = dict(Entry.objects.filter(encounter=visit).values_list("field", "value"))
    assert said == {"note": f"{HALF}tence", "pain_now": 4}
    assert Entry.objects.filter(encounter=visit).count() == 2
    page.wait_for_function(f"() => document.querySelector('#note')?.value === '{HALF}tence'")


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    yield from served(tmp_path / "clinic")


def test_through_a_server_that_is_killed(chromium: Any, clinic: Clinic) -> None:
    address = f"http://127.0.0.1:{clinic.port}"
    context = chromium.new_context()
    cookie = clinic.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="Daniel Okafor").first.click()
    page.get_by_text("All sent").wait_for()
    clinic.kill()
    page.get_by_label(NOTE).fill(HALF)
    page.get_by_role("group", name="Pain now").get_by_text("3", exact=True).click()
    page.get_by_text("nothing is lost").wait_for()
    clinic.start()
    page.get_by_text("All sent").wait_for()
    said = "SELECT count(*) FROM clinic_entry WHERE field = '{}' AND value = '{}'"
    assert clinic.rows(said.format("note", f'"{HALF}"')) == [(1,)]
    assert clinic.rows(said.format("pain_now", "3")) == [(1,)]
    context.close()
