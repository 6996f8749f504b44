"""What a clinic says once: added, changed, retired, and nothing beside it."""

from datetime import date, timedelta
from typing import Any

import pytest
from addresses import fresh
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import NOW, Cast
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import clinics, people
from ventosa.web.actions.people import Roles
from ventosa.web.models import AuditRow, Clinic, CupStock, Membership, Price, Training, User
from ventosa.web.money import amount_from, amount_words
from ventosa.web.things import BEDS, CUPS, ROOMS, SITES

CUP: dict[str, Any] = {
    "kind": "pump",
    "material": "plastic",
    "inner_diameter_mm": 45,
    "count": 8,
    "suction_known": "gauge",
    "maker": "Hansol",
}
TODAY = NOW.date()
CLINIC = {
    "name": "Harbour",
    "country": "gb",
    "time_zone": "Europe/London",
    "emergency_number": "999",
    "idle_minutes": "5",
}


def roles(**more: Any) -> Roles:
    given = {"is_owner": False, "practises": False, "assists": False, "since": TODAY}
    return Roles(**{**given, **more})


def test_cups_are_added_changed_and_retired(cast: Cast) -> None:
    client = cast.client("olga")
    assert "No cups are listed yet" in client.get("/settings/cups/").content.decode()
    assert client.post("/settings/cups/", CUP).status_code == 302
    cups = CupStock.objects.get(clinic=cast.olga.clinic)
    assert (cups.maker, cups.count, cups.suction_known) == ("Hansol", 8, "gauge")
    client.post(f"/settings/cups/{cups.id}/", CUP | {"count": 6})
    client.post(f"/settings/cups/{cups.id}/end/")
    cups.refresh_from_db()
    assert cups.count == 6 and cups.is_retired
    client.post(f"/settings/cups/{cups.id}/end/", {"again": "1"})
    cups.refresh_from_db()
    assert not cups.is_retired
    rows = AuditRow.objects.filter(clinic=cast.olga.clinic, what__startswith="cups").order_by("id")
    said = ["cups_added", "cups_changed", "cups_ended", "cups_taken_up"]
    assert [row.what for row in rows] == said
    assert {row.who for row in rows} == {cast.olga.id}
    assert rows[1].detail["fields"] == ["count"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("inner_diameter_mm", "7", "from 15 to 150"),
        ("inner_diameter_mm", "", "is needed"),
        ("count", "0", "from 1 to 1000"),
        ("count", "x", "from 1 to 1000"),
        ("kind", "nasal", "choose one"),
        ("material", "oil", "choose one"),
        ("material", "glass", None),
    ],
)
def test_cups_that_do_not_exist_are_refused_by_field(
    cast: Cast, field: str, value: str, said: str | None
) -> None:
    cup = CUP | {"kind": "silicone"} if said is None else CUP
    answer = cast.client("olga").post("/settings/cups/", cup | {field: value})
    assert answer.status_code == 422
    assert (said or "silicone cup is made of silicone") in answer.content.decode()
    assert "Hansol" in answer.content.decode(), "what was typed is lost"
    assert not CupStock.objects.exists()


def test_a_clinic_plans_with_the_cups_in_use(cast: Cast) -> None:
    from ventosa.web.gathering import gather

    scope = cast.scope("alice")
    row = clinics.add(scope, thing=CUPS, given=CUP)
    visit = cast.visit(cast.patient())
    assert len(gather(scope, visit).cups) == 1
    clinics.end(scope, thing=CUPS, row=row, is_over=True)
    assert len(gather(cast.scope("alice"), visit).cups) == 0


def test_a_form_takes_its_own_fields_only(cast: Cast) -> None:
    client = cast.client("olga")
    other = str(cast.mallory.clinic.id)
    client.post("/settings/cups/", CUP | {"clinic": other, "is_retired": "1", "id": other})
    cups = CupStock.objects.get()
    assert cups.clinic_id == cast.olga.clinic.id and not cups.is_retired
    number = Clinic.objects.get(id=cast.olga.clinic.id).last_number
    client.post("/settings/clinic/", CLINIC | {"last_number": "999", "retention_years": "1"})
    clinic = Clinic.objects.get(id=cast.olga.clinic.id)
    assert (clinic.last_number, clinic.retention_years) == (number, 10)
    assert (clinic.country, clinic.idle_minutes, clinic.time_zone) == ("GB", 5, "Europe/London")
    form = {"name": "Zoe", "username": "zoe", "assists": "1", "since": TODAY.isoformat()}
    client.post("/settings/people/", form | {"is_superuser": "1", "is_staff": "1", "pin": "x"})
    zoe = User.objects.get(username="zoe")
    assert not (zoe.is_superuser or zoe.is_staff)
    assert zoe.memberships.get().pin == ""


@pytest.mark.parametrize(
    "wrong",
    [{"time_zone": "Mars/Base"}, {"idle_minutes": "0"}, {"idle_minutes": "999"}, {"name": ""},
     {"emergency_number": "call me"}, {"country": "Britain"}, {"name": "a\x00b"}],
)  # fmt: skip
def test_a_clinic_that_cannot_be_is_refused(cast: Cast, wrong: dict[str, str]) -> None:
    assert cast.client("olga").post("/settings/clinic/", CLINIC | wrong).status_code == 422
    assert Clinic.objects.get(id=cast.olga.clinic.id).time_zone == "UTC"


def test_the_first_language_is_spoken(cast: Cast) -> None:
    client = cast.client("olga")
    assert client.post("/settings/languages/", {"language": "ar"}).status_code == 422
    form = {"language": "en", "speaks_en": "1", "speaks_ar": "1"}
    assert client.post("/settings/languages/", form).status_code == 302
    assert Clinic.objects.get(id=cast.olga.clinic.id).languages == ["en", "ar"]
    page = client.get("/settings/languages/").content.decode()
    assert "not yet read by a clinician" in page


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [("45", "EUR", 4500), ("45.5", "EUR", 4550), ("45,50", "EUR", 4550), ("٤٥٫٥٠", "EUR", 4550),
     ("4500", "JPY", 4500), ("1.250", "KWD", 1250), ("0", "EUR", 0)],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(typed: str, currency: str, amount: int) -> None:
    assert amount_from(typed, currency) == amount
    shown = amount_words(amount, currency).split(" ")[0]
    assert amount_from(shown, currency) == amount


@pytest.mark.parametrize(("typed", "currency"), [("4.5", "JPY"), ("1.234", "EUR"), ("-1", "EUR"),
                                                 ("1e3", "EUR"), ("", "EUR")])  # fmt: skip
def test_no_amount_is_refused(typed: str, currency: str) -> None:
    with pytest.raises(InputError):
        amount_from(typed, currency)


def test_a_price_and_a_beginning_of_a_note(cast: Cast) -> None:
    client = cast.client("olga")
    client.post("/settings/prices/", {"name": "Session", "amount": "45,00", "currency": "eur"})
    assert Price.objects.get().amount == 4500
    assert "45.00 EUR" in client.get("/settings/prices/").content.decode()
    script = "<script>alert(1)</script>"
    client.post("/settings/notes/", {"name": script, "text": "Came with:"})
    assert script not in client.get("/settings/notes/").content.decode()


def test_places_hold_rooms_and_rooms_hold_beds(cast: Cast) -> None:
    scope = cast.scope("olga")
    site = clinics.add(scope, thing=SITES, given={"name": "Main", "address": "", "order": 0})
    client = cast.client("olga")
    client.post(f"/settings/sites/{site.id}/room/", {"name": "Blue room"})
    page = client.get("/settings/places/").content.decode()
    assert "Blue room" in page and "No bed yet" in page


def test_a_list_costs_the_same_for_one_and_for_twenty(cast: Cast) -> None:
    scope = cast.scope("olga")
    client = cast.client("olga")

    def add(number: int) -> None:
        site = clinics.add(scope, thing=SITES, given={"name": f"S{number}", "order": 0})
        room = clinics.add(scope, thing=ROOMS, given={"name": "R"}, parent=site)
        clinics.add(scope, thing=BEDS, given={"name": "B"}, parent=room)
        clinics.add(scope, thing=CUPS, given=CUP)
        name = f"p{number}"
        person = people.add(scope, name=name, username=name, roles=roles(assists=True))
        keep(scope, person)
        patient = cast.patient(name=f"N{number}")
        people.open_in_emergency(cast.scope("bob"), patient=patient, reason="Fainted just now.")

    pages = ("places", "cups", "people", "access", "")
    add(0)
    client.get("/settings/")  # the first page of a sign-in also writes its session
    counts = {page: queries(client, page) for page in pages}
    for number in range(1, 20):
        add(number)
    assert {page: queries(client, page) for page in pages} == counts


def queries(client: Any, page: str) -> int:
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/settings/{page}/".replace("//", "/"))
    return len(seen)


# --- people ---------------------------------------------------------------------------------------


def keep(scope: Any, membership: Membership, expires_on: date | None = None) -> Training:
    paper = {
        "technique": "wet",
        "kind": "licence",
        "issuer": "Board",
        "number": "7",
        "expires_on": expires_on,
    }
    return people.keep_paper(scope, membership=membership, paper=paper)


def test_the_owner_adds_a_locum_who_chooses_a_password(cast: Cast) -> None:
    last = TODAY + timedelta(days=30)
    form = {
        "name": "Zoe Marsh",
        "username": "zoe",
        "practises": "1",
        "since": TODAY.isoformat(),
        "until": last.isoformat(),
    }
    answer = cast.client("olga").post("/settings/people/", form)
    page = answer.content.decode()
    zoe = Membership.objects.get(user__username="zoe")
    assert (zoe.practises, zoe.is_owner, zoe.until) == (True, False, last)
    assert "/account/start/" in page and not zoe.user.has_usable_password()
    again = cast.client("olga").post("/settings/people/", form | {"username": "ZOE"})
    assert again.status_code == 422


def test_a_new_start_link_takes_the_password_away(cast: Cast) -> None:
    cast.bob.user.set_password("a long enough password")
    cast.bob.user.save()
    client = fresh(cast.client("olga"), cast.olga)
    signed_in = cast.client("bob")
    answer = client.post(f"/settings/people/{cast.bob.id}/start/")
    assert "/account/start/" in answer.content.decode()
    assert not User.objects.get(id=cast.bob.user.pk).has_usable_password()
    assert signed_in.get("/").status_code == 302


def test_no_owner_takes_the_password_of_another_clinics_person(cast: Cast) -> None:
    clinics.join(cast.olga.clinic, user=cast.mallory.user, since=TODAY, assists=True)
    here = Membership.objects.get(clinic=cast.olga.clinic, user=cast.mallory.user)
    with pytest.raises(NotAllowed):
        people.new_start(cast.scope("olga"), membership=here)
    with pytest.raises(NotAllowed):
        people.new_start(cast.scope("olga"), membership=cast.olga)


def test_somebody_owns_the_clinic_always(cast: Cast) -> None:
    scope = cast.scope("olga")
    people.change_roles(scope, membership=cast.alice, roles=roles(practises=True))
    for given in (
        roles(assists=True),
        roles(is_owner=True, until=TODAY + timedelta(days=1)),
        roles(is_owner=True, since=TODAY + timedelta(days=9)),
    ):
        with pytest.raises(NotAllowed):
            people.change_roles(scope, membership=cast.olga, roles=given)
    assert Membership.objects.get(id=cast.olga.id).is_owner


def test_roles_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError):
        roles()
    with pytest.raises(InputError):
        roles(assists=True, until=TODAY - timedelta(days=1))


def test_an_ended_person_is_out_at_once(cast: Cast) -> None:
    client = cast.client("bob")
    assert client.get("/").status_code == 200
    yesterday = TODAY - timedelta(days=2)
    gone = roles(practises=True, since=cast.bob.since, until=yesterday)
    people.change_roles(cast.scope("olga"), membership=cast.bob, roles=gone)
    assert client.get("/").status_code == 403


@pytest.mark.parametrize(
    ("days", "said"),
    [(-1, "Expired: the same as none"), (0, "Expires today"), (1, "Expires in 1 day"),
     (59, "Expires in 59 days"), (61, "Until "), (None, "No end")],
)  # fmt: skip
def test_a_paper_says_how_long_it_counts(cast: Cast, days: int | None, said: str) -> None:
    scope = cast.scope("olga")
    keep(scope, cast.bob, None if days is None else scope.today + timedelta(days=days))
    page = cast.client("olga").get(f"/settings/people/{cast.bob.id}/").content.decode()
    assert said in page


def test_an_expired_licence_is_the_same_as_none(cast: Cast) -> None:
    from ventosa.terms import Technique
    from ventosa.web.gathering import gather

    scope = cast.scope("olga")
    paper = keep(scope, cast.bob, scope.today)
    visit = cast.visit(cast.patient(), "bob")
    assert Technique.WET in gather(cast.scope("bob"), visit).answers.techniques
    ended = {"expires_on": scope.today - timedelta(days=1)}
    people.change_paper(scope, training=paper, paper=ended)
    assert Technique.WET not in gather(cast.scope("bob"), visit).answers.techniques


def test_a_paper_entered_by_mistake_leaves_its_trace(cast: Cast) -> None:
    paper = keep(cast.scope("olga"), cast.bob)
    cast.client("olga").post(f"/settings/papers/{paper.id}/remove/")
    assert not Training.objects.exists()
    row = AuditRow.objects.get(what="paper_removed")
    assert row.detail["technique"] == "wet"
