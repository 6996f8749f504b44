"""Small parts of FHIR R4 resources as they are written, and the names of what has no code.

A code is written only where a source was seen for it (``knowledge/codes``, and HL7's own lists).
Everything else is text under a system of the project, which has no address.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ventosa.record.whole import Author

Resource = dict[str, Any]

OWN = "urn:ventosa:"
UCUM = "http://unitsofmeasure.org"

_CODE = re.compile(r"\S+( \S+)*")


def own(name: str, code: str, text: str = "") -> Resource:
    """A concept of the project: a code of its own list ``name``, and words."""
    coding = {"system": OWN + name, "code": code} if _CODE.fullmatch(code) else None
    return pruned({"coding": [coding] if coding else [], "text": text or code})


def coded(system: str, code: str, text: str = "") -> Resource:
    """A concept of a public list."""
    return pruned({"coding": [{"system": system, "code": code}], "text": text})


def extension(name: str, **value: Any) -> Resource:
    """An extension of the project with its one value."""
    return {"url": f"{OWN}extension:{name}", **value}


def quantity(value: float | None, unit: str, code: str) -> Resource | None:
    """A number in UCUM, ``None`` where there is none."""
    if value is None:
        return None
    return {"value": value, "unit": unit, "system": UCUM, "code": code}


def uuid_of(text: str) -> str:
    """The identifier itself where it is a UUID, else one that is always made of it."""
    try:
        return str(UUID(text))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, OWN + text))


def part_of(id: str, part: str) -> str:
    """The identifier of one of several resources that one thing becomes."""
    return str(uuid5(UUID(uuid_of(id)), part))


def ref(id: str) -> Resource:
    """A pointer to another resource of the bundle."""
    return {"reference": f"urn:uuid:{uuid_of(id)}"}


def who(author: Author) -> Resource:
    """A pointer to somebody of the clinic."""
    return {**ref(author.id), **pruned({"display": author.name})}


def moment(at: datetime) -> str:
    """A moment with its time zone."""
    return at.isoformat(timespec="seconds")


def plain(text: str) -> Resource | None:
    """A text as an attachment."""
    return attached("text/plain; charset=utf-8", text.encode()) if text else None


def attached(media_type: str, data: bytes, title: str = "") -> Resource:
    """Bytes as an attachment."""
    found = {"contentType": media_type, "data": b64encode(data).decode("ascii"), "title": title}
    return pruned(found)


def pruned(resource: Mapping[str, Any]) -> Resource:
    """Without what is not known: FHIR has neither nulls nor empty texts and lists."""
    return {
        key: value
        for key, value in resource.items()
        if value is not None and value != "" and value != [] and value != {}
    }
