"""Forms become bodies of documents; an error names its field."""

import re
from collections.abc import Mapping
from datetime import date

from ventosa.languages import western_digits
from ventosa.record import InputError
from ventosa.web.documents import Details, from_json
from ventosa.web.models import Kind

_CONTACT = ("name", "phone", "relation")


def details_from(typed: Mapping[str, str], *, today: date) -> Details:
    """Return who somebody is, from the fields of a form.

    Raises:
        InputError: names the field and says what to do.
    """
    tree: dict[str, object] = {
        field: typed.get(field, "").strip()
        for field in ("name", "sex", "phone", "email", "address", "remarks")
    }
    tree["birth_date"] = birth_date_from(typed.get("birth_date", ""), today=today)
    tree["language"] = typed.get("language", "") or "en"
    for who in ("in_need", "doctor"):
        tree[who] = {part: typed.get(f"{who}_{part}", "").strip() for part in _CONTACT}
    if not tree["name"]:
        raise InputError(
            "name", "write a name; where it is not known, write what you call the person"
        )
    body = from_json(Kind.DETAILS, tree)
    assert isinstance(body, Details)
    return body


def fields_of(details: Details) -> dict[str, str]:
    """Return details as the fields of their form."""
    fields = {
        name: getattr(details, name)
        for name in (
            "name",
            "birth_date",
            "sex",
            "phone",
            "email",
            "address",
            "language",
            "remarks",
        )
    }
    for who, contact in (("in_need", details.in_need), ("doctor", details.doctor)):
        fields |= {f"{who}_{part}": getattr(contact, part) for part in _CONTACT}
    return fields


def birth_date_from(typed: str, *, today: date) -> str:
    """Return a birth date as 1962, 1962-03 or 1962-03-14; nothing typed is not known.

    Raises:
        InputError: it is no date, or lies ahead or before 1890.
    """
    text = western_digits(typed.strip())
    if not text:
        return ""
    local = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", text)
    if local:
        text = f"{local[3]}-{int(local[2]):02}-{int(local[1]):02}"
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text)
    problem = "write it as 1962-03-14, 14.03.1962, 1962-03 or 1962"
    if found is None:
        raise InputError("birth_date", problem)
    try:
        first = date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise InputError("birth_date", problem) from None
    if first > today:
        raise InputError("birth_date", "lies ahead")
    if int(found[1]) < 1890:
        raise InputError("birth_date", "lies before 1890")
    return text


def problems_of(error: InputError) -> dict[str, str]:
    """Return an error by field, as a template shows it."""
    return {error.path or "form": error.problem}
