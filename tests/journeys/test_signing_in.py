"""Signing in with a passkey, switching on a shared tablet, a clinic that says things once."""

from collections.abc import Callable
from typing import Any

import pytest
from devices import sizes

from cast import PASSWORD, Cast
from ventosa.web import pins
from ventosa.web.actions import patients
from ventosa.web.models import Clinic, Membership

pytestmark = pytest.mark.journey


def with_password(cast: Cast, who: str = "alice") -> None:
    user = getattr(cast, who).user
    user.set_password(PASSWORD)
    user.save()


def sign_in(page: Any, name: str = "alice") -> None:
    page.get_by_label("Name to sign in with").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def with_authenticator(page: Any) -> None:
    """A key that the browser only pretends to have, behind a finger that always fits."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_added_and_signs_in(
    tablets: Callable[..., Any], cast: Cast, live_server: Any
) -> None:
    with_password(cast)
    tablet = tablets()
    # A passkey belongs to a name, never to a number: the browser asks for "localhost".
    tablet.address = tablet.address.replace("127.0.0.1", "localhost")
    with_authenticator(tablet.page)
    page = tablet.open("/you/passkeys/new/")
    tablet.check()
    sign_in(page)
    page.get_by_text("Is it you?").wait_for()
    tablet.check()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of this device").fill("My telephone")
    tablet.check()
    page.get_by_role("button", name="Add passkey").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    assert page.locator(".codes li").count() == 10
    tablet.check()
    tablet.open("/you/passkeys/")
    page.get_by_text("My telephone").wait_for()
    tablet.check()
    tablet.open("/you/")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("link", name="You").wait_for()
    tablet.open("/you/")
    assert page.get_by_role("heading", name="Alice").is_visible()
    tablet.check()


@pytest.mark.parametrize("size", sizes("tablet"))
def test_a_colleague_takes_the_tablet_over(
    tablets: Callable[..., Any], cast: Cast, size: str
) -> None:
    Membership.objects.filter(id=cast.bob.id).update(pin=pins.hash_of("7391"))
    tablet = tablets(cast, "alice", size)
    page = tablet.open("/account/switch/")
    tablet.check()
    page.get_by_label("Bob").check()
    page.get_by_label("PIN").fill("7390")
    page.get_by_role("button", name="Switch").click()
    page.get_by_text("This PIN does not fit.").wait_for()
    tablet.check()
    page.get_by_label("Bob").check()
    page.get_by_label("PIN").fill("7391")
    page.get_by_role("button", name="Switch").click()
    page.locator(".who", has_text="Bob").wait_for()


def test_an_idle_tablet_warns_and_signs_out(tablets: Callable[..., Any], cast: Cast) -> None:
    Clinic.objects.filter(id=cast.alice.clinic.id).update(idle_minutes=2)
    tablet = tablets(cast, "alice")
    tablet.page.clock.install()
    page = tablet.open("/you/")
    page.clock.run_for(50_000)
    assert not page.locator("#idle").is_visible()
    page.clock.run_for(20_000)
    page.locator("#idle").wait_for()
    tablet.check()
    page.get_by_role("button", name="Stay signed in").click()
    page.locator("#idle").wait_for(state="hidden")
    cast.alice.user.memberships.update(until=cast.alice.since)  # nobody to come back to
    page.clock.run_for(130_000)
    page.get_by_text("No work here today").wait_for()


@pytest.mark.parametrize("size", sizes("tablet", "phone"))
def test_an_owner_says_what_the_clinic_has(
    tablets: Callable[..., Any], cast: Cast, size: str
) -> None:
    tablet = tablets(cast, "olga", size)
    page = tablet.open("/settings/")
    tablet.check()
    page.get_by_role("link", name="Cups").click()
    tablet.check()
    page.get_by_label("Inner diameter, mm").fill("45")
    page.get_by_label("How many").fill("8")
    page.get_by_label("Material").select_option("plastic")
    page.get_by_role("button", name="Add cups").click()
    page.locator("li b", has_text="8 × 45 mm").wait_for()
    tablet.check()
    for path in ("clinic", "languages", "keeping", "places", "prices", "notes", "access"):
        tablet.open(f"/settings/{path}/")
        tablet.check()
    tablet.open("/settings/people/")
    tablet.check()
    page.get_by_label("Name", exact=True).fill("Zoe Marsh")
    page.get_by_label("Name to sign in with").fill("zoe")
    page.get_by_label("treats").check()
    page.get_by_role("button", name="Add person").click()
    page.get_by_text("Shown this once").wait_for()
    tablet.check()
    page.get_by_role("link", name="To roles and papers").click()
    page.get_by_text("No paper is kept").wait_for()
    tablet.check()


def test_a_closed_record_is_opened_in_an_emergency(tablets: Callable[..., Any], cast: Cast) -> None:
    patient = cast.patient()
    patients.set_privacy(cast.scope("alice"), patient=patient, privacy="team")
    tablet = tablets(cast, "bob")
    page = tablet.open(f"/patients/{patient.id}/")
    page.get_by_text("This record is closed").first.wait_for()
    tablet.check()
    page.get_by_label("Why it must be opened now").fill("Found fainted in the waiting room.")
    page.get_by_role("button", name="Open for 8 hours").click()
    page.get_by_text("The owner is told.").wait_for()
    tablet.open(f"/patients/{patient.id}/team/")
    tablet.check()
    owner = tablets(cast, "olga")
    owner.open("/").get_by_role("link", name="Look").click()
    owner.check()
    owner.page.get_by_role("button", name="Seen").click()
    owner.page.get_by_text("seen by Olga").wait_for()
