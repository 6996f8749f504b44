"""A CSV table taken apart into records: which can be read, and which cannot, on what line and why.

Only the shape is looked at here: encoding, quotes, the number of fields. What the fields say is
checked by SQL afterwards. A line belongs either to a record that is handed on or to one that is
reported, so nobody is lost: after a broken record the reading goes on with the line that follows.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from sys import intern
from typing import BinaryIO

from ventosa.record import InputError

_BYTES_A_FIELD = 256 << 10
_SMALLEST, _LARGEST = 4 << 20, 32 << 20

MOST_FAULTS = 100_000
"""Unreadable records of one block; the next block goes on after them."""

MAX_RECORD = 1 << 20
"""Bytes of the longest record that is read: a quote that is never closed ends there."""


@dataclass(frozen=True, slots=True)
class Block:
    """Records that follow each other in a file.

    ``text`` is CSV with LF and no header; in front of each record stands its line in the file.
    ``unreadable`` holds line and reason of records that are not in it. ``taken`` is the number of
    bytes read so far, ``spans_lines`` whether a quoted field holds a line end.
    """

    text: bytes
    records: int
    spans_lines: bool
    unreadable: tuple[tuple[int, str], ...]
    taken: int


def header_of(path: Path) -> tuple[str, ...]:
    """Return the names of the columns of a CSV file.

    Raises:
        InputError: the file cannot be read, is empty, or its first line is no header.
    """
    try:
        with path.open("rb") as file:
            line = file.readline(MAX_RECORD)
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from None
    if not line:
        raise InputError(str(path), "is empty: a table has a header and a row for each person")
    try:
        names = next(csv.reader([line.decode("utf-8-sig")], strict=True), [])
    except UnicodeDecodeError:
        raise InputError(f"{path}: line 1", "is not UTF-8 text") from None
    except csv.Error:
        names = []
    if not names or "\0" in "".join(names):
        raise InputError(f"{path}: line 1", "is not a header of names with commas between them")
    return tuple(names)


def block_size(fields: int) -> int:
    """Return the bytes to read at a time: few where records are short, as each has its cost."""
    return min(max(_BYTES_A_FIELD * fields, _SMALLEST), _LARGEST)


def blocks(path: Path, fields: int, size: int) -> Iterator[Block]:
    """Yield the records of a CSV file of so many fields, about ``size`` bytes at a time.

    There is at least one block: that of a file with nothing below its header is empty.
    """
    with path.open("rb") as file:
        file.readline(MAX_RECORD)
        line, rest, fresh = 2, b"", b"more"
        while fresh:
            fresh = _lines_from(file, size)
            data = (rest + fresh).replace(b"\r\n", b"\n")
            lines = data.split(b"\n")
            lines.pop()
            if _is_plain(data, lines, fields):
                text = b"".join([b"%d,%b\n" % numbered for numbered in enumerate(lines, line)])
                yield Block(text, len(lines), False, (), file.tell())
                line, rest = line + len(lines), b""
            else:
                sorting = _Sorting(lines, line, fields, at_end=not fresh)
                yield from sorting.blocks(file.tell())
                line, rest = sorting.line, b"".join(b"%b\n" % left for left in sorting.left())


def _lines_from(file: BinaryIO, size: int) -> bytes:
    """Return whole lines; of one that is too long only so much that it is seen to be too long."""
    data = file.read(size)
    if not data or data.endswith(b"\n"):
        return data
    tail = file.readline(MAX_RECORD)
    data += tail
    while tail and not tail.endswith(b"\n"):
        tail = file.readline(MAX_RECORD)
    return data if data.endswith(b"\n") else data + b"\n"


def _is_plain(data: bytes, lines: Sequence[bytes], fields: int) -> bool:
    """Whether every line is a record as it stands; so are nearly all blocks of nearly all files."""
    if any(sign in data for sign in (b'"', b"\0", b"\r")) or not _is_utf8(data):
        return False
    commas = fields - 1
    return all(line.count(b",") == commas and 0 < len(line) <= MAX_RECORD for line in lines)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


class _Sorting:
    """The lines of one block, sorted into records that are whole and records that are broken."""

    def __init__(self, lines: list[bytes], line: int, fields: int, *, at_end: bool) -> None:
        self.lines, self.line, self.fields, self.at_end = lines, line, fields, at_end
        self.place = 0
        self.kept: list[bytes] = []
        self.broken: list[tuple[int, str]] = []
        self.spans_lines = False

    def blocks(self, taken: int) -> Iterator[Block]:
        """Yield what is whole and what is broken; mostly as one block."""
        while self.place < len(self.lines) and self._take():
            if len(self.broken) == MOST_FAULTS:
                yield self._block(taken)
        yield self._block(taken)

    def _block(self, taken: int) -> Block:
        text = b"".join(self.kept)
        block = Block(text, len(self.kept), self.spans_lines, tuple(self.broken), taken)
        self.kept, self.broken, self.spans_lines = [], [], False
        return block

    def left(self) -> list[bytes]:
        """The lines of a record that goes on in the next block."""
        return self.lines[self.place :]

    def _take(self) -> bool:
        """Take one record or report one line; false where the record goes on beyond the block."""
        extent, problem = self._extent(), None
        if extent is None and not self.at_end:
            return False
        if extent is None:
            extent, problem = 1, _QUOTE
        else:
            record = b"\n".join(self.lines[self.place : self.place + extent])
            problem = _problem(record, self.fields)
            if problem is None and record:
                self.kept.append(b"%d,%b\n" % (self.line, record))
                self.spans_lines |= extent > 1
        if problem is not None:
            # What follows may belong to others: it is read by itself.
            extent = 1
            self.broken.append((self.line, problem))
        self.place += extent
        self.line += extent
        return True

    def _extent(self) -> int | None:
        """The number of lines until every quote is closed; ``None``: not within these lines."""
        quotes = size = 0
        for place in range(self.place, len(self.lines)):
            quotes += self.lines[place].count(b'"')
            size += len(self.lines[place]) + 1
            if quotes % 2 == 0 or size > MAX_RECORD:
                return place - self.place + 1
        return None


_QUOTE = "has a quote that is not closed, or one inside a field"
_QUOTED = re.compile(rb'"[^"]*+(?:""[^"]*+)*+"')
_FIELD = rb'(?:%b|[^",\r\n]*+)' % _QUOTED.pattern
_RECORD = re.compile(_FIELD + rb"(?:," + _FIELD + rb")*+")


def _problem(record: bytes, fields: int) -> str | None:
    """Return why a record cannot be read; a line without anything on it is no record."""
    if not record:
        return None
    if len(record) > MAX_RECORD and b"\n" not in record:
        return "is longer than 1 MB"
    if b"\0" in record:
        return "holds a NUL byte"
    if not _is_utf8(record):
        return "is not UTF-8 text"
    if _RECORD.fullmatch(record) is None or len(record) > MAX_RECORD:
        return _QUOTE if b'"' in record else "holds a carriage return"
    found = _QUOTED.sub(b"", record).count(b",") + 1
    # Many records may have the same fault: it is kept once.
    return None if found == fields else intern(f"has {found} fields, the header {fields}")
