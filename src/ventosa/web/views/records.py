"""One person who stands in the register twice: two records are read as one, and again as two."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect, render

from ventosa.matching import Person
from ventosa.record import NotAllowed
from ventosa.web import finding
from ventosa.web.actions import patients as write
from ventosa.web.ids import id_from
from ventosa.web.models import Patient
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.records import compared, merge_line
from ventosa.web.scope import ClinicRequest

PAGE = 12
"""Patients whom a search for the other record shows."""


def same(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Choose the other record, hold both side by side, and read them as one."""
    found = request.scope.patient(patient)
    if found.is_merged:
        return to_kept(request, found, "same_person")
    other_id = id_from(request.POST.get("with") or request.GET.get("with", ""))
    context: dict[str, Any] = person_of(request.scope, found)
    if other_id is None or other_id == found.id:
        return _choose(request, found, context)
    other = request.scope.patient(other_id)
    if request.method == "POST":
        problem = _merge(request, found, other)
        if problem is None:
            return redirect("chart", request.POST["keep"])
        context["problem"] = problem
    context |= compared(request.scope, found, other)
    status = 422 if "problem" in context else 200
    return render(request, "records/compare.html", context, status=status)


def _choose(request: ClinicRequest, found: Patient, context: dict[str, Any]) -> HttpResponse:
    typed = request.POST.get("q", "")[:100]
    details = context["details"]
    person = Person(details.name, details.birth_date, details.phone)
    doubles = write.doubles(request.scope, person=person, beside=found).alike
    named: list[Patient] = []
    if typed:
        one = request.scope.one_person(found)
        named = finding.patients(request.scope, typed, most=PAGE, beside=one)
    request.scope.listing([*named, *(patient for patient, _ in doubles)])
    merges = list(request.scope.merges(found))
    request.scope.listing(merge.merged for merge in merges)
    context |= {"q": typed, "found": named, "doubles": doubles, "merges": merges}
    return render(request, "records/same.html", context)


def _merge(request: ClinicRequest, one: Patient, other: Patient) -> str | None:
    """Merge as chosen; return what stood against it."""
    keep = request.POST.get("keep", "")
    kept, merged = (one, other) if keep == str(one.id) else (other, one)
    if keep not in (str(one.id), str(other.id)):
        return "choose which number stays"
    try:
        write.merge(request.scope, kept=kept, merged=merged)
    except NotAllowed as refused:
        return str(refused)
    messages.info(
        request, f"No. {merged.number} is read as part of no. {kept.number}. Nothing was moved."
    )
    return None


def unmerge(request: ClinicRequest, patient: UUID) -> HttpResponse:
    """Read two records as two again."""
    found = request.scope.patient(patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    chosen = id_from(request.POST.get("merge", ""))
    merge = next((m for m in request.scope.merges(found) if m.id == chosen), None)
    if merge is not None:
        write.unmerge(request.scope, merge=merge)
        messages.info(
            request,
            f"No. {merge.merged.number} stands by itself again. What was written since the merge "
            "stays where it was written.",
        )
    return redirect("same_person", found.id)


def to_kept(request: ClinicRequest, merged: Patient, name: str) -> HttpResponseRedirect:
    """Lead from a record that was merged to the one that is kept, and say so."""
    merge = request.scope.merges(merged).filter(merged=merged).get()
    messages.info(request, merge_line(merge))
    return redirect(name, merge.kept_id)
