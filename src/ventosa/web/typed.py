"""Fields of the settings: what may be typed, and what it becomes.

A form takes the fields that are declared for it and nothing else: what is sent beside them is not
looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ventosa.languages import western_digits
from ventosa.record import InputError
from ventosa.web.documents import refuse_null


class Problems(Exception):
    """What is wrong with a form, by field."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__("a form cannot be taken")
        self.by_field = dict(by_field)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form.

    ``kind``: ``text``, ``area``, ``number``, ``date``, ``choice``, ``tick``. ``least`` and ``most``
    bound a number, ``most`` the length of a text.
    """

    name: str
    label: str
    kind: str = "text"
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_needed: bool = True
    least: int = 0
    most: int = 120

    def read(self, typed: Mapping[str, str]) -> Any:
        """Return the value of the field.

        Raises:
            InputError: says what to do.
        """
        text = typed.get(self.name, "").strip()
        refuse_null(text)
        if self.kind == "tick":
            return self.name in typed
        if not text:
            if self.is_needed:
                raise InputError(self.name, "is needed")
            return None if self.kind in ("date", "number") else ""
        if self.kind == "choice":
            if text not in dict(self.choices):
                raise InputError(self.name, "choose one of the list")
            return text
        return self._value(text)

    def _value(self, text: str) -> Any:
        if self.kind == "number":
            digits = western_digits(text)
            if not digits.isdecimal() or not self.least <= int(digits[:9]) <= self.most:
                raise InputError(self.name, f"a whole number from {self.least} to {self.most}")
            return int(digits)
        if self.kind == "date":
            try:
                return date.fromisoformat(western_digits(text))
            except ValueError:
                raise InputError(self.name, "write the date as 2026-03-14") from None
        if len(text) > self.most:
            raise InputError(self.name, f"at most {self.most} signs")
        return text


def read(fields: tuple[Field, ...], typed: Mapping[str, str]) -> dict[str, Any]:
    """Return the values of a form by field.

    Raises:
        Problems: names every field that cannot be taken.
    """
    values, problems = {}, {}
    for field in fields:
        try:
            values[field.name] = field.read(typed)
        except InputError as error:
            problems[field.name] = error.problem
    if problems:
        raise Problems(problems)
    return values


def shown_fields(
    fields: tuple[Field, ...],
    values: Mapping[str, Any],
    problems: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Return the fields as a template shows them, with what stands in each."""
    rows = []
    for field in fields:
        value = values.get(field.name)
        text = value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
        rows.append(
            {
                "field": field,
                "value": text,
                "is_on": bool(value) if field.kind == "tick" else False,
                "problem": (problems or {}).get(field.name, ""),
            }
        )
    return rows
