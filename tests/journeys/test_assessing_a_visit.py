"""A visit is assessed: the map, the questions, the patient alone, and a network that goes away."""

from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes
from django.urls import reverse

from cast import Cast
from ventosa.assessing import PATIENT, Entry, not_riskier_of
from ventosa.web.actions import assessments
from ventosa.web.gathering import gather
from ventosa.web.knowing import knowledge
from ventosa.web.models import Encounter, Membership
from ventosa.web.models import Entry as Row
from ventosa.web.pins import hash_of

pytestmark = pytest.mark.journey
PIN = "7294"
KEPT = "() => !Object.keys(localStorage).some((n) => n.startsWith('ventosa-entry-'))"
MOVED_ON = "t => document.querySelector('#questions h2')?.innerText !== t"


def path(name: str, visit: Encounter) -> str:
    return reverse(name, args=[visit.id])


def sent(page: Any) -> None:
    page.locator("[data-outbox]").get_by_text("All sent").wait_for()


def show(page: Any, part: str) -> None:
    """On a telephone one part is in sight at a time."""
    tab = page.get_by_role("link", name=part, exact=True)
    if tab.is_visible():
        tab.click()


def tap(page: Any, place: str) -> None:
    show(page, "Map")
    page.get_by_role("button", name=place, exact=False).first.click()


@pytest.mark.parametrize("size", sizes("tablet", "phone"))
def test_a_first_visit_is_assessed(tablets: Callable[..., Any], cast: Cast, size: str) -> None:
    visit = cast.visit(cast.patient(sex=""))
    tablet = tablets(cast, "alice", size)
    page = tablet.open(path("assess", visit))
    tablet.check()
    if size == "phone":
        page.get_by_role("link", name="Map", exact=True).click()
    tap(page, "Right, L4")
    page.get_by_role("group", name="Tension").get_by_text("2 clear").click()
    page.get_by_role("group", name="Tender to touch").get_by_text("1 slight").click()
    page.get_by_role("button", name="Right, L4, clear tension, tenderness 1 of 3").wait_for()
    page.get_by_role("button", name="Nothing found on the whole back").click()
    page.get_by_text("nothing was found on the whole back").wait_for()
    tablet.check()
    if size == "phone":
        page.get_by_role("link", name="Pain", exact=True).click()
    page.get_by_role("group", name="Pain now").get_by_text("6", exact=True).click()
    page.get_by_label("What the person wants to do again").fill("Sit through a working day")
    sent(page)
    tablet.check()
    if size == "phone":
        page.get_by_role("link", name="Questions", exact=True).click()
    heading = page.locator("#questions h2").first
    before = heading.inner_text()
    answer_screen(page)
    page.wait_for_function(
        "t => document.querySelector('#questions h2')?.innerText !== t", arg=before
    )
    tablet.check()
    answers = gather(cast.scope("alice"), visit).answers
    assert answers.zones == () and answers.complaint is not None
    assert answers.complaint.pain_now == 6
    assert answers.complaint.goal == "Sit through a working day"
    assert [(s.level, s.tension, s.tenderness) for s in answers.complaint.sites] == [("L4", 2, 1)]


def answer_screen(page: Any) -> None:
    """Answer one screen the plain way: none of these, or each question with its last choice."""
    none = page.locator("#questions button[name^='none:'], #questions button[value='\"none\"']")
    for card in page.locator("#questions form.many .q").all():
        number = card.locator("input[type=number]")
        if number.count() and number.first.is_visible():
            number.first.fill("40")
        elif not none.count() and card.locator(".pick").count():
            card.locator(".pick").first.click()
    if none.count():
        none.first.click()
    elif page.locator("#questions form.one button").count():
        page.locator("#questions form.one button").first.click()
    else:
        page.get_by_role("button", name="Next", exact=True).click()


def test_a_yes_opens_its_details_and_is_kept_with_its_note(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    visit = cast.visit(cast.patient())
    begun(cast, visit, but="medicines_and_blood")
    tablet = tablets(cast, "alice")
    page = tablet.open(path("assess", visit))
    question = page.get_by_role("group", name="blood thinner")
    question.get_by_text("Yes", exact=True).click()
    page.get_by_text("INR", exact=False).first.wait_for()
    question.get_by_text("Note", exact=True).first.click()
    question.get_by_label("Note beside").first.fill("apixaban")
    title = page.locator("#questions h2").last.inner_text()
    page.locator("#questions button.none").click()
    page.wait_for_function(
        "t => Array.from(document.querySelectorAll('#questions h2')).at(-1)?.innerText !== t",
        arg=title,
    )
    told = gather(cast.scope("alice"), visit).assessed
    assert told.notes["fact:anticoagulant"] == ("apixaban",)
    assert told.answers.facts["anticoagulant"] is True
    assert told.answers.facts["bleeding_disorder"] is False
    tablet.check()


def test_what_is_still_to_ask_leads_to_the_very_question(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    visit = cast.visit(cast.patient())
    site = {"tension": 2, "tenderness": 0, "stiffness": 0, "movement": ""}
    told = [Entry("k", "site:L4:right", site), Entry("z", "zones", [])]
    assessments.say(cast.scope("alice"), encounter=visit, entries=told, knowledge=knowledge())
    tablet = tablets(cast, "alice")
    page = tablet.open(path("plan", visit))
    link = page.locator("#ask a.q").nth(3)
    fact = link.get_attribute("href").partition("#q-")[2]
    link.click()
    page.wait_for_url(f"**{path('assess', visit)}?ask={fact}#q-{fact}")
    page.locator(f"#q-{fact} :focus").wait_for()
    tablet.check()
    tablet.open(f"{path('assess', visit)}#q-anticoagulant")
    page.wait_for_url("**?ask=anticoagulant#q-anticoagulant")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    sent(page)
    assert gather(cast.scope("alice"), visit).answers.facts["anticoagulant"] is False


def begun(cast: Cast, visit: Encounter, but: str = "", said: str = PATIENT) -> None:
    """Everything plain was said of a visit, but one screen."""
    known = knowledge()
    entries = []
    for group, screen in known.groups.items():
        facts = [
            fact.id
            for fact in known.facts.values()
            if fact.group == group and fact.zone is None and not_riskier_of(fact.id, known) is False
        ]
        if screen.none and group not in ("today", but):
            entries.append(Entry(f"{visit.id.hex[:8]}-{group}"[:40], f"none:{group}", facts, said))
    plain = {"pregnant": "no", "sex": "female", "first_session": True, "height_cm": 168}
    plain |= {"systolic_bp_mmhg": 120, "diastolic_bp_mmhg": 80}
    entries += [
        Entry(f"{visit.id.hex[:8]}-{id}", f"fact:{id}", value, said) for id, value in plain.items()
    ]
    scope = cast.scope("alice")
    assessments.say(scope, encounter=visit, entries=entries, knowledge=known)


def test_what_was_said_without_a_network_is_kept_and_sent_once(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    visit = cast.visit(cast.patient())
    tablet = tablets(cast, "alice")
    page = tablet.open(path("assess", visit))
    sent(page)
    page.context.set_offline(True)
    tap(page, "Left, L3")
    page.get_by_role("group", name="Tension").get_by_text("3 marked").click()
    show(page, "Pain")
    page.get_by_label("Note of the visit").fill("Half a sen")
    for lateral in ("30", "60"):
        finding(page, lateral)
    page.get_by_text("60 mm from the midline").wait_for()
    assert page.locator("#findings li", has_text="Waiting").count() == 2
    assert page.locator(".third:not([hidden]) .vb-closed.waits").count() == 2
    page.get_by_text("nothing is lost").wait_for()
    tablet.check()
    assert not Row.objects.filter(encounter=visit).exists()
    page.context.set_offline(False)
    page.reload()
    page.wait_for_function("() => document.querySelector('#note')?.value === 'Half a sen'")
    sent(page)
    page.get_by_role("button", name="Left, L3, marked tension").wait_for()
    fields = sorted(Row.objects.filter(encounter=visit).values_list("field", flat=True))
    assert fields == ["note", "site:L3:left", "zones", "zones"]
    page.locator(".waits").first.wait_for(state="detached")
    zones = gather(cast.scope("alice"), visit).answers.zones
    assert zones is not None and [zone.lateral_mm for zone in zones] == [30, 60]
    page.reload()
    sent(page)
    assert Row.objects.filter(encounter=visit).count() == 4


def finding(page: Any, lateral: str) -> None:
    """Close a place of the skin, so far from the midline."""
    if not page.locator("#zone_kind").is_visible():
        page.locator("#finding summary").click()
    page.locator("#zone_kind").select_option("scar")
    page.locator("#zone_lateral").fill(lateral)
    page.get_by_role("button", name="Close this place").click()
    page.get_by_text(f"{lateral} mm from the midline").wait_for()


def test_a_finding_taken_away_leaves_the_one_that_waits(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    visit = cast.visit(cast.patient())
    scar = {"kind": "scar", "side": "left", "level": "L2", "lateral_mm": 50, "radius_mm": 10}
    entry = Entry("scar", "zones", [scar])
    assessments.say(cast.scope("alice"), encounter=visit, entries=[entry], knowledge=knowledge())
    page = tablets(cast, "alice").open(path("assess", visit))
    sent(page)
    page.context.set_offline(True)
    finding(page, "70")
    page.get_by_role("button", name="Remove: Scar at L2, left, 50 mm").click()
    page.get_by_text("taken away: closed until it is sent").wait_for()
    page.context.set_offline(False)
    sent(page)
    page.locator(".waits").first.wait_for(state="detached")
    zones = gather(cast.scope("alice"), visit).answers.zones
    assert zones is not None and [zone.lateral_mm for zone in zones] == [70]


def test_what_waits_goes_only_with_its_writer(tablets: Callable[..., Any], cast: Cast) -> None:
    visit = cast.visit(cast.patient())
    tablet = tablets(cast, "alice")
    page = tablet.open(path("assess", visit))
    sent(page)
    page.context.set_offline(True)
    show(page, "Pain")
    page.get_by_role("group", name="Pain now").get_by_text("4", exact=True).click()
    page.get_by_text("nothing is lost").wait_for()
    sign_in(page, tablet, cast, "bob")
    page.context.set_offline(False)
    tablet.open(path("assess", visit))
    page.get_by_text("1 of another person wait").wait_for()
    assert not Row.objects.filter(encounter=visit).exists()
    sign_in(page, tablet, cast, "alice")
    tablet.open("/")
    page.wait_for_function(KEPT)
    assert Row.objects.get(encounter=visit).author == cast.alice


def sign_in(page: Any, tablet: Any, cast: Cast, who: str) -> None:
    cookie = cast.client(who).cookies["sessionid"]
    page.context.add_cookies([{"name": "sessionid", "value": cookie.value, "url": tablet.address}])


@pytest.mark.parametrize(("size", "language"), [("tablet", "en"), ("phone", "en"), ("phone", "ar")])
def test_the_patient_answers_alone_and_cannot_leave(
    tablets: Callable[..., Any], cast: Cast, size: str, language: str
) -> None:
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of(PIN))
    visit = cast.visit(cast.patient(name="Noor Haddad", sex="", language=language))
    tablet = tablets(cast, "alice", size)
    page = tablet.open(path("assess", visit))
    page.get_by_role("button", name="Give the tablet to the patient").click()
    page.wait_for_url(f"**{path('hand_over', visit)}")
    tablet.check()
    assert "Noor" not in page.inner_text("body")
    assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
    page.go_back()
    page.wait_for_url(f"**{path('hand_over', visit)}")
    assert page.get_by_role("button", name="Give the tablet").count() == 0
    tablet.open("/patients/")
    assert page.url.endswith(path("hand_over", visit))
    for _ in range(16):
        title = page.locator("#questions h2, #questions h1").last.inner_text()
        if page.locator("#questions .state").count():
            break
        answer_screen(page)
        page.wait_for_function(
            "t => Array.from(document.querySelectorAll('#questions h2, #questions h1')).at(-1)"
            "?.innerText !== t",
            arg=title,
        )
    tablet.check()
    page.locator("#questions .state a").click()
    tablet.check()
    page.locator("#word").fill("1111")
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("That does not fit").wait_for()
    page.locator("#word").fill(PIN)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("heading", name="What the patient said").wait_for()
    tablet.check()


@pytest.mark.parametrize("size", sizes("tablet", "phone"))
def test_a_healthy_repeat_visit_takes_few_taps(
    tablets: Callable[..., Any], cast: Cast, size: str
) -> None:
    """At most eight of the patient and two of the practitioner; giving the tablet and taking it
    back by PIN are apart."""
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of(PIN))
    patient = cast.patient(name="Noor Haddad", birth_date="1980-06-02", sex="female")
    begun(cast, first := cast.visit(patient, days_ago=7))
    visit = cast.visit(patient)
    assert visit.previous_id == first.id
    tablet = tablets(cast, "alice", size)
    page = tablet.open(path("assess", visit))
    page.get_by_role("button", name="Give the tablet to the patient").click()
    page.wait_for_url(f"**{path('hand_over', visit)}")
    taps = 0
    while not page.locator("#questions .state").count():
        title = page.locator("#questions h2").first.inner_text()
        page.locator("#questions button").first.click()
        taps += 1
        assert taps <= 8, title
        page.wait_for_function(MOVED_ON, arg=title)
    page.locator("#questions .state a").click()
    page.locator("#word").fill(PIN)
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Confirm the rest").click()
    page.get_by_role("heading", name="What the patient said").wait_for(state="detached")
    tablet.check()
    if size == "phone":
        page.get_by_role("link", name="Map", exact=True).click()
    page.get_by_role("button", name="Nothing found on the whole back").click()
    page.get_by_text("nothing was found on the whole back").wait_for()
    told = gather(cast.scope("alice"), visit)
    assert told.answers.zones == ()
    assert [question.fact for question in told.screening.ask] == []


def test_two_words_are_settled_by_a_tap(tablets: Callable[..., Any], cast: Cast) -> None:
    visit = cast.visit(cast.patient())
    felt = {"tension": 1, "tenderness": 0, "stiffness": 0, "movement": ""}
    words: dict[str, tuple[Any, Any]] = {
        "fact:fever": (True, False),
        "pain_now": (6, 3),
        "onset_date": ("2026-03-01", "2026-09-01"),
        "goal": ("Sit", "Lift my daughter"),
        "site:L4:right": ({**felt, "tension": 3}, felt),
    }
    for place, who in enumerate(("alice", "bob")):
        entries = [Entry(f"{who}-{f[:12]}", f, both[place]) for f, both in words.items()]
        assessments.say(cast.scope(who), encounter=visit, entries=entries, knowledge=knowledge())
    tablet = tablets(cast, "alice")
    page = tablet.open(path("assess", visit))
    page.get_by_text("Until it is settled the riskier counts: Yes").wait_for()
    tablet.check()
    for left in range(len(words), 0, -1):
        assert page.get_by_text("Until it is settled").count() == left
        page.locator("#questions form.told button").filter(has_text="Bob").first.click()
        page.wait_for_function(
            "n => document.querySelectorAll('#questions form.told').length < n", arg=left
        )
    tablet.check()
    assert page.get_by_label("What the person wants to do again").input_value() == (
        "Lift my daughter"
    )
    assert page.locator("[name=pain_now]:checked").get_attribute("value") == "3"
    page.get_by_role("button", name="Right, L4, slight tension").wait_for()
    told = gather(cast.scope("alice"), visit).assessed
    assert not told.differing
    assert {field: told.current[field].value for field in words} == {
        field: theirs for field, (_, theirs) in words.items()
    }
    assert told.current["fact:fever"].saw == "alice-fact:fever bob-fact:fever"


def test_a_page_that_was_on_its_way_while_words_were_sent_holds_them(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    """The reload was rendered before the note was written, and arrived after."""
    visit = cast.visit(cast.patient())
    page = tablets(cast, "alice").open(path("assess", visit))
    sent(page)
    before = page.evaluate("fetch(location.href).then((answer) => answer.text())")
    page.get_by_label("Note of the visit").fill("Half a sen")
    page.evaluate("Outbox.send(true)")
    page.wait_for_function(KEPT)
    page.route(
        f"**{path('assess', visit)}",
        lambda route: route.fulfill(body=before, content_type="text/html"),
        times=1,
    )
    page.reload(wait_until="commit")
    page.wait_for_function("() => document.querySelector('#note')?.value === 'Half a sen'")


def test_what_is_typed_while_an_answer_is_lost_on_its_way_arrives_whole(
    tablets: Callable[..., Any], cast: Cast
) -> None:
    """The server wrote the half, the tablet never heard of it: the rest is an entry of its own."""
    visit = cast.visit(cast.patient())
    page = tablets(cast, "alice").open(path("assess", visit))
    sent(page)
    lost = []

    def lose(route: Any) -> None:
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/entries/", lose)
    page.get_by_label("Note of the visit").fill("Half a sen")
    page.evaluate("Outbox.send(true)")
    page.get_by_text("nothing is lost").wait_for()
    assert lost == [200]
    page.unroute("**/entries/")
    page.get_by_label("Note of the visit").fill("Half a sentence, and the rest")
    page.evaluate("Outbox.send(true)")
    sent(page)
    told = gather(cast.scope("alice"), visit).assessed
    assert told.current["note"].value == "Half a sentence, and the rest" and not told.differing
