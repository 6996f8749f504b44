"""The population query on a PostgreSQL server; the people are there for one transaction only."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ventosa.export.sql import FACTS, Query, StagedColumn
from ventosa.population.canonical import batches, declared, made_beside, write_canonical
from ventosa.record import InputError

if TYPE_CHECKING:
    from psycopg import Connection

FETCHED = 2_000
"""Rows asked of the server at a time."""


def run(
    staged: Path, query: Query, columns: Sequence[StagedColumn], out: Path, *, server: str = ""
) -> int:
    """Write what a query says of a staged table to ``out``; return the number of people.

    ``server`` is a libpq connection string; what it leaves out comes from ``PGHOST`` and its kin.
    The people go into a temporary table, which the server drops at the end of the transaction.

    Raises:
        InputError: no driver, no server, no right to make a temporary table, or no place to
            write; ``out`` is as it was.
    """
    try:
        import psycopg
    except ImportError:
        raise InputError(
            "--engine", "PostgreSQL needs its driver: pip install 'psycopg[binary]'"
        ) from None
    try:
        with made_beside(out) as folder, _connected(server) as connection:
            connection.execute(
                f"CREATE TEMPORARY TABLE {FACTS} ({declared(columns)}) ON COMMIT DROP"
            )
            with connection.cursor().copy(f"COPY {FACTS} FROM STDIN") as copy:
                for batch in batches(staged, columns, out, folder):
                    for row in batch:
                        copy.write_row(row)
            return write_canonical(folder / out.name, query, _rows(connection, query))
    except psycopg.Error as error:
        # Only the name of the error: its text may repeat a value.
        raise InputError(
            "--engine", f"PostgreSQL stopped: {type(error).__name__} ({error.sqlstate})"
        ) from None


def _connected(server: str) -> "Connection[Any]":
    import psycopg

    try:
        connection = psycopg.connect(server, client_encoding="utf8")
    except psycopg.OperationalError as error:
        # The quoted parts are host, user and database; a mistyped password may be among them.
        reason = re.sub(r"""(["'])(?:(?!\1).)*\1""", "…", str(error).splitlines()[0])
        raise InputError("--engine", f"PostgreSQL cannot be reached: {reason}") from None
    except psycopg.ProgrammingError:
        raise InputError("--server", "is not a connection string of PostgreSQL") from None
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise InputError("--engine", f"the database is in {encoding}: name one that is in UTF8")
    return connection


def _rows(connection: "Connection[Any]", query: Query) -> Iterator[tuple[object, ...]]:
    # Compiling a query of this length takes longer than running it.
    connection.execute("SET LOCAL jit = off")
    with connection.cursor("decisions") as cursor:
        cursor.itersize = FETCHED
        cursor.execute(f'SELECT * FROM ({query.text}) AS result ORDER BY person_id COLLATE "C"')
        yield from cursor
