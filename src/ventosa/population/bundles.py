"""Bundles as a table: a folder or a file of FHIR R4 records becomes one row of facts a person.

One bundle is in memory at a time. Faults name the file or the line and the place in the record,
never a value of it.
"""

import csv
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ventosa.codes import CodeTable
from ventosa.fhir import read_bundle
from ventosa.knowledge import Knowledge
from ventosa.logic import Number
from ventosa.record import Answers, InputError, Interval, Value
from ventosa.screening import settle

MAX_BUNDLE = 64_000_000
"""Largest bundle that is read, in bytes; a lifetime's record of one person is about 10 MB."""

_LINES = ".ndjson"
_ENDINGS = (".json", _LINES)


@dataclass(frozen=True, slots=True)
class BadBundle:
    """A bundle that was kept out: its file (below the folder, if one is read) and why.

    ``line`` is the line of a file of lines, ``None`` where the file is one bundle.
    """

    file: str
    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class BundlesRead:
    """How many people have a row, and the bundles that were kept out; those of one id come last."""

    people: int
    bad: tuple[BadBundle, ...]


@dataclass(frozen=True, slots=True)
class _Bundle:
    """The bytes of one bundle, or why they were not read; ``name`` serves a person without id."""

    file: str
    line: int | None
    name: str
    data: bytes | InputError


def facts_table(
    source: Path,
    knowledge: Knowledge,
    codes: CodeTable,
    on: date,
    into: Path,
    progress: Callable[[int], None] | None,
) -> BundlesRead:
    """Write the settled facts of everybody as CSV, and return what was read and kept out.

    ``source`` is a folder of bundles (``.json``, one person each, or ``.ndjson``, one bundle a
    line; folders below it too) or one such file of lines. A row holds ``person_id`` and every fact
    as of ``on``; a number as ``<fact>_low`` and ``<fact>_high``; what is not known is empty.
    People are named by the id of their Patient, else by file or line; of several bundles with the
    same id none is taken, because nobody can tell which is right. ``progress`` is told the number
    of bundles read so far.

    Raises:
        InputError: nothing is there to be read.
    """
    places: dict[str, list[tuple[str, int | None]]] = {}
    bad: list[BadBundle] = []
    read = 0
    with into.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["person_id", *_columns(knowledge)])
        for read, bundle in enumerate(_bundles(source), 1):
            try:
                person, values = _person(bundle, knowledge, codes, on)
            except InputError as error:
                bad.append(BadBundle(bundle.file, bundle.line, str(error)))
            else:
                places.setdefault(person, []).append((bundle.file, bundle.line))
                rows.writerow([person, *_cells(knowledge, values)])
            if progress is not None:
                progress(read)
    if not read:
        raise InputError(str(source), "holds no bundle (.json, or .ndjson with one a line)")
    several = {person: found for person, found in places.items() if len(found) > 1}
    if several:
        _leave_out(into, several)
    bad += [
        BadBundle(file, line, f"the person's id stands in {len(found)} bundles")
        for found in several.values()
        for file, line in found
    ]
    return BundlesRead(len(places) - len(several), tuple(bad))


def written_values(values: Mapping[str, Value], knowledge: Knowledge) -> dict[str, Value]:
    """Return the settled facts of a record as a table may hold them: settling keeps them.

    A table holds answers, and an answer may settle a group of questions (``male`` settles
    pregnancy). A record's word never does: where it would, it is left out and stays unknown.
    """
    settling = {(group.when_fact, group.when_value) for group in knowledge.settling.groups}
    return {fact: value for fact, value in values.items() if (fact, value) not in settling}


# --- one person -----------------------------------------------------------------------------


def _person(
    bundle: _Bundle, knowledge: Knowledge, codes: CodeTable, on: date
) -> tuple[str, Mapping[str, Value]]:
    """The id and the facts of a bundle's person; raises ``InputError`` where there is none."""
    if isinstance(bundle.data, InputError):
        raise bundle.data
    record = read_bundle(bundle.data, codes, on)
    person = record.patient_id or bundle.name
    if not person.isprintable():
        raise InputError("", "the person's id holds a character that cannot be printed")
    settled = settle(Answers(answered_on=on), record, knowledge, on)
    return person, written_values(settled.values, knowledge)


def _columns(knowledge: Knowledge) -> Iterator[str]:
    for fact in knowledge.facts.values():
        if isinstance(fact.type, Number):
            yield from (f"{fact.id}_low", f"{fact.id}_high")
        else:
            yield fact.id


def _cells(knowledge: Knowledge, values: Mapping[str, Value]) -> Iterator[str]:
    for fact in knowledge.facts.values():
        match values.get(fact.id):
            case Interval(low, high):
                yield from (_number(low), _number(high))
            case None:
                yield from ("", "") if isinstance(fact.type, Number) else ("",)
            case bool() as truth:
                yield "true" if truth else "false"
            case word:
                yield word


def _number(value: float) -> str:
    """A number in full: no digit is rounded away, a whole one has no point."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _leave_out(table: Path, people: Mapping[str, object]) -> None:
    """Take the rows of some people out of a table."""
    kept = table.with_name(f"{table.name}.kept")
    with (
        table.open(encoding="utf-8", newline="") as before,
        kept.open("w", encoding="utf-8", newline="") as after,
    ):
        rows = csv.writer(after, lineterminator="\n")
        rows.writerows(row for row in csv.reader(before) if row[0] not in people)
    kept.replace(table)


# --- bytes ----------------------------------------------------------------------------------


def _bundles(source: Path) -> Iterator[_Bundle]:
    """The bundles of a file or a folder, one after the other, by the order of their names."""
    if not source.is_dir():
        yield from _lines(source, source.name, "")
        return
    for path in sorted(_files(source)):
        below = path.relative_to(source)
        place = below.as_posix().encode("utf-8", "backslashreplace").decode("utf-8")
        if path.suffix.lower() == _LINES:
            yield from _lines(path, place, f"{place} ")
        else:
            yield _Bundle(place, None, below.with_suffix("").as_posix(), _whole(path))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        is_hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix.lower() in _ENDINGS and not is_hidden and not path.is_dir():
            yield path


def _whole(path: Path) -> bytes | InputError:
    try:
        with path.open("rb") as file:
            return _bounded(file.read(MAX_BUNDLE + 1))
    except OSError as error:
        return InputError("", f"cannot be read ({error.strerror})")


def _lines(path: Path, file_name: str, before: str) -> Iterator[_Bundle]:
    """The bundles of a file of lines; an empty line is none. A line too long is passed over."""
    try:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_BUNDLE + 1):
                number += 1
                data = _bounded(line)
                while not line.endswith(b"\n") and line:
                    line = file.readline(MAX_BUNDLE)
                if isinstance(data, InputError) or not data.isspace():
                    yield _Bundle(file_name, number, f"{before}line {number}", data)
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from None


def _bounded(data: bytes) -> bytes | InputError:
    if len(data) <= MAX_BUNDLE:
        return data
    return InputError("", f"is larger than {MAX_BUNDLE / 1_000_000:g} MB and is not read")
