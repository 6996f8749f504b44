"""The plan page in a real browser: it fits, asks nothing of the outside, prints on two sheets."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sample_plans import Sample, daniel, ruth
from ventosa.cli.commands import run_plan
from ventosa.page import plan_page

EXAMPLE = Path(__file__).parents[2] / "examples" / "okafor"
SIZES = ((1180, 820), (820, 1180), (390, 844), (320, 700))
SAMPLES = {"with_cups": daniel, "without_cups": ruth}

pytestmark = pytest.mark.journey


@pytest.fixture
def browser(chromium: Any) -> Any:
    """Return the one browser of all journeys."""
    return chromium


def written(folder: Path, sample: Sample) -> str:
    file = folder / "plan.html"
    html = plan_page(sample.plan, sample.screening, **sample.arguments())
    file.write_text(html, encoding="utf-8")
    return file.as_uri()


@pytest.fixture(params=sorted(SAMPLES))
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return written(tmp_path, SAMPLES[request.param]())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_and_asks_nothing_of_the_outside(
    browser: Any, address: str, size: tuple[int, int], scheme: str
) -> None:
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [url for url in asked if not url.startswith("file:")] == []
    assert wrong == []
    page.close()


def test_text_of_cards_is_not_clipped(browser: Any, address: str) -> None:
    for width, height in SIZES:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(address)
        clipped = page.evaluate(
            """[...document.querySelectorAll('h1,h2,h3,p,li,td,.tag')]
               .filter(e => e.scrollWidth > e.clientWidth + 1 && e.clientWidth
                            && getComputedStyle(e).display !== 'inline')
               .map(e => e.textContent.trim().slice(0, 40))"""
        )
        assert clipped == [], (width, clipped)
        page.close()


def test_names_on_the_drawing_do_not_lie_on_each_other(browser: Any, address: str) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 820})
    page.goto(address)
    overlaps = page.evaluate(
        """(() => {
          const boxes = [...document.querySelectorAll('.fig .vb-zone, .fig .vb-cupn')]
            .map(e => [e.textContent, e.getBoundingClientRect()]);
          const out = [];
          boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
            if (p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom)
              out.push(a + ' / ' + b);
          }));
          return out;
        })()"""
    )
    assert overlaps == []
    page.close()


def test_cups_are_circles_to_scale(browser: Any, tmp_path: Path) -> None:
    page = browser.new_page(viewport={"width": 1180, "height": 820})
    page.goto(written(tmp_path, daniel()))
    svg = page.locator(".fig svg")
    view_width = float(str(svg.get_attribute("viewBox")).split()[2])
    drawn = svg.bounding_box()["width"] / view_width
    for opening in page.locator(".fig .vb-opening").all():
        box = opening.bounding_box()
        assert box["width"] / drawn == pytest.approx(45, abs=0.5)
        assert box["height"] == pytest.approx(box["width"], abs=0.5)
    page.close()


def test_dark_screen_prints_light(browser: Any, tmp_path: Path) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(written(tmp_path, daniel()))
    ground = "getComputedStyle(document.body).backgroundColor"
    skin = "getComputedStyle(document.querySelector('.vb-skin')).fill"
    assert page.evaluate(ground) == "rgb(19, 22, 24)"
    assert page.evaluate(skin) == "rgb(44, 46, 47)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    assert page.evaluate(skin) == "rgb(239, 232, 222)"
    page.close()


def test_page_prints_on_one_sheet_and_one_for_the_person(browser: Any, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    page.close()


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"saddle_numbness": True},
        {"anticoagulant": True},
        {"osteoporosis": True},
        {"fever": None},
    ],
    ids=["example", "emergency", "blood thinner", "osteoporosis", "open"],
)
def test_planned_people_print_on_two_sheets(
    browser: Any, tmp_path: Path, changes: dict[str, bool | None]
) -> None:
    answers = json.loads((EXAMPLE / "answers.json").read_text("utf-8"))
    answers["facts"] |= changes
    given, out = tmp_path / "answers.json", tmp_path / "plan.html"
    given.write_text(json.dumps(answers), "utf-8")
    bundle = str(EXAMPLE / "bundle.json")
    run_plan(bundle, str(given), "2026-11-24", "plan", str(out), 20.0, None, None, str(tmp_path))
    page = browser.new_page()
    page.goto(out.as_uri())
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True))) == 2
    page.close()


def test_parts_open_without_script(browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(written(tmp_path, daniel()))
    hidden = page.get_by_text("Thin skin tears under a moving rim.")
    assert not hidden.is_visible()
    page.get_by_text("Still open, and counted in today’s limits").click()
    assert hidden.is_visible()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1180, 820), (390, 844)])
def test_page_is_accessible(browser: Any, address: str, size: tuple[int, int], scheme: str) -> None:
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed"
    )
    width, height = size
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.goto(address)
    found = axe.Axe().run(page).response["violations"]
    assert [(x["id"], [node["target"] for node in x["nodes"]]) for x in found] == []
    page.close()
