"""People of the clinic, their papers, and closed records that were opened."""

import re
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe

from ventosa.record import InputError, NotAllowed
from ventosa.web import belongings
from ventosa.web.accounts import fresh_sign_in
from ventosa.web.actions import people as write
from ventosa.web.actions.people import roles_from
from ventosa.web.entering import start_path
from ventosa.web.models import EmergencyAccess, Membership, Training
from ventosa.web.presenters import settings as present
from ventosa.web.scope import ClinicRequest
from ventosa.web.trust import qr_svg
from ventosa.web.typed import Problems, read, shown_fields


def index(request: ClinicRequest) -> HttpResponse:
    """List everybody, and add a person."""
    values: dict[str, Any] = {"since": request.scope.today}
    problems: dict[str, str] = {}
    if request.method == "POST":
        values = request.POST.dict()
        try:
            given = read(present.PERSON, values)
            if not re.fullmatch(r"[\w.-]{2,60}", given["username"]):
                raise InputError("username", "two letters or digits at least; also . _ -")
            added = write.add(
                request.scope,
                name=given["name"],
                username=given["username"],
                roles=roles_from(given),
            )
            return _start(request, added)
        except Problems as wrong:
            problems = wrong.by_field
        except InputError as error:
            problems = {error.path: error.problem}
    context = {
        "part": "settings",
        "people": present.people_of(request.scope),
        "fields": shown_fields(present.PERSON, values, problems),
        "problems": problems,
    }
    return render(request, "settings/people.html", context, status=422 if problems else 200)


def one(request: ClinicRequest, membership: UUID) -> HttpResponse:
    """Show a person, and change roles and days."""
    found = belongings.person(request.scope, membership)
    values, problems = dict(present.roles_values(found)), {}
    if request.method == "POST":
        values = request.POST.dict()
        try:
            roles = roles_from(read(present.ROLES, values))
            write.change_roles(request.scope, membership=found, roles=roles)
            messages.info(request, "Saved.")
            return redirect("settings_people")
        except Problems as wrong:
            problems = wrong.by_field
        except InputError as error:
            problems = {error.path: error.problem}
        except NotAllowed as refused:
            problems = {"roles": str(refused)}
    context = present.person_of(request.scope, found)
    context |= {
        "fields": shown_fields(present.ROLES, values, problems),
        "paper_fields": shown_fields(present.PAPER, {}),
        "problems": problems,
    }
    return render(request, "settings/person.html", context, status=422 if problems else 200)


@fresh_sign_in
def start_link(request: ClinicRequest, membership: UUID) -> HttpResponse:
    """Make a start link for a person; the former password stops working."""
    found = belongings.person(request.scope, membership)
    if request.method != "POST":
        return render(request, "settings/start_ask.html", {"part": "settings", "membership": found})
    try:
        write.new_start(request.scope, membership=found)
    except NotAllowed as refused:
        messages.error(request, f"No link was made: {refused}.")
        return redirect("person", found.id)
    return _start(request, found)


def _start(request: ClinicRequest, membership: Membership) -> HttpResponse:
    """Show a start link, this once."""
    person, token = start_path(membership.user)
    path = reverse("start", kwargs={"person": person, "token": token})
    address = settings.DEPLOYMENT.address
    url = address.rstrip("/") + path if address else request.build_absolute_uri(path)
    context = {
        "part": "settings",
        "membership": membership,
        "url": url,
        "code": mark_safe(qr_svg(url)),
        "is_here_only": not address,
    }
    return render(request, "settings/start.html", context)


def paper(request: ClinicRequest, membership: UUID) -> HttpResponse:
    """Keep a paper of a person."""
    found = belongings.person(request.scope, membership)
    if request.method != "POST":
        return redirect("person", found.id)
    return _paper(request, found, None)


def paper_change(request: ClinicRequest, paper: UUID) -> HttpResponse:
    """Change what a paper says."""
    row = belongings.one(request.scope, Training, paper)
    return _paper(request, row.membership, row)


def _paper(request: ClinicRequest, membership: Membership, row: Training | None) -> HttpResponse:
    values: dict[str, Any] = {f.name: getattr(row, f.name, "") for f in present.PAPER}
    problems: dict[str, str] = {}
    if request.method == "POST":
        values = request.POST.dict()
        try:
            given = read(present.PAPER, values)
            if row is None:
                write.keep_paper(request.scope, membership=membership, paper=given)
            else:
                write.change_paper(request.scope, training=row, paper=given)
            return redirect("person", membership.id)
        except Problems as wrong:
            problems = wrong.by_field
    context = {
        "part": "settings",
        "title": f"Paper of {membership}",
        "fields": shown_fields(present.PAPER, values, problems),
        "problems": problems,
        "button": "Save",
        "remove": reverse("paper_remove", args=[row.id]) if row else "",
    }
    return render(request, "settings/form.html", context, status=422 if problems else 200)


def paper_remove(request: ClinicRequest, paper: UUID) -> HttpResponse:
    """Remove a paper that was entered by mistake."""
    row = belongings.one(request.scope, Training, paper)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    write.drop_paper(request.scope, training=row)
    return redirect("person", row.membership_id)


def emergencies(request: ClinicRequest) -> HttpResponse:
    """Return which closed records were opened, by whom and why."""
    found = belongings.emergencies(request.scope)
    request.scope.listing({access.patient_id: access.patient for access in found}.values())
    return render(request, "settings/access.html", {"part": "settings", "accesses": found})


def emergency_seen(request: ClinicRequest, access: UUID) -> HttpResponse:
    """Say that an emergency access was seen."""
    row = belongings.one(request.scope, EmergencyAccess, access)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    write.acknowledge(request.scope, access=row)
    return redirect("settings_access")
