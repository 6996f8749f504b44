"""One cast, which is the permission model: who they are says what they may do.

Alice owns the Harbour clinic and treats; Bob treats there; Carol assists; Olga owns it and meets no
patients; Eve is a locum whose time is over. Mallory owns and treats in another clinic, the Hill.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.test import Client

from ventosa.web.actions import assessments, clinics, patients
from ventosa.web.documents import Details
from ventosa.web.ids import new_id
from ventosa.web.models import Encounter, Membership, Patient, User
from ventosa.web.scope import Scope

NOW = datetime.now(UTC)
PASSWORD = "a long enough password"


@dataclass
class Cast:
    """Everybody, and one patient in each clinic."""

    alice: Membership
    bob: Membership
    carol: Membership
    olga: Membership
    eve: Membership
    mallory: Membership

    def scope(self, who: str) -> Scope:
        """What somebody may reach, now."""
        membership = Membership.objects.select_related("clinic", "user").get(
            id=getattr(self, who).id
        )
        return Scope(membership, datetime.now(UTC))

    def client(self, who: str) -> Client:
        """A browser in which somebody is signed in."""
        client = Client(raise_request_exception=True)
        client.force_login(
            getattr(self, who).user, "allauth.account.auth_backends.AuthenticationBackend"
        )
        return client

    def patient(self, who: str = "alice", **more: Any) -> Patient:
        """A patient whom somebody enters."""
        details = Details(
            **{"name": "Daniel Okafor", "birth_date": "1972-03-14", "sex": "male", **more}
        )
        return patients.register(self.scope(who), details=details, key=new_id().hex)

    def visit(self, patient: Patient, who: str = "alice", days_ago: int = 0) -> Encounter:
        """A visit of a patient."""
        scope = self.scope(who)
        then = replace(scope, now=scope.now - timedelta(days=days_ago))
        return assessments.begin(then, patient=patient, key=new_id().hex)


def person(clinic: Any, username: str, **roles: Any) -> Membership:
    user = User(id=new_id(), username=username, name=username.title())
    user.set_unusable_password()
    user.save(force_insert=True)
    since = roles.pop("since", NOW.date() - timedelta(days=400))
    return clinics.join(clinic, user=user, since=since, **roles)


def make_cast() -> Cast:
    """Enter everybody into the database."""
    alice = clinics.found(
        name="Harbour",
        owner="Alice",
        username="alice",
        password=None,
        now=NOW - timedelta(days=400),
    )
    mallory = clinics.found(
        name="Hill",
        owner="Mallory",
        username="mallory",
        password=None,
        now=NOW - timedelta(days=400),
    )
    harbour = alice.clinic
    return Cast(
        alice,
        person(harbour, "bob", practises=True),
        person(harbour, "carol", assists=True),
        person(harbour, "olga", is_owner=True),
        person(harbour, "eve", practises=True, until=NOW.date() - timedelta(days=2)),
        mallory,
    )
