"""Fills every table at every earlier version of the clinic's tables, and brings all to this one.

The rows of each version go through every later change. Run in a process of its own: a folder to
work in; with the name of a version it stops there. It prints what was lost of each version's rows.
"""

import json
import os
import sqlite3
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

WORK = Path(sys.argv[1])
os.environ["VENTOSA_FOLDER"] = str(WORK)
os.environ["DJANGO_SETTINGS_MODULE"] = "ventosa.web.settings"

import django  # noqa: E402

django.setup()

from django.db import connection, models, transaction  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402

FILE = WORK / "clinic.sqlite3"


def versions() -> list[str]:
    """The migrations of the clinic, oldest first."""
    loader = MigrationExecutor(connection).loader
    return sorted(name for app, name in loader.disk_migrations if app == "clinic")


def to(name: str) -> None:
    """Bring the tables to a version."""
    executor = MigrationExecutor(connection)
    others = [one for one in executor.loader.graph.leaf_nodes() if one[0] != "clinic"]
    if not executor.loader.applied_migrations:
        # What others need of the clinic's tables is the first of them.
        executor.migrate([("clinic", name), *others])
    else:
        executor.migrate([("clinic", name)])


def fill(name: str, number: int) -> None:
    """One more row into every table, so that nothing that a migration does meets an empty one."""
    state = MigrationExecutor(connection).loader.project_state([("clinic", name)])
    made: dict[str, Any] = {}
    with transaction.atomic():
        for model in ordered(list(state.apps.get_app_config("clinic").get_models())):
            fields = [f for f in model._meta.concrete_fields if not isinstance(f, models.AutoField)]
            row = model(**{f.attname: value(f, made, number) for f in fields})
            row.save(force_insert=True)
            made[model._meta.label_lower] = row.pk


def ordered(found: list[type[models.Model]]) -> list[type[models.Model]]:
    """The tables, those that others point to first."""
    done: list[type[models.Model]] = []
    while found:
        ready = [m for m in found if not any(n in found and n is not m for n in points_to(m))]
        assert ready, found
        done += ready
        found = [m for m in found if m not in ready]
    return done


def points_to(model: type[models.Model]) -> Iterator[type[models.Model]]:
    for field in model._meta.concrete_fields:
        if field.is_relation and not field.null:
            yield field.related_model


def value(field: Any, made: dict[str, Any], number: int) -> Any:
    if field.is_relation:
        return None if field.null else made.get(field.related_model._meta.label_lower)
    if field.has_default() and not field.unique:
        return field.get_default()
    if field.null:
        return None
    kinds: list[tuple[type, Any]] = [
        (models.UUIDField, uuid.uuid4()),
        (models.DateTimeField, datetime.now(UTC)),
        (models.DateField, date(2026, 11, 24)),
        (models.BooleanField, False),
        (models.JSONField, {"text": "kept"}),
        (models.BinaryField, b"kept"),
        (models.IntegerField, number),
        (models.CharField, f"k{number}"[: field.max_length or 4]),
        (models.TextField, "kept"),
    ]
    return next(said for kind, said in kinds if isinstance(field, kind))


def held() -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every table of the clinic, by column names."""
    with closing(sqlite3.connect(FILE)) as base:
        named = base.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'clinic_%'"
        )
        found = {}
        for (name,) in named.fetchall():
            cursor = base.execute(f"SELECT * FROM {name}")
            columns = [c[0] for c in cursor.description]
            found[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        return found


REBUILT = ("clinic_patientword", "clinic_patientkey")
"""What a name is searched by is made anew where the way of searching changes."""


def lost(before: Any, after: Any) -> list[str]:
    """What a later version does not hold any more, in words."""
    found = []
    for table, rows in before.items():
        if table not in after:
            found.append(f"{table} is gone")
            continue
        if len(after[table]) < len(rows):
            found.append(f"{table}: {len(rows)} rows were, {len(after[table])} are")
        for row in [] if table in REBUILT else rows:
            if not any(row.items() <= other.items() for other in after[table]):
                found.append(f"{table}: a row is not as it was")
    return found


def main() -> None:
    every = versions()
    before = {}
    until = sys.argv[2] if len(sys.argv) > 2 else every[-2]
    for number, name in enumerate(every[: every.index(until) + 1], 1):
        to(name)
        fill(name, number)
        before[name] = held()
        empty = [table for table, rows in before[name].items() if not rows]
        assert set(empty) <= {"clinic_user_groups", "clinic_user_user_permissions"}, empty
    if len(sys.argv) > 2:
        return
    to(every[-1])
    after = held()
    print(json.dumps({name: lost(found, after) for name, found in before.items()}))


main()
