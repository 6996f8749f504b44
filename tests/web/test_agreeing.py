"""Consent in the clinic: asked for, signed, said, taken back; what is not whole is refused."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from addresses import with_password
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accepted import DRAWN, accept, assessed, cupping, say
from cast import Cast
from ventosa.consent import ConsentKind, TextsIn, offering
from ventosa.languages import ui
from ventosa.record import InputError, NotAllowed
from ventosa.terms import Decision, Technique
from ventosa.web import consenting, knowing
from ventosa.web.actions import consents, documents, patients
from ventosa.web.consenting import agreement, given, may_begin
from ventosa.web.documents import SessionBody
from ventosa.web.drafting import State, drafted
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.models import (
    AuditRow,
    Document,
    Encounter,
    Kind,
    LanguageSignOff,
    Membership,
    Training,
)
from ventosa.web.pins import hash_of
from ventosa.web.working import Worker


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    found = assessed(cast)
    accept(cast, found)
    return found


def lacks(cast: Cast, visit: Encounter, who: str = "alice") -> str:
    scope = cast.scope(who)
    return " ".join(may_begin(gather(scope, scope.encounter(visit.id))))


def form_of(page: Any) -> dict[str, Any]:
    """The hidden fields of the signing form."""
    html = page.content.decode()
    found = re.findall(r'<input type="hidden" name="(key|read|sha256)" value="([^"]*)"', html)
    fields: dict[str, Any] = {"sha256": [value for name, value in found if name == "sha256"]}
    return fields | {name: value for name, value in found if name != "sha256"}


def sign(client: Client, visit: Encounter, **more: Any) -> Any:
    path = f"/visits/{visit.id}/consent/sign/"
    fields = {"method": "typed", "typed_name": "daniel okafor", **form_of(client.get(path)), **more}
    return client.post(path, fields)


def earlier_consent(cast: Cast, days_ago: int = 7, **more: Any) -> Encounter:
    """A person who signed some days ago, and has a visit and a plan of today."""
    patient = cast.patient()
    then = assessed(cast, patient, days_ago=days_ago)
    accept(cast, then)
    scope = cast.scope("alice")
    scope = replace(scope, now=scope.now - timedelta(days=days_ago))
    found = agreement(gather(scope, scope.encounter(then.id)))
    key = new_id().hex
    from ventosa.web.presenters.consent import papers_of
    from ventosa.web.signing import signed_from

    assert found.proposed is not None
    agreed = replace(found.proposed, **more)
    signed = signed_from({"typed_name": "Daniel Okafor"}, name="Daniel Okafor", on=scope.today)
    _, texts = papers_of([str(t) for t in agreed.techniques], "en")
    consents.sign_treatment(
        scope, agreed_for=found, agreed=agreed, signed=signed, texts=texts, key=key
    )
    visit = assessed(cast, patient)
    accept(cast, visit)
    return visit


WET = cupping(Technique.WET, cups=2, retention_min=3.0)


def may_cup_wet(cast: Cast) -> None:
    paper = {"technique": "wet", "kind": "licence", "issuer": "Board", "expires_on": "2099-01-01"}
    Training.objects.create(clinic=cast.alice.clinic, membership=cast.alice, **paper)


def test_the_plans_of_these_tests_pass_the_checker(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "run", lambda self, work, *args, **more: work(*args, **more))
    may_cup_wet(cast)
    patient, scope = cast.patient(), cast.scope("alice")
    assessed(cast, patient, days_ago=7)
    again = assessed(cast, patient)
    for visit, planned in (
        (assessed(cast, cast.patient(name="Inês Moreau")), cupping()),
        (assessed(cast, cast.patient(name="Yusuf Demir")), WET),
        (again, cupping()),
        (again, cupping(suction_kpa=24.0)),
    ):
        found = drafted(gather(scope, scope.encounter(visit.id)))
        stands = found.revised_of(State(planned))
        assert (stands.problems, stands.overrides_needed) == ((), ())


# --- asked for and refused --------------------------------------------------------------------


def test_without_a_plan_the_page_says_what_to_do(cast: Cast) -> None:
    visit = assessed(cast)
    page = cast.client("alice").get(f"/visits/{visit.id}/consent/")
    assert consenting.NO_PLAN in page.content.decode()
    assert f"/visits/{visit.id}/plan/" in page.content.decode()
    assert "Read and sign here" not in page.content.decode()


def test_the_server_refuses_a_session_whose_consent_is_incomplete(
    cast: Cast, visit: Encounter
) -> None:
    client = cast.client("alice")
    refused = client.post(f"/visits/{visit.id}/begin/check/")
    assert refused.status_code == 422
    assert refused.json()["missing"] == ["No signed consent to treatment."]
    assert sign(client, visit).status_code == 302
    assert client.post(f"/visits/{visit.id}/begin/check/").status_code == 200


def test_consent_at_the_start_comes_from_the_signature_and_never_from_a_tick(
    cast: Cast, visit: Encounter
) -> None:
    say(cast, visit, consent_given=True)
    scope = cast.scope("alice")

    def at_start() -> Decision:
        found = agreement(gather(scope, scope.encounter(visit.id)))
        rules = found.at_start().techniques[Technique.DRY_STATIC].findings
        return max((one.decision for one in rules if one.rule == "C48"), default=Decision.OK)

    assert at_start() is Decision.AVOID
    sign(cast.client("alice"), visit)
    scope = cast.scope("alice")
    assert at_start() is Decision.OK


def test_a_visit_of_another_day_opens_nothing(cast: Cast) -> None:
    visit = assessed(cast, days_ago=1)
    accept(cast, visit)
    assert lacks(cast, visit) == consenting.NOT_TODAY


# --- signed -----------------------------------------------------------------------------------


def test_what_was_read_is_kept_whole_under_its_hash(cast: Cast, visit: Encounter) -> None:
    sign(cast.client("alice"), visit, interpreter="Omar Haddad", witness="Carol")
    body = Document.objects.get(kind=Kind.CONSENT).body
    text = knowing.consent_texts("en").texts[0]
    assert [one["sha256"] for one in body["texts"]] == [body["consent"]["texts"]["dry_static"]]
    assert text.paragraphs[0].text in json.dumps(body["texts"], ensure_ascii=False)
    assert body["consent"]["signed"]["interpreter"] == "Omar Haddad"
    assert body["consent"]["stood"]["dry_static"]["possible"] in ("ok", "modify", "refer", "avoid")


def test_a_drawn_signature_is_kept_as_strokes_and_a_tap_is_none(
    cast: Cast, visit: Encounter
) -> None:
    client = cast.client("alice")
    assert sign(client, visit, method="drawn", strokes="[[[1,1,0]]]").status_code == 422
    assert sign(client, visit, method="drawn", strokes="").status_code == 422
    assert not Document.objects.filter(kind=Kind.CONSENT).exists()
    assert sign(client, visit, method="drawn", strokes=DRAWN).status_code == 302
    body = Document.objects.get(kind=Kind.CONSENT).body
    assert body["strokes"] == json.loads(DRAWN)
    assert body["consent"]["signed"]["strokes_sha256"]


@pytest.mark.parametrize("typed", ["", "Somebody Else"])
def test_a_typed_signature_is_the_name_of_the_person(
    cast: Cast, visit: Encounter, typed: str
) -> None:
    answer = sign(cast.client("alice"), visit, typed_name=typed)
    assert answer.status_code == 422
    assert "Not signed yet" in answer.content.decode()
    assert not Document.objects.filter(kind=Kind.CONSENT).exists()


def test_signing_twice_writes_once(cast: Cast, visit: Encounter) -> None:
    client = cast.client("alice")
    path = f"/visits/{visit.id}/consent/sign/"
    fields = {"method": "typed", "typed_name": "Daniel Okafor", **form_of(client.get(path))}
    assert client.post(path, fields).status_code == client.post(path, fields).status_code == 302
    assert Document.objects.filter(kind=Kind.CONSENT).count() == 1


def test_a_text_that_changed_since_it_was_shown_is_read_once_more(
    cast: Cast, visit: Encounter
) -> None:
    answer = sign(cast.client("alice"), visit, sha256=["0" * 64])
    assert answer.status_code == 422
    assert "changed since this page was shown" in answer.content.decode()


@pytest.mark.parametrize(
    ("strokes", "told"),
    [("[[[1,1,0],[2,1,5]]]", "a dot is no signature"), ("[[[1,1,0],[9000,1,5]]]", "outside")],
)
def test_a_dot_is_no_signature(cast: Cast, visit: Encounter, strokes: str, told: str) -> None:
    answer = sign(cast.client("alice"), visit, method="drawn", strokes=strokes)
    assert answer.status_code == 422 and told in answer.content.decode()
    assert not Document.objects.filter(kind=Kind.CONSENT).exists()


@pytest.mark.parametrize("born", ["2010-01-01", ""])
def test_nobody_under_age_or_of_unknown_age_is_asked_to_sign(cast: Cast, born: str) -> None:
    visit = assessed(cast, cast.patient(birth_date=born))
    accept(cast, visit)
    client = cast.client("alice")
    page = client.get(f"/visits/{visit.id}/consent/").content.decode()
    assert "Read and sign here" not in page and "an adult&#x27;s own" in page
    assert client.get(f"/visits/{visit.id}/consent/sign/").status_code == 302
    path = f"/patients/{visit.patient_id}/consent/photo/"
    fields = form_of(client.get(path)) | {"method": "typed", "typed_name": "Daniel Okafor"}
    assert client.post(path, fields).status_code == 422
    assert not Document.objects.filter(kind=Kind.CONSENT).exists()


def test_a_text_in_another_language_is_heard_through_somebody_who_is_named(cast: Cast) -> None:
    visit = assessed(cast, cast.patient(language="ar"))
    accept(cast, visit)
    client = cast.client("alice")
    alone = sign(client, visit)
    assert alone.status_code == 422 and "name the interpreter" in alone.content.decode()
    assert sign(client, visit, interpreter="Omar Haddad").status_code == 302
    assert lacks(cast, visit) == ""


def test_who_turns_out_to_read_another_language_signs_again(cast: Cast, visit: Encounter) -> None:
    sign(cast.client("alice"), visit)
    assert lacks(cast, visit) == ""
    scope = cast.scope("alice")
    details = msgspec.structs.replace(gather(scope, visit).details, language="de")
    patients.change_details(scope, patient=visit.patient, details=details, key="de")
    assert "by a person who reads 'de'" in lacks(cast, visit)


SET = {
    "techniques": ["dry_static"],
    "from_level": "T12",
    "to_level": "S1",
    "sides": ["left", "right"],
    "suction_kpa": "25",
    "retention_min": "8",
    "cups": "6",
    "sessions": "4",
}


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"suction_kpa": "15"}, "The plan lies outside"),
        ({"suction_kpa": "95"}, "hard stop"),
        ({"suction_kpa": "many"}, "write a number"),
        ({"techniques": []}, "names no technique"),
        ({"sides": ["left"]}, "The plan lies outside"),
        ({"until": "2020-01-01"}, "ended before today"),
        ({"sessions": "nan"}, "whole number"),
    ],
)
def test_a_set_that_does_not_hold_the_plan_or_goes_too_far_is_refused(
    cast: Cast, visit: Encounter, changed: dict[str, Any], told: str
) -> None:
    until = (cast.scope("alice").today + timedelta(days=30)).isoformat()
    fields = {**SET, "until": until, **changed}
    answer = cast.client("alice").post(f"/visits/{visit.id}/consent/set/", fields)
    assert answer.status_code == 422
    assert told in answer.content.decode()


def test_a_changed_set_is_what_is_read_and_signed(cast: Cast, visit: Encounter) -> None:
    client = cast.client("alice")
    until = (cast.scope("alice").today + timedelta(days=30)).isoformat()
    client.post(f"/visits/{visit.id}/consent/set/", {**SET, "until": until})
    assert "up to 25 kPa" in client.get(f"/visits/{visit.id}/consent/sign/").content.decode()
    sign(client, visit)
    agreed = Document.objects.get(kind=Kind.CONSENT).body["consent"]["agreed"]
    assert (agreed["greatest"]["suction_kpa"], agreed["sessions"]) == (25.0, 4)
    assert agreed["until"] == until and agreed["region"]["from_level"] == "T12"


# --- said -------------------------------------------------------------------------------------


def test_a_spoken_yes_is_enough_inside_what_was_signed(cast: Cast) -> None:
    visit = earlier_consent(cast)
    assert "a spoken yes of today is missing" in lacks(cast, visit)
    client = cast.client("alice")
    assert "A spoken yes is enough" in client.get(f"/visits/{visit.id}/consent/").content.decode()
    assert client.post(f"/visits/{visit.id}/consent/spoken/", {"key": "y"}).status_code == 302
    assert lacks(cast, visit) == ""
    body = Document.objects.get(kind=Kind.SPOKEN).body
    assert body["heard_by"] == "Alice"


@pytest.mark.parametrize(
    ("signed", "told"),
    [
        ({"sessions": 1}, "sessions"),
        ({}, "kPa of suction"),
    ],
)
def test_outside_of_it_the_difference_is_listed_and_signed(
    cast: Cast, signed: dict[str, Any], told: str
) -> None:
    visit = earlier_consent(cast, **signed)
    if signed:
        body = SessionBody(technique=Technique.DRY_STATIC)
        patient = visit.patient
        documents.write(cast.scope("alice"), patient=patient, kind=Kind.SESSION, body=body, key="s")
    else:
        accept(cast, visit, cupping(suction_kpa=24.0))
    client = cast.client("alice")
    answer = client.post(f"/visits/{visit.id}/consent/spoken/", {"key": "y"})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Document.objects.filter(kind=Kind.SPOKEN).exists()
    assert sign(client, visit).status_code == 302
    assert lacks(cast, visit) == ""


def test_a_graver_finding_forces_a_signature(cast: Cast) -> None:
    visit = earlier_consent(cast)
    say(cast, visit, anticoagulant=True)
    answer = cast.client("alice").post(f"/visits/{visit.id}/consent/spoken/", {"key": "y"})
    assert answer.status_code == 422
    assert "not found when it was signed" in lacks(cast, visit)


def test_wet_cupping_is_signed_on_its_own_day(cast: Cast) -> None:
    may_cup_wet(cast)
    patient = cast.patient()
    visit = assessed(cast, patient)
    accept(cast, visit, WET)
    assert sign(cast.client("alice"), visit).status_code == 302
    tomorrow = replace(cast.scope("alice"), now=cast.scope("alice").now + timedelta(days=1))
    from ventosa.web.actions import assessments

    later = assessments.begin(tomorrow, patient=patient, key="later")
    found = agreement(gather(tomorrow, tomorrow.encounter(later.id)))
    found.plan = Document.objects.get(kind=Kind.PLAN)
    assert found.renewable is None
    assert "signed on its own day" in " ".join(found.missing)


# --- taken back -------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["chart", "plan", "consent"])
def test_consent_is_taken_back_in_one_tap_from_every_page(
    cast: Cast, visit: Encounter, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Worker, "run", lambda self, work, *args, **more: work(*args, **more))
    client = cast.client("alice")
    sign(client, visit)
    pages = {
        "chart": f"/patients/{visit.patient_id}/",
        "plan": f"/visits/{visit.id}/plan/",
        "consent": f"/visits/{visit.id}/consent/",
    }
    page = client.get(pages[place]).content.decode()
    tap = re.search(r'action="([^"]*/withdraw/)".*?name="from" value="([^"]*)"', page)
    assert tap is not None and tap[2] == pages[place]
    answer = client.post(tap[1], {"kind": "treatment", "key": "w", "from": tap[2]})
    assert answer.status_code == 302 and answer["Location"] == pages[place]
    assert "was taken back" in lacks(cast, visit)
    assert "Undo" in client.get(pages[place]).content.decode()


def test_where_a_withdrawal_leads_is_never_outside(cast: Cast, visit: Encounter) -> None:
    client = cast.client("alice")
    for to in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        answer = client.post(
            f"/patients/{visit.patient_id}/consent/withdraw/", {"kind": "photo", "from": to}
        )
        assert answer["Location"] == f"/patients/{visit.patient_id}/"


def test_a_withdrawal_is_undone_within_seconds_only(cast: Cast, visit: Encounter) -> None:
    sign(cast.client("alice"), visit)
    scope = cast.scope("alice")
    back = consents.withdraw(scope, patient=visit.patient, kind=ConsentKind.TREATMENT, key="w")
    assert lacks(cast, visit) != ""
    with pytest.raises(NotAllowed):
        consents.undo_withdrawal(cast.scope("bob"), document=back)
    with pytest.raises(NotAllowed):
        late = replace(scope, now=back.at + timedelta(seconds=20))
        consents.undo_withdrawal(late, document=back)
    assert lacks(cast, visit) != ""
    soon = replace(scope, now=back.at + timedelta(seconds=8))
    consents.undo_withdrawal(soon, document=back)
    assert lacks(cast, visit) == ""


def test_a_withdrawal_cannot_be_struck_out_later(cast: Cast, visit: Encounter) -> None:
    sign(cast.client("alice"), visit)
    scope = cast.scope("alice")
    back = consents.withdraw(scope, patient=visit.patient, kind=ConsentKind.TREATMENT, key="w")
    late = replace(scope, now=back.at + timedelta(minutes=1))
    with pytest.raises(NotAllowed):
        documents.enter_in_error(late, document=back, reason="A slip.")
    assert "was taken back" in lacks(cast, visit)


def test_a_consent_entered_in_error_opens_nothing_and_its_no_stays(
    cast: Cast, visit: Encounter
) -> None:
    client = cast.client("alice")
    sign(client, visit)
    first = Document.objects.get(kind=Kind.CONSENT)
    documents.enter_in_error(cast.scope("alice"), document=first, reason="Wrong person signed.")
    assert lacks(cast, visit) == "No signed consent to treatment."
    sign(client, visit)
    assert lacks(cast, visit) == ""


def test_withdrawing_the_newest_takes_back_all_that_were_signed_before(cast: Cast) -> None:
    visit = earlier_consent(cast)
    client = cast.client("alice")
    sign(client, visit)
    client.post(f"/patients/{visit.patient_id}/consent/withdraw/", {"kind": "treatment"})
    assert given(cast.scope("alice"), visit.patient).standing(ConsentKind.TREATMENT) == ()
    assert sign(client, visit).status_code == 302
    assert lacks(cast, visit) == ""


# --- apart ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["photo", "teaching"])
def test_photos_and_teaching_are_asked_for_apart(cast: Cast, visit: Encounter, kind: str) -> None:
    client = cast.client("carol")
    path = f"/patients/{visit.patient_id}/consent/{kind}/"
    fields = {"method": "typed", "typed_name": "Daniel Okafor", **form_of(client.get(path))}
    assert client.post(path, fields).status_code == 302
    found = given(cast.scope("alice"), visit.patient)
    assert found.missing_for(ConsentKind(kind)) == ()
    other = "teaching" if kind == "photo" else "photo"
    assert found.missing_for(ConsentKind(other)) != ()
    assert lacks(cast, visit) == "No signed consent to treatment."


def test_a_consent_is_printed_with_what_was_read(cast: Cast, visit: Encounter) -> None:
    client = cast.client("alice")
    sign(client, visit, method="drawn", strokes=DRAWN)
    document = Document.objects.get(kind=Kind.CONSENT)
    page = client.get(f"/documents/{document.id}/consent/").content.decode()
    assert '<polyline points="100,200 300,80 500,210"/>' in page
    assert document.body["texts"][0]["sha256"] in page
    assert "up to 20 kPa" in page and "Blister" in page


# --- hand-over --------------------------------------------------------------------------------


def test_the_patient_signs_on_the_tablet_and_sees_nothing_else(
    cast: Cast, visit: Encounter
) -> None:
    with_password(cast.alice)
    client = cast.client("alice")
    answer = client.post(f"/visits/{visit.id}/consent/give/")
    assert answer["Location"] == f"/visits/{visit.id}/consent/sign/"
    page = client.get(answer["Location"]).content.decode()
    assert f'/visits/{visit.id}/consent/"' not in page and "/patients/" not in page
    assert client.get(f"/visits/{visit.id}/consent/").status_code == 302
    other = assessed(cast, cast.patient(name="Inês Moreau"))
    accept(cast, other)
    assert client.get(f"/visits/{other.id}/consent/sign/")["Location"] != ""
    for away in (f"/visits/{visit.id}/plan/", f"/visits/{visit.id}/patient/", "/patients/"):
        assert client.get(away)["Location"] == f"/visits/{visit.id}/consent/sign/", "it stays so"
    done = client.get(sign(client, visit)["Location"])
    assert done.status_code == 200 and "Hand the tablet back" in done.content.decode()
    again = client.get(client.get("/")["Location"]).content.decode()
    assert "Hand the tablet back" in again and "I agree" not in again


def test_a_tablet_given_for_a_signature_comes_back_to_the_consent(
    cast: Cast, visit: Encounter
) -> None:
    Membership.objects.filter(id=cast.alice.id).update(pin=hash_of("7294"))
    client = cast.client("alice")
    client.post(f"/visits/{visit.id}/consent/give/")
    back = f"/visits/{visit.id}/patient/back/"
    assert f'href="/visits/{visit.id}/consent/sign/"' in client.get(back).content.decode()
    assert client.post(back, {"word": "7294"})["Location"] == f"/visits/{visit.id}/consent/"
    client.post(f"/visits/{visit.id}/give/")
    assert client.get(f"/visits/{visit.id}/consent/sign/")["Location"] == (
        f"/visits/{visit.id}/patient/"
    ), "given for the questions, it does not sign"
    assert client.post(back, {"word": "7294"})["Location"] == f"/visits/{visit.id}/assess/"


def test_a_patient_who_holds_the_tablet_takes_consent_back_and_nobody_elses(
    cast: Cast, visit: Encounter
) -> None:
    other = assessed(cast, cast.patient(name="Inês Moreau"))
    accept(cast, other)
    with_password(cast.alice)
    client = cast.client("alice")
    assert sign(client, other, typed_name="Inês Moreau").status_code == 302
    client.post(f"/visits/{visit.id}/consent/give/")
    assert (
        "Take back consent" not in client.get(f"/visits/{visit.id}/consent/sign/").content.decode()
    )
    done = client.get(sign(client, visit)["Location"]).content.decode()
    path = f"/patients/{visit.patient_id}/consent/withdraw/"
    assert f'action="{path}"' in done
    client.post(path.replace(str(visit.patient_id), str(other.patient_id)), {"kind": "treatment"})
    assert lacks(cast, other) == ""
    after = client.post(path, {"kind": "treatment", "key": "w"})
    assert after["Location"] == f"/visits/{visit.id}/consent/done/"
    assert "No consent to treatment stands" in client.get(after["Location"]).content.decode()
    assert "was taken back" in lacks(cast, visit)


# --- languages --------------------------------------------------------------------------------


def whole_german(monkeypatch: pytest.MonkeyPatch, mark: str = "") -> TextsIn:
    """German as if every sentence were translated."""

    def in_german(*args: Any) -> dict[str, str]:
        wanted = args[-1]
        return {text: f"{mark}[de] {text}" for text in wanted}

    monkeypatch.setattr(offering, "_translated", in_german)
    knowing.consent_texts.cache_clear()
    return knowing.consent_texts("de")


@pytest.fixture(autouse=True)
def own_texts(monkeypatch: pytest.MonkeyPatch) -> Any:
    yield
    knowing.consent_texts.cache_clear()


def test_a_language_that_is_not_whole_is_not_offered_and_the_page_says_so(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offering, "_translated", lambda *args: dict.fromkeys(args[-1][1:], "x"))
    knowing.consent_texts.cache_clear()
    patient = cast.patient(language="de")
    visit = assessed(cast, patient)
    accept(cast, visit)
    assert consenting.offered(cast.alice.clinic) == ("en",)
    page = cast.client("alice").get(f"/visits/{visit.id}/consent/").content.decode()
    assert "sentences are missing" in page and "There is no text in Deutsch" in page
    settings = cast.client("olga").get("/settings/languages/consent/").content.decode()
    assert "Sign it off" not in settings
    with pytest.raises(NotAllowed):
        consents.sign_off(
            cast.scope("olga"),
            language="de",
            sha256="",
            read_by="R",
            training="T",
            on=cast.scope("olga").today,
        )


def test_a_language_is_offered_once_somebody_signed_its_texts_off(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = whole_german(monkeypatch)
    visit = assessed(cast, cast.patient(language="de"))
    accept(cast, visit)
    assert consenting.offered(cast.alice.clinic) == ("en",)
    olga, today = cast.client("olga"), cast.scope("olga").today.isoformat()
    assert "Sign it off" in olga.get("/settings/languages/consent/").content.decode()
    fields = {
        "language": "de",
        "sha256": texts.sha256,
        "read_by": "Dr Ruth Adler",
        "training": "physician",
        "on": today,
    }
    stale = olga.post("/settings/languages/consent/", {**fields, "sha256": "0" * 64})
    assert stale.status_code == 422
    assert olga.post("/settings/languages/consent/", {**fields, "read_by": ""}).status_code == 422
    assert olga.post("/settings/languages/consent/", fields).status_code == 302
    assert consenting.offered(cast.alice.clinic) == ("en", "de")
    assert consenting.offered(cast.mallory.clinic) == ("en",)
    client = cast.client("alice")
    page = client.get(f"/visits/{visit.id}/consent/sign/").content.decode()
    assert 'lang="de" dir="ltr"><h2>[de] ' in page
    sign(client, visit)
    assert Document.objects.get(kind=Kind.CONSENT).body["consent"]["language"] == "de"
    assert lacks(cast, visit) == ""
    whole_german(monkeypatch, "other ")
    assert consenting.offered(cast.alice.clinic) == ("en",)
    assert "Nobody has signed off" in lacks(cast, visit)


def test_only_the_owner_signs_a_language_off_and_it_is_never_changed(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = whole_german(monkeypatch)
    today = cast.scope("olga").today
    fields = {
        "language": "de",
        "sha256": texts.sha256,
        "read_by": "R",
        "training": "T",
        "on": today,
    }
    with pytest.raises(NotAllowed):
        consents.sign_off(cast.scope("bob"), **fields)
    with pytest.raises(InputError):
        consents.sign_off(cast.scope("olga"), **{**fields, "on": today + timedelta(days=1)})
    consents.sign_off(cast.scope("olga"), **fields)
    assert AuditRow.objects.filter(what="language_sign_off").count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        LanguageSignOff.objects.update(read_by="Somebody")


def test_a_page_speaks_the_language_of_who_is_signed_in(cast: Cast, visit: Encounter) -> None:
    user = cast.alice.user
    user.language = "ar"
    user.save()
    page = cast.client("alice").get(f"/visits/{visit.id}/consent/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert ui("No signed consent to treatment.", "ar").text in page


def test_the_page_takes_as_many_queries_after_many_consents(cast: Cast) -> None:
    visit = earlier_consent(cast)
    client = cast.client("alice")

    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(f"/visits/{visit.id}/consent/")
        return len(queries)

    count()
    once = count()
    for _ in range(6):
        sign(client, visit)
    assert count() == once
