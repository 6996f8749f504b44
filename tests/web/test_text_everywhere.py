"""Every text that is stored, on every page: it is shown and never interpreted.

Columns are found from the models and bodies from the documents, pages from the table of addresses:
what is added later is in here by itself.
"""

from collections.abc import Iterator
from typing import Any

from addresses import Address, Samples, addresses, with_codes, with_demo
from django.apps import apps
from django.db import connection
from django.db.models import CharField, JSONField, TextField
from django.test import Client
from test_any_text import Seen

from accepted import accept, assessed
from cast import Cast
from recorded import guards_off, say, signed_by, write
from ventosa.web.actions import documents, inviting, patients, people
from ventosa.web.documents import SHAPES, from_json
from ventosa.web.ids import new_id
from ventosa.web.models import CupSet, Document, Encounter, Kind, LanguageSignOff, Patient

MARKER = "zqx_typed_zqx"
PAYLOAD = f"\"'><img src=x onerror={MARKER}>{{{{ 7|add:7 }}}}\u202e\u2066=1+1👩🏽‍⚕️"
"""What ends an attribute and an element, what a template and a sheet would reckon, what turns the
direction, and a sign of many parts; short enough for every field but the shortest."""

NO_TEXT = {
    "Clinic": {"language", "country", "time_zone", "emergency_number"},
    "Price": {"currency"},
    "LanguageSignOff": {"language", "sha256"},
    "User": {"password", "language", "first_name", "last_name", "email"},
    "Membership": {"pin"},
    "Patient": {"plain_name", "birth_date", "phone_end", "language", "key"},
    "PatientWord": {"word"},
    "PatientKey": {"key"},
    "Encounter": {"key"},
    "Document": {"key"},
    "Signature": {"sha256"},
    "Entry": {"field", "saw", "key"},
    "Blob": {"sha256", "media_type"},
    "AuditRow": {"act", "what"},
    "Seal": {"rows_sha256", "previous", "sha256"},
    "PlanStep": {"key"},
}
"""Columns that a person does not write: codes, hashes, keys. Every other one is filled."""

OBEYED = {"href", "src", "style", "action", "class", "id", "hx-post", "hx-get"}
TURNING = set("\u202e\u2066")


class Page(Seen):
    """A page of which only the words outside of fields may not turn."""

    def __init__(self) -> None:
        super().__init__()
        self.inside = ""
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.inside = tag
        for name, value in attrs:
            if MARKER in (value or "") and name in (
                "href",
                "src",
                "style",
                "action",
                "class",
                "id",
            ):
                self.bad.append(f"{tag} {name}")
            if name.startswith("on"):
                self.bad.append(f"{tag} {name}")

    def turned(self) -> list[str]:
        """The words that turn what stands after them."""
        return [line[:60] for line in self.text.splitlines() if TURNING & set(line)]

    def handle_data(self, data: str) -> None:
        if self.inside not in ("textarea", "script"):
            self.text += data


def crawl(client: Client, samples: Samples, more: list[str]) -> dict[str, Page]:
    """Every page that may be looked at, by its address."""
    found: dict[str, Page] = {}
    own = [(a.name, a.url(samples)) for a in addresses() if is_page(a)]
    for name, path in [*own, *((path, path) for path in more)]:
        answer = client.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found[name] = Page()
            found[name].feed(answer.content.decode())
    return found


def is_page(address: Address) -> bool:
    return address.name not in {"demo", "account_logout"}


def scene(cast: Cast) -> tuple[Patient, Encounter]:
    """One person of whom everything was written that can be."""
    patient = cast.patient(
        phone="07700 900123", address="1 Mill Lane", remarks="Comes by bus", email="d@x.example"
    )
    visit = assessed(cast, patient)
    say(cast, visit, "goal", "Lift my daughter")
    say(cast, visit, "note", "Came by bus")
    say(cast, visit, "fact:fever", False, note="Since Sunday no more")
    accept(cast, visit)
    signed_by(cast.client("alice"), visit, "Daniel Okafor")
    for kind, tree in BODIES.items():
        written = write(cast, patient, kind, from_json(kind, tree))
    scope = cast.scope("alice")
    documents.add_to(scope, document=written, text="More words", key="added")
    documents.sign(scope, document=written)
    note = write(cast, patient, Kind.NOTE, from_json(Kind.NOTE, BODIES[Kind.NOTE]))
    documents.enter_in_error(scope, document=note, reason="Two charts were open")
    people.open_in_emergency(scope, patient=patient, reason="Found fainted in the room.")
    patients.merge(scope, kept=patient, merged=cast.patient(name="Dan Okafor"))
    inviting.invite(
        scope, username="an old friend", roles=people.Roles(False, True, False, scope.today)
    )
    CupSet.objects.create(
        id=new_id(), clinic=scope.clinic, name="My lumbar six", owner=cast.alice, cups=[]
    )
    LanguageSignOff.objects.create(
        id=new_id(),
        clinic=scope.clinic,
        language="ar",
        sha256="0" * 64,
        read_by="Dr Salma Nasser",
        training="Family medicine",
        on=scope.today,
        author=cast.alice,
        at=scope.now,
    )
    return patient, visit


BODIES: dict[str, Any] = {
    Kind.COMPLAINT: {"title": "Low back pain"},
    Kind.WORD: {
        "by": "Dr Helen Marsh", "on": "2026-11-24", "how": "phone", "text": "Ask me first",
        "techniques": ["wet"],
    },
    Kind.CLEARANCE: {"covers": "C06", "by": "Dr Helen Marsh", "on": "2026-11-24"},
    Kind.ADVERSE_EVENT: {"event": "blister", "grade": 1, "text": "Under cup 2"},
    Kind.MARKS: {"days_after": 2, "grade": 1, "text": "Pale rings"},
    Kind.SESSION: {"technique": "dry_static", "text": "Went well"},
    Kind.LETTER: {"direction": "came", "other": "Dr Helen Marsh", "text": "See the scan"},
    Kind.NOTE: {"title": "By telephone", "text": "Sleeps badly now"},
}  # fmt: skip
ELSEWHERE = {Kind.DETAILS, Kind.SCREENING, Kind.PLAN, Kind.CONSENT}
"""Kinds that the scene writes in another way."""
WITHOUT_WORDS = {Kind.IMPORT, Kind.SPOKEN, Kind.WITHDRAWAL, Kind.PHOTO}
"""Kinds whose pages show no words of their own, or the words of another kind."""


def test_every_kind_of_document_is_in_the_scene() -> None:
    assert set(SHAPES) == {*BODIES, *ELSEWHERE, *WITHOUT_WORDS}


def columns() -> Iterator[tuple[Any, Any]]:
    for model in apps.get_app_config("clinic").get_models():
        for column in model._meta.local_fields:
            is_text = isinstance(column, CharField | TextField) and not column.choices
            if is_text and column.name not in NO_TEXT.get(model.__name__, set()):
                yield model, column


def test_what_is_no_text_is_there() -> None:
    models = {model.__name__: model for model in apps.get_app_config("clinic").get_models()}
    for name, left_out in NO_TEXT.items():
        assert left_out <= {column.name for column in models[name]._meta.local_fields}, name


def spoil() -> set[str]:
    """Put the payload into every text that is stored; return the columns that held one."""
    guards_off(connection)
    done = set()
    for model, column in columns():
        for number, row in enumerate(model._default_manager.exclude(**{column.name: ""})):
            text = PAYLOAD[: (column.max_length or 999) - 3] + (
                str(number) if column.unique else ""
            )
            model._default_manager.filter(pk=row.pk).update(**{column.name: text})
            done.add(f"{model.__name__}.{column.name}")
    for row in Document.objects.all():
        Document.objects.filter(pk=row.pk).update(body=spoiled(row.body))
    for model, name in bodies():
        for row in model._default_manager.all():
            kept = spoiled(getattr(row, name))
            model._default_manager.filter(pk=row.pk).update(**{name: kept})
    return done


def bodies() -> Iterator[tuple[Any, str]]:
    for model in apps.get_app_config("clinic").get_models():
        for column in model._meta.local_fields:
            if isinstance(column, JSONField) and model.__name__ in ("Entry", "PlanStep"):
                yield model, column.name


def spoiled(value: Any) -> Any:
    """The same JSON with every sentence in it spoiled: what holds a space was written by people."""
    if isinstance(value, dict):
        # What was read stands in a consent word for word, from the catalogue.
        return {key: one if key == "texts" else spoiled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [spoiled(one) for one in value]
    return PAYLOAD if isinstance(value, str) and " " in value else value


def test_no_stored_text_is_interpreted_on_any_page(cast: Cast, settings: Any) -> None:
    with_codes(cast)
    with_demo(settings)
    patient, visit = scene(cast)
    samples = Samples(cast, "alice")
    samples.of("chart", "patient"), samples.of("assess", "visit")
    for make in list(samples.made):
        samples.made[make] = patient.id if make is next(iter(samples.made)) else visit.id
    more = [f"/documents/{one.id}/" for one in Document.objects.filter(patient=patient)]
    consent = Document.objects.get(patient=patient, kind=Kind.CONSENT)
    more += [f"/documents/{consent.id}/consent/"]
    client = cast.client("alice")
    client.raise_request_exception = False  # a passkey of the samples is none
    usual = crawl(client, samples, more)
    assert len(usual) > 60
    filled = spoil()
    after = crawl(client, samples, more)
    assert set(after) == set(usual)
    elements = {element for page in usual.values() for element in page.elements}
    for name, page in after.items():
        assert page.bad == [], name
        assert page.elements <= elements, (name, page.elements - elements)
        assert "{{ 7|add:7 }}" in page.text or MARKER not in page.text, name
    turned = {name: page.turned() for name, page in after.items() if page.turned()}
    assert turned == {}
    assert {name for name, page in after.items() if MARKER in page.text} > {
        "chart", "today", "patients", "document", "visit_read", "plan", "plan_print", "consent",
        "person", "person_invite", "settings_price", "settings_places", "settings_template",
        "settings_cups", "team", "access", "same_person", "settings_access", "settings_people",
    }  # fmt: skip
    assert filled == {f"{model.__name__}.{column.name}" for model, column in columns()}
