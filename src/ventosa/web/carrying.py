"""Every row of a clinic as text, and back: what a file of a whole clinic is made of.

A table is lines of JSON, one a row. Its sum does not depend on the order of the lines, because two
databases do not sort alike.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import AutoField, BinaryField, Field, JSONField, Model, QuerySet

from ventosa.record import InputError
from ventosa.web.models import AttemptCounter, AuditSeen, Clinic, SealingTurn, User

LEFT_OUT: tuple[type[Model], ...] = (AttemptCounter, SealingTurn)
"""Tables that belong to the running program and to no clinic."""

ONLY_THROUGH: Mapping[type[Model], str] = {
    Clinic: "id",
    User: "memberships__clinic",
    AuditSeen: "row__clinic",
}
"""How the rows of a clinic are found where they do not name it themselves."""


def carried() -> list[type[Model]]:
    """Return the tables that a clinic takes along, those first that others point at."""
    every = apps.get_app_config("clinic").get_models()
    kept = [model for model in every if model not in LEFT_OUT]
    return sorted(kept, key=lambda model: (model is not Clinic, model is not User, name_of(model)))


def name_of(model: type[Model]) -> str:
    """Return the name of a table in a file."""
    return model.__name__


def rows_of(model: type[Model], clinic: UUID) -> "QuerySet[Any]":
    """Return the rows of a table that are a clinic's."""
    path = ONLY_THROUGH.get(model, "clinic")
    return model._default_manager.filter(**{path: clinic}).order_by("pk").distinct()


def columns_of(model: type[Model]) -> "list[Field[Any, Any]]":
    """Return the columns that are carried; a number that a database gives by itself is not."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]


def lines_of(model: type[Model], clinic: UUID) -> Iterator[str]:
    """Return the rows of a table as lines."""
    columns = columns_of(model)
    for row in rows_of(model, clinic).iterator(chunk_size=500):
        tree = {field.attname: _out(getattr(row, field.attname)) for field in columns}
        yield json.dumps(tree, ensure_ascii=False, sort_keys=True)


def row_from(model: type[Model], line: bytes, where: str) -> Model:
    """Return a row from its line.

    Raises:
        InputError: names the table and the line, and no value.
    """
    columns = {field.attname: field for field in columns_of(model)}
    try:
        tree = json.loads(line)
        if not isinstance(tree, dict) or set(tree) != set(columns):
            raise InputError(where, "has other columns than this version of Ventosa")
        return model(**{name: _back(columns[name], value) for name, value in tree.items()})
    except InputError:
        raise
    except Exception:  # whatever a value is refused with may repeat the value
        raise InputError(where, "is no row of this table") from None


def sum_of(lines: Iterable[str]) -> tuple[int, str]:
    """Return how many lines there are, and their sum."""
    count, total = 0, 0
    for line in lines:
        count += 1
        total += int.from_bytes(sha256(line.encode()).digest())
    return count, f"{total % (1 << 256):064x}"


def version_of_tables() -> str:
    """Return the newest change of the tables that this database has."""
    applied = MigrationRecorder.Migration.objects.filter(app="clinic").order_by("name")
    newest = applied.last()
    return "" if newest is None else newest.name


def _out(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return b64encode(bytes(value)).decode("ascii")
    return value


def _back(field: "Field[Any, Any]", value: Any) -> Any:
    if isinstance(field, BinaryField):
        return b64decode(value, validate=True)
    if value is None or isinstance(field, JSONField):
        return value
    return field.to_python(value)
