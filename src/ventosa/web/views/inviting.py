"""People who sign in already are invited to a clinic, and answer."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from ventosa.record import InputError, NotAllowed
from ventosa.web import belongings
from ventosa.web.actions import inviting as write
from ventosa.web.actions.people import roles_from
from ventosa.web.entering import move_to
from ventosa.web.models import Invitation
from ventosa.web.presenters import settings as present
from ventosa.web.scope import ClinicRequest
from ventosa.web.typed import Problems, read, shown_fields


def invite(request: ClinicRequest) -> HttpResponse:
    """Invite somebody by the name to sign in with; list the invitations that wait."""
    values: dict[str, Any] = {"since": request.scope.today}
    problems: dict[str, str] = {}
    if request.method == "POST":
        values = request.POST.dict()
        try:
            given = read(present.INVITED, values)
            write.invite(request.scope, username=given["username"], roles=roles_from(given))
            messages.info(request, "Invited. Whoever signs in with this name sees it under “You”.")
            return redirect("person_invite")
        except Problems as wrong:
            problems = wrong.by_field
        except InputError as error:
            problems = {error.path: error.problem}
    context = {
        "part": "settings",
        "waiting": present.invitations_of(request.scope),
        "days": write.OPEN_DAYS,
        "fields": shown_fields(present.INVITED, values, problems),
        "problems": problems,
    }
    return render(request, "settings/invite.html", context, status=422 if problems else 200)


def take_back(request: ClinicRequest, invitation: UUID) -> HttpResponse:
    """Take an invitation back."""
    row = belongings.one(request.scope, Invitation, invitation)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    write.take_back(request.scope, invitation=row)
    return redirect("person_invite")


def invitations(request: HttpRequest) -> HttpResponse:
    """Show which clinics invite the person signed in, and take the answer."""
    now, user = datetime.now(UTC), request.user
    assert user.is_authenticated
    found = write.of_person(user, now)
    if request.method != "POST":
        context = {"part": "me", "invited": [(x, present.role_words(x)) for x in found]}
        return render(request, "account/invitations.html", context)
    chosen = next((x for x in found if str(x.id) == request.POST.get("invitation")), None)
    try:
        if chosen is None:
            raise NotAllowed("this invitation does not stand any more")
        if "accept" in request.POST:
            move_to(request, write.accept(user, invitation=chosen, now=now))
            return redirect("today")
        write.decline(user, invitation=chosen, now=now)
        messages.info(request, "Declined.")
    except NotAllowed as refused:
        messages.error(request, f"{str(refused).capitalize()}.")
    return redirect("invitations")
