"""The settings in words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import available_timezones

from django.urls import reverse

from ventosa.languages import languages
from ventosa.record import InputError
from ventosa.terms import CupKind, Technique
from ventosa.web import belongings
from ventosa.web.actions import inviting
from ventosa.web.models import (
    Clinic,
    CupStock,
    Invitation,
    Membership,
    NoteTemplate,
    Price,
    Row,
    Training,
)
from ventosa.web.models.clinic import SuctionKnown
from ventosa.web.models.people import TrainingKind
from ventosa.web.money import amount_words
from ventosa.web.scope import Scope
from ventosa.web.things import KINDS, PRICES, TEMPLATES, Thing
from ventosa.web.typed import Field

ZONES = tuple((zone, zone.replace("_", " ")) for zone in sorted(available_timezones()))


def _values(clinic: Clinic, fields: tuple[Field, ...]) -> dict[str, Any]:
    return {field.name: getattr(clinic, field.name) for field in fields}


@dataclass(frozen=True, slots=True)
class ClinicForm:
    """One page of what a clinic says of itself; ``take`` turns what was typed into columns."""

    title: str
    told: str
    fields: tuple[Field, ...]
    take: Callable[[dict[str, Any]], dict[str, Any]] = lambda given: given
    show: Callable[[Clinic], dict[str, Any]] | None = None

    def values(self, clinic: Clinic) -> dict[str, Any]:
        """Return what stands in the fields."""
        return self.show(clinic) if self.show is not None else _values(clinic, self.fields)

    def taken(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return the columns to write."""
        return self.take(given)


def _clinic(given: dict[str, Any]) -> dict[str, Any]:
    country = str(given["country"]).upper()
    if country and not re.fullmatch(r"[A-Z]{2}", country):
        raise InputError("country", "two letters, as GB")
    if not re.fullmatch(r"[0-9 +]{2,16}", given["emergency_number"]):
        raise InputError("emergency_number", "digits only, as 112")
    return {**given, "country": country}


CLINIC = ClinicForm(
    "The clinic",
    "The emergency number stands on every page that sends somebody to hospital.",
    (
        Field("name", "Name"),
        Field("country", "Country", hint="two letters, as GB", is_needed=False, most=2),
        Field("time_zone", "Time zone", "choice", choices=ZONES),
        Field("emergency_number", "Emergency number", most=16),
        Field(
            "idle_minutes",
            "Minutes until a tablet that nobody touches signs itself out",
            "number",
            hint="two to sixty; ten is our suggestion (editorial: the clinic decides)",
            least=2,
            most=60,
        ),
    ),
    _clinic,
)
KEEPING = ClinicForm(
    "Keeping records",
    "How long a record is kept after the last visit. The law of your country decides; "
    "the number shipped is editorial.",
    (Field("retention_years", "Years", "number", least=1, most=100),),
)


def languages_of() -> ClinicForm:
    """Return the page of the languages, as many as the program speaks."""
    known = languages()
    fields = tuple(Field(f"speaks_{one.code}", f"{one.name}{_state(one)}", "tick") for one in known)

    def take(given: dict[str, Any]) -> dict[str, Any]:
        spoken = [one.code for one in known if given[f"speaks_{one.code}"]]
        if given["language"] not in spoken:
            raise InputError("language", "the first language is one of those that are spoken here")
        return {"language": given["language"], "languages": spoken}

    def show(clinic: Clinic) -> dict[str, Any]:
        spoken = {f"speaks_{one.code}": one.code in clinic.languages for one in known}
        return {"language": clinic.language, **spoken}

    choices = tuple((one.code, one.name) for one in known)
    first = Field("language", "First language", "choice", choices=choices)
    told = (
        "Patients are asked in these languages. Consent exists only where a clinician signed a "
        "language off."
    )
    return ClinicForm("Languages", told, (first, *fields), take, show)


def _state(language: Any) -> str:
    return " · draft, not yet read by a clinician" if str(language.state) == "draft" else ""


@dataclass(frozen=True, slots=True)
class Part:
    """One page of the settings, on their first page."""

    title: str
    told: str
    url: str
    is_open: bool = False


def index_of(scope: Scope) -> dict[str, Any]:
    """Return the pages of the settings, each with what stands in it."""
    clinic = scope.clinic
    unseen = len(belongings.emergencies(scope, open_only=True))
    people = belongings.people(scope)
    expired = sum(
        paper_words(paper, scope.today)[1] == "avoid" for p in people for paper in p.trainings.all()
    )
    kinds = belongings.cups(scope).filter(is_retired=False).count()
    places = belongings.sites(scope).filter(is_closed=False).count()
    charged = belongings.prices(scope).filter(is_retired=False).count()
    notes = belongings.note_templates(scope).filter(is_retired=False).count()
    papers = f", {_many(expired, 'paper')} expired" if expired else ""
    seen = f"{unseen} not yet seen" if unseen else "none unseen"
    names = {one.code: one.name for one in languages()}
    spoken = ", ".join(names.get(code, code) for code in clinic.languages or [clinic.language])
    parts = (
        Part("The clinic", f"{clinic.name}, {clinic.time_zone}", reverse("settings_clinic")),
        Part("People", f"{len(people)} people{papers}", reverse("settings_people"), bool(expired)),
        Part("Sites, rooms, beds", _many(places, "site"), reverse("settings_places")),
        Part("Cups", _many(kinds, "kind and size", "kinds and sizes"), reverse("settings_cups")),
        Part("Prices", _many(charged, "line"), reverse("settings_price")),
        Part("Beginnings of notes", _many(notes, "beginning"), reverse("settings_template")),
        Part("Languages", spoken, reverse("settings_languages")),
        Part("Languages for consent", "read and signed off here", reverse("settings_consent")),
        Part("Keeping records", f"{clinic.retention_years} years", reverse("settings_keeping")),
        Part("Closed records opened", seen, reverse("settings_access"), bool(unseen)),
    )
    return {"part": "settings", "parts": parts}


def _many(count: int, one: str, more: str = "") -> str:
    return "none yet" if not count else f"{count} {one if count == 1 else more or one + 's'}"


EMPTY = {
    "cups": "No cups are listed yet. Plans are made with the cups that stand here.",
    "price": "Nothing is charged yet.",
    "template": "No note has a beginning of its own yet.",
}


def list_of(scope: Scope, thing: Thing, above: Row | None) -> dict[str, Any]:
    """Return a list with its form."""
    context: dict[str, Any] = {
        "part": "settings",
        "title": thing.title if above is None else f"A new {thing.one} in {above.name}",  # type: ignore[attr-defined]
        "button": f"Add {thing.one}",
        "empty": EMPTY.get(thing.word, ""),
        "ended": thing.ended,
    }
    if thing.ends != "is_retired":
        return context | ({"title": "A new site"} if above is None else {})
    rows: Any = {PRICES.word: belongings.prices, TEMPLATES.word: belongings.note_templates}.get(
        thing.word, belongings.cups
    )(scope)
    context["rows"] = [_line(thing, row) for row in rows]
    return context


def _line(thing: Thing, row: Row) -> dict[str, Any]:
    title, told = _words(row)
    return {
        "title": title,
        "told": told,
        "is_over": getattr(row, thing.ends),
        "change": reverse(f"{thing.word}_change", kwargs={thing.word: row.id}),
        "end": reverse(f"{thing.word}_end", kwargs={thing.word: row.id}),
    }


def _words(row: Row) -> tuple[str, str]:
    if isinstance(row, CupStock):
        known = SuctionKnown(row.suction_known).label
        maker = f", {row.maker}" if row.maker else ""
        kind = KINDS[CupKind(row.kind)]
        return (
            f"{row.count} × {row.inner_diameter_mm} mm",
            f"{kind}, {row.material}{maker}; {known}",
        )
    if isinstance(row, Price):
        return row.name, amount_words(row.amount, row.currency)
    assert isinstance(row, NoteTemplate)
    return row.name, row.text[:120]


def change_of(thing: Thing, row: Row) -> dict[str, Any]:
    """Return the form of one thing."""
    is_over = getattr(row, thing.ends)
    ends = "Retire" if thing.ends == "is_retired" else "Close"
    return {
        "part": "settings",
        "title": f"Change {thing.one}",
        "button": "Save",
        "end": reverse(f"{thing.word}_end", kwargs={thing.word: row.id}),
        "is_over": is_over,
        "end_word": "Take up again" if is_over else ends,
    }


# --- people -------------------------------------------------------------------------------------

ROLES = (
    Field("since", "First day", "date"),
    Field("until", "Last day", "date", hint="of a locum; empty = open", is_needed=False),
    Field("practises", "treats", "tick"),
    Field("assists", "assists", "tick"),
    Field("is_owner", "owns the clinic", "tick"),
)
PERSON = (
    Field("name", "Name"),
    Field("username", "Name to sign in with", hint="letters, digits, . _ -", most=60),
    *ROLES,
)
INVITED = (Field("username", "Name the person signs in with", most=150), *ROLES)
TECHNIQUES = tuple((t.value, t.value.replace("_", " ")) for t in Technique)
PAPER = (
    Field("technique", "Technique", "choice", choices=TECHNIQUES),
    Field("kind", "Paper", "choice", choices=tuple(TrainingKind.choices)),
    Field("issuer", "Issued by"),
    Field("number", "Number", is_needed=False, most=60),
    Field("expires_on", "Last day it counts", "date", hint="empty = no end", is_needed=False),
)
SOON_DAYS = 60
"""A paper that ends within so many days is shown as ending (editorial)."""


def paper_words(paper: Training, today: date) -> tuple[str, str]:
    """Return how long a paper counts, and the class of the word."""
    if paper.expires_on is None:
        return "no end", "plain"
    days = (paper.expires_on - today).days
    if days < 0:
        return "expired: the same as none", "avoid"
    if days == 0:
        return "expires today", "modify"
    if days <= SOON_DAYS:
        return f"expires in {_many(days, 'day')}", "modify"
    return f"until {paper.expires_on:%d %b %Y}", "plain"


def role_words(membership: Membership | Invitation) -> str:
    """Return the roles of a person in words."""
    words = (
        (membership.is_owner, "owner"),
        (membership.practises, "treats"),
        (membership.assists, "assists"),
    )
    return ", ".join(word for holds, word in words if holds)


def people_of(scope: Scope) -> list[dict[str, Any]]:
    """Return everybody as lines, with what of their papers wants attention."""
    lines = []
    for membership in belongings.people(scope):
        papers = [paper_words(paper, scope.today) for paper in membership.trainings.all()]
        is_over = membership.until is not None and membership.until < scope.today
        lines.append(
            {
                "membership": membership,
                "roles": role_words(membership),
                "is_over": is_over,
                "papers": [words for words in papers if words[1] != "plain"],
                "has_start": membership.user.has_usable_password(),
            }
        )
    return lines


def invitations_of(scope: Scope) -> list[dict[str, Any]]:
    """Return the invitations that wait, as lines."""
    rows = inviting.waiting(scope.clinic, scope.now).select_related("author__user")
    return [{"invitation": row, "roles": role_words(row)} for row in rows]


def person_of(scope: Scope, membership: Membership) -> dict[str, Any]:
    """Return one person with the papers."""
    papers = [
        {"paper": paper, "title": _paper(paper), "words": paper_words(paper, scope.today)}
        for paper in membership.trainings.all()
    ]
    return {"part": "settings", "membership": membership, "papers": papers}


def _paper(paper: Training) -> str:
    return f"{TrainingKind(paper.kind).label}, {paper.technique.replace('_', ' ')}"


def roles_values(membership: Membership) -> Mapping[str, Any]:
    """Return what stands in the form of a person's roles."""
    return {field.name: getattr(membership, field.name) for field in ROLES}
