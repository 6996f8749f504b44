"""Two records of, perhaps, one person side by side."""

from dataclasses import dataclass
from typing import Any

from django.utils.timezone import localtime

from ventosa.matching import Person, likeness
from ventosa.web.models import Merge, Patient
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.standing import day
from ventosa.web.scope import Scope

_FIELDS = (
    ("name", "Name"),
    ("birth_date", "Born"),
    ("sex", "Sex"),
    ("phone", "Telephone"),
    ("email", "E-mail"),
    ("address", "Address"),
    ("remarks", "Remarks"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the comparison."""

    label: str
    one: str
    other: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records, and whether it is proposed to be kept."""

    patient: Patient
    is_proposed: bool


def compared(scope: Scope, one: Patient, other: Patient) -> dict[str, Any]:
    """Return the context of a comparison: rows, and which number is proposed to stay."""
    first, second = person_of(scope, one)["details"], person_of(scope, other)["details"]
    rows = [
        _row(label, str(getattr(first, name)), str(getattr(second, name)))
        for name, label in _FIELDS
    ]
    for name, label in (("in_need", "In need"), ("doctor", "Family doctor")):
        sides = [_contact(getattr(side, name)) for side in (first, second)]
        rows.append(_row(label, *sides))
    visits = [scope.encounters(side).count() for side in (one, other)]
    written = [scope.documents(side).count() for side in (one, other)]
    rows.append(Row("Visits", str(visits[0]), str(visits[1]), False))
    rows.append(Row("Documents", str(written[0]), str(written[1]), False))
    keeps_one = (visits[0], written[0], -one.number) >= (visits[1], written[1], -other.number)
    why = likeness(
        Person(first.name, first.birth_date, first.phone),
        Person(second.name, second.birth_date, second.phone),
    )
    return {
        "other": other,
        "rows": rows,
        "sides": [Side(one, keeps_one), Side(other, not keeps_one)],
        "why": why,
    }


def _row(label: str, one: str, other: str) -> Row:
    return Row(label, one, other, bool(one and other and one != other))


def _contact(contact: Any) -> str:
    return ", ".join(word for word in (contact.name, contact.phone, contact.relation) if word)


def merge_line(merge: Merge) -> str:
    """Return when and by whom a record was merged."""
    who = f"on {day(localtime(merge.at).date())} by {merge.author}"
    return f"No. {merge.merged.number} was merged into this record {who}."
