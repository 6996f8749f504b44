"""What a clinic says once, fetched within the clinic signed in to."""

from collections.abc import Sequence
from typing import Any, TypeVar
from uuid import UUID

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404

from ventosa.web.middleware import works_on
from ventosa.web.models import (
    Bed,
    CareTeam,
    CupSet,
    CupStock,
    EmergencyAccess,
    Membership,
    NoteTemplate,
    Patient,
    Price,
    Room,
    Row,
    Site,
    Training,
    User,
)
from ventosa.web.scope import Scope

Kept = TypeVar("Kept", bound=Row)


def one(scope: Scope, model: type[Kept], id: UUID) -> Kept:
    """Return one row of this clinic.

    Raises:
        Http404: there is none here; another clinic's is none.
    """
    found: Kept | None = model._default_manager.filter(clinic=scope.clinic, id=id).first()
    if found is None:
        raise Http404
    return found


def cups(scope: Scope) -> QuerySet[CupStock]:
    """The cups owned, those in use first."""
    return CupStock.objects.filter(clinic=scope.clinic).order_by(
        "is_retired", "kind", "inner_diameter_mm", "id"
    )


def cup_sets(scope: Scope) -> QuerySet[CupSet]:
    """The saved sets of cups, those in use first."""
    found = CupSet.objects.filter(clinic=scope.clinic).select_related("owner__user")
    return found.order_by("is_retired", "name", "id")


def prices(scope: Scope) -> QuerySet[Price]:
    """The price list, what is charged first."""
    return Price.objects.filter(clinic=scope.clinic).order_by("is_retired", "name", "id")


def note_templates(scope: Scope) -> QuerySet[NoteTemplate]:
    """The beginnings of notes, those in use first."""
    return NoteTemplate.objects.filter(clinic=scope.clinic).order_by("is_retired", "name", "id")


def sites(scope: Scope) -> QuerySet[Site]:
    """Sites with their rooms and beds, in three queries."""
    beds = Prefetch("beds", Bed.objects.order_by("is_closed", "name", "id"))
    rooms = Prefetch(
        "rooms", Room.objects.order_by("is_closed", "name", "id").prefetch_related(beds)
    )
    return (
        Site.objects.filter(clinic=scope.clinic)
        .order_by("is_closed", "order", "name", "id")
        .prefetch_related(rooms)
    )


def people(scope: Scope) -> list[Membership]:
    """Everybody who works or worked here, with their papers, by name."""
    papers = Prefetch("trainings", Training.objects.order_by("technique", "kind", "id"))
    found = Membership.objects.filter(clinic=scope.clinic).select_related("user", "clinic")
    return list(found.order_by("user__name", "id").prefetch_related(papers))


def person(scope: Scope, id: UUID) -> Membership:
    """Return one person of this clinic.

    Raises:
        Http404: nobody of this clinic.
    """
    found = Membership.objects.filter(clinic=scope.clinic, id=id).select_related("user", "clinic")
    membership = found.first()
    if membership is None:
        raise Http404
    return membership


def papers(scope: Scope, membership: Membership) -> list[Training]:
    """The papers that are kept of a person, by technique."""
    found = Training.objects.filter(clinic=scope.clinic, membership=membership)
    return list(found.order_by("technique", "kind", "id"))


def people_with_pin(scope: Scope) -> list[Membership]:
    """Those who work here today and have a PIN, the person signed in left out."""
    found = (
        Membership.objects.filter(clinic=scope.clinic, user__is_active=True)
        .exclude(Q(pin="") | Q(id=scope.membership.id))
        .select_related("user", "clinic")
        .order_by("user__name", "id")
    )
    return [membership for membership in found if works_on(membership, scope.now)]


def practitioners(scope: Scope) -> list[Membership]:
    """Those who treat here today, by name."""
    found = (
        Membership.objects.filter(clinic=scope.clinic, practises=True)
        .select_related("user", "clinic")
        .order_by("user__name", "id")
    )
    return [membership for membership in found if works_on(membership, scope.now)]


def team(patient: Patient) -> Sequence[CareTeam]:
    """Those who treat a patient."""
    return list(
        CareTeam.objects.filter(patient=patient)
        .select_related("membership__user")
        .order_by("membership__user__name", "id")
    )


def emergencies(scope: Scope, *, open_only: bool = False) -> list[EmergencyAccess]:
    """Closed records that were opened in an emergency, newest first; or only those not yet seen."""
    found = EmergencyAccess.objects.filter(clinic=scope.clinic)
    if open_only:
        found = found.filter(seen=None)
    found = found.select_related("patient", "membership__user", "seen__author__user")
    return list(found.order_by("-at", "-id")[:100])


def emergencies_of(scope: Scope, patient: Patient) -> list[EmergencyAccess]:
    """When a patient's record was opened in an emergency, newest first."""
    found = EmergencyAccess.objects.filter(clinic=scope.clinic, patient=patient)
    return list(found.select_related("membership__user").order_by("-at", "-id"))


def ways_in(user: User) -> dict[str, Any]:
    """How a person can sign in: passkeys, a code after the password, recovery codes."""
    kinds = list(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    return {
        "passkeys": kinds.count(Authenticator.Type.WEBAUTHN),
        "has_code": Authenticator.Type.TOTP in kinds,
        "has_recovery": Authenticator.Type.RECOVERY_CODES in kinds,
        "has_password": user.has_usable_password(),
    }
