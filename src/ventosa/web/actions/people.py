"""People of a clinic: adding, roles, papers, PIN and password, emergency access, the team."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ventosa.languages import languages
from ventosa.record import InputError, NotAllowed
from ventosa.web import pins
from ventosa.web.actions import clinics
from ventosa.web.actions.audit import noted, wrote
from ventosa.web.ids import new_id
from ventosa.web.models import (
    CareTeam,
    Clinic,
    EmergencyAccess,
    Membership,
    Patient,
    Training,
    User,
)
from ventosa.web.models.people import EmergencySeen
from ventosa.web.scope import Scope

EMERGENCY_HOURS = 8
LEAST_REASON = 10
"""Signs of a reason at least: a word more than "help"."""


@dataclass(frozen=True, slots=True)
class Roles:
    """What a person may do in a clinic, and from when to when; ``until`` is the last day."""

    is_owner: bool
    practises: bool
    assists: bool
    since: date
    until: date | None = None

    def __post_init__(self) -> None:
        if not (self.is_owner or self.practises or self.assists):
            raise InputError("roles", "choose at least one role")
        if self.until is not None and self.until < self.since:
            raise InputError("until", "the last day lies before the first")


def roles_from(given: Mapping[str, Any]) -> Roles:
    """Return the roles and days of a form.

    Raises:
        InputError: no role, or the last day lies before the first.
    """
    return Roles(**{name: given[name] for name in Roles.__slots__})


def add(scope: Scope, *, name: str, username: str, roles: Roles) -> Membership:
    """Add a person, who has no password yet: a start link lets the person choose one.

    Raises:
        InputError: somebody signs in with this name already.
    """
    if User.objects.filter(username__iexact=username).exists():
        raise InputError("username", "somebody signs in with this name already: choose another")
    try:
        with transaction.atomic():
            user = User(id=new_id(), username=username, name=name)
            user.set_unusable_password()
            user.save(force_insert=True)
            membership = clinics.join(scope.clinic, user=user, **fields_of(roles))
            wrote(scope, None, "person_added", person=str(membership.id))
            return membership
    except IntegrityError:
        raise InputError(
            "username", "somebody signs in with this name already: choose another"
        ) from None


def change_roles(scope: Scope, *, membership: Membership, roles: Roles) -> None:
    """Change what a person may do here, and until when; an owner stays, always.

    Raises:
        NotAllowed: nobody would own the clinic any more.
    """
    with transaction.atomic():
        # The clinic's row is the lock: two owners cannot remove each other at one moment.
        Clinic.objects.select_for_update().get(id=scope.clinic.id)
        stays = roles.is_owner and roles.until is None and roles.since <= scope.today
        if not stays and not _other_owners(scope, membership):
            raise NotAllowed("somebody must own the clinic: give another person that role first")
        Membership.objects.filter(id=membership.id, clinic=scope.clinic).update(**fields_of(roles))
        wrote(scope, None, "person_changed", person=str(membership.id))


def _other_owners(scope: Scope, membership: Membership) -> bool:
    others = Membership.objects.filter(
        clinic=scope.clinic, is_owner=True, until=None, since__lte=scope.today
    )
    return others.exclude(id=membership.id).exists()


def fields_of(roles: Roles) -> dict[str, Any]:
    """Return roles and days as the columns of a membership."""
    return {
        "is_owner": roles.is_owner,
        "practises": roles.practises,
        "assists": roles.assists,
        "since": roles.since,
        "until": roles.until,
    }


def new_start(scope: Scope, *, membership: Membership) -> None:
    """Take a person's password away, so that a start link made now is the only way in.

    Raises:
        NotAllowed: the person works in another clinic too, whose sign-in this owner cannot take
            away, or is the owner who asks.
    """
    if membership.id == scope.membership.id:
        raise NotAllowed("your own password is changed under “You”")
    elsewhere = Membership.objects.filter(user=membership.user).exclude(clinic=scope.clinic)
    if elsewhere.exists():
        raise NotAllowed("this person works in another clinic too, and keeps the password")
    with transaction.atomic():
        user = membership.user
        user.set_unusable_password()
        user.save(update_fields=["password"])
        wrote(scope, None, "person_start", person=str(membership.id))


def choose_password(user: User, *, first: str, again: str) -> None:
    """Set the first password of a person who came by a start link.

    Raises:
        InputError: the two differ, or it is easily guessed.
    """
    if first != again:
        raise InputError("password", "The two passwords are not the same.")
    try:
        validate_password(first, user)
    except ValidationError as error:
        raise InputError("password", " ".join(error.messages)) from None
    user.set_password(first)
    user.save(update_fields=["password"])


def renew_password(user: User, *, password: str, forget_codes: bool, now: datetime) -> None:
    """Set a password from the clinic's own machine; whoever is signed in as the person is out.

    ``forget_codes`` also takes away the code after the password, recovery codes and passkeys. It
    stands in the audit of every clinic in which the person works or worked.

    Raises:
        InputError: the password is easily guessed.
    """
    with transaction.atomic():
        choose_password(user, first=password, again=password)
        if forget_codes:
            Authenticator.objects.filter(user=user).delete()
        # Every session hangs on the stored password, so none of this person's fits any more.
        for membership in user.memberships.select_related("clinic"):
            noted(
                membership.clinic,
                "password_renewed_on_server",
                now=now,
                person=str(membership.id),
                codes_forgotten=forget_codes,
            )


def set_pin(scope: Scope, *, pin: str) -> None:
    """Set the PIN of the person signed in; an empty text removes it."""
    with transaction.atomic():
        hashed = pins.hash_of(pin) if pin else ""
        Membership.objects.filter(id=scope.membership.id).update(pin=hashed)
        wrote(scope, None, "pin_set" if pin else "pin_removed")


def choose_language(scope: Scope, *, language: str) -> None:
    """Choose the language in which the person signed in sees the pages, in every clinic.

    Raises:
        InputError: there is no such language.
    """
    if language not in {one.code for one in languages()}:
        raise InputError("language", "choose from the list")
    with transaction.atomic():
        User.objects.filter(id=scope.membership.user_id).update(language=language)
        wrote(scope, None, "language_chosen", language=language)


# --- papers -------------------------------------------------------------------------------------


def keep_paper(scope: Scope, *, membership: Membership, paper: Mapping[str, Any]) -> Training:
    """Keep a training, registration or licence of a person."""
    with transaction.atomic():
        row = Training.objects.create(
            id=new_id(), clinic=scope.clinic, membership=membership, **paper
        )
        wrote(scope, None, "paper_added", person=str(membership.id), paper=str(row.id))
        return row


def change_paper(scope: Scope, *, training: Training, paper: Mapping[str, Any]) -> None:
    """Change what a paper says; what was decided with it before stays as it was stored."""
    with transaction.atomic():
        Training.objects.filter(id=training.id, clinic=scope.clinic).update(**paper)
        wrote(scope, None, "paper_changed", paper=str(training.id))


def drop_paper(scope: Scope, *, training: Training) -> None:
    """Remove a paper that was entered by mistake."""
    with transaction.atomic():
        wrote(
            scope,
            None,
            "paper_removed",
            paper=str(training.id),
            person=str(training.membership_id),
            technique=training.technique,
            kind=training.kind,
        )
        Training.objects.filter(id=training.id, clinic=scope.clinic).delete()


# --- closed records -----------------------------------------------------------------------------


def open_in_emergency(scope: Scope, *, patient: Patient, reason: str) -> EmergencyAccess:
    """Open a record of another treating team for eight hours; the owner is told.

    Raises:
        NotAllowed: the person signed in does not treat.
        InputError: no reason was given.
    """
    if not scope.membership.practises:
        raise NotAllowed("only somebody who treats opens a closed record")
    said = reason.strip()[:500]
    if len(said) < LEAST_REASON or "\x00" in said:
        raise InputError("reason", "say in a few words why the record must be opened now")
    with transaction.atomic():
        row = EmergencyAccess(
            id=new_id(),
            clinic=scope.clinic,
            patient=patient,
            membership=scope.membership,
            reason=said,
            at=scope.now,
            until=scope.now + timedelta(hours=EMERGENCY_HOURS),
        )
        row.save(force_insert=True)
        wrote(scope, patient, "emergency", access=str(row.id), until=row.until.isoformat())
        return row


def acknowledge(scope: Scope, *, access: EmergencyAccess) -> None:
    """Say that the owner has seen an emergency access; twice is once."""
    with transaction.atomic():
        _, made = EmergencySeen.objects.get_or_create(
            access=access,
            defaults={
                "id": new_id(),
                "clinic": scope.clinic,
                "author": scope.membership,
                "at": scope.now,
            },
        )
        if made:
            # The patient is named in the row; the owner read nothing of the record.
            wrote(scope, None, "emergency_seen", access=str(access.id))


def bring_in(scope: Scope, *, patient: Patient, membership: Membership) -> None:
    """Make a colleague one of those who treat a patient.

    Raises:
        NotAllowed: the colleague does not treat, or the record is closed and whoever asks is not
            of its team: an emergency opens a record and lets nobody in for good.
    """
    if not membership.practises:
        raise NotAllowed("the treating team is of people who treat")
    if patient.privacy == "team" and not is_of_team(scope, patient):
        raise NotAllowed("somebody of the treating team lets you in")
    with transaction.atomic():
        _, made = CareTeam.objects.get_or_create(
            patient=patient,
            membership=membership,
            defaults={"id": new_id(), "clinic": scope.clinic},
        )
        if made:
            wrote(scope, patient, "join_team", person=str(membership.id))


def leave_team(scope: Scope, *, patient: Patient) -> None:
    """Leave the treating team of a patient.

    Raises:
        NotAllowed: the record is closed, and nobody would be left to open it.
    """
    with transaction.atomic():
        locked = Patient.objects.select_for_update().get(id=patient.id)
        others = CareTeam.objects.filter(patient=patient).exclude(membership=scope.membership)
        if locked.privacy == "team" and not others.exists():
            raise NotAllowed("the record would be closed to everybody: open it to the clinic first")
        gone, _ = CareTeam.objects.filter(patient=patient, membership=scope.membership).delete()
        if gone:
            wrote(scope, patient, "leave_team")


def is_of_team(scope: Scope, patient: Patient) -> bool:
    """Return whether the person signed in is one of those who treat the patient."""
    return CareTeam.objects.filter(patient=patient, membership=scope.membership).exists()
