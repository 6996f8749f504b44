"""Tables of any shape become the one staged table that the query reads; the rest is reported.

Every row of every file is read once, checked, and kept with its file and line in parts on the disk.
A row with a value that cannot be used is kept out; so is every row of an id that stands in more
than one, because nobody knows which of them is right.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import escape
from os.path import commonpath
from pathlib import Path
from typing import Any

import duckdb

from ventosa.export.sql import FACTS, staged_columns
from ventosa.knowledge import Knowledge
from ventosa.population.cells import PERSON, Cells, Column, Kind, text
from ventosa.population.duck import Duck, Span
from ventosa.population.reading import MAX_RECORD, Block, block_size, blocks, header_of
from ventosa.record import InputError

READING = "reading"
_ROW = "file_row_number"
REPEATED = "stands in several rows: which one is right is not known"


def stage_table(
    duck: Duck, files: Sequence[Path], knowledge: Knowledge, folder: Path, ignored: Sequence[str]
) -> int:
    """Read the files of one table and make the view ``facts`` of the people that can be judged.

    Returns the number of rows. Those that are kept out are added to the list of ``start_list``.

    Raises:
        InputError: a file cannot be read, or its columns are not facts.
    """
    staging = _Staging(duck, knowledge, folder, ignored)
    staging.look_at(files)
    for file in files:
        staging.take(file)
    duck.total = staging.rows
    staging.finish()
    return staging.rows


def start_list(duck: Duck) -> None:
    """Make the empty list ``kept_out`` of what is wrong with rows that are kept out."""
    duck.rows(
        "CREATE TABLE kept_out (file VARCHAR, line BIGINT, column_name VARCHAR, reason VARCHAR)"
    )


def report_rows(duck: Duck, faults: Sequence[tuple[str, int | None, str | None, str]]) -> None:
    """Add faults to the list: file, line and column (``None``: as a whole), and the reason."""
    if faults:
        names = [list(column) for column in zip(*faults, strict=True)]
        duck.rows("INSERT INTO kept_out SELECT unnest(?), unnest(?), unnest(?), unnest(?)", names)


class _Staging:
    """One table while its files are read into parts."""

    def __init__(
        self, duck: Duck, knowledge: Knowledge, folder: Path, ignored: Sequence[str]
    ) -> None:
        self.duck, self.knowledge, self.folder, self.ignored = duck, knowledge, folder, ignored
        self.rows = self.parts = 0
        self.size = self.done = 0
        self.names: dict[Path, str] = {}

    def look_at(self, files: Sequence[Path]) -> None:
        """Learn how much there is to read: bytes, and rows where the files say how many."""
        self.size = sum(file.stat().st_size for file in files)
        self.names = _names_below(files)
        if all(_is_parquet(file) for file in files):
            count = "SELECT num_rows FROM parquet_file_metadata({})"
            self.duck.total = sum(self._held(file, count)[0][0] for file in files)

    def take(self, file: Path) -> None:
        if _is_parquet(file):
            self._take_parquet(file)
        else:
            self._take_csv(file)
        self.done += file.stat().st_size

    def finish(self) -> None:
        """Keep out whose id is not their own, and make the view."""
        duck, doing = self.duck, "looking for repeated ids"
        parts = f"read_parquet({text(escape(str(self.folder)) + '/*.parquet')})"
        names = ", ".join(f'"{column.name}"' for column in staged_columns(self.knowledge))
        duck.rows(
            f"CREATE OR REPLACE TABLE repeated AS SELECT {PERSON} FROM {parts} "
            f"WHERE {PERSON} IS NOT NULL GROUP BY {PERSON} HAVING count(*) > 1",
            doing=doing,
        )
        alone = ""
        if duck.count("SELECT count(*) FROM repeated"):
            alone = f"ANTI JOIN repeated USING ({PERSON})"
            duck.rows(
                f"INSERT INTO kept_out SELECT _file, _line, {text(PERSON)}, {text(REPEATED)} "
                f"FROM {parts} SEMI JOIN repeated USING ({PERSON})",
                doing=doing,
            )
        duck.rows(
            f"CREATE OR REPLACE VIEW {FACTS} AS "
            f"SELECT {names} FROM {parts} {alone} WHERE NOT _kept_out"
        )

    def _take_csv(self, file: Path) -> None:
        header = header_of(file)
        columns = [Column(name, f"c{place}", "text") for place, name in enumerate(header)]
        cells = Cells(str(file), columns, self.knowledge, self.ignored)
        block_file = self.folder / "block.csv"
        before = self._share(0)
        for block in blocks(file, len(header), block_size(len(header))):
            unreadable = [(self.names[file], line, None, why) for line, why in block.unreadable]
            report_rows(self.duck, unreadable)
            self.rows += block.records + len(block.unreadable)
            share = self._share(block.taken)
            if block.records or self.parts == 0:
                block_file.write_bytes(block.text)
                table = _csv(block_file, block, len(header))
                self._add_part(file, cells, table, "line", (before, share))
            self.duck.read, before = self.rows, share
            self.duck.tell(READING, share)
        block_file.unlink(missing_ok=True)

    def _take_parquet(self, file: Path) -> None:
        held = self._held(
            file, "DESCRIBE SELECT * FROM read_parquet({}, hive_partitioning = false)"
        )
        columns = [Column(name, *_reading(name, kind)) for name, kind, *_ in held]
        cells = Cells(str(file), columns, self.knowledge, self.ignored)
        if any(column.name == _ROW for column in columns):
            raise InputError(str(file), f"column {_ROW!r} has a name that is taken: rename it")
        table = f"read_parquet({_pattern(file)}, hive_partitioning = false, {_ROW} = true)"
        span = (self._share(0), self._share(file.stat().st_size))
        with _readable(file):
            self.rows += self._add_part(file, cells, table, f"{_ROW} + 1", span)
        self.duck.tell(READING, span[1])

    def _held(self, file: Path, sql: str) -> list[tuple[Any, ...]]:
        """What a Parquet file says of itself, by a statement with a gap for its name."""
        with _readable(file):
            return self.duck.rows(sql.format(_pattern(file)))

    def _share(self, taken: int) -> float:
        """The share of all files that is read after so many bytes of the present one."""
        return (self.done + taken) / self.size if self.size else 1.0

    def _add_part(self, file: Path, cells: Cells, table: str, line: str, span: Span) -> int:
        """Check some rows and keep them as a part; return how many they are."""
        name = text(self.names[file])
        part = self.folder / f"part-{self.parts:06d}.parquet"
        self.parts += 1
        count = self.duck.count(
            f"COPY (SELECT {name} AS _file, {line} AS _line, "
            f"{cells.is_faulty()} AS _kept_out, {cells.staged()} FROM {table}) "
            f"TO {text(str(part))} (FORMAT parquet)",
            doing=READING,
            span=span,
        )
        made = f"read_parquet({_pattern(part)})"
        if self.duck.count(f"SELECT count(*) FROM {made} WHERE _kept_out"):
            self.duck.rows(
                f"INSERT INTO kept_out SELECT {name}, line, fault.name, fault.reason FROM ("
                f"SELECT {line} AS line, unnest({cells.faults()}) AS fault FROM {table} "
                f"WHERE {cells.is_faulty()}) WHERE fault.reason IS NOT NULL",
                doing=READING,
                span=(span[1], span[1]),
            )
        return count


def _names_below(files: Sequence[Path]) -> dict[Path, str]:
    """Return the name of each file below the folder that holds them all."""
    folder = Path(commonpath([file.parent for file in files]))
    return {file: file.relative_to(folder).as_posix() for file in files}


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    """Turn what DuckDB says of a broken Parquet file into an ``InputError``."""
    try:
        yield
    except (duckdb.BinderException, duckdb.ParserException, duckdb.CatalogException):
        raise
    except duckdb.Error:
        raise InputError(str(file), "is not a Parquet table that can be read") from None


def _is_parquet(file: Path) -> bool:
    return file.suffix.lower() == ".parquet"


def _pattern(file: Path) -> str:
    """A file's name as SQL, where it would be read as a pattern."""
    return text(escape(str(file)))


def _csv(file: Path, block: Block, fields: int) -> str:
    """Return the table function that reads a block: nothing about it is guessed."""
    columns = "".join(f", 'c{place}': 'VARCHAR'" for place in range(fields))
    return (
        f"read_csv({_pattern(file)}, columns = {{'line': 'BIGINT'{columns}}}, "
        "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', "
        "comment = '', nullstr = '', new_line = '\\n', strict_mode = true, "
        f"max_line_size = {2 * MAX_RECORD}, buffer_size = {4 * MAX_RECORD}, "
        f"parallel = {'false' if block.spans_lines else 'true'})"
    )


def _reading(name: str, kind: str) -> tuple[str, Kind]:
    """Return how a column of a Parquet file is read, and what it holds."""
    quoted = '"' + name.replace('"', '""') + '"'
    if kind in ("VARCHAR", "UUID", _NOTHING) or kind.startswith("ENUM"):
        return f"NULLIF(CAST({quoted} AS VARCHAR), '')", "text"
    if kind in _WHOLE:
        return quoted, "whole"
    if kind == "DOUBLE" or kind.startswith("DECIMAL"):
        return quoted, "real"
    others: dict[str, Kind] = {"BOOLEAN": "boolean", "FLOAT": "single"}
    return quoted, others.get(kind, "other")


_NOTHING = '"NULL"'
"""What DuckDB calls the type of a column in which nothing stands."""

_WHOLE = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE", "")
) | {"INTEGER", "UINTEGER"}
