"""The canonical table of decisions, and the staged table in batches: for engines that take rows.

Canonical means the same bytes from every engine: UTF-8, one header, people by the bytes of their
id, truth as ``true`` or ``false``, unknown as nothing, decisions as words, numbers without
trailing zeros, lines ended by LF, quotes only where the text holds a comma, a quote, CR or LF.
DuckDB writes the same by itself (``writing``).
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from ventosa.export.sql import SCALE, Query, StagedColumn
from ventosa.population.duck import Duck, Settings
from ventosa.population.workplace import put, workplace
from ventosa.record import InputError

BATCH = 2_000
"""People handed over at a time."""


@contextmanager
def made_beside(out: Path) -> Iterator[Path]:
    """Make a hidden folder beside ``out``; in the end its file of that name takes its place.

    Raises:
        InputError: the place cannot be written, or the disk is full; ``out`` is as it was.
    """
    try:
        with workplace(out) as folder:
            yield folder
            put({folder / out.name: out})
    except OSError as error:
        raise InputError(str(out), f"cannot be written ({error.strerror})") from None


def write_canonical(made: Path, query: Query, rows: Iterable[Sequence[object]]) -> int:
    """Write the rows of a query, in the order they come, as a canonical table; return how many."""
    cells = [_CELLS[column.kind] for column in query.columns]
    count = 0
    with made.open("wb") as file:
        file.write(header_of(query))
        for row in rows:
            line = ",".join([cell(value) for cell, value in zip(cells, row, strict=True)])
            file.write(f"{line}\n".encode())
            count += 1
    return count


def header_of(query: Query) -> bytes:
    """Return the first line of a canonical table; the names need no quotes."""
    return (",".join(column.name for column in query.columns) + "\n").encode()


_TRUTHS: Mapping[object, str] = MappingProxyType({None: "", False: "false", True: "true"})
"""An engine without booleans says 0 and 1, which Python holds to be equal to these."""


def _text(value: object) -> str:
    if value is None:
        return ""
    text = str(value)
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _limit(value: object) -> str:
    if value is None:
        return ""
    whole, rest = divmod(int(str(value)), SCALE)
    return f"{whole}.{rest:03d}".rstrip("0").rstrip(".")


_CELLS: Mapping[str, Callable[[object], str]] = MappingProxyType(
    {
        "id": _text,
        "truth": _TRUTHS.__getitem__,
        "decision": _text,
        "urgency": _text,
        "count": _text,
        "limit": _limit,
        "text": _text,
    }
)


def declared(columns: Sequence[StagedColumn]) -> str:
    """Return the columns of the staged table as SQLite and PostgreSQL declare them."""
    return ", ".join(f"{column.name} {column.kind}" for column in columns)


def batches(
    staged: Path, columns: Sequence[StagedColumn], out: Path, folder: Path
) -> Generator[list[tuple[object, ...]], None, None]:
    """Yield the people of a staged table, some at a time; what does not fit goes into a folder."""
    names = ", ".join(column.name for column in columns)
    with Duck(str(out), folder, Settings(), None) as duck:
        duck.connection.execute(f"SELECT {names} FROM read_parquet(?)", [str(staged)])
        while batch := duck.connection.fetchmany(BATCH):
            yield batch
