"""A locum comes, finds plans screened again for her, treats, and is out after the last day."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from devices import sizes

from accepted import accept, assessed, cupping
from cast import PASSWORD, Cast
from ventosa.terms import Technique
from ventosa.web.actions import people
from ventosa.web.models import Document, Kind, Membership

pytestmark = pytest.mark.journey


def sign_in(page: Any) -> None:
    page.get_by_label("Name to sign in with").fill("zoe")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


@pytest.mark.parametrize("size", sizes("tablet"))
def test_a_locum_treats_until_her_last_day(
    tablets: Callable[..., Any], cast: Cast, size: str
) -> None:
    # Given a plan with fire, which Alice has learnt, and one without
    scope = cast.scope("alice")
    paper = {"technique": "fire", "kind": "training", "issuer": "Board", "number": "7"}
    people.keep_paper(scope, membership=scope.membership, paper=paper)
    fire, dry = (
        assessed(cast, cast.patient(name=name, birth_date="1980-06-02"))
        for name in ("Noor Haddad", "Eva Moreau")
    )
    accept(cast, fire, cupping(Technique.FIRE, suction_kpa=None))
    accept(cast, dry)
    # When the owner adds a locum for two days
    owner = tablets(cast, "olga", size)
    page = owner.open("/settings/people/")
    page.get_by_label("Name", exact=True).fill("Zoe Marsh")
    page.get_by_label("Name to sign in with").fill("zoe")
    page.get_by_label("treats").check()
    page.get_by_label("Last day").fill((scope.today + timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Add person").click()
    link = page.locator(".secret").inner_text()
    owner.check()
    # And she opens her start link, chooses a password and signs in
    tablet = tablets(size=size)
    page = tablet.open("/" + link.split("/", 3)[3])
    tablet.check()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password once more").fill(PASSWORD)
    page.get_by_role("button", name="Set password and begin").click()
    sign_in(page)
    page.get_by_role("link", name="Eva Moreau").first.wait_for()
    # Then the plan with fire does not stand for her, and the other one does
    page = tablet.open(f"/visits/{fire.id}/plan/")
    page.get_by_text("Screened for you.").wait_for()
    page.get_by_text("It no longer passes").wait_for()
    page.get_by_text("Fire, offered here: yes → no").wait_for()
    tablet.check()
    page = tablet.open(f"/visits/{dry.id}/plan/")
    page.get_by_text("Accepted by Alice").wait_for()
    assert page.get_by_text("It no longer passes").count() == 0
    tablet.check()
    # And what she does is hers
    page = tablet.open(f"/patients/{dry.patient_id}/session/")
    page.get_by_label("Technique").select_option("dry_static")
    page.get_by_label("How many cups were on").fill("4")
    page.get_by_role("group", name="Was there harm").get_by_label("no", exact=True).check()
    page.get_by_label("Sign it now").check()
    page.get_by_role("button", name="Write").click()
    # Nobody has consented in this visit: it is said, and she says why she went on
    page.get_by_role("heading", name="Beyond what was decided").wait_for()
    tablet.check()
    page.get_by_label("Why it was done so").fill("She agreed by telephone.")
    page.get_by_role("button", name="Write").click()
    page.get_by_text("Signed by Zoe Marsh").first.wait_for()
    tablet.check()
    # When her last day has passed, the next page is closed, and a new sign-in leads nowhere
    zoe = Membership.objects.get(user__username="zoe")
    gone = scope.today - timedelta(days=2)
    Membership.objects.filter(id=zoe.id).update(since=gone, until=gone)
    page = tablet.open(f"/patients/{dry.patient_id}/")
    page.get_by_role("heading", name="No work here today").wait_for()
    assert "Moreau" not in page.inner_text("body")
    tablet.check()
    page.get_by_role("button", name="Sign out").click()
    sign_in(page)
    page.get_by_role("heading", name="No work here today").wait_for()
    # What she wrote stays
    page = owner.open("/settings/people/")
    page.get_by_role("link", name="Zoe Marsh").wait_for()
    owner.check()
    session = Document.objects.get(kind=Kind.SESSION)
    assert session.author_id == zoe.id and session.signature.author_id == zoe.id
