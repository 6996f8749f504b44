"""Who may open what: every address by everybody by whose it is, made from the table of addresses.

An address that is added later is in the matrix by itself.
"""

import ast
from pathlib import Path
from typing import Any

import pytest
from addresses import (
    HARBOUR,
    HILL,
    PEOPLE,
    Address,
    Samples,
    addresses,
    fresh,
    leaves,
    with_codes,
    with_demo,
)
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, path, resolve

from cast import Cast
from ventosa.web.policy import About, Policy, guarded, works_here

WEB = Path(__file__).resolve().parents[2] / "src" / "ventosa" / "web"
EVERY = addresses()
BY_NAME = {address.name: address for address in EVERY}

WHO = {
    "owns": {"alice", "olga", "mallory"},
    "practises": {"alice", "bob", "mallory"},
    "assists": {"carol"},
    "works_here": {"alice", "bob", "carol", "olga", "mallory"},
    "treats_or_assists": {"alice", "bob", "carol", "mallory"},
}
"""Whom each role of ``policy.py`` lets in, written down by hand a second time."""

OPEN_TO_ANYBODY = {
    "account_login",
    "account_logout",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "start",
    "demo",
    "drawing_css",
    "health",
    "trust",
    "trust_certificate",
    "trust_profile",
}
"""Addresses that need no sign-in; another one is added here only on purpose."""

OPEN_TO_WHOEVER_SIGNED_IN = {"invitations"}
"""Addresses for somebody who works in no clinic today; another one only on purpose."""

NOT_OF_A_CLINIC = {"person", "token", "word", "rule"}
"""Words of addresses that are secrets or knowledge, and not identifiers of a clinic."""

OF_A_PERSON = {"pk"}
"""Words that name something of the person signed in: a colleague's is out of reach too."""

MAY_BE_ABSENT = {"trust_certificate", "trust_profile"}
"""404 where the clinic is served to its own machine only."""


def each(of: list[Address]) -> Any:
    return pytest.mark.parametrize("address", of, ids=lambda address: address.name)


def is_let_in(address: Address, who: str) -> bool:
    policy = address.policy
    assert policy is not None
    if policy.who is None or policy.anywhere:
        return True
    role = policy.who.__name__
    assert role in WHO, f"the role {role!r} is new: say in WHO whom of the cast it lets in"
    return who in WHO[role]


def asked(client: Client, url: str) -> list[HttpResponse]:
    """The answers to looking and to an empty form."""
    return [client.get(url), client.post(url, {})]


def undone(client: Client, url: str) -> list[HttpResponse]:
    """The same, with what was written taken back: the next one finds what this one found."""
    with transaction.atomic():
        answers = asked(client, url)
        transaction.set_rollback(True)
    return answers


def problems(address: Address, cast: Cast, samples: Samples) -> list[str]:
    """Where the answers differ from what the role says, in words."""
    found = []
    for who in PEOPLE:
        if who == HILL and set(address.words) - NOT_OF_A_CLINIC:
            continue  # the other clinic's own samples are another test
        mine = Samples(cast, who) if set(address.words) & OF_A_PERSON else samples
        url = address.url(mine)
        client = cast.client(who)
        client.raise_request_exception = False
        for answer in undone(client, url):
            code = answer.status_code
            refused = code in (403, 404) or is_sign_in(answer)
            if refused is is_let_in(address, who):
                found.append(f"{who} at {address.name}: {code}")
            if code >= 500:
                found.append(f"{who} at {address.name}: {code}")
    return found


def is_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(
        "/account/login/?next="
    )


@pytest.fixture
def samples(cast: Cast, settings: Any) -> Samples:
    with_codes(cast)
    with_demo(settings)
    return Samples(cast, HARBOUR)


# --- every address has a policy -------------------------------------------------------------------


def test_the_addresses_were_found() -> None:
    assert len(EVERY) > 40
    named = {(address.name, address.pattern) for address in EVERY}
    assert len(named) == len(BY_NAME), "two addresses have one name"


@each(EVERY)
def test_an_address_declares_its_policy(address: Address) -> None:
    assert isinstance(address.policy, Policy), f"{address.pattern} has no policy: use route(...)"


def test_an_address_without_a_policy_would_be_noticed() -> None:
    bare = path("bare/", lambda request: HttpResponse("x"), name="bare")
    ((_, leaf),) = leaves([bare])
    assert getattr(leaf.callback, "policy", None) is None


def test_what_is_open_to_anybody_is_written_down() -> None:
    assert {a.name for a in EVERY if a.policy and a.policy.who is None} == OPEN_TO_ANYBODY
    assert {a.name for a in EVERY if a.policy and a.policy.anywhere} == OPEN_TO_WHOEVER_SIGNED_IN


@each([a for a in EVERY if a.pattern.startswith(("settings/", "patients/", "visits/"))])
def test_settings_are_the_owners_and_patients_are_not(address: Address) -> None:
    assert address.policy is not None and address.policy.who is not None
    role = address.policy.who.__name__
    if address.pattern.startswith("settings/"):
        assert role == "owns"
    else:
        assert role in {"practises", "treats_or_assists"}
        assert address.policy.about is About.PATIENT


# --- the matrix -----------------------------------------------------------------------------------


@each([a for a in EVERY if a.name not in MAY_BE_ABSENT])
def test_the_role_decides_both_ways(address: Address, cast: Cast, samples: Samples) -> None:
    assert problems(address, cast, samples) == []


@each([a for a in EVERY if a.policy and a.policy.who is not None])
def test_nobody_comes_in_without_signing_in(address: Address, cast: Cast, samples: Samples) -> None:
    url = address.url(samples)
    for answer in asked(Client(), url):
        assert is_sign_in(answer), answer.status_code
    json = Client().get(url, headers={"Accept": "application/json"})
    assert json.status_code == 401


@each([a for a in EVERY if set(a.words) - NOT_OF_A_CLINIC])
def test_another_clinics_identifiers_lead_nowhere(
    address: Address, cast: Cast, samples: Samples
) -> None:
    hill = fresh(cast.client("mallory"), cast.mallory)
    theirs = address.url(samples)
    for answer in asked(hill, theirs):
        assert answer.status_code in (404, 405), answer.status_code
    # What the same person may do with her own: otherwise the line above shows nothing.
    own = address.url(Samples(cast, "mallory"))
    codes = [
        answer.status_code for answer in asked(fresh(cast.client("mallory"), cast.mallory), own)
    ]
    if is_let_in(address, "mallory"):
        assert not {403, 404} & set(codes), codes


@each([a for a in EVERY if len(set(a.words) - NOT_OF_A_CLINIC) > 1])
def test_a_part_of_another_record_does_not_fit(
    address: Address, cast: Cast, samples: Samples
) -> None:
    from django.urls import reverse

    hill = Samples(cast, "mallory")
    for word in address.words:
        mixed = {
            name: (samples if name == word else hill).of(address.name, name)
            for name in address.words
        }
        for answer in asked(
            fresh(cast.client("mallory"), cast.mallory), reverse(address.name, kwargs=mixed)
        ):
            assert answer.status_code in (404, 405), word


@each([a for a in EVERY if a.policy and not a.policy.in_hand_over])
def test_a_patient_who_holds_the_tablet_reaches_nothing_else(
    address: Address, cast: Cast, samples: Samples
) -> None:
    client = cast.client("alice")
    session = client.session
    session["hand_over"] = str(Samples(cast, HARBOUR).of("assess", "visit"))
    session.save()
    for answer in asked(client, address.url(Samples(cast, HARBOUR))):
        assert answer.status_code in (302, 403, 404)
        if answer.status_code == 302:
            found = resolve(answer.headers["Location"].partition("?")[0])
            assert found.func.policy.in_hand_over, f"led to {found.url_name}"
    assert "hand_over" in client.session, "the patient came out"


@each([a for a in EVERY if "patient" in a.words or "visit" in a.words or "document" in a.words])
def test_a_closed_record_is_closed_to_colleagues(
    address: Address, cast: Cast, samples: Samples
) -> None:
    from ventosa.web.models import Patient

    url = address.url(samples)
    Patient.objects.update(privacy="team")
    for answer in asked(cast.client("bob"), url):
        if address.name == "emergency_open":
            assert answer.status_code in (200, 302, 422)
        else:
            assert answer.status_code in (403, 404, 405)
            assert b"Okafor" not in answer.content


# --- the matrix notices ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["settings", "patients", "visit_begin", "you"])
def test_an_inverted_role_would_be_noticed(
    name: str, cast: Cast, samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = BY_NAME.get(name) or BY_NAME["me"]
    policy = address.policy
    assert policy is not None and policy.who is not None
    role = policy.who

    def inverted(membership: Any) -> bool:
        return not role(membership)

    inverted.__name__ = role.__name__
    leaf = next(
        leaf for _, leaf in leaves(get_resolver().url_patterns) if leaf.name == address.name
    )
    wrong = Policy(inverted, policy.about, policy.in_hand_over)
    monkeypatch.setattr(leaf, "callback", guarded(leaf.callback.__wrapped__, wrong))
    get_resolver()._populate()
    assert problems(address, cast, samples) != []


def test_no_deny_is_outweighed_by_what_allows(cast: Cast) -> None:
    """Signed in, owner, treating: an ended membership and a tablet handed over still refuse."""
    from ventosa.web.models import Membership

    membership = Membership.objects.filter(id=cast.alice.id)
    membership.update(until=cast.alice.since)
    assert cast.client("alice").get("/").status_code == 403
    membership.update(until=None)
    assert cast.client("alice").get("/").status_code == 200
    cast.alice.user.is_active = False
    cast.alice.user.save()
    assert is_sign_in(cast.client("alice").get("/"))


# --- forms from elsewhere -------------------------------------------------------------------------


@each([a for a in EVERY if a.name not in {"demo"}])
def test_a_form_from_elsewhere_is_refused(address: Address, cast: Cast, samples: Samples) -> None:
    client = cast.client("alice")
    checked = Client(enforce_csrf_checks=True)
    checked.cookies = client.cookies
    answer = checked.post(address.url(samples), {})
    assert answer.status_code == 403
    for method in (checked.put, checked.patch, checked.delete):
        assert method(address.url(samples)).status_code in (403, 405)


# --- the code itself ------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", ["views", "presenters"])
def test_views_fetch_through_the_clinic_signed_in_to(folder: str) -> None:
    for file in sorted((WEB / folder).rglob("*.py")):
        if file.name == "demo.py":
            continue  # its one query runs before anybody is signed in
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            is_query = isinstance(node, ast.Attribute) and node.attr in (
                "objects",
                "_default_manager",
                "_base_manager",
            )
            assert not is_query, f"{file.name}:{node.lineno} fetches beside request.scope"


def test_works_here_is_no_role_of_somebody_without_one() -> None:
    from ventosa.web.models import Membership

    assert not works_here(Membership())
