"""What a clinic says once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render

from ventosa.record import InputError
from ventosa.web import belongings
from ventosa.web.actions import clinics as write
from ventosa.web.presenters import settings as present
from ventosa.web.scope import ClinicRequest
from ventosa.web.things import SITES, Thing, values_of
from ventosa.web.typed import Problems, read, shown_fields

SettingsView = Callable[..., HttpResponse]
HOME = {
    "cups": "settings_cups",
    "price": "settings_price",
    "template": "settings_template",
    "site": "settings_places",
    "room": "settings_places",
    "bed": "settings_places",
}
"""The page on which each kind of thing is listed."""


def index(request: ClinicRequest) -> HttpResponse:
    """Return the pages of the settings."""
    return render(request, "settings/index.html", present.index_of(request.scope))


def clinic(request: ClinicRequest) -> HttpResponse:
    """Name, country, time, emergency number, automatic sign-out."""
    return _of_clinic(request, present.CLINIC)


def keeping(request: ClinicRequest) -> HttpResponse:
    """How long records are kept."""
    return _of_clinic(request, present.KEEPING)


def languages(request: ClinicRequest) -> HttpResponse:
    """The languages in which patients are asked."""
    return _of_clinic(request, present.languages_of())


def _of_clinic(request: ClinicRequest, form: present.ClinicForm) -> HttpResponse:
    values = form.values(request.scope.clinic)
    problems: dict[str, str] = {}
    if request.method == "POST":
        try:
            write.change_clinic(request.scope, **form.taken(read(form.fields, request.POST.dict())))
            messages.info(request, "Saved.")
            return redirect("settings")
        except Problems as wrong:
            problems, values = wrong.by_field, request.POST.dict()
        except InputError as error:
            problems, values = {error.path: error.problem}, request.POST.dict()
    context = {
        "part": "settings",
        "title": form.title,
        "told": form.told,
        "fields": shown_fields(form.fields, values, problems),
        "problems": problems,
        "button": "Save",
    }
    return render(request, "settings/form.html", context, status=422 if problems else 200)


def places(request: ClinicRequest) -> HttpResponse:
    """Return sites with their rooms and beds."""
    context = {"part": "settings", "sites": list(belongings.sites(request.scope))}
    return render(request, "settings/places.html", context)


def listed(thing: Thing) -> SettingsView:
    """Return the view of a list with a form to add to it."""

    def view(request: ClinicRequest) -> HttpResponse:
        return _adding(request, thing, None)

    return view


def placed(thing: Thing) -> SettingsView:
    """Return the view that adds a site, a room to a site, or a bed to a room."""

    def view(request: ClinicRequest, **ids: UUID) -> HttpResponse:
        above = None
        if thing.parent is not None:
            above = belongings.one(request.scope, thing.parent.model, ids[thing.parent.word])
        return _adding(request, thing, above)

    return view


def _adding(request: ClinicRequest, thing: Thing, above: Any) -> HttpResponse:
    values: dict[str, Any] = {"order": 0} if thing is SITES else {}
    problems: dict[str, str] = {}
    if request.method == "POST":
        values = request.POST.dict()
        try:
            write.add(request.scope, thing=thing, given=read(thing.fields, values), parent=above)
            messages.info(request, "Added.")
            return redirect(HOME[thing.word])
        except Problems as wrong:
            problems = wrong.by_field
        except InputError as error:
            problems = {error.path: error.problem}
    context = present.list_of(request.scope, thing, above)
    context |= {"fields": shown_fields(thing.fields, values, problems), "problems": problems}
    template = "settings/list.html" if thing.ends == "is_retired" else "settings/form.html"
    return render(request, template, context, status=422 if problems else 200)


def changed(thing: Thing) -> SettingsView:
    """Return the view that changes one thing."""

    def view(request: ClinicRequest, **ids: UUID) -> HttpResponse:
        row = belongings.one(request.scope, thing.model, ids[thing.word])
        values, problems = dict(values_of(thing, row)), {}
        if request.method == "POST":
            values = request.POST.dict()
            try:
                given = read(thing.fields, values)
                write.change(request.scope, thing=thing, row=row, given=given)
                messages.info(request, "Saved.")
                return redirect(HOME[thing.word])
            except Problems as wrong:
                problems = wrong.by_field
            except InputError as error:
                problems = {error.path: error.problem}
        context = present.change_of(thing, row)
        context |= {"fields": shown_fields(thing.fields, values, problems), "problems": problems}
        return render(request, "settings/form.html", context, status=422 if problems else 200)

    return view


def ended(thing: Thing) -> SettingsView:
    """Return the view that retires a thing, or takes it up again."""

    def view(request: ClinicRequest, **ids: UUID) -> HttpResponse:
        row = belongings.one(request.scope, thing.model, ids[thing.word])
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        is_over = "again" not in request.POST
        write.end(request.scope, thing=thing, row=row, is_over=is_over)
        return redirect(HOME[thing.word])

    return view
