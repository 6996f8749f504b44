"""The closed shape of every kind of document. A body that does not fit is never stored."""

import re
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from ventosa.record import InputError
from ventosa.record.answers import MOST_SAYS
from ventosa.terms import Technique
from ventosa.web.models.record import Kind

Line = Annotated[str, msgspec.Meta(max_length=200)]
Text = Annotated[str, msgspec.Meta(max_length=20_000)]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^([0-9a-f]{64})?$")]
Sex = Literal["", "female", "male", "other"]
BirthDate = Annotated[str, msgspec.Meta(pattern=r"^(\d{4}(-\d\d(-\d\d)?)?)?$")]


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """What every body is: closed."""


class Contact(Body):
    """Somebody to turn to: in need, or the family doctor."""

    name: Line = ""
    phone: Line = ""
    relation: Line = ""


class Details(Body):
    """Who the patient is. An empty text is not known."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    birth_date: BirthDate = ""
    sex: Sex = ""
    phone: Line = ""
    email: Line = ""
    address: Annotated[str, msgspec.Meta(max_length=500)] = ""
    language: Annotated[str, msgspec.Meta(max_length=8)] = "en"
    in_need: Contact = msgspec.field(default_factory=Contact)
    doctor: Contact = msgspec.field(default_factory=Contact)
    remarks: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class ImportBody(Body):
    """A FHIR bundle that was read: its bytes by their hash, and what was taken from it."""

    sha256: str
    readings: int


class ScreeningBody(Body):
    """What decided: answers, knowledge, day and stage, and what they came to."""

    stage: Literal["plan", "start"]
    answers: dict[str, Any]
    record: list[dict[str, Any]]
    knowledge_version: str
    knowledge_sha256: str
    screening: dict[str, Any]
    bundle: str = ""


class PlanBody(Body):
    """An accepted plan, the screening it stands on, and what was overridden."""

    screening: str
    plan: dict[str, Any]
    overrides: list[dict[str, Any]] = []
    techniques: list[str] = []


class SessionBody(Body):
    """A session as it was done. The treatment room writes it cup by cup; here it is whole.

    ``cups_on`` is how many cups were on, ``None`` = as many as ``cups`` names. ``departures`` say
    where it lay beyond what was decided, ``despite`` why.
    """

    technique: Technique
    suction_kpa: float | None = None
    retention_min: float | None = None
    cups: list[dict[str, Any]] = []
    pain_before: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None
    pain_after: Annotated[int, msgspec.Meta(ge=0, le=10)] | None = None
    harmed: bool = False
    text: Text = ""
    cups_on: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    departures: list[str] = []
    despite: Annotated[str, msgspec.Meta(max_length=2000)] = ""

    @property
    def counted(self) -> int | None:
        """How many cups were on; ``None`` = nobody said, as before it was asked."""
        return self.cups_on if self.cups_on is not None else len(self.cups) or None


class MarksBody(Body):
    """The marks that cups left, looked at some days later."""

    days_after: Annotated[int, msgspec.Meta(ge=0, le=365)]
    grade: Annotated[int, msgspec.Meta(ge=0, le=4)]
    text: Text = ""


class AdverseEventBody(Body):
    """A harm: which kind of the knowledge, how grave, and whether it is over."""

    event: Line
    grade: Annotated[int, msgspec.Meta(ge=1, le=5)]
    healed: bool = False
    text: Text = ""


class PhotoBody(Body):
    """A photo, by the hash of its bytes."""

    sha256: str
    width: int
    height: int
    title: Line = ""


class LetterBody(Body):
    """A letter that came or went.

    ``opening`` is what stands first because it is urgent. ``plan`` names the plan that is drawn in
    it, ``course`` holds the pain of the sessions as (day, before, after); ``answers`` names the
    letter that this one answers.
    """

    direction: Literal["came", "went"]
    other: Line
    text: Text
    scan: Sha256 = ""
    opening: Text = ""
    plan: Line = ""
    course: list[list[str | int | None]] = []
    rules: list[Line] = []
    answers: Line = ""


class ReadText(Body):
    """A consent text as it was read: parts with their headings and sentences."""

    about: Line
    language: Line
    version: Line
    sha256: Sha256
    title: Line
    parts: list[dict[str, Any]]


class ConsentBody(Body):
    """A consent as it was signed (the core's ``Consent`` as JSON), with all that was read.

    ``texts`` holds each text whole, under its hash; ``strokes`` a drawn signature as points
    (across and down in thousandths of the field's width, and milliseconds since its beginning).
    """

    consent: dict[str, Any]
    texts: list[ReadText] = []
    strokes: list[list[tuple[float, float, float]]] = []


class SpokenBody(Body):
    """A spoken yes of the day under an earlier signature."""

    consent: str
    heard_by: str


class WithdrawalBody(Body):
    """A consent taken back."""

    consent: str
    text: Text = ""


class NoteBody(Body):
    """A free note."""

    text: Text
    title: Line = ""


class WordBody(Body):
    """A word from outside: who says that something must not be done, and how it came."""

    by: Line
    on: date
    how: Literal["phone", "letter", "message", "in_person", "patient"]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_SAYS)]
    techniques: list[Technique] | None = None
    zone: dict[str, Any] | None = None
    until: date | None = None
    answers: Line = ""


class ClearanceBody(Body):
    """A doctor's written word that clears a fact, a rule or a word from outside."""

    covers: Line
    by: Line
    on: date
    until: date | None = None
    techniques: list[Technique] | None = None
    scan: Sha256 = ""
    answers: Line = ""


class ComplaintBody(Body):
    """What the person comes with, in a line."""

    title: Line
    onset_date: date | None = None


SHAPES: dict[str, type[Body]] = {
    Kind.DETAILS: Details,
    Kind.COMPLAINT: ComplaintBody,
    Kind.IMPORT: ImportBody,
    Kind.SCREENING: ScreeningBody,
    Kind.PLAN: PlanBody,
    Kind.SESSION: SessionBody,
    Kind.MARKS: MarksBody,
    Kind.ADVERSE_EVENT: AdverseEventBody,
    Kind.PHOTO: PhotoBody,
    Kind.LETTER: LetterBody,
    Kind.CONSENT: ConsentBody,
    Kind.SPOKEN: SpokenBody,
    Kind.WITHDRAWAL: WithdrawalBody,
    Kind.NOTE: NoteBody,
    Kind.WORD: WordBody,
    Kind.CLEARANCE: ClearanceBody,
}
"""The shape of each kind; every kind has one."""


HALF = re.compile("[\ud800-\udfff]")
"""Half a sign: it stands in no text that can be written to a disk."""


def to_json(body: Body) -> Any:
    """Return the JSON form of a body."""
    return msgspec.to_builtins(body)


def from_json(kind: str, tree: Any) -> Body:
    """Return the body of a kind from its JSON form.

    Raises:
        InputError: it does not fit the shape, or holds a sign that cannot be stored.
    """
    refuse_null(tree)
    try:
        return stored(kind, tree)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `$.")
        raise InputError(where.rstrip("`") or kind, problem) from None


def stored(kind: str, tree: Any) -> Body:
    """Return the body of a kind from JSON that was stored; it was checked when it was written."""
    return msgspec.convert(tree, SHAPES[kind])


def refuse_null(tree: Any) -> None:
    """Refuse the one sign that no database and no page can hold, and halves of signs.

    Raises:
        InputError: says so in words.
    """
    if isinstance(tree, str):
        if "\x00" in tree:
            raise InputError("", "a text holds a null sign, which cannot be stored; leave it out")
        if HALF.search(tree):
            raise InputError("", "a text holds half a sign, which cannot be stored; leave it out")
    elif isinstance(tree, dict):
        for key, value in tree.items():
            refuse_null(key)
            refuse_null(value)
    elif isinstance(tree, list | tuple):
        for value in tree:
            refuse_null(value)
