"""Two records become one and two again; a record from elsewhere is taken; who read it is shown."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from devices import sizes

from cast import Cast

pytestmark = pytest.mark.journey
BUNDLE = Path(__file__).parents[2] / "examples" / "okafor" / "bundle.json"


@pytest.mark.parametrize("size", sizes("tablet"))
def test_one_person_twice(tablets: Callable[..., Any], cast: Cast, size: str) -> None:
    kept = cast.patient(name="Mary-Ann Whitlock", birth_date="1985-08")
    merged = cast.patient(name="Maryann Whitlock", birth_date="1985-08-11", phone="07700 900777")
    tablet = tablets(cast, "alice", size)
    page = tablet.open(f"/patients/{kept.id}/same/")
    tablet.check()
    page.get_by_role("link", name="Maryann Whitlock").click()
    page.get_by_role("heading", name="Are these one person?").wait_for()
    tablet.check()
    page.get_by_label(f"No. {kept.number},").check()
    page.get_by_role("button", name="Read as one").click()
    page.get_by_text("Nothing was moved").wait_for()
    tablet.check()
    page = tablet.open(f"/patients/{merged.id}/")
    page.get_by_text(f"No. {merged.number} was merged into this record").wait_for()
    assert page.url.endswith(f"/patients/{kept.id}/")
    page = tablet.open(f"/patients/{kept.id}/same/")
    page.get_by_role("button", name="Take back").click()
    page.get_by_text("stands by itself again").wait_for()
    tablet.check()


@pytest.mark.parametrize("size", sizes("tablet", "portrait", "phone"))
def test_a_record_from_elsewhere(tablets: Callable[..., Any], cast: Cast, size: str) -> None:
    tablet = tablets(cast, "alice", size)
    page = tablet.open("/patients/new/from-record/")
    tablet.check()
    page.get_by_label("The file").set_input_files(str(BUNDLE))
    page.get_by_role("button", name="See what it says").click()
    page.get_by_role("heading", name="Taken as known").wait_for()
    tablet.check()
    assert page.get_by_label("Name", exact=True).first.input_value() == "Daniel Okafor"
    page.get_by_role("button", name="Enter and take it").click()
    page.get_by_role("button", name="Begin a visit").wait_for()
    page = tablet.open(page.url.removeprefix(tablet.address) + "access/")
    page.get_by_text("Wrote: Imported record").wait_for()
    tablet.check()


def test_a_record_of_another_person_is_taken_on_purpose(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    other = cast.patient(name="Eva Moreau", birth_date="1991-01-02")
    tablet = tablets(cast, "alice")
    page = tablet.open(f"/patients/{other.id}/import/")
    page.get_by_label("The file").set_input_files(str(BUNDLE))
    page.get_by_role("button", name="See what it says").click()
    page.get_by_text("It may be of somebody else").wait_for()
    tablet.check()
    page.get_by_role("button", name="Take it").click()
    assert "import" in page.url  # the browser asks for the tick first
    page.get_by_label("It is this person all the same").check()
    page.get_by_role("button", name="Take it").click()
    page.get_by_role("button", name="Begin a visit").wait_for()
