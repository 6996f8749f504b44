"""Every row of a database as lines, from one moment, and back into either database.

The tables are read as the migrations that were applied know them, not as the program's models do:
a dump of an older clinic is read without guessing, and comes back into the tables it left.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from ventosa.record import InputError

FORM = 1
ROWS_AT_ONCE, LARGE_ROWS_AT_ONCE = 1000, 8
_NOT_KEPT = {"sessions.session"}
"""Who is signed in now: a restored clinic begins with nobody signed in."""


class Beginning(msgspec.Struct, forbid_unknown_fields=True):
    """The first line: of what program and tables the dump is, and what lies beside them.

    ``heads`` is where the audit chain of each clinic ends; ``files`` are the clinic's small files.
    """

    form: int
    program: str
    made_at: str
    applied: list[tuple[str, str]]
    heads: list[tuple[str, str]]
    files: dict[str, bytes]


class Table(msgspec.Struct, forbid_unknown_fields=True):
    """The line before the rows of one table."""

    table: str
    columns: list[str]


class End(msgspec.Struct, forbid_unknown_fields=True):
    """The last line: how many rows each table has."""

    rows: dict[str, int]


@dataclass(frozen=True, slots=True)
class Dumped:
    """What was written or read: the beginning, and the rows of each table."""

    beginning: Beginning
    rows: dict[str, int]

    @property
    def total(self) -> int:
        """Rows of all tables."""
        return sum(self.rows.values())


@contextmanager
def one_moment() -> Iterator[None]:
    """Let everything be read as it stood at one moment, while others go on writing."""
    if connection.vendor != "sqlite":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield
        return
    # The clinic's transactions take the writer's lock at once; a reader must not.
    kept = connection.transaction_mode  # type: ignore[attr-defined]
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            yield
    finally:
        connection.transaction_mode = kept  # type: ignore[attr-defined]


def applied() -> list[tuple[str, str]]:
    """Return the migrations that the database has had, in a fixed order."""
    return sorted(MigrationExecutor(connection).loader.applied_migrations)


def tables(names: Iterable[tuple[str, str]]) -> list[type[models.Model]]:
    """Return the tables after these migrations, each with its columns, in a fixed order."""
    loader = MigrationExecutor(connection).loader
    state = loader.project_state([name for name in names if name in loader.graph.nodes])
    found = state.apps.get_models(include_auto_created=True)
    kept = [model for model in found if model._meta.managed and _label(model) not in _NOT_KEPT]
    return sorted(kept, key=_label)


def heads(names: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return where the audit chain of each clinic ends: its name, and number and hash."""
    known = {_label(model): model for model in tables(names)}
    if not {"clinic.clinic", "clinic.seal"} <= set(known):
        return []
    found = []
    for id, name in known["clinic.clinic"]._base_manager.order_by("pk").values_list("id", "name"):
        links = known["clinic.seal"]._base_manager.filter(clinic_id=id).order_by("-number")
        last = links.values_list("number", "sha256").first()
        found.append((name, f"0:{'0' * 64}" if last is None else f"{last[0]}:{last[1]}"))
    return found


def lines(beginning: Beginning) -> Iterator[bytes]:
    """Yield the lines of a dump; called within ``one_moment``."""
    encode = msgspec.json.Encoder().encode
    yield encode(beginning) + b"\n"
    rows: dict[str, int] = {}
    for model in tables(beginning.applied):
        columns = [field.attname for field in model._meta.concrete_fields]
        yield encode(Table(_label(model), columns)) + b"\n"
        found = model._base_manager.order_by("pk").values_list(*columns)
        count = 0
        for row in found.iterator(chunk_size=_at_once(model)):
            yield encode([_plain(cell) for cell in row]) + b"\n"
            count += 1
        rows[_label(model)] = count
    yield encode(End(rows)) + b"\n"


def beginning_of(line: bytes) -> Beginning:
    """Return the first line of a dump.

    Raises:
        InputError: it is of a later form, or none.
    """
    try:
        found = msgspec.json.decode(line, type=Beginning)
    except msgspec.MsgspecError:
        raise InputError("backup", "does not begin as a backup does") from None
    if found.form != FORM:
        raise InputError("backup", f"was made by a later program ({found.program})")
    return found


def load(beginning: Beginning, rest: Iterator[bytes]) -> Dumped:
    """Put the rows of a dump into empty tables that have had its migrations, all or none.

    Raises:
        InputError: it names a table or column that is not there, or its counts do not agree.
    """
    known = {_label(model): model for model in tables(beginning.applied)}
    rows: dict[str, int] = {}
    end: End | None = None
    with transaction.atomic():
        _empty(known.values())
        line = next(rest, b"")
        while line.startswith(b'{"table"'):
            table = msgspec.json.decode(line, type=Table)
            model = known.get(table.table)
            if model is None:
                raise InputError("backup", f"holds a table {table.table} that no migration made")
            rows[table.table], line = _fill(model, table.columns, rest)
        if line.startswith(b'{"rows"'):
            end = msgspec.json.decode(line, type=End)
        if end is None or end.rows != rows or set(rows) != set(known):
            raise InputError("backup", "does not hold all the rows that it says it holds")
        _continue_numbers(list(known.values()))
    return Dumped(beginning, rows)


def _fill(
    model: type[models.Model], columns: list[str], rest: Iterator[bytes]
) -> tuple[int, bytes]:
    """Rows into one table; their number, and the line after them."""
    by_name = {field.attname: field for field in model._meta.concrete_fields}
    if set(columns) != set(by_name):
        raise InputError("backup", f"{_label(model)} has other columns than it had")
    fields = [by_name[name] for name in columns]
    for field in fields:
        # The rows say when they were made: nothing is stamped anew.
        for stamp in ("auto_now", "auto_now_add"):
            if hasattr(field, stamp):
                setattr(field, stamp, False)
    count, waiting, most = 0, list[models.Model](), _at_once(model)
    line = next(rest, b"")
    while line.startswith(b"["):
        cells = msgspec.json.decode(line)
        said = {
            field.attname: _cell(field, cell) for field, cell in zip(fields, cells, strict=True)
        }
        waiting.append(model(**said))
        count += 1
        if len(waiting) == most:
            model._base_manager.bulk_create(waiting)
            waiting = []
        line = next(rest, b"")
    model._base_manager.bulk_create(waiting)
    return count, line


def _cell(field: Any, cell: Any) -> Any:
    target = field.target_field if field.is_relation else field
    return cell if cell is None else target.to_python(cell)


def _plain(cell: Any) -> Any:
    return bytes(cell) if isinstance(cell, memoryview) else cell


def _empty(known: Iterable[type[models.Model]]) -> None:
    """Take out what the migrations themselves put in: the dump holds it too."""
    with connection.cursor() as cursor:
        for model in known:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def _continue_numbers(known: list[type[models.Model]]) -> None:
    """Let tables that number their rows go on after the last one."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), known):
            cursor.execute(statement)


def _at_once(model: type[models.Model]) -> int:
    is_large = any(isinstance(field, models.BinaryField) for field in model._meta.concrete_fields)
    return LARGE_ROWS_AT_ONCE if is_large else ROWS_AT_ONCE


def _label(model: type[models.Model]) -> str:
    label: str = model._meta.label_lower
    assert re.fullmatch(r"[a-z_0-9]+\.[a-z_0-9]+", label)
    return label
