"""The assessment through the door: what a form or a device says, who may say it, and when."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest
from addresses import with_password
from django.test import Client
from django.urls import reverse

from cast import PASSWORD, Cast
from ventosa.assessing import PATIENT, check_entry, check_patient_entry
from ventosa.assessing import Entry as Said
from ventosa.terms import Technique
from ventosa.web import demo
from ventosa.web.actions import documents, moves
from ventosa.web.documents import ClearanceBody
from ventosa.web.gathering import gather
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Encounter, Entry, Kind, Membership
from ventosa.web.pins import hash_of
from ventosa.web.saying import entries_of_form


def address(name: str, visit: Encounter) -> str:
    return reverse(name, args=[visit.id])


def send(client: Client, name: str, visit: Encounter, *entries: dict[str, Any]) -> Any:
    return client.post(
        address(name, visit),
        json.dumps({"entries": list(entries)}),
        content_type="application/json",
        headers={"accept": "application/json"},
    )


def test_what_a_device_sends_twice_is_written_once(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    entry = {"key": "k1", "field": "fact:fever", "value": True, "note": "since Monday"}
    for _ in range(2):
        assert send(client, "entries", visit, entry).json() == {"kept": ["k1"]}
    (kept,) = Entry.objects.filter(encounter=visit)
    assert (kept.said, kept.note, kept.author) == ("practitioner", "since Monday", cast.alice)
    page = client.get(address("assess", visit)).content.decode()
    assert "since Monday" in page and "Answered today" in page


def test_a_wrong_entry_is_refused_in_words_and_nothing_is_written(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    good = {"key": "k1", "field": "fact:fever", "value": True}
    answer = send(client, "entries", visit, good, {"key": "k2", "field": "fact:x", "value": 1})
    assert answer.status_code == 422 and "question" in answer.json()["problem"]
    assert send(client, "entries", visit, {"field": "goal"}).status_code == 400
    assert not Entry.objects.filter(encounter=visit).exists()


def test_without_a_script_a_form_says_the_same(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    form = {
        "key": "form1",
        "fact:fever": "true",
        "note:fact:fever": "since Monday",
        "none:fever_and_infection": '["fever", "acute_infection"]',
        "fact:height_cm": "",
    }
    for _ in range(2):
        assert client.post(address("entries", visit), form).status_code == 302
    facts = gather(cast.scope("alice"), visit).assessed.answers.facts
    assert facts == {"fever": True, "acute_infection": False}
    place = {"key": "form2", "place": "L4:both", "tension": "2", "tenderness": "1"}
    client.post(address("entries", visit), place)
    zone = {
        "key": "form3",
        "zone_kind": "scar",
        "zone_level": "T12",
        "zone_side": "left",
        "zone_lateral": "40",
        "zone_radius": "10",
        "zones_now": "[]",
    }
    client.post(address("entries", visit), zone)
    client.post(address("entries", visit), {"key": "form4", "goal": "Sit", "pain_now": "6"})
    answers = gather(cast.scope("alice"), visit).assessed.answers
    assert answers.complaint and answers.complaint.goal == "Sit"
    assert answers.complaint.pain_now == 6 and len(answers.complaint.sites) == 2
    assert answers.zones and answers.zones[0].level == "T12"
    page = client.get(address("assess", visit) + "?place=L4:right").content.decode()
    assert "Right, L4, clear tension, tenderness 1 of 3" in page


def test_nothing_found_on_the_whole_back_is_said_on_purpose(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    assert b"Nobody has looked at the back yet" in client.get(address("assess", visit)).content
    client.post(address("entries", visit), {"key": "z", "zones": "[]"})
    assert gather(cast.scope("alice"), visit).answers.zones == ()
    assert b"nothing was found on the whole back" in client.get(address("assess", visit)).content


def test_two_people_stand_side_by_side_until_one_settles_it(cast: Cast) -> None:
    visit = cast.visit(cast.patient())
    alice, bob = cast.client("alice"), cast.client("bob")
    send(alice, "entries", visit, {"key": "a", "field": "fact:fever", "value": True})
    send(bob, "entries", visit, {"key": "b", "field": "fact:fever", "value": False})
    page = alice.get(address("assess", visit)).content.decode()
    assert "Until it is settled the riskier counts: Yes" in page
    assert "Alice" in page and "Bob" in page and 'value="a b"' in page
    form = {"key": "s", "fact:fever": "false", "saw:fact:fever": "a b"}
    alice.post(address("entries", visit), form)
    assert "riskier" not in alice.get(address("assess", visit)).content.decode()


LESION = {"kind": "lesion", "side": "left", "level": "T12", "lateral_mm": 50, "radius_mm": 12}
FELT = {"tension": 2, "tenderness": 1, "stiffness": 0, "movement": ""}


@pytest.mark.parametrize(
    ("field", "mine", "theirs", "until"),
    [
        ("pain_now", 6, 3, "the riskier counts: 6"),
        ("goal", "Sit", "Lift <b>my</b> daughter", "both stand"),
        ("note", "Came by bus", "Limps", "both stand"),
        ("onset_date", "2026-03-01", "2026-09-01", "it counts as not known"),
        ("zones", [LESION], [], "both stand"),
        ("site:L4:right", FELT, None, "the riskier counts: tension 2, tenderness 1"),
        ("repeat:belly_and_circulation", "none", "yes", "the riskier counts: yes"),
    ],
)
def test_whatever_differs_between_two_people_is_settled_by_one_tap(
    cast: Cast, field: str, mine: Any, theirs: Any, until: str
) -> None:
    visit, alice = cast.visit(cast.patient()), cast.client("alice")
    send(alice, "entries", visit, {"key": "a", "field": field, "value": mine})
    send(cast.client("bob"), "entries", visit, {"key": "b", "field": field, "value": theirs})
    page = alice.get(address("assess", visit))
    assert f"Until it is settled {until}" in page.content.decode()
    (form,) = forms_of(page, f'name="settle:{field}"')
    assert json.loads(form[f"settle:{field}"][1]) == theirs
    form[f"settle:{field}"] = form[f"settle:{field}"][1]
    alice.post(address("entries", visit), form)
    told = gather(cast.scope("alice"), visit).assessed
    assert told.differing == () and told.current[field].value == theirs


def test_two_notes_can_both_be_kept(cast: Cast) -> None:
    visit, alice = cast.visit(cast.patient()), cast.client("alice")
    for who, text in (("alice", "Came by bus"), ("bob", "Limps")):
        send(cast.client(who), "entries", visit, {"key": who, "field": "note", "value": text})
    (form,) = forms_of(alice.get(address("assess", visit)), 'name="settle:note"')
    form["settle:note"] = form["settle:note"][-1]
    alice.post(address("entries", visit), form)
    told = gather(cast.scope("alice"), visit).assessed
    assert told.differing == () and told.current["note"].value == "Came by bus / Limps"


def forms_of(page: Any, holding: str) -> list[dict[str, Any]]:
    """The forms of a page that hold a word, each as a browser without a script sends it; buttons
    stand as lists, one is to be chosen."""
    found = []
    for body in re.findall(r"<form.*?</form>", page.content.decode(), re.S):
        if holding not in body:
            continue
        form: dict[str, Any] = {}
        for tag, attributes in re.findall(r"<(input|button)\b([^>]*)>", body):
            named = dict(re.findall(r'([\w-]+)="([^"]*)"', attributes))
            if "name" in named and tag == "button":
                form.setdefault(named["name"], []).append(unescape(named["value"]))
            elif "name" in named and (named.get("type") != "radio" or " checked" in attributes):
                form[named["name"]] = unescape(named.get("value", ""))
        found.append(form)
    return found


def test_a_place_is_felt_and_felt_again_without_a_script(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    page = client.get(address("assess", visit) + "?place=L4:right")
    (sheet,) = forms_of(page, 'id="sheet"')
    sheet |= {"tension": "2", "tenderness": "0", "movement": "bends late"}
    del sheet["clear"]
    answer = client.post(address("entries", visit), sheet)
    assert answer.headers["Location"] == address("assess", visit) + "?place=L4:right#map"
    page = client.get(address("assess", visit) + "?place=L4:right")
    (sheet,) = forms_of(page, 'id="sheet"')
    assert (sheet["tension"], sheet["movement"]) == ("2", "bends late")
    (listed,) = forms_of(page, "data-add")
    listed |= {"place": "L4:both", "tension": "3", "tenderness": "1", "stiffness": "1"}
    client.post(address("entries", visit), listed)
    told = gather(cast.scope("alice"), visit)
    assert told.assessed.differing == () and told.answers.complaint
    assert [(s.side, s.tension) for s in told.answers.complaint.sites] == [
        ("right", 3),
        ("left", 3),
    ]


def test_a_place_that_is_only_stiff_stands_in_the_list(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    stiff = {"tension": 0, "tenderness": 0, "stiffness": 2, "movement": "turns late"}
    send(client, "entries", visit, {"key": "a", "field": "site:T6:left", "value": stiff})
    send(client, "entries", visit, {"key": "b", "field": "site:T7:left", "value": None})
    page = client.get(address("assess", visit)).content.decode()
    assert 'data-place="T6:left" data-tension="0" data-tenderness="0" data-stiffness="2"' in page
    assert "turns late" in page and "1</span> marked" in page


def test_what_was_left_empty_is_not_said() -> None:
    assert entries_of_form({"key": "k", "fact:fever": "", "goal": ""}, said=PATIENT) == []
    (gone,) = entries_of_form({"key": "k", "goal": "", "saw:goal": "x"}, said=PATIENT)
    assert gone.value == "" and gone.saw == "x"


def test_a_link_to_a_question_opens_its_screen(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    page = client.get(address("assess", visit) + "?ask=anticoagulant").content.decode()
    assert "Medicines and blood" in page and 'id="q-anticoagulant"' in page
    assert 'id="q-bleeding_disorder"' in page and "None of these" in page
    send(client, "entries", visit, {"key": "a", "field": "fact:anticoagulant", "value": False})
    page = client.get(address("assess", visit) + "?ask=anticoagulant").content.decode()
    assert 'id="q-anticoagulant"' in page and 'id="q-bleeding_disorder"' not in page
    nothing = client.get(address("assess", visit) + "?ask=nonsense").content.decode()
    assert "About you" in nothing


def test_a_visit_that_was_moved_shows_what_it_holds_in_both_records(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    for key, field, value in (
        ("a", "fact:anticoagulant", True),
        ("b", "site:L4:right", {**FELT, "movement": "bends late"}),
        ("c", "zones", [LESION]),
        ("d", "pain_now", 6),
    ):
        send(client, "entries", visit, {"key": key, "field": field, "value": value})
    second = cast.patient(name="Inês Moreau")
    scope = cast.scope("alice")
    moved = moves.move_visit(scope, encounter=visit, to=second, reason="Wrong chart", key="v")
    answer = client.get(address("assess", visit))
    assert answer.headers["Location"] == address("visit_read", visit)
    held = client.get(address("visit_read", visit)).content.decode()
    assert "Entered in error" in held and address("visit_read", moved) in held
    for words in (
        "blood thinner",
        "Right, L4",
        "tension 2, tenderness 1, movement bends late",
        "Skin lesion at T12, left, 50 mm from the midline, radius 12 mm",
    ):
        assert words in held, words
    there = client.get(address("assess", moved)).content.decode()
    assert "Right, L4, clear tension, tenderness 1 of 3" in there and "Skin lesion at T12" in there
    assert re.search(r'name="pain_now" value="6" checked', there) and "blood thinner" in there


def test_a_recorded_healing_clears_a_blister_and_only_somebody_who_treats_records_it(
    cast: Cast,
) -> None:
    patient = cast.patient()
    visit = cast.visit(patient)
    form = {"event": "blister", "grade": "1", "healed": "yes", "text": "Gone.", "key": "b"}
    cast.client("carol").post(reverse("harm_new", args=[patient.id]), form)
    assert blister_of(cast, visit) == "true"
    harm = Document.objects.get(kind=Kind.ADVERSE_EVENT)
    path, note = reverse("document_heal", args=[harm.id]), {"text": "Skin whole.", "key": "h"}
    assert cast.client("carol").post(path, note).status_code == 403
    alice = cast.client("alice")
    assert path in alice.get(reverse("document", args=[harm.id])).content.decode()
    alice.post(path, note)
    assert blister_of(cast, visit) == "cleared"
    assert path not in alice.get(reverse("document", args=[harm.id])).content.decode()


def test_a_letter_that_came_after_an_open_visit_opens_nothing_in_it(cast: Cast) -> None:
    patient = cast.patient()
    visit = cast.visit(patient, days_ago=3)
    scope = cast.scope("alice")
    letter = ClearanceBody(covers="RF-12a", by="Dr Marsh", on=scope.today)
    documents.write(scope, patient=patient, kind=Kind.CLEARANCE, body=letter, key="c")
    assert gather(scope, visit).answers.clearances == ()
    assert cast.client("alice").get(address("assess", visit)).status_code == 200
    assert len(gather(scope, cast.visit(patient)).answers.clearances) == 1


def blister_of(cast: Cast, visit: Encounter) -> str:
    """How the rule on a blister of an earlier session stands."""
    found = gather(cast.scope("alice"), visit).screening.techniques[Technique.DRY_STATIC].findings
    return next(str(one.state) for one in found if one.rule == "R02")


@pytest.mark.django_db
def test_the_demo_clinic_says_only_what_each_person_may_say() -> None:
    demo.fill(datetime.now(UTC))
    for entry in Entry.objects.filter(said=PATIENT):
        told = Said(entry.key, entry.field, entry.value, PATIENT)
        check_entry(told, knowledge())
        check_patient_entry(told, knowledge())


# --- the tablet in the patient's hands ------------------------------------------------------


def given(cast: Cast, **more: Any) -> tuple[Encounter, Client]:
    """A visit, and a browser that was given to its patient."""
    with_password(cast.alice)  # without a way to take it back no tablet is given
    visit, client = cast.visit(cast.patient(**more)), cast.client("alice")
    answer = client.post(address("give", visit))
    assert answer.headers["Location"] == address("hand_over", visit)
    return visit, client


def test_the_patient_reaches_nothing_but_the_questions(cast: Cast) -> None:
    visit, client = given(cast)
    other = cast.visit(cast.patient(name="Somebody Else"))
    for path in (
        "/",
        "/patients/",
        address("assess", visit),
        address("hand_over", other),
        reverse("chart", args=[visit.patient_id]),
        reverse("settings"),
        reverse("account_logout"),
        "/account/password/change/",
    ):
        answer = client.get(path)
        assert answer.status_code in (302, 404), path
        if answer.status_code == 302:
            assert answer.headers["Location"] == address("hand_over", visit), path
    page = client.get(address("hand_over", visit))
    assert "Okafor" not in page.content.decode() and "no-store" in page.headers["Cache-Control"]
    entry = {"key": "x", "field": "fact:fever", "value": True}
    assert send(client, "entries", visit, entry).status_code == 409
    assert send(client, "hand_over_entries", other, entry).status_code == 409
    assert not Entry.objects.exists()


def test_the_patient_says_only_what_is_the_patients(cast: Cast) -> None:
    visit, client = given(cast)
    entry = {"key": "x", "field": "fact:fever", "value": {"rather_say": True}}
    assert send(client, "hand_over_entries", visit, entry).status_code == 200
    assert Entry.objects.get(key="x").said == "patient"
    for field, value in (("zones", []), ("fact:height_cm", 170), ("confirmed", ["x"])):
        entry = {"key": field, "field": field, "value": value}
        assert send(client, "hand_over_entries", visit, entry).status_code == 422
        client.post(address("hand_over", visit), {"key": field, field: json.dumps(value)})
    assert Entry.objects.count() == 1


def test_what_others_answered_is_not_shown_to_the_patient(cast: Cast) -> None:
    visit = cast.visit(cast.patient())
    client = cast.client("alice")
    send(client, "entries", visit, {"key": "g", "field": "goal", "value": "Sit through a day"})
    send(client, "entries", visit, {"key": "s", "field": "fact:smoker", "value": True})
    client.post(address("give", visit))
    seen = client.get(address("hand_over", visit)).content.decode()
    assert "Sit through" not in seen and "Answered" not in seen and "smoke" not in seen


@pytest.mark.parametrize("has_pin", [True, False])
def test_leaving_needs_the_pin_or_the_password(cast: Cast, has_pin: bool) -> None:
    cast.alice.user.set_password(PASSWORD)
    cast.alice.user.save()
    if has_pin:
        Membership.objects.filter(id=cast.alice.id).update(pin=hash_of("7294"))
    visit, client = given(cast)
    back = address("take_back", visit)
    assert client.post(back, {"word": "1111"}).status_code == 403
    assert client.get(address("assess", visit)).status_code == 302
    answer = client.post(back, {"word": "7294" if has_pin else PASSWORD})
    assert answer.headers["Location"] == address("assess", visit)
    assert client.get(address("assess", visit)).status_code == 200


def test_after_five_wrong_pins_only_the_password_opens(cast: Cast) -> None:
    cast.alice.user.set_password(PASSWORD)
    cast.alice.user.save()
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of("7294"))
    visit, client = given(cast)
    back = address("take_back", visit)
    for _ in range(6):
        client.post(back, {"word": "1111"})
    assert client.post(back, {"word": "7294"}).status_code == 403
    assert client.post(back, {"word": PASSWORD}).status_code == 302


def test_wrong_passwords_sign_the_tablet_out(cast: Cast) -> None:
    visit, client = given(cast)
    answers = [client.post(address("take_back", visit), {"word": "no"}) for _ in range(5)]
    assert answers[-1].headers["Location"] == reverse("account_login")
    assert client.get(address("hand_over", visit)).status_code == 302
    assert "_auth_user_id" not in client.session


def test_the_patient_reads_in_the_patients_language(cast: Cast) -> None:
    visit, client = given(cast, language="ar", sex="", name="Noor Haddad")
    page = client.get(address("hand_over", visit)).content.decode()
    assert '<html lang="ar" dir="rtl">' in page and "لم يقرأه" in page


def test_the_practitioner_confirms_what_the_patient_said(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    said = {"key": "p", "field": "none:fever_and_infection", "value": ["fever"]}
    send(client, "hand_over_entries", visit, said)
    unsure = {"key": "q", "field": "fact:diabetes", "value": None}
    send(client, "hand_over_entries", visit, unsure)
    page = client.get(address("assess", visit)).content.decode()
    assert "What the patient said" in page and "Confirm the rest: 1 answered no" in page
    form = {"key": "c", "confirmed": '["p", "q"]'}
    client.post(address("entries", visit), form)
    assert "What the patient said" not in client.get(address("assess", visit)).content.decode()


def test_the_page_asks_the_database_the_same_for_one_answer_and_for_many(
    cast: Cast, django_assert_max_num_queries: Any, django_assert_num_queries: Any
) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    client.get(address("assess", visit))
    with django_assert_max_num_queries(60) as few:
        client.get(address("assess", visit))
    number = len(few.captured_queries)
    facts = ["smoker", "hypertension", "diabetes", "anaemia", "osteoporosis", "cancer_history"]
    send(
        client,
        "entries",
        visit,
        *({"key": fact, "field": f"fact:{fact}", "value": False} for fact in facts),
    )
    with django_assert_num_queries(number):
        client.get(address("assess", visit))


def test_a_screen_of_numbers_has_no_none_of_these(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    page = client.get(address("assess", visit)).content.decode()
    assert "About you" in page and "first cupping session" in page
    assert "None of these" not in page


def test_a_note_without_an_answer_is_refused_and_nothing_is_written(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    form = {"key": "n", "note:fact:fever": "since Monday", "fact:smoker": "true"}
    answer = client.post(address("entries", visit), form, follow=True)
    assert "has a note and no answer" in answer.content.decode()
    assert not Entry.objects.filter(encounter=visit).exists()


def test_no_tablet_is_given_that_nobody_could_take_back(cast: Cast) -> None:
    visit, client = cast.visit(cast.patient()), cast.client("alice")
    answer = client.post(address("give", visit), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("pin")
    assert "Set a PIN first" in answer.content.decode()
    assert client.get("/").status_code == 200  # the tablet is still the practitioner's
