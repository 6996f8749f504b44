"""The population query on SQLite, which comes with Python: a database file for one run."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from ventosa.export.sql import FACTS, Query, StagedColumn
from ventosa.population.canonical import batches, declared, made_beside, write_canonical
from ventosa.record import InputError


def run(staged: Path, query: Query, columns: Sequence[StagedColumn], out: Path) -> int:
    """Write what a query says of a staged table to ``out``; return the number of people.

    The database lies in a hidden folder beside ``out`` while it is needed.

    Raises:
        InputError: the place cannot be written, or the disk is full; ``out`` is as it was.
    """
    with made_beside(out) as folder, closing(sqlite3.connect(folder / "facts.sqlite")) as database:
        try:
            # The file lives for one run: a crash loses it either way.
            database.execute("PRAGMA journal_mode = OFF")
            database.execute("PRAGMA synchronous = OFF")
            database.execute(f"CREATE TABLE {FACTS} ({declared(columns)})")
            places = ", ".join("?" for _ in columns)
            with closing(batches(staged, columns, out, folder)) as people:
                for batch in people:
                    database.executemany(f"INSERT INTO {FACTS} VALUES ({places})", batch)
            # Text is ordered by its UTF-8 bytes where nothing else is said.
            decided = f"SELECT * FROM ({query.text}) AS result ORDER BY person_id"
            with closing(database.execute(decided)) as rows:
                return write_canonical(folder / out.name, query, rows)
        except sqlite3.OperationalError as error:
            raise InputError("--engine", f"SQLite stopped ({error})") from None
