"""Any text is kept sign by sign, and nothing of it is interpreted."""

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from django.test import Client
from django.urls import reverse

from cast import Cast
from ventosa.web.models import Document, Kind, Patient

MARKER = "zqx_typed_zqx"
"""Long enough that no token on a page holds it by chance."""
PAYLOADS = {
    "script": f"<script>{MARKER}(1)</script>",
    "attribute": f'"><img src=x onerror={MARKER}(1)>',
    "close": f"</textarea></title></style><svg/onload={MARKER}(1)>",
    "template": "{{ 7|add:7 }}{% debug %}" + MARKER,
    "formula": f"=HYPERLINK({MARKER})+cmd|' /C calc'!A0",
    "override": f"a\u202egnp.{MARKER}\u202c\u2066x\u2069",
    "emoji": f"👩🏽‍⚕️🫱🏿‍🫲🏻 {MARKER}",
    "zalgo": "Z" + "\u0301\u0316\u0334" * 40 + MARKER,
    "newline": f"one\r\nX-Evil: {MARKER}\r\n\r\ntwo",
    "long": MARKER + "x" * 150,
}


class Seen(HTMLParser):
    """What a browser would make of a page: its elements, attributes, texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        for name, value in attrs:
            if name != "value":
                assert MARKER not in (value or ""), f"typed text stands in {tag} {name}"

    def handle_data(self, data: str) -> None:
        self.text += data


def seen(page: bytes) -> Seen:
    parser = Seen()
    parser.feed(page.decode())
    return parser


Form = Callable[[str], dict[str, str]]
FORMS: dict[str, Form] = {
    "note_new": lambda x: {"title": x, "text": x},
    "complaint_new": lambda x: {"title": x},
    "word_new": lambda x: {"by": x, "how": "phone", "text": x, "covers": "everything"},
    "harm_new": lambda x: {"event": "burn", "grade": "1", "text": x},
    "marks_new": lambda x: {"days_after": "3", "grade": "1", "text": x},
    "letter_new": lambda x: {"direction": "came", "other": x, "text": x},
    "session_new": lambda x: {
        "technique": "dry_static",
        "harmed": "no",
        "cups_on": "1",
        "text": x,
        "despite": x,
    },
    "clearance_new": lambda x: {"clears": "C06", "by": x, "in_writing": "yes"},
}


@pytest.mark.parametrize("name", FORMS)
def test_any_text_is_kept_and_nothing_of_it_is_interpreted(cast: Cast, name: str) -> None:
    client = cast.client("alice")
    plain = cast.patient()
    client.post(reverse(name, args=[plain.id]), FORMS[name]("plain"))
    usual = _pages(client, plain)
    for payload in PAYLOADS.values():
        patient = cast.patient()
        answer = client.post(reverse(name, args=[patient.id]), FORMS[name](payload))
        assert answer.status_code == 302, (name, payload)
        document = Document.objects.exclude(kind=Kind.DETAILS).get(patient=patient)
        wanted = payload.replace("\r\n", "\n")
        assert wanted in document.body.values()  # kept sign by sign
        for page, expected in zip(_pages(client, patient), usual, strict=True):
            found = seen(page)
            assert found.elements <= seen(expected).elements, (name, payload)
            assert not set("\u202e\u202c\u2066\u2069") & set(found.text)
        assert MARKER in seen(_pages(client, patient)[1]).text
        # A refused form gives the words back, harmless too.
        refused = client.post(reverse(name, args=[patient.id]), {"on": "x", "text": payload})
        assert refused.status_code == 422
        assert not [e for e in seen(refused.content).elements if e[0] in ("img",) and "src" in e[1]]


def _pages(client: Client, patient: Patient) -> list[bytes]:
    document = Document.objects.exclude(kind=Kind.DETAILS).get(patient=patient)
    paths = (reverse("chart", args=[patient.id]), reverse("document", args=[document.id]))
    return [client.get(path).content for path in paths]


@pytest.mark.parametrize("name", FORMS)
def test_a_null_sign_is_refused_in_words(cast: Cast, name: str) -> None:
    patient = cast.patient()
    answer = cast.client("alice").post(reverse(name, args=[patient.id]), FORMS[name]("a\x00b"))
    assert answer.status_code == 422 and "null sign" in answer.content.decode()


def test_the_register_keeps_any_text_too(cast: Cast) -> None:
    client = cast.client("alice")
    fields = (
        "name",
        "phone",
        "email",
        "address",
        "remarks",
        "in_need_name",
        "in_need_relation",
        "doctor_name",
        "doctor_phone",
    )
    plain = dict.fromkeys(fields, "plain")

    def entered(text: str) -> bytes:
        form = {**dict.fromkeys(fields, text[:60]), "entered_on_purpose": "1"}
        answer = client.post(reverse("patient_new"), form)
        assert answer.status_code == 302
        return client.get(answer.url).content

    usual = seen(entered(plain["name"])).elements
    for payload in PAYLOADS.values():
        assert seen(entered(payload)).elements <= usual
