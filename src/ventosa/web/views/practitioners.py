"""The page of somebody who treats, to show or to hang up."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render

from ventosa.web import belongings
from ventosa.web.presenters.practitioner import practitioner_page
from ventosa.web.presenters.speaking import spoken_by
from ventosa.web.scope import ClinicRequest


def practitioner(request: ClinicRequest, membership: UUID) -> HttpResponse:
    """Return the page of somebody who treats here today."""
    scope = request.scope
    treating = {one.id: one for one in belongings.practitioners(scope)}
    found = treating.get(membership)
    if found is None:
        raise Http404
    language = spoken_by(request.user.language)["language"]
    papers = belongings.papers(scope, found)
    context = practitioner_page(scope, found, papers, language)
    return render(request, "practitioner/page.html", context)
