"""Who is at this tablet: switching, staying, starting, a PIN, a clinic."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from ventosa.languages import languages
from ventosa.record import InputError
from ventosa.web import belongings, pins
from ventosa.web.accounts import fresh_sign_in
from ventosa.web.actions import inviting
from ventosa.web.actions import people as write
from ventosa.web.entering import enter, move_to, person_of_start
from ventosa.web.middleware import current_memberships
from ventosa.web.scope import ClinicRequest

WRONG = "This PIN does not fit."
HELD = "The password is needed now: sign out, and sign in with it."


def me(request: ClinicRequest) -> HttpResponse:
    """Return the page of the person signed in."""
    context = {
        "part": "me",
        "clinics": current_memberships(request.user, request.scope.now),
        "languages": languages(),
        "invited": len(inviting.of_person(request.user, request.scope.now)),
        **belongings.ways_in(request.user),
    }
    return render(request, "me.html", context)


def codes(request: ClinicRequest) -> HttpResponse:
    """Lead to the page of the person, where the ways to sign in are listed."""
    return redirect("me")


def switch(request: ClinicRequest) -> HttpResponse:
    """Let a colleague with a PIN take over this tablet; the former person is signed out."""
    scope = request.scope
    people = belongings.people_with_pin(scope)
    asked = next_of(request)
    context: dict[str, object] = {"part": "", "people": people, "redirect_field": "", "next": asked}
    if request.method != "POST":
        return render(request, "account/switch.html", context)
    chosen = next((p for p in people if str(p.id) == request.POST.get("person")), None)
    if chosen is None:
        context["problem"] = "Choose who it is."
        return render(request, "account/switch.html", context, status=422)
    answer = pins.check_pin(chosen, request.POST.get("pin", ""), now=scope.now)
    if answer is pins.PinAnswer.FITS:
        enter(request, chosen)
        return redirect(asked or "today")
    context |= {"problem": WRONG if answer is pins.PinAnswer.WRONG else HELD, "chosen": chosen.id}
    return render(request, "account/switch.html", context, status=422)


def next_of(request: HttpRequest) -> str:
    """Return the page to go on with: a path of this clinic, or nothing."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None)
    return asked if is_ours else ""


def stay(request: ClinicRequest) -> HttpResponse:
    """Stay signed in: the request itself was the sign of life."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return HttpResponse(status=204)


@fresh_sign_in
def pin(request: ClinicRequest) -> HttpResponse:
    """Set, change or remove the PIN of the person signed in."""
    if request.method != "POST":
        return render(request, "account/pin.html", {"part": "me"})
    if "remove" in request.POST:
        write.set_pin(request.scope, pin="")
        messages.info(request, "You have no PIN any more.")
        return redirect("me")
    try:
        typed = pins.pin_from(request.POST.get("pin", ""))
        if typed != pins.pin_from(request.POST.get("again", "")):
            raise InputError("pin", "the two PINs are not the same")
        write.set_pin(request.scope, pin=typed)
    except InputError as error:
        context = {"part": "me", "problem": error.problem}
        return render(request, "account/pin.html", context, status=422)
    messages.info(request, "Your PIN is set.")
    return redirect("me")


def language(request: ClinicRequest) -> HttpResponse:
    """Choose the language of one's own pages."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        write.choose_language(request.scope, language=request.POST.get("language", ""))
    except InputError as error:
        messages.error(request, f"Not changed: {error.problem}.")
    else:
        messages.info(request, "Your pages are in this language from now on.")
    return redirect("me")


def clinic(request: ClinicRequest) -> HttpResponse:
    """Go to another clinic in which the person signed in works."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    for membership in current_memberships(request.user, request.scope.now):
        if str(membership.id) == request.POST.get("membership"):
            move_to(request, membership)
            return redirect("today")
    messages.error(request, "You do not work there today.")
    return redirect("me")


def start(request: HttpRequest, person: str, token: str) -> HttpResponse:
    """Let a new person choose the first password; the link works once."""
    found = person_of_start(person, token)
    context: dict[str, object] = {"person": found}
    if found is None or request.method != "POST":
        return render(request, "account/start.html", context, status=200 if found else 410)
    try:
        write.choose_password(
            found, first=request.POST.get("password1", ""), again=request.POST.get("password2", "")
        )
    except InputError as error:
        context["problem"] = error.problem
        return render(request, "account/start.html", context, status=422)
    messages.info(request, "Your password is set. Sign in with it.")
    return redirect(reverse("account_login"))
