"""Somebody who signs in already is invited to work here too, and answers for herself."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from ventosa.record import InputError, NotAllowed
from ventosa.web.actions import clinics
from ventosa.web.actions.audit import noted, wrote
from ventosa.web.actions.people import Roles, fields_of
from ventosa.web.ids import new_id
from ventosa.web.middleware import works_on
from ventosa.web.models import Clinic, Invitation, Membership, User
from ventosa.web.scope import Scope

OPEN_DAYS = 14
"""An invitation that nobody answered holds so long (editorial: the number is ours)."""

MOST_OPEN = 20
"""Invitations of one clinic that wait at one time."""


def waiting(clinic: Clinic, now: datetime) -> QuerySet[Invitation]:
    """The invitations of a clinic that nobody answered yet, newest first."""
    since = now - timedelta(days=OPEN_DAYS)
    return Invitation.objects.filter(clinic=clinic, is_over=False, at__gt=since).order_by("-at")


def invite(scope: Scope, *, username: str, roles: Roles) -> Invitation:
    """Invite whoever signs in with a name. Whether somebody does is neither asked nor said.

    Raises:
        InputError: the person works or worked here, is invited already, or too many wait.
    """
    if Membership.objects.filter(clinic=scope.clinic, user__username__iexact=username).exists():
        raise InputError("username", "this person is on the list: change roles and days there")
    with transaction.atomic():
        Clinic.objects.select_for_update().get(id=scope.clinic.id)
        open_ = waiting(scope.clinic, scope.now)
        if open_.filter(username=username.casefold()).exists():
            raise InputError("username", "this name is invited already")
        if open_.count() >= MOST_OPEN:
            raise InputError("username", f"{MOST_OPEN} invitations wait: take one back first")
        row = Invitation(
            id=new_id(),
            clinic=scope.clinic,
            username=username.casefold(),
            author=scope.membership,
            at=scope.now,
            **fields_of(roles),
        )
        row.save(force_insert=True)
        wrote(scope, None, "person_invited", invitation=str(row.id))
        return row


def take_back(scope: Scope, *, invitation: Invitation) -> None:
    """Take an invitation back; one that is over stays over."""
    with transaction.atomic():
        if Invitation.objects.filter(id=invitation.id, is_over=False).update(is_over=True):
            wrote(scope, None, "invitation_taken_back", invitation=str(invitation.id))


def of_person(user: User, now: datetime) -> list[Invitation]:
    """Return the invitations that wait for a person; one of somebody who may not invite any more
    does not hold."""
    since = now - timedelta(days=OPEN_DAYS)
    name = user.username.casefold()
    found = Invitation.objects.filter(username=name, is_over=False, at__gt=since)
    rows = found.select_related("clinic", "author__clinic").order_by("-at")
    return [row for row in rows if row.author.is_owner and works_on(row.author, now)]


def accept(user: User, *, invitation: Invitation, now: datetime) -> Membership:
    """Let the person work in the clinic that invited; it learns the name, and of no other clinic.

    Raises:
        NotAllowed: the invitation does not stand any more, or the person works there already.
    """
    with transaction.atomic():
        Clinic.objects.select_for_update().get(id=invitation.clinic_id)
        found = next((row for row in of_person(user, now) if row.id == invitation.id), None)
        if found is None or Membership.objects.filter(clinic=found.clinic, user=user).exists():
            raise NotAllowed("this invitation does not stand any more")
        roles = Roles(found.is_owner, found.practises, found.assists, found.since, found.until)
        membership = clinics.join(found.clinic, user=user, **fields_of(roles))
        Invitation.objects.filter(id=found.id).update(is_over=True, membership=membership)
        wrote(Scope(membership, now), None, "invitation_accepted", invitation=str(found.id))
        return membership


def decline(user: User, *, invitation: Invitation, now: datetime) -> None:
    """Say no to an invitation; saying so twice is saying it once."""
    if invitation.id not in {row.id for row in of_person(user, now)}:
        return
    with transaction.atomic():
        if Invitation.objects.filter(id=invitation.id, is_over=False).update(is_over=True):
            row = str(invitation.id)
            noted(invitation.clinic, "invitation_declined", now=now, invitation=row)
