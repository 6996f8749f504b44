"""Every address of the clinic, with something to ask each for: the matrix is made from these."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accepted import accept, assessed
from cast import PASSWORD, Cast
from ventosa.web import entering
from ventosa.web.actions import clinics, documents, inviting, people, plans
from ventosa.web.actions.people import Roles
from ventosa.web.documents import LetterBody, NoteBody
from ventosa.web.models import Document, Kind, Membership
from ventosa.web.pictures import MEDIA_TYPE
from ventosa.web.policy import Policy
from ventosa.web.things import THINGS

PEOPLE = ("alice", "bob", "carol", "olga", "eve", "mallory")
HARBOUR, HILL = "alice", "mallory"
"""Who enters the samples of the two clinics."""


@dataclass(frozen=True)
class Address:
    """One address: its name, the words in it, its policy."""

    name: str
    words: tuple[str, ...]
    pattern: str
    policy: Policy | None

    def url(self, samples: "Samples") -> str:
        """The address with the samples of a clinic in it."""
        return reverse(self.name, kwargs={word: samples.of(self.name, word) for word in self.words})


def addresses() -> list[Address]:
    """Every address that the resolver knows, from its leaves."""
    return [
        Address(leaf.name or "", tuple(leaf.pattern.converters), pattern, policy_of(leaf.callback))
        for pattern, leaf in leaves(get_resolver().url_patterns)
    ]


def policy_of(view: Any) -> Policy | None:
    return getattr(view, "policy", None)


def leaves(patterns: Any, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from leaves(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern), one


Make = Callable[[Cast, str], Any]


def _document(cast: Cast, who: str) -> Any:
    body = NoteBody(text="Sleeps badly.")
    key = f"sample-{who}"
    return documents.write(
        cast.scope(who), patient=cast.patient(who), kind="note", body=body, key=key
    ).id


def _letter(cast: Cast, who: str) -> Any:
    scope = cast.scope(who)
    blob = documents.keep_bytes(scope, data=b"\xff\xd8", media_type=MEDIA_TYPE)
    body = LetterBody(direction="came", other="Dr Marsh", text="See scan.", scan=blob.sha256)
    patient, key = cast.patient(who), f"letter-{who}"
    return documents.write(scope, patient=patient, kind="letter", body=body, key=key).id


def _planned(cast: Cast, who: str) -> Any:
    visit = assessed(cast, who=who)
    accept(cast, visit, who=who)
    return visit.id


def _decided(cast: Cast, who: str) -> Any:
    visit = _planned(cast, who)
    return Document.objects.get(encounter=visit, kind=Kind.SCREENING).id


def _letter_sent(cast: Cast, who: str) -> Any:
    body = LetterBody(direction="went", other="Dr Marsh", text="Please look.")
    patient, key = cast.patient(who), f"letter-sent-{who}"
    return documents.write(cast.scope(who), patient=patient, kind="letter", body=body, key=key).id


def _emergency(cast: Cast, who: str) -> Any:
    patient = cast.patient(who)
    reason = "Found fainted in the waiting room."
    return people.open_in_emergency(cast.scope(who), patient=patient, reason=reason).id


def _invitation(cast: Cast, who: str) -> Any:
    scope = cast.scope(who)
    roles = Roles(False, True, False, scope.today)
    return inviting.invite(scope, username=f"guest-of-{who}", roles=roles).id


def _paper(cast: Cast, who: str) -> Any:
    paper = {"technique": "wet", "kind": "licence", "issuer": "Board", "number": "7"}
    scope = cast.scope(who)
    return people.keep_paper(scope, membership=scope.membership, paper=paper).id


def _cup_set(cast: Cast, who: str) -> Any:
    cups = [{"level": "L3", "side": "left", "lateral_cun": 1.5, "inner_diameter_mm": 45}]
    return plans.keep_set(cast.scope(who), name="My lumbar one", cups=cups).id


def _kept(word: str, /, **fields: Any) -> Make:
    def make(cast: Cast, who: str) -> Any:
        thing = next(thing for thing in THINGS if thing.word == word)
        scope = cast.scope(who)
        parent = None
        if thing.parent is not None:
            parent = thing.parent.model._default_manager.get(
                id=SAMPLES[thing.parent.word](cast, who)
            )
        return clinics.add(scope, thing=thing, given=fields, parent=parent).id

    return make


SAMPLES: dict[str, Make] = {
    "patient": lambda cast, who: cast.patient(who).id,
    "visit": lambda cast, who: cast.visit(cast.patient(who), who).id,
    "document": _document,
    "access": _emergency,
    "paper": _paper,
    "invitation": _invitation,
    "membership": lambda cast, who: getattr(cast, who).id,
    "cups": _kept(
        "cups",
        kind="pump",
        material="plastic",
        inner_diameter_mm=45,
        count=4,
        suction_known="none",
        maker="Hansol",
    ),
    "price": _kept("price", name="Session", amount=4500, currency="EUR"),
    "template": _kept("template", name="First visit", text="Came with:"),
    "site": _kept("site", name="Main house", address="1 Mill Lane", order=0),
    "room": _kept("room", name="Room 1"),
    "bed": _kept("bed", name="Bed 1"),
    "cup_set": _cup_set,
    "pk": lambda cast, who: passkey(getattr(cast, who)),
    "person": lambda cast, who: entering.start_path(getattr(cast, who).user)[0],
    "token": lambda cast, who: entering.start_path(getattr(cast, who).user)[1],
    "word": lambda cast, who: "demo-word",
    "rule": lambda cast, who: "first_session",
}
"""What stands in an address under each name, entered by somebody of the clinic. A new name needs a
line here: a function of the cast and of who enters it, that returns what goes into the address."""

LETTERS = ("letter_print", "letter_pdf", "answer_word", "answer_letter", "answer_clearance")
BY_ADDRESS: dict[tuple[str, str], Make] = {
    **{(name, "document"): _letter_sent for name in LETTERS},
    ("picture", "document"): _letter,
    ("plan_print", "visit"): _planned,
    ("plan_finding", "visit"): _planned,
    ("decided_again", "document"): _decided,
}
"""Where a name means something else at one address: (address, name) -> sample."""


@dataclass
class Samples:
    """The samples of one clinic, each made when first asked for."""

    cast: Cast
    who: str
    made: dict[Any, Any] = field(default_factory=dict)

    def of(self, address: str, word: str) -> Any:
        """Return what stands for a word of an address."""
        make = BY_ADDRESS.get((address, word)) or SAMPLES.get(word)
        assert make is not None, (
            f"the address {address!r} has a part named {word!r} without a sample: "
            "add one to SAMPLES in tests/web/addresses.py"
        )
        if make not in self.made:
            self.made[make] = make(self.cast, self.who)
        return self.made[make]


def passkey(membership: Membership) -> int:
    """A passkey of a person; only its name is ever read here."""
    from allauth.mfa.models import Authenticator

    data = {"name": "Telephone", "credential": {}}
    found, _ = Authenticator.objects.get_or_create(user=membership.user, type="webauthn", data=data)
    return int(found.pk)


def with_codes(cast: Cast) -> None:
    """Everybody has a password, a code after it, and recovery codes."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    for who in PEOPLE:
        user = getattr(cast, who).user
        TOTP.activate(user, "JBSWY3DPEHPK3PXP")
        RecoveryCodes.activate(user)


def with_password(membership: Membership, word: str = PASSWORD) -> None:
    """Give a person a password."""
    membership.user.set_password(word)
    membership.user.save()


def fresh(client: Client, membership: Membership) -> Client:
    """The client as after typing the password once more."""
    import time

    session = client.session
    session["account_authentication_methods"] = [
        {"method": "password", "at": time.time(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(membership.user.pk)
    session.save()
    return client


def with_demo(settings: Any) -> None:
    """The demo clinic's door is open under a word."""
    settings.DEPLOYMENT = replace(settings.DEPLOYMENT, demo="demo-word")


__all__ = ["HARBOUR", "HILL", "PEOPLE", "Address", "Samples", "addresses"]
