"""Consent is drawn on a tablet that turns, typed, renewed by a word, and taken back in one tap."""

from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes

from accepted import accept, assessed
from cast import Cast
from ventosa.web.gathering import gather
from ventosa.web.models import Document, Encounter, Kind, Membership
from ventosa.web.pins import hash_of

pytestmark = pytest.mark.journey
TURNED = ((820, 1180), (1180, 820), (390, 844))


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    found = assessed(cast)
    accept(cast, found)
    return found


def draw(page: Any) -> None:
    """A name of two strokes."""
    field = page.locator("canvas")
    field.scroll_into_view_if_needed()
    box = field.bounding_box()
    for across in (0.2, 0.5):
        page.mouse.move(box["x"] + box["width"] * across, box["y"] + box["height"] * 0.6)
        page.mouse.down()
        for step in range(1, 9):
            x = box["x"] + box["width"] * (across + 0.02 * step)
            page.mouse.move(x, box["y"] + box["height"] * (0.6 - 0.04 * step))
        page.mouse.up()


def ink(page: Any) -> int:
    """How many points of the field are not empty."""
    return int(
        page.evaluate(
            """() => { const c = document.querySelector("canvas");
            const d = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 0; return n; }"""
        )
    )


@pytest.mark.parametrize("size", sizes("tablet", "phone"))
def test_a_drawn_signature_survives_turning_and_loading_again(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter, size: str
) -> None:
    tablet = tablets(cast, "alice", size)
    page = tablet.open(f"/visits/{visit.id}/consent/")
    page.get_by_text("No signed consent to treatment.").wait_for()
    tablet.check()
    page.get_by_role("link", name="Read and sign here").click()
    page.get_by_role("heading", name="What can go wrong").wait_for()
    draw(page)
    drawn = page.locator("[name=strokes]").input_value()
    assert drawn.count("[[") >= 1 and ink(page) > 0
    for width, height in TURNED:
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(200)
        assert page.locator("[name=strokes]").input_value() == drawn
        assert ink(page) > 0
    page.reload()
    assert page.locator("[name=strokes]").input_value() == drawn
    assert ink(page) > 0
    tablet.check()
    page.get_by_role("button", name="I agree").click()
    page.get_by_text("Complete for today").wait_for()
    tablet.check()
    assert Document.objects.get(kind=Kind.CONSENT).body["strokes"] != []
    page.goto(page.url + "sign/")
    assert page.locator("[name=strokes]").input_value() == ""


def test_a_name_is_typed_where_nobody_draws(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter
) -> None:
    tablet = tablets(cast, "alice")
    page = tablet.open(f"/visits/{visit.id}/consent/sign/")
    page.get_by_label("Type your name").check()
    page.get_by_label("Your name, as it stands above").fill("Daniel Okafor")
    tablet.check()
    page.get_by_role("button", name="I agree").click()
    page.get_by_text("Complete for today").wait_for()
    page.get_by_role("link", name="What was read").click()
    page.get_by_role("heading", name="What was agreed, and no further").wait_for()
    tablet.check()


def test_consent_is_refused_on_the_patients_tablet_and_nothing_is_written(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter
) -> None:
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of("7294"))
    tablet = tablets(cast, "alice")
    page = tablet.open(f"/visits/{visit.id}/consent/")
    page.get_by_role("button", name="Give the tablet to the patient").click()
    page.get_by_role("heading", name="Read, then decide").wait_for()
    tablet.check()
    page.goto(f"{tablet.address}/visits/{visit.id}/plan/")
    assert "/plan/" not in page.url
    page.goto(f"{tablet.address}/visits/{visit.id}/consent/sign/")
    page.get_by_role("link", name="I do not agree").click()
    assert "/back/" in page.url
    assert not Document.objects.filter(kind=Kind.CONSENT).exists()


def test_consent_is_taken_back_in_one_tap_and_a_slip_is_undone(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter
) -> None:
    tablet = tablets(cast, "alice")
    page = tablet.open(f"/visits/{visit.id}/consent/sign/")
    page.get_by_label("Type your name").check()
    page.get_by_label("Your name, as it stands above").fill("Daniel Okafor")
    page.get_by_role("button", name="I agree").click()
    page.get_by_text("Complete for today").wait_for()
    tablet.open(f"/patients/{visit.patient_id}/")
    page.get_by_role("button", name="Take back consent to treatment").click()
    page.get_by_text("Consent was taken back.").wait_for()
    tablet.check()
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Take back consent to treatment").wait_for()
    page.get_by_role("button", name="Take back consent to treatment").click()
    page.get_by_role("button", name="Undo").wait_for()
    page.get_by_role("button", name="Undo").wait_for(state="hidden", timeout=12_000)
    tablet.open(f"/visits/{visit.id}/consent/")
    page.get_by_text("nothing signed since stands").wait_for()
    scope = cast.scope("alice")
    assert not gather(scope, scope.encounter(visit.id)).at_start().techniques["dry_static"].may_use  # type: ignore[index]


@pytest.mark.parametrize("place", ["consent", "plan", "assess"])
def test_pages_run_from_right_to_left_for_who_reads_arabic(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter, place: str
) -> None:
    user = cast.alice.user
    user.language = "ar"
    user.save()
    tablet = tablets(cast, "alice")
    page = tablet.open(f"/visits/{visit.id}/{place}/")
    assert page.evaluate("document.documentElement.dir") == "rtl"
    tablet.check()
