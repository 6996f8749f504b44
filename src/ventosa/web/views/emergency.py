"""A record that is open to its treating team only, and the team itself."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from ventosa.record import InputError, NotAllowed
from ventosa.web import belongings
from ventosa.web.actions import patients as records
from ventosa.web.actions import people as write
from ventosa.web.models import Patient
from ventosa.web.models.record import Privacy
from ventosa.web.policy import practises
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import ClinicRequest, Restricted


def closed_record(
    request: HttpRequest, patient: Patient, *, problem: str = "", status: int = 403
) -> HttpResponse:
    """403: say that the record is closed, without saying whose it is; who treats may open it."""
    scope = request.scope  # type: ignore[attr-defined]
    context = {
        "patient_id": patient.id,
        "may_open": practises(scope.membership),
        "problem": problem,
        "hours": write.EMERGENCY_HOURS,
    }
    return render(request, "patients/closed.html", context, status=status)


def open_record(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Open a closed record for eight hours, with a reason."""
    try:
        found = request.scope.patient(patient)
        return redirect("chart", found.id)
    except Restricted as restricted:
        found = restricted.patient
    if request.method != "POST":
        return closed_record(request, found, status=200)
    try:
        reason = request.POST.get("reason", "")
        write.open_in_emergency(request.scope, patient=found, reason=reason)
    except InputError as error:
        return closed_record(request, found, problem=error.problem, status=422)
    messages.warning(request, "Open to you for eight hours. The owner is told.")
    return redirect("chart", found.id)


def team(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Show who treats a patient, and who may open the record."""
    found = request.scope.patient(patient)
    members = belongings.team(found)
    mine = {row.membership_id for row in members}
    context: dict[str, Any] = {
        **person_of(request.scope, found),
        "tab": "team",
        "members": members,
        "i_am_of_it": request.scope.membership.id in mine,
        "others": [p for p in belongings.practitioners(request.scope) if p.id not in mine],
        "is_closed": found.privacy == Privacy.TEAM,
        "emergencies": belongings.emergencies_of(request.scope, found),
    }
    return render(request, "patients/team.html", context)


def team_add(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Bring somebody into the treating team: oneself, or a colleague."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    chosen = request.POST.get("membership", str(request.scope.membership.id))
    for colleague in belongings.practitioners(request.scope):
        if str(colleague.id) == chosen:
            try:
                write.bring_in(request.scope, patient=found, membership=colleague)
            except NotAllowed as refused:
                messages.error(request, f"Nobody was added: {refused}.")
            break
    return redirect("team", found.id)


def team_leave(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Leave the treating team."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        write.leave_team(request.scope, patient=found)
    except NotAllowed as refused:
        messages.error(request, f"You are still of the team: {refused}.")
        return redirect("team", found.id)
    return redirect("team", found.id)


def privacy(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Open a record to the clinic, or to its treating team only."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    to = request.POST.get("privacy", "")
    if to not in Privacy.values or not write.is_of_team(request.scope, found):
        messages.error(request, "Only the treating team decides who may open a record.")
        return redirect("team", found.id)
    try:
        records.set_privacy(request.scope, patient=found, privacy=to)
    except NotAllowed as refused:
        messages.error(request, f"Nothing was changed: {refused}.")
    return redirect("team", found.id)
