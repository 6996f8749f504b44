"""The plan in a real browser: a cup is dragged, a number stepped to its limit and beyond it with a
reason, the plan accepted and printed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes

from cast import Cast
from ventosa.web.actions import clinics
from ventosa.web.demo import LUMBAR, _assess
from ventosa.web.models import Document, Encounter, Kind, PlanStep

pytestmark = pytest.mark.journey


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    clinics.own_cups(
        cast.alice.clinic,
        kind="pump",
        material="plastic",
        inner_diameter_mm=45,
        count=8,
        suction_known="gauge",
    )
    return _assess(cast.scope("alice"), cast.patient(), days_ago=0, facts={}, whole=LUMBAR)


def drag(page: Any, number: int, right: float, down: float) -> None:
    """Move a cup of the drawing by pixels, as a finger does."""
    cup = page.locator(f".vb-cup[data-cup='{number}'] .vb-opening")
    cup.scroll_into_view_if_needed()
    box = cup.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + right / 2, y + down / 2)
    page.mouse.move(x + right, y + down)
    with page.expect_response(re.compile("/plan/change/")):
        page.mouse.up()
    page.get_by_role("button", name="Take back").wait_for()


@pytest.mark.parametrize("size", sizes("tablet", "portrait", "phone"))
def test_a_plan_is_changed_accepted_and_printed(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter, size: str
) -> None:
    tablet = tablets(cast, "alice", size)
    page = tablet.open(f"/visits/{visit.id}/plan/")
    tablet.check()
    page.evaluate("document.body.classList.add('kept')")  # the page is not loaded anew
    before = float(page.locator(".vb-cup[data-cup='1'] .vb-opening").get_attribute("cy"))
    drag(page, 1, 0, -6)
    after = float(page.locator(".vb-cup[data-cup='1'] .vb-opening").get_attribute("cy"))
    assert after < before
    assert page.locator("body.kept").count() == 1
    # The same by keys: the buttons of the chosen cup, and their arrows.
    page.get_by_role("button", name="Cup 1 up 5 mm").focus()
    with page.expect_response(re.compile("/plan/change/")):
        page.keyboard.press("ArrowUp")
    page.wait_for_function(
        "y => Number(document.querySelector(\"[data-cup='1'] .vb-opening\")"
        ".getAttribute('cy')) === y",
        arg=after - 5,
    )
    page.get_by_role("button", name="Less suction").click()
    page.get_by_text("Take back: suction 15").wait_for()
    page.get_by_role("button", name="More suction").click()
    page.get_by_text("Take back: suction 20").wait_for()
    assert page.get_by_role("button", name="More suction").is_disabled()
    page.get_by_text("Suction: go beyond").click()
    form = page.locator("details.beyond[open]")
    form.get_by_label("Suction, kPa").fill("25")
    form.get_by_label("Reason").select_option("tolerated_before")
    form.get_by_label("In a sentence").fill("The same person took 25 kPa without harm in March.")
    form.get_by_role("button", name="Go beyond the limit").click()
    page.get_by_text("The limit stands.").wait_for()
    tablet.check()
    page.locator("details.beyond[open]").get_by_role("link", name="Open:").click()
    page.locator("details.beyond[open]").get_by_text("Opened", exact=True).wait_for()
    assert page.locator(".chips").count() == 1
    tablet.check()
    page.get_by_role("button", name="Go beyond the limit").locator("visible=true").click()
    page.get_by_text("25 in place of at most 20 kPa").wait_for()
    tablet.check()
    page.get_by_role("button", name="Accept plan").click()
    page.get_by_text("Accepted by Alice").wait_for()
    tablet.check()
    assert page.get_by_role("button", name="More suction").count() == 0
    assert Document.objects.filter(kind=Kind.PLAN).count() == 1
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Print").click()
    paper = opened.value
    paper.wait_for_load_state()
    assert len(re.findall(rb"/Type\s*/Page\b", paper.pdf(prefer_css_page_size=True))) == 2
    page.get_by_role("link", name="Run the decision again").click()
    page.get_by_role("heading", name="The same").wait_for()
    tablet.check()


def test_two_people_at_one_plan_lose_nothing(
    tablets: Callable[..., Any], cast: Cast, visit: Encounter
) -> None:
    hers, his = tablets(cast, "alice"), tablets(cast, "bob")
    for tablet in (hers, his):
        tablet.open(f"/visits/{visit.id}/plan/")
    hers.page.get_by_role("button", name="Less suction").click()
    hers.page.get_by_text("Take back: suction").wait_for()
    his.page.get_by_role("button", name="Less time on").click()
    his.page.get_by_role("heading", name="Two people changed this plan").wait_for()
    his.check()
    assert his.page.get_by_role("button", name="Accept plan").is_disabled()
    his.page.get_by_role("button", name="Use this one").first.click()
    his.page.get_by_role("heading", name="Two people changed this plan").wait_for(state="detached")
    assert PlanStep.objects.filter(encounter=visit).count() == 3
