"""A FHIR R4 bundle opened: bytes to entries whose type is known, and errors that name the place."""

import re
from collections.abc import Callable
from typing import TypeVar

import msgspec
from msgspec import Raw

from ventosa.fhir.moments import Moment, parse_moment
from ventosa.fhir.resources import Bundle, EntryPart, Head, Part, Period
from ventosa.record import InputError

R = TypeVar("R", bound=Part)

_FIRST_KEY = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z]+)"')
_PLACE = re.compile(r"(.*) - at `\$\.?(.*)`", re.DOTALL)
_BYTE = re.compile(r"\(byte (\d+)\)")
_TYPES = re.compile(r"Expected `([a-z| ]+)`, got `([a-z]+)`")

_bundle = msgspec.json.Decoder(Bundle)
_head = msgspec.json.Decoder(Head)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A resource of the bundle with its place."""

    index: int
    type: str
    full_url: str | None
    raw: Raw

    @property
    def path(self) -> str:
        """Where the resource stands, for an error."""
        return f"entry[{self.index}].resource"

    def source(self, resource_id: str | None) -> str:
        """The name of the resource: ``Condition/<id>``, the id taken from the URL if need be."""
        name = resource_id or (self.full_url and re.split("[/:]", self.full_url)[-1])
        return f"{self.type}/{name}" if name else f"{self.type} at entry[{self.index}]"

    def moment(self, text: str | None, element: str) -> Moment | None:
        """The moment of an element; raises `InputError` that names it."""
        if text is None:
            return None
        try:
            return parse_moment(text)
        except InputError as error:
            raise InputError(f"{self.path}.{element}", error.problem) from None

    def start(self, period: Period | None, element: str) -> Moment | None:
        """The start of a period, or its end where only that is known."""
        if period is None:
            return None
        start = self.moment(period.start, f"{element}.start")
        return start or self.moment(period.end, f"{element}.end")


def open_bundle(data: bytes) -> list[Entry]:
    """The entries that hold a resource, in order.

    Raises `InputError` where the bytes are not a FHIR bundle with at least one entry.
    """
    _check_text(data)
    bundle = decode(_bundle.decode, data, "")
    if bundle.resource_type != "Bundle":
        raise InputError("resourceType", "must be Bundle: a whole record is read, not one resource")
    if not bundle.entry:
        raise InputError("entry", "the bundle holds no entry")
    return [
        _entry(index, part)
        for index, part in enumerate(bundle.entry)
        if len(memoryview(part.resource))
    ]


def read_resource(decoder: msgspec.json.Decoder[R], entry: Entry) -> R:
    """The resource of an entry; raises `InputError` that names the element."""
    try:
        return decoder.decode(entry.raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _said(error, entry.path) from None


T = TypeVar("T")


def decode(read: Callable[[bytes | Raw], T], data: bytes | Raw, path: str) -> T:
    """What ``read`` makes of the bytes; its errors become `InputError` below ``path``."""
    try:
        return read(data)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _said(error, path) from None


def _check_text(data: bytes) -> None:
    if not data or data.isspace():
        raise InputError("", "the file is empty")
    if data.startswith(b"\xef\xbb\xbf"):
        raise InputError("", "the file starts with a byte order mark; save it as UTF-8 without one")
    if data.isascii():
        return
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError("", f"the file is not UTF-8 (byte {error.start})") from None


def _entry(index: int, part: EntryPart) -> Entry:
    # FHIR writers put resourceType first; only where they do not is the whole resource looked at.
    first = _FIRST_KEY.match(part.resource)
    if first is not None:
        return Entry(index, first.group(1).decode("ascii"), part.full_url, part.resource)
    path = f"entry[{index}].resource"
    head = decode(_head.decode, part.resource, path)
    if head.resource_type is None:
        raise InputError(f"{path}.resourceType", "is missing")
    return Entry(index, head.resource_type, part.full_url, part.resource)


def _said(error: Exception, path: str) -> InputError:
    """The error in plain words. It never repeats a value of the record."""
    if isinstance(error, RecursionError):
        return InputError(path, "is nested too deeply")
    if isinstance(error, UnicodeDecodeError):
        return InputError(path, "holds text that is not UTF-8")
    if not isinstance(error, msgspec.ValidationError):
        byte = _BYTE.search(str(error))
        what = f"byte {byte.group(1)}" if byte else "it ends too early or text is broken off"
        return InputError(path, f"is not JSON ({what})" if path else f"not JSON ({what})")
    place = _PLACE.fullmatch(str(error))
    problem, inner = (place.group(1), place.group(2)) if place else (str(error), "")
    types = _TYPES.fullmatch(problem)
    if types is not None:
        wanted = types.group(1).replace(" | null", "")
        problem = f"must be {_WORDS.get(wanted, wanted)}, not {_WORDS[types.group(2)]}"
    elif problem == "Number out of range":
        problem = "is a number out of range"
    else:
        problem = "has the wrong form"
    return InputError(".".join(p for p in (path, inner) if p), problem)


_WORDS = {
    "str": "a string",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "null",
    "object": "an object",
    "array": "an array",
}
