"""Signing in, staying, switching: what a stranger, a colleague and the clock may do."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from addresses import fresh, with_password
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.test import Client

from cast import PASSWORD, Cast
from ventosa.record import InputError, NotAllowed
from ventosa.web import attempts, entering, pins
from ventosa.web.actions import patients, people
from ventosa.web.models import AttemptCounter, AuditRow, CareTeam, EmergencyAccess, Membership

LOGIN = "/account/login/"
REASON = "Found fainted in the waiting room."


@pytest.fixture
def entrance(cast: Cast) -> Cast:
    """The cast, of whom Alice and Bob have a password."""
    with_password(cast.alice)
    with_password(cast.bob)
    return cast


def sign_in(client: Client, name: str, word: str = PASSWORD, **more: Any) -> Any:
    return client.post(LOGIN, {"login": name, "password": word, **more})


def told(answer: Any) -> str:
    found = re.search(r'<p class="told bad" role="alert">([^<]*)</p>', answer.content.decode())
    return found[1] if found else ""


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


# --- passwords ------------------------------------------------------------------------------------


def test_a_password_costs_nineteen_mebibytes() -> None:
    assert make_password("x").startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_nobody_learns_whether_a_name_exists(
    entrance: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same words and the same work: one hash each, which is all the time that is spent."""
    hashed: list[str] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify
    monkeypatch.setattr(
        Argon2PasswordHasher, "encode", lambda *a: hashed.append("encode") or encode(*a)
    )
    monkeypatch.setattr(
        Argon2PasswordHasher, "verify", lambda *a: hashed.append("verify") or verify(*a)
    )
    said = []
    for name in ("alice", "nobody", "carol"):  # carol has no password yet
        hashed.clear()
        answer = sign_in(Client(), name, "wrong-wrong-wrong")
        said.append((answer.status_code, told(answer), len(hashed)))
    assert len(set(said)) == 1
    assert said[0][2] == 1


# --- too many attempts ----------------------------------------------------------------------------


def test_after_five_failures_everybody_waits_alike(entrance: Cast) -> None:
    for name in ("alice", "nobody"):
        client = Client()
        answers = [sign_in(client, name, "wrong-wrong-wrong") for _ in range(7)]
        assert "do not fit" in told(answers[4])
        assert told(answers[6]).startswith("Too many attempts. Wait a minute")
    assert not is_in(client)
    right = Client()
    assert "Too many" in told(sign_in(right, "alice"))
    assert not is_in(right)


def test_a_stranger_does_not_keep_the_owner_out(entrance: Cast) -> None:
    """A device on which she signed in before has a count of its own."""
    mine = Client()
    assert sign_in(mine, "alice").status_code == 302
    mine.post("/account/logout/")
    for _ in range(12):
        sign_in(Client(), "alice", "wrong-wrong-wrong")
    assert "Too many" in told(sign_in(Client(), "alice"))
    assert sign_in(mine, "alice").status_code == 302


def test_a_known_device_is_known_for_its_own_people_only(entrance: Cast) -> None:
    bobs = Client()
    sign_in(bobs, "bob")
    bobs.post("/account/logout/")
    for _ in range(7):
        answer = sign_in(bobs, "alice", "wrong-wrong-wrong")
    assert "Too many" in told(answer)
    forged = Client()
    forged.cookies["device"] = bobs.cookies["device"].value + "x"
    assert "Too many" in told(sign_in(forged, "alice"))


def test_nobody_waits_longer_than_a_quarter_of_an_hour() -> None:
    waits = [attempts.wait_seconds(attempts.NAME, failures) for failures in range(2000)]
    assert waits[:8] == [0, 0, 0, 0, 0, 1, 2, 4]
    assert waits == sorted(waits)
    assert max(waits) == 900


def test_knocking_does_not_lengthen_the_wait_and_time_ends_it(db: None) -> None:
    key, now = attempts.key_of(attempts.NAME, "alice"), datetime.now(UTC)
    for _ in range(9):
        now += timedelta(seconds=20)
        assert attempts.begin([key], now=now) == 0
    wait = attempts.begin([key], now=now)
    assert wait == 16
    for _ in range(50):
        assert attempts.begin([key], now=now) == wait
    assert attempts.begin([key], now=now + timedelta(seconds=wait)) == 0
    later = now + timedelta(seconds=attempts.FORGET_SECONDS + wait + 1)
    assert attempts.begin([key], now=later) == 0
    assert AttemptCounter.objects.get(bucket=key.bucket).count == 1


def test_attempts_at_one_moment_are_counted_before_they_are_checked(db: None) -> None:
    key, now = attempts.key_of(attempts.NAME, "alice"), datetime.now(UTC)
    assert [attempts.begin([key], now=now) > 0 for _ in range(7)] == [False] * 5 + [True] * 2


def test_however_many_names_are_tried_the_table_stays_small(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attempts.BUCKETS == 4096
    monkeypatch.setattr(attempts, "BUCKETS", 32)
    now = datetime.now(UTC)
    for number in range(400):
        keys = [attempts.key_of(attempts.NAME, f"name{number}" * 10)]
        attempts.begin(keys, now=now)
    assert AttemptCounter.objects.count() == 32
    assert max(row.count for row in AttemptCounter.objects.all()) <= 1000


def test_a_success_wipes_only_what_is_ones_own(entrance: Cast) -> None:
    for _ in range(3):
        sign_in(Client(), "bob", "wrong-wrong-wrong")
    sign_in(Client(), "alice")
    of_bob = attempts.key_of(attempts.NAME, "bob").bucket
    of_all = attempts.key_of(attempts.ADDRESS, "127.0.0.1").bucket
    assert AttemptCounter.objects.get(bucket=of_bob).count == 3
    assert AttemptCounter.objects.get(bucket=of_all).count == 3


def test_a_bucket_names_nobody(entrance: Cast, settings: Any) -> None:
    before = attempts.key_of(attempts.NAME, "Alice ").bucket
    assert before == attempts.key_of(attempts.NAME, "alice").bucket
    settings.SECRET_KEY = "another clinic"
    assert before != attempts.key_of(attempts.NAME, "alice").bucket


# --- sessions -------------------------------------------------------------------------------------


def test_a_session_is_new_after_signing_in_and_dead_after_signing_out(entrance: Cast) -> None:
    client = Client()
    session = client.session
    session["planted"] = "x"
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    sign_in(client, "alice")
    kept = client.cookies["sessionid"].value
    assert kept != planted
    client.post("/account/logout/")
    thief = Client()
    for old in (planted, kept):
        thief.cookies["sessionid"] = old
        assert thief.get("/").status_code == 302


def aged(client: Client, **back: float) -> Client:
    session = client.session
    for name, minutes in back.items():
        session[name] = (datetime.now(UTC) - timedelta(minutes=minutes)).timestamp()
    session.save()
    return client


def test_an_idle_tablet_signs_out_and_comes_back_to_the_page(entrance: Cast) -> None:
    client = Client()
    sign_in(client, "alice")
    assert aged(client, active=9).get("/you/").status_code == 200
    answer = aged(client, active=11).get("/patients/?q=a")
    assert answer.headers["Location"] == f"{LOGIN}?next=/patients/%3Fq%3Da"
    assert not is_in(client)
    again = sign_in(client, "alice", next="/patients/?q=a")
    assert again.headers["Location"] == "/patients/?q=a"


def test_twelve_hours_end_a_day_however_busy(entrance: Cast) -> None:
    client = Client()
    sign_in(client, "alice")
    client.get("/")
    assert aged(client, active=0, began=12 * 60 - 1).get("/you/").status_code == 200
    assert aged(client, active=0, began=12 * 60 + 1).get("/you/").status_code == 302


def test_the_page_says_how_long_is_left(entrance: Cast) -> None:
    client = Client()
    sign_in(client, "alice")
    client.get("/")
    page = aged(client, active=4).get("/you/").content.decode()
    left = int(re.search(r'data-left="(\d+)"', page)[1])  # type: ignore[index]
    assert 590 <= left <= 600 or 350 <= left <= 360


def test_a_script_is_told_that_it_is_signed_out(cast: Cast) -> None:
    answer = Client().post("/account/stay/", headers={"Accept": "application/json"})
    assert answer.status_code == 401


def test_a_password_that_changes_ends_other_sessions(entrance: Cast) -> None:
    here, there = Client(), Client()
    sign_in(here, "alice")
    sign_in(there, "alice")
    new = "another long password"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post("/you/password/", form).status_code == 302
    assert here.get("/you/").status_code == 200
    assert there.get("/you/").status_code == 302


@pytest.mark.parametrize(
    "away",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)",
     "http://localhost:9/", "https:evil.example", " //evil.example"],
)  # fmt: skip
def test_no_page_of_elsewhere_follows_a_sign_in(entrance: Cast, away: str) -> None:
    client = Client()
    where = sign_in(client, "alice", next=away).headers["Location"]
    assert where == "/"
    pin(entrance.bob, "7391")
    form = {"person": str(entrance.bob.id), "pin": "7391", "next": away}
    assert client.post("/account/switch/", form).headers["Location"] == "/"


def test_another_host_is_not_answered(cast: Cast) -> None:
    for path in (LOGIN, "/"):
        assert Client().get(path, headers={"host": "evil.example"}).status_code == 400


# --- PIN ------------------------------------------------------------------------------------------


def pin(membership: Membership, digits: str) -> None:
    Membership.objects.filter(id=membership.id).update(pin=pins.hash_of(digits))


@pytest.mark.parametrize("typed", ["123", "123456789", "1234", "4321", "0000", "12a4", "1212",
                                   "1987", "8901", "2580", "", "４３２"])  # fmt: skip
def test_a_pin_that_is_easily_guessed_is_refused(typed: str) -> None:
    with pytest.raises(InputError):
        pins.pin_from(typed)


def test_a_pin_is_stored_as_a_hash(cast: Cast) -> None:
    client = fresh(cast.client("alice"), cast.alice)
    form = {"pin": "٧٣٩١", "again": "7391"}
    assert client.post("/you/pin/", form).status_code == 302
    stored = Membership.objects.get(id=cast.alice.id).pin
    assert stored.startswith("argon2$argon2id$") and "7391" not in stored


def test_a_pin_is_set_after_the_password_only(entrance: Cast) -> None:
    client = Client()
    sign_in(client, "alice")
    answer = client.post("/you/pin/", {"pin": "7391", "again": "7391"})
    assert answer.headers["Location"].startswith("/account/again/")
    assert Membership.objects.get(id=entrance.alice.id).pin == ""


def test_a_colleague_takes_over_with_a_pin(entrance: Cast) -> None:
    pin(entrance.bob, "7391")
    client = Client()
    sign_in(client, "alice")
    before = client.session.session_key
    page = client.get("/account/switch/").content.decode()
    assert "Bob" in page and "Carol" not in page
    form = {"person": str(entrance.bob.id), "pin": "7391"}
    assert client.post("/account/switch/", form).status_code == 302
    assert client.session["_auth_user_id"] == str(entrance.bob.user.pk)
    assert client.session.session_key != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get("/").status_code == 302


def test_five_wrong_pins_ask_for_the_password(entrance: Cast) -> None:
    pin(entrance.bob, "7391")
    client = Client()
    sign_in(client, "alice")
    form = {"person": str(entrance.bob.id), "pin": "7390"}
    said = [told(client.post("/account/switch/", form)) for _ in range(5)]
    assert ["password" in text for text in said] == [False] * 4 + [True]
    right = client.post("/account/switch/", form | {"pin": "7391"})
    assert right.status_code == 422 and "password" in told(right)
    sign_in(Client(), "bob")
    assert client.post("/account/switch/", form | {"pin": "7391"}).status_code == 302


@pytest.mark.parametrize("who", ["eve", "mallory"])
def test_nobody_who_does_not_work_here_takes_over(cast: Cast, who: str) -> None:
    pin(getattr(cast, who), "7391")
    client = cast.client("alice")
    form = {"person": str(getattr(cast, who).id), "pin": "7391"}
    assert client.post("/account/switch/", form).status_code == 422
    assert client.session["_auth_user_id"] == str(cast.alice.user.pk)


def test_a_pin_alone_signs_nobody_in(cast: Cast) -> None:
    pin(cast.bob, "7391")
    client = Client()
    client.post("/account/switch/", {"person": str(cast.bob.id), "pin": "7391"})
    assert not is_in(client)


# --- the second step ------------------------------------------------------------------------------


def code_of(membership: Membership) -> str:
    """Return the code that an app shows now; the secret must not be readable in the database."""
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth

    SECRET = "JBSWY3DPEHPK3PXP"
    if not Authenticator.objects.filter(user=membership.user).exists():
        auth.TOTP.activate(membership.user, SECRET)
    row = Authenticator.objects.get(user=membership.user, type="totp")
    assert SECRET not in str(row.data)
    counter = next(iter(auth.yield_hotp_counters_from_time()))
    return str(auth.format_hotp_value(auth.hotp_value(SECRET, counter)))


def test_a_code_is_asked_for_after_the_password(entrance: Cast) -> None:
    code_of(entrance.alice)
    client = Client()
    where = sign_in(client, "alice", next="/you/").headers["Location"]
    assert where.startswith("/account/second/") and not is_in(client)
    assert client.get(where).status_code == 200
    wrong = [client.post("/account/second/", {"code": "000000"}) for _ in range(8)]
    assert "Too many attempts" in wrong[-1].content.decode()
    AttemptCounter.objects.all().delete()
    code = code_of(entrance.alice)  # the wrong ones took their time: the app may show another
    assert client.post("/account/second/", {"code": code}).status_code == 302
    assert is_in(client)


def test_recovery_codes_are_shown_once_and_work_once(entrance: Cast) -> None:
    from allauth.mfa.models import Authenticator

    code_of(entrance.alice)
    client = fresh(entrance.client("alice"), entrance.alice)
    answer = client.post("/you/recovery/new/", follow=True)
    codes = re.findall(r"<li>(\w{6,})</li>", answer.content.decode())
    assert len(codes) == 10
    stored = Authenticator.objects.get(user=entrance.alice.user, type="recovery_codes")
    assert not any(code in str(stored.data) for code in codes)
    later = fresh(entrance.client("alice"), entrance.alice)
    assert codes[0] not in later.get("/you/recovery/").content.decode()
    for expected in (True, False):
        door = Client()
        sign_in(door, "alice")
        door.post("/account/second/", {"code": codes[0]})
        assert is_in(door) is expected


# --- coming to a clinic ---------------------------------------------------------------------------


def start_of(cast: Cast, who: str) -> str:
    person, token = entering.start_path(getattr(cast, who).user)
    return f"/account/start/{person}/{token}/"


def test_a_start_link_works_once(cast: Cast) -> None:
    url, client = start_of(cast, "carol"), Client()
    assert client.get(url).status_code == 200
    short = client.post(url, {"password1": "short", "password2": "short"})
    assert short.status_code == 422
    form = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post(url, form).status_code == 302
    assert sign_in(client, "carol").status_code == 302
    for answer in (Client().get(url), Client().post(url, form)):
        assert answer.status_code == 410
    assert Client().get("/account/start/x/y/").status_code == 410


def test_a_start_link_is_one_persons(cast: Cast) -> None:
    person, _ = entering.start_path(cast.olga.user)
    _, token = entering.start_path(cast.carol.user)
    assert Client().get(f"/account/start/{person}/{token}/").status_code == 410


def test_one_person_goes_from_clinic_to_clinic(cast: Cast) -> None:
    from ventosa.web.actions import clinics

    here = cast.bob
    there = clinics.join(cast.mallory.clinic, user=here.user, since=here.since, assists=True)
    cast.patient("mallory", name="Only On The Hill")
    client = cast.client("bob")
    assert "Only On The Hill" not in client.get("/patients/").content.decode()
    assert client.post("/you/clinic/", {"membership": str(there.id)}).status_code == 302
    assert "Only On The Hill" in client.get("/patients/").content.decode()
    client.post("/you/clinic/", {"membership": str(cast.alice.id)})
    assert client.session["membership"] == str(there.id)


def test_a_locums_last_day_is_the_clinics(cast: Cast) -> None:
    from zoneinfo import ZoneInfo

    from ventosa.web.middleware import works_on

    clinic = cast.bob.clinic
    clinic.time_zone = "Pacific/Auckland"
    clinic.save()
    cast.bob.clinic = clinic
    cast.bob.until = datetime(2026, 11, 24).date()
    last = datetime(2026, 11, 24, 23, 59, tzinfo=ZoneInfo("Pacific/Auckland"))
    assert works_on(cast.bob, last.astimezone(UTC))
    assert not works_on(cast.bob, (last + timedelta(minutes=2)).astimezone(UTC))


# --- closed records -------------------------------------------------------------------------------


@pytest.fixture
def closed(cast: Cast) -> Any:
    """A record of Alice's that is open to its treating team only."""
    patient = cast.patient()
    patients.set_privacy(cast.scope("alice"), patient=patient, privacy="team")
    patient.refresh_from_db()
    return patient


def test_an_emergency_opens_a_closed_record_for_eight_hours(cast: Cast, closed: Any) -> None:
    client = cast.client("bob")
    shut = client.get(f"/patients/{closed.id}/")
    assert shut.status_code == 403 and "Okafor" not in shut.content.decode()
    door = f"/patients/{closed.id}/emergency/"
    assert client.post(door, {"reason": "help"}).status_code == 422
    assert client.get(f"/patients/{closed.id}/").status_code == 403
    assert client.post(door, {"reason": REASON}).status_code == 302
    assert client.get(f"/patients/{closed.id}/").status_code == 200
    access = EmergencyAccess.objects.get()
    assert access.until - access.at == timedelta(hours=8)
    row = AuditRow.objects.get(what="emergency")
    assert row.patient == closed.id and row.who == cast.bob.id
    assert REASON not in str(row.detail)
    assert not Client().get(f"/patients/{closed.id}/").content
    scope = cast.scope("bob")
    scope.now = access.until
    from ventosa.web.scope import Restricted

    with pytest.raises(Restricted):
        scope.patient(closed.id)


def test_the_owner_is_told_until_it_was_seen(cast: Cast, closed: Any) -> None:
    people.open_in_emergency(cast.scope("bob"), patient=closed, reason=REASON)
    olga = cast.client("olga")
    assert "opened in an emergency" in olga.get("/").content.decode()
    assert "opened in an emergency" not in cast.client("carol").get("/").content.decode()
    page = olga.get("/settings/access/").content.decode()
    assert REASON in page and "Okafor" not in page
    access = EmergencyAccess.objects.get()
    olga.post(f"/settings/access/{access.id}/seen/")
    olga.post(f"/settings/access/{access.id}/seen/")
    assert "opened in an emergency" not in olga.get("/").content.decode()
    assert AuditRow.objects.filter(what="emergency_seen").count() == 1


def test_an_assistant_opens_no_closed_record(cast: Cast, closed: Any) -> None:
    client = cast.client("carol")
    assert "Open for" not in client.get(f"/patients/{closed.id}/").content.decode()
    assert client.post(f"/patients/{closed.id}/emergency/", {"reason": REASON}).status_code == 403
    with pytest.raises(NotAllowed):
        people.open_in_emergency(cast.scope("carol"), patient=closed, reason=REASON)


def test_an_emergency_lets_nobody_in_for_good(cast: Cast, closed: Any) -> None:
    people.open_in_emergency(cast.scope("bob"), patient=closed, reason=REASON)
    client = cast.client("bob")
    client.post(f"/patients/{closed.id}/team/add/")
    client.post(f"/patients/{closed.id}/privacy/", {"privacy": "clinic"})
    closed.refresh_from_db()
    assert closed.privacy == "team"
    assert not CareTeam.objects.filter(patient=closed, membership=cast.bob).exists()


def test_somebody_of_the_team_lets_a_colleague_in(cast: Cast, closed: Any) -> None:
    form = {"membership": str(cast.bob.id)}
    cast.client("alice").post(f"/patients/{closed.id}/team/add/", form)
    assert cast.client("bob").get(f"/patients/{closed.id}/").status_code == 200
    for who in ("carol", "eve", "mallory"):
        form = {"membership": str(getattr(cast, who).id)}
        cast.client("alice").post(f"/patients/{closed.id}/team/add/", form)
    assert CareTeam.objects.filter(patient=closed).count() == 2


def test_a_closed_record_is_never_closed_to_everybody(cast: Cast, closed: Any) -> None:
    with pytest.raises(NotAllowed):
        people.leave_team(cast.scope("alice"), patient=closed)
    cast.client("alice").post(f"/patients/{closed.id}/privacy/", {"privacy": "clinic"})
    people.leave_team(cast.scope("alice"), patient=closed)
    assert not CareTeam.objects.filter(patient=closed).exists()
