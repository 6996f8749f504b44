"""The plan page: everything is said, nothing escapes, nothing is asked of the outside."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import chain

import pytest

from sample_plans import DANIEL_SCREENING, TECHNIQUES, Sample, cited, daniel, ruth
from ventosa.drawing.style import STYLE
from ventosa.page import PersonHead, plan_page, words
from ventosa.page.sentences import share
from ventosa.record import (
    Dose,
    Finding,
    InputError,
    Interval,
    Limits,
    Question,
    Said,
    UrgencyScreening,
)
from ventosa.terms import Decision, State, Technique, Urgency

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """The tags, ids, links and visible words of a page; unbalanced tags are an error."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self._words: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        assert not self._open, self._open
        self.text = re.sub(r"\s+", " ", "".join(self._words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a":
            self.links.append(str(given["href"]))
        if tag not in ("a", "use"):
            self.fetched += [str(given[n]) for n in ("href", "src", "srcset") if n in given]
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if "style" not in self._open:
            self._words.append(data)


def html_of(sample: Sample, **others: object) -> str:
    return plan_page(sample.plan, sample.screening, **sample.arguments(**others))


def page_of(sample: Sample, **others: object) -> Page:
    return Page(html_of(sample, **others))


@pytest.fixture(scope="module")
def with_cups() -> Page:
    return page_of(daniel())


@pytest.fixture(scope="module")
def without_cups() -> Page:
    return page_of(ruth())


def test_head_says_who_and_when(with_cups: Page, without_cups: Page) -> None:
    assert "Daniel Okafor" in with_cups.text
    assert "born 3 May 1972 · 54 years · man · first session · 24 November 2026" in with_cups.text
    assert "Name not given" in without_cups.text and "birth date not given" in without_cups.text


@pytest.mark.parametrize("sample", [daniel, ruth])
def test_all_seven_techniques_are_named(sample: object) -> None:
    text = page_of(sample()).text  # type: ignore[operator]
    assert all(technique.name in text for technique in TECHNIQUES.values())


def test_chosen_technique_comes_first_and_intervals_are_spoken(with_cups: Page) -> None:
    rows = with_cups.text[with_cups.text.index("What may be used, and why") :]
    order = [rows.index(TECHNIQUES[t].name) for t in (Technique.DRY_STATIC, Technique.FLASH)]
    assert order == sorted(order)
    assert "Modify could become Avoid" in rows
    assert "Chosen: covers most of the tight area at a dose we can measure." in rows


def test_dose_says_value_limit_usual_and_hard_stop(with_cups: Page) -> None:
    for part in (
        "Cups, 2 left, 2 right",
        "Suction, 150 mmHg",
        "Limit today 20",
        "usual 40 · hard stop 50",
        "Limit today 5",
        "usual 10 · hard stop 15",
        "Suction × time: 80 of at most 300 kPa·min today.",
    ):
        assert part in with_cups.text


def test_cups_table_joins_mirrored_cups(with_cups: Page) -> None:
    assert re.search(r"1, 2 ?L2 ?42 mm left and right ?BL23", with_cups.text)
    assert re.search(r"3, 4 ?L5 ?42 mm left and right ?BL26", with_cups.text)


def test_every_part_of_the_plan_is_said(with_cups: Page) -> None:
    plan = daniel().plan
    parts = chain(
        plan.preparation,
        plan.monitor,
        plan.step_up,
        plan.stop_rule,
        plan.co_interventions,
        plan.aftercare,
        plan.expect,
        plan.referral,
    )
    for said in parts:
        assert said.text in with_cups.text
        assert not said.editorial or said.editorial in with_cups.text
    assert plan.evidence.text in with_cups.text and "Low certainty" in with_cups.text
    for finding in DANIEL_SCREENING.techniques[Technique.DRY_STATIC].findings:
        assert finding.title in with_cups.text and finding.because in with_cups.text
    for question in DANIEL_SCREENING.ask:
        assert question.text in with_cups.text
    for check in DANIEL_SCREENING.before_start:
        assert check.question in with_cups.text
    for part in ("At most 20 kPa · 5 min · 4 cups.", "Knowledge 2026.11", "9f" * 32):
        assert part in with_cups.text
    assert "Checked. 0 limits broken." in with_cups.text


def test_error_of_a_level_and_scale_on_paper_are_stated(with_cups: Page) -> None:
    assert "Seen from behind, to scale." in with_cups.text
    assert "A level may be 29 mm off" in with_cups.text
    assert re.search(r"On paper 1\s:\s\d+\.\d", with_cups.text)


def test_patient_sheet_says_what_a_person_needs(with_cups: Page) -> None:
    sheet = with_cups.text[with_cups.text.index("What we propose") :]
    for part in (
        "Four cups, 45 mm wide inside, on your lower back, on both sides of the spine.",
        "It takes 4 minutes.",
        "What it is like",
        "What you can do",
        "Afterwards",
        "When to call for help",
        "You can say no now, or stop at any time, also while cups are on.",
        "Questions you may want to ask",
        daniel().plan.evidence.text,
    ):
        assert part in sheet


def test_patient_sheet_never_says_what_is_meant_for_the_practitioner() -> None:
    sample = daniel()
    secret = Said("Grade every harm.", (), None, "Grade", "expect", "practitioner")
    plan = replace(sample.plan, expect=(*sample.plan.expect, secret))
    text = page_of(replace(sample, plan=plan)).text
    assert text.index("Grade every harm.") < text.index("What we propose")
    assert text.count("Grade every harm.") == 1


def test_emergency_is_said_first_and_alone(without_cups: Page) -> None:
    text = without_cups.text
    assert text.index("Emergency: call now. Do not treat.") < text.index("No cups. Emergency")
    assert "Suction" not in text and "Before the start" not in text and "Dose" not in text
    assert "No cups today" in text and "When to call for help" in text


def test_sheet_in_an_emergency_sends_for_help_and_holds_nothing_up() -> None:
    sample = ruth()
    html = html_of(sample)
    sheet = Page(html[html.index('<section class="sheet patient') : html.index("</body>")]).text
    assert sheet.index("Emergency: call now") < sheet.index("When to call for help")
    assert "certainty" not in sheet
    assert sample.plan.referral[0].text in sheet
    assert "You can say no at any time." in sheet and "cups are on" not in sheet
    assert "What you can do" not in sheet and "Questions you may" not in sheet


@pytest.mark.parametrize(
    ("urgency", "words_said"),
    [
        (Urgency.ROUTINE, "Routine: tell the doctor at the next visit."),
        (Urgency.URGENT, "Urgent: a doctor must see this person within 2 weeks."),
    ],
)
def test_urgency_line_has_its_words(urgency: Urgency, words_said: str) -> None:
    sample = daniel()
    flag = Finding(
        "RF", "Past cancer", Decision.REFER, State.TRUE, "x", (), 1, None, (), urgency, "2 weeks"
    )
    screening = replace(sample.screening, urgency=UrgencyScreening(urgency, urgency, (flag,)))
    text = page_of(replace(sample, screening=screening)).text
    assert f"{words_said} Past cancer." in text


def test_urgency_that_could_still_rise_is_said_without_open_questions() -> None:
    sample = daniel()
    urgency = UrgencyScreening(Urgency.ROUTINE, Urgency.URGENT, ())
    screening = replace(sample.screening, urgency=urgency)
    text = page_of(replace(sample, screening=screening)).text
    assert "What is still open could make it urgent." in text


def test_moving_cup_is_told_over_the_whole_of_its_way() -> None:
    sample = daniel()
    body = sample.frame
    way = ((36.0, body.level_mm("T10")), (36.0, body.level_mm("L4")))
    cup = replace(sample.plan.placements[1], level="T10", y_mm=way[0][1], path=way)
    plan = replace(
        sample.plan, technique=Technique.MOVING, dose=Dose(20, 3, 1, 3), placements=(cup,)
    )
    text = page_of(replace(sample, plan=plan)).text
    assert (
        "One cup, 45 mm wide inside, moved along your middle and lower back, on the right." in text
    )
    assert "Passes, each region" in text and "moved along the line" in text


def test_open_red_flags_are_counted_and_never_called_none() -> None:
    sample = daniel()
    asked = Question(
        "fever",
        "x",
        "Fever?",
        (),
        True,
        dict.fromkeys(Technique, Decision.AVOID),
        Urgency.URGENT,
        (),
    )
    screening = replace(
        sample.screening,
        urgency=UrgencyScreening(Urgency.NONE, Urgency.URGENT, ()),
        ask=(asked, *sample.screening.ask),
    )
    text = page_of(replace(sample, screening=screening)).text
    assert "No red flag so far. 1 question on red flags is still open" in text
    assert "an answer could make it urgent" in text and "1 can rule out these cups" in text
    assert "No red flag could become Urgent" in text


HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single' </style><b>",
    "دانيال أوكافور",
    "\u202eevil\\0A } body{display:none}",
    "N" * 300,
)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_escaped_everywhere(name: str) -> None:
    sample = daniel()
    plan = replace(sample.plan, title=name, summary=name, posture=name)
    person = replace(sample.person, name=name, clinic=name, session=name)
    html = html_of(replace(sample, plan=plan), person=person, broken_limits=(name,))
    page = Page(html)
    assert "script" not in page.tags and page.tags.count("style") == 3
    assert name.replace("\u202e", "") in page.text.replace("\u202e", "")
    style = html[html.index("<style>") : html.index("</style>")]
    assert style.count("{") == style.count("}") and "@bottom-left { content:" in style


def test_style_is_not_ended_by_a_name() -> None:
    assert words.in_css('</style>"\\') == '"\\00003c \\00002f style\\00003e \\000022 \\00005c "'


def test_page_asks_nothing_of_the_outside_but_its_references(with_cups: Page) -> None:
    html = html_of(daniel())
    assert not with_cups.fetched and "script" not in with_cups.tags
    outside = [link for link in with_cups.links if not link.startswith("#")]
    known = {words.reference_link(entry) for entry in daniel().plan.references.values()}
    assert outside and set(outside) <= known
    rest = html.replace("http://www.w3.org/2000/svg", "")
    for link in outside:
        rest = rest.replace(link, "")
    assert "http" not in rest and "@import" not in rest and "url(" in rest
    assert set(re.findall(r"url\((.)", rest)) == {"#"}


def test_unsafe_reference_address_is_no_link() -> None:
    assert words.reference_link({"URL": "javascript:alert(1)"}) is None
    assert words.reference_link({"URL": 'https://x" onclick="y'}) is None
    assert words.reference_link({"DOI": "10.1/a(b)"}) == "https://doi.org/10.1/a(b)"


@pytest.mark.parametrize("sample", [daniel, ruth])
def test_ids_are_unique_and_every_inner_link_arrives(sample: object) -> None:
    html = html_of(sample())  # type: ignore[operator]
    page = Page(html)
    assert len(page.ids) == len(set(page.ids))
    targets = re.findall(r'href="#([^"]+)"', html) + re.findall(r"url\(#([^)]+)\)", html)
    assert set(targets) <= set(page.ids)


def test_unknown_source_key_stays_a_plain_word() -> None:
    sample = daniel()
    plan = replace(sample.plan, references=cited("S01"))
    page = page_of(replace(sample, plan=plan))
    assert "S105" in page.text


def test_checker_that_was_not_asked_is_not_called_passed() -> None:
    assert "Not checked." in page_of(daniel(), broken_limits=None).text
    assert "1 limit broken: too long." in page_of(daniel(), broken_limits=("too long",)).text


def test_technique_without_words_is_refused() -> None:
    with pytest.raises(InputError, match="no words for wet"):
        page_of(
            daniel(), techniques={t: w for t, w in TECHNIQUES.items() if t is not Technique.WET}
        )


def test_flash_has_applications_in_place_of_minutes() -> None:
    sample = daniel()
    plan = replace(sample.plan, technique=Technique.FLASH, dose=Dose(None, None, 2, 5))
    flash = replace(
        sample.screening.techniques[Technique.FLASH], limits=Limits(None, None, None, 2, 10)
    )
    techniques = dict(sample.screening.techniques) | {Technique.FLASH: flash}
    screening = replace(sample.screening, techniques=techniques)
    text = page_of(replace(sample, plan=plan, screening=screening)).text
    assert "Applications, each cup" in text and "Limit today 10" in text
    assert "Time on" not in text and "taken off again within seconds" in text


def test_paper_keeps_the_first_of_every_part_and_names_the_rest() -> None:
    long, short = Said("x" * 90), Said("y" * 10)
    assert share({"a": [long] * 5, "b": [short] * 3}, 200) == {"a": 2, "b": 2}
    sample = daniel()
    more = tuple(Said("Step. " * 30, (), None, f"Part {n}") for n in range(20))
    html = html_of(replace(sample, plan=replace(sample.plan, preparation=more)))
    assert "more on the full page." in Page(html).text
    assert html.count("Part 19") >= 1


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("1962", "born 1962"),
        ("1962-03", "born March 1962"),
        ("1962-03-04", "born 4 March 1962"),
        ("1962-13", "born 1962-13"),
        (None, "birth date not given"),
    ],
)
def test_birth_date_is_said_as_exactly_as_it_is_known(given: str | None, said: str) -> None:
    assert words.born(given) == said


def test_what_is_not_known_of_a_person_is_said_as_not_known() -> None:
    line = words.head_line(PersonHead(), DANIEL_SCREENING.on)
    assert line == "birth date not given · age not known · sex not known · 24 November 2026"
    assert words.age(Interval(64, 65)) == "64 to 65 years"


# --- colour ---------------------------------------------------------------------------------

FLOORS = {
    7.0: ("ink surface", "ink paper", "ink sunken", "ink accent-soft", "ink avoid-soft",
          "ink2 surface", "ink2 paper", "accent paper", "accent surface", "on-accent accent",
          "on-solid avoid", "on-amber amber", "c-self surface"),
    4.5: ("ink2 sunken", "ink3 sunken", "ink3 surface", "ink3 paper", "ok ok-soft", "ok surface",
          "modify modify-soft", "modify surface", "refer refer-soft", "refer surface",
          "avoid avoid-soft", "avoid surface", "draw skin", "tension skin"),
    3.0: ("edge paper", "edge surface", "focus paper", "focus surface", "glass skin", "avoid skin",
          "c-nat c-noise"),
}  # fmt: skip


def tokens(css: str, scheme: str) -> dict[str, str]:
    blocks = re.findall(r"\{([^{}]*)\}", css)
    light = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})", blocks[0]))
    dark = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})", blocks[1]))
    return light if scheme == "light" else light | dark


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_token_pairs_keep_their_contrast(scheme: str) -> None:
    found = tokens(files("ventosa.page").joinpath("styles/tokens.css").read_text(), scheme)
    pairs = [(pair.split(), floor) for floor, group in FLOORS.items() for pair in group]
    assert 2 * len(pairs) >= 47
    low = [
        (ink, ground, round(contrast(found[ink], found[ground]), 2))
        for (ink, ground), floor in pairs
        if contrast(found[ink], found[ground]) < floor
    ]
    assert not low
    assert contrast("#FFFFFF", found["red"]) >= 7


def test_both_dark_blocks_and_the_drawing_share_one_set_of_tokens() -> None:
    css = files("ventosa.page").joinpath("styles/tokens.css").read_text()
    blocks = re.findall(r"\{([^{}]*)\}", css)
    dark, switched = (
        dict(re.findall(r"--([a-z0-9-]+):\s*([^;]+);", block)) for block in blocks[1:3]
    )
    assert dark == switched
    in_drawing = dict(re.findall(r"--([a-z0-9-]+):(#[0-9A-F]{6});", STYLE))
    assert in_drawing.items() <= dark.items()
    fallbacks = set(re.findall(r"var\(--([a-z0-9-]+),(#[0-9A-F]{6})\)", STYLE))
    assert fallbacks <= set(tokens(css, "light").items())


def test_icons_are_well_formed() -> None:
    symbols = files("ventosa.page").joinpath("templates/symbols.html.j2").read_text()
    names = {e.get("id") for e in ET.fromstring(symbols).iter("symbol")}
    assert {"i-ok", "i-modify", "i-refer", "i-avoid", "i-f-emergency", "i-f-none"} <= names
