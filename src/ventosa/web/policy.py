"""Who may do what: every address declares it, and one without a declaration does not start.

A role is a predicate over a membership. A denied request looks like an address that does not exist
(404) where the thing itself is out of reach, and is refused in words (403) where the role is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path

from ventosa.web.actions.audit import read_rows
from ventosa.web.models import Membership
from ventosa.web.scope import Restricted

Role = Callable[[Membership], bool]
View = Callable[..., HttpResponseBase]


def owns(membership: Membership) -> bool:
    """The owner of the clinic."""
    return membership.is_owner


def practises(membership: Membership) -> bool:
    """Somebody who treats."""
    return membership.practises


def assists(membership: Membership) -> bool:
    """Somebody who helps in the rooms or at the desk."""
    return membership.assists


def works_here(membership: Membership) -> bool:
    """Anybody with a role."""
    return membership.is_owner or membership.practises or membership.assists


def treats_or_assists(membership: Membership) -> bool:
    """Somebody who meets patients."""
    return membership.practises or membership.assists


class About(StrEnum):
    """What an address shows: it says what the audit must hold of it."""

    NOTHING = "nothing"
    CLINIC = "clinic"
    PATIENT = "patient"
    SELF = "self"


@dataclass(frozen=True, slots=True)
class Policy:
    """Who may open an address, and what it is about.

    ``who`` is ``None`` for an address that needs no sign-in. ``in_hand_over``: it also works while
    the tablet is in the patient's hands. ``anywhere``: also somebody signed in who works in no
    clinic today.
    """

    who: Role | None
    about: About
    in_hand_over: bool = False
    anywhere: bool = False


PUBLIC = Policy(None, About.NOTHING, in_hand_over=True)
"""Anybody, at any time."""

ENTRANCE = Policy(None, About.NOTHING)
"""Anybody, but not from a tablet that is in a patient's hands."""


def route(pattern: str, view: View, name: str, policy: Policy) -> URLPattern:
    """Return an address whose view runs under its policy."""
    return path(pattern, guarded(view, policy), name=name)


def guarded(view: View, policy: Policy) -> View:
    """Return the view under a policy; ``.policy`` of the result names it."""

    @wraps(view)
    def run(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if policy.who is None and (policy.in_hand_over or "hand_over" not in request.session):
            return view(request, *args, **kwargs)
        if policy.anywhere and request.user.is_authenticated and "hand_over" not in request.session:
            return view(request, *args, **kwargs)
        refused = _refused(request, policy)
        if refused is not None:
            return refused
        try:
            response = view(request, *args, **kwargs)
        except Restricted as restricted:
            from ventosa.web.views.emergency import closed_record

            return closed_record(request, restricted.patient)
        if response.status_code < 400:
            read_rows(request.scope, request.resolver_match.url_name or "")
        return response

    run.policy = policy  # type: ignore[attr-defined]
    return run


def _refused(request: HttpRequest, policy: Policy) -> HttpResponse | None:
    from ventosa.web.views.faults import not_allowed, signed_out, works_nowhere

    scope = getattr(request, "scope", None)
    if scope is None:
        if request.headers.get("Accept", "").startswith("application/json"):
            return signed_out(request)
        if request.user.is_authenticated:
            return works_nowhere(request)
        return redirect_to_login(request.get_full_path())
    if "hand_over" in request.session and not policy.in_hand_over:
        from ventosa.web.views.hand_over import back_to_patient

        return back_to_patient(request)
    allowed = policy.who is None or policy.who(scope.membership)
    return None if allowed else not_allowed(request)
