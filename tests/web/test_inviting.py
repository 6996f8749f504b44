"""Somebody who signs in already comes to another clinic; a lost password is set on the machine."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from addresses import passkey, with_password
from click.testing import CliRunner
from django.test import Client

from cast import PASSWORD, Cast
from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import inviting, people
from ventosa.web.actions.people import Roles
from ventosa.web.models import AuditRow, Clinic, Invitation, Membership

INVITE, ANSWER = "/settings/people/invite/", "/you/invitations/"


def roles(cast: Cast, **more: Any) -> Roles:
    given = {"is_owner": False, "practises": True, "assists": False}
    return Roles(**{**given, "since": cast.scope("alice").today, **more})


def form(cast: Cast, name: str, **more: str) -> dict[str, str]:
    today = cast.scope("alice").today.isoformat()
    return {"username": name, "practises": "1", "since": today, **more}


def invited(cast: Cast, name: str, by: str = "olga", **more: Any) -> Invitation:
    return inviting.invite(cast.scope(by), username=name, roles=roles(cast, **more))


# --- the owner invites ----------------------------------------------------------------------------


def test_the_owner_learns_nothing_of_whom_she_invites(cast: Cast) -> None:
    client = cast.client("olga")
    pages = []
    for name in ("mallory", "nobody"):
        page = client.post(INVITE, form(cast, name), follow=True).content.decode()
        assert name in page
        Invitation.objects.update(is_over=True)
        pages.append(page.replace(name, "X"))
    for page in pages:
        assert "Hill" not in page and "Mallory" not in page
    plain = [[line for line in page.splitlines() if "token" not in line] for page in pages]
    assert [len(lines) for lines in plain] == [len(plain[0])] * 2
    assert not Membership.objects.filter(clinic=cast.olga.clinic, user=cast.mallory.user).exists()


def test_an_invitation_is_answered_by_its_bearer_only(cast: Cast) -> None:
    row = invited(cast, "Mallory")
    for who in ("bob", "carol", "eve"):
        page = cast.client(who).get(ANSWER).content.decode()
        assert "No clinic invites you" in page
        cast.client(who).post(ANSWER, {"invitation": str(row.id), "accept": "1"})
    assert Membership.objects.filter(clinic=cast.olga.clinic).count() == 5


def test_saying_yes_makes_a_member_with_the_roles_that_were_offered(cast: Cast) -> None:
    last = cast.scope("alice").today + timedelta(days=20)
    row = invited(cast, "mallory", until=last)
    client = cast.client("mallory")
    assert "You are invited to work" in client.get("/you/").content.decode()
    page = client.get(ANSWER).content.decode()
    assert "Harbour" in page and "treats" in page
    form = {"invitation": str(row.id), "accept": "1", "is_owner": "1"}  # what is not asked for
    assert client.post(ANSWER, form).status_code == 302
    here = Membership.objects.get(clinic=cast.olga.clinic, user=cast.mallory.user)
    assert (here.practises, here.is_owner, here.until) == (True, False, last)
    assert client.session["membership"] == str(here.id)
    assert client.get("/settings/").status_code == 403  # she owns the Hill, not the Harbour
    client.post("/you/clinic/", {"membership": str(cast.mallory.id)})
    assert client.get("/settings/").status_code == 200
    rows = AuditRow.objects.filter(clinic=cast.olga.clinic, what__startswith="invitation")
    assert [(one.what, one.who) for one in rows] == [("invitation_accepted", here.id)]
    assert "Hill" not in cast.client("olga").get("/settings/people/").content.decode()
    # The same answer once more finds nothing to answer.
    client.post(ANSWER, form)
    assert Membership.objects.filter(user=cast.mallory.user).count() == 2


def test_saying_no_is_noted_and_final(cast: Cast) -> None:
    row = invited(cast, "mallory")
    client = cast.client("mallory")
    client.post(ANSWER, {"invitation": str(row.id)})
    client.post(ANSWER, {"invitation": str(row.id), "accept": "1"})
    assert Membership.objects.filter(user=cast.mallory.user).count() == 1
    noted = AuditRow.objects.get(what="invitation_declined")
    assert (noted.clinic, noted.who) == (cast.olga.clinic, None)
    assert "mallory" not in cast.client("olga").get(INVITE).content.decode()


def test_a_locum_whose_work_is_over_may_be_invited_elsewhere(cast: Cast) -> None:
    client = cast.client("eve")
    page = client.get("/", follow=True)
    assert page.status_code == 403 and "No work here today" in page.content.decode()
    assert ANSWER in page.content.decode()
    row = invited(cast, "eve", by="mallory")
    assert client.post(ANSWER, {"invitation": str(row.id), "accept": "1"}).url == "/"
    assert "Hill" in client.get("/").content.decode()


def test_who_is_on_the_list_is_not_invited(cast: Cast) -> None:
    for name in ("bob", "EVE", "olga"):
        with pytest.raises(InputError, match="on the list"):
            invited(cast, name)
    invited(cast, "mallory")
    with pytest.raises(InputError, match="invited already"):
        invited(cast, "MALLORY")


def test_an_invitation_ends(cast: Cast) -> None:
    row = invited(cast, "mallory")
    user = cast.mallory.user
    late = row.at + timedelta(days=inviting.OPEN_DAYS)
    assert [one.id for one in inviting.of_person(user, late - timedelta(minutes=1))] == [row.id]
    assert inviting.of_person(user, late) == []
    with pytest.raises(NotAllowed):
        inviting.accept(user, invitation=row, now=late)
    path = f"/settings/invitations/{row.id}/back/"
    assert cast.client("bob").post(path).status_code == 403
    assert cast.client("olga").post(path).status_code == 302
    with pytest.raises(NotAllowed):
        inviting.accept(user, invitation=row, now=row.at)


def test_what_a_former_owner_offered_does_not_hold(cast: Cast) -> None:
    row = invited(cast, "mallory", is_owner=True)
    people.change_roles(
        cast.scope("alice"), membership=cast.olga, roles=roles(cast, since=cast.olga.since)
    )
    with pytest.raises(NotAllowed):
        inviting.accept(cast.mallory.user, invitation=row, now=datetime.now(UTC))


def test_no_more_than_a_few_wait(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inviting, "MOST_OPEN", 2)
    invited(cast, "a1")
    scope = replace(cast.scope("olga"), now=datetime.now(UTC) - timedelta(days=99))
    inviting.invite(scope, username="old", roles=roles(cast))  # over long ago
    invited(cast, "a2")
    with pytest.raises(InputError, match="take one back"):
        invited(cast, "a3")


# --- a lost password ------------------------------------------------------------------------------


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Any:
    """`ventosa password` on the database of the test."""
    import ventosa.cli.serving as serving
    from ventosa.cli import ventosa

    monkeypatch.setattr(serving, "reach", lambda order: None)

    def run(*words: str, typed: str) -> Any:
        twice = f"{typed}\n{typed}\n"
        return CliRunner().invoke(ventosa, ["password", *words], input=twice)

    return run


NEW = "a horse that nobody knows"


def test_a_lost_password_is_set_on_the_clinics_machine(cast: Cast, command: Any) -> None:
    with_password(cast.alice)
    signed_in = cast.client("alice")
    cast.alice.user.refresh_from_db()
    passkey(cast.alice)
    done = command("Alice", typed=NEW)
    assert done.exit_code == 0, done.output
    assert NEW not in done.output and "--forget-codes" in done.output
    assert signed_in.get("/").status_code == 302
    assert (
        Client().post("/account/login/", {"login": "alice", "password": PASSWORD}).status_code
        == 200
    )
    here = Client()
    assert here.post("/account/login/", {"login": "alice", "password": NEW}).status_code == 302
    row = AuditRow.objects.get(what="password_renewed_on_server")
    assert (row.clinic, row.who) == (cast.alice.clinic, None)
    assert row.detail["person"] == str(cast.alice.id)


def test_lost_codes_are_forgotten_on_purpose_only(cast: Cast, command: Any) -> None:
    from allauth.mfa.models import Authenticator

    passkey(cast.alice)
    command("alice", typed=NEW)
    assert Authenticator.objects.filter(user=cast.alice.user).exists()
    command("alice", "--forget-codes", typed=NEW)
    assert not Authenticator.objects.filter(user=cast.alice.user).exists()
    rows = AuditRow.objects.filter(what="password_renewed_on_server").order_by("id")
    assert [one.detail["codes_forgotten"] for one in rows] == [False, True]


def test_a_weak_password_and_a_wrong_name_change_nothing(cast: Cast, command: Any) -> None:
    before = cast.alice.user.password
    assert command("alice", typed="short").exit_code == 2
    assert command("nobody", typed=NEW).exit_code == 2
    cast.alice.user.refresh_from_db()
    assert cast.alice.user.password == before
    assert not AuditRow.objects.filter(what="password_renewed_on_server").exists()


def test_it_reaches_a_clinic_that_is_there_and_founds_none(tmp_path: Path) -> None:
    import subprocess
    import sys

    where = tmp_path / "none"
    command = [sys.executable, "-m", "ventosa", "password", "alice", "--folder", str(where)]
    done = subprocess.run(command, capture_output=True, text=True, input="x\nx\n")
    assert done.returncode == 2 and not where.exists()
    assert Clinic.__name__ not in done.stderr
