"""One column of a table as SQL: the value that the rules see, or why there is none.

Nothing is guessed: a value is taken where it says the same as the fact asks, exactly, and every
other one has a reason. The reasons never repeat a value.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ventosa.export.sql import SCALE, staged_columns
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Choice, Number
from ventosa.record import InputError

PERSON = "person_id"

Kind = Literal["text", "boolean", "whole", "real", "single", "other"]
"""What a column of a file holds; *single* is a number of short precision."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its name, the SQL that reads it, and what it holds."""

    name: str
    sql: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Cell:
    """Staged columns that come from a column, as SQL.

    ``reason`` is NULL where the value can be used or is not there, else it says why not.
    """

    column: str
    staged: Mapping[str, str]
    reason: str


class Cells:
    """The columns of one file, matched with the facts of a knowledge.

    Raises:
        InputError: no ``person_id``, an unknown column, or one that cannot hold its fact.
    """

    def __init__(
        self, file: str, columns: Sequence[Column], knowledge: Knowledge, ignored: Sequence[str]
    ) -> None:
        self.file, self.knowledge = file, knowledge
        self.columns = {column.name: column for column in columns if column.name not in ignored}
        self._check_names([column.name for column in columns])
        self.cells = [self._person(self.columns[PERSON])]
        for fact in knowledge.facts.values():
            self.cells += self._cells(fact)

    def staged(self) -> str:
        """Return the select list of the staged columns; a fact without a column is unknown."""
        found = {name: sql for cell in self.cells for name, sql in cell.staged.items()}
        return ", ".join(
            f'{found.get(column.name, _UNKNOWN[column.kind])} AS "{column.name}"'
            for column in staged_columns(self.knowledge)
        )

    def is_faulty(self) -> str:
        """Return a term that is true for a row with a value that cannot be used."""
        return f"COALESCE({', '.join(cell.reason for cell in self.cells)}) IS NOT NULL"

    def faults(self) -> str:
        """Return a list of column and reason, one for each cell; the reason may be NULL."""
        found = (f"{{'name': {text(c.column)}, 'reason': {c.reason}}}" for c in self.cells)
        return f"[{', '.join(found)}]"

    def _check_names(self, names: Sequence[str]) -> None:
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(self.file, f"column {twice!r} stands twice")
        known = names_of(self.knowledge)
        if PERSON not in self.columns:
            raise InputError(self.file, f"has no column {PERSON!r}{_seen(names, known)}")
        for name in self.columns:
            if name in known:
                continue
            close = difflib.get_close_matches(name, known, 1, 0.5)
            nearest = f"; the closest is {close[0]!r}" if close else ""
            passed = "Rename it, or pass it over by --ignore-columns"
            raise InputError(self.file, f"column {name!r} is no fact{nearest}. {passed}")

    def _person(self, column: Column) -> Cell:
        if column.kind not in ("text", "whole"):
            raise self._wrong(column, "ids are text or whole numbers")
        value = column.sql if column.kind == "text" else f"CAST({column.sql} AS VARCHAR)"
        reason = (
            f"CASE WHEN {value} IS NULL OR trim({value}) = '' THEN 'is empty' "
            f"WHEN regexp_matches({value}, '[\\x00-\\x1f\\x7f-\\x{{9f}}]') "
            "THEN 'holds a control character' END"
        )
        return Cell(PERSON, {PERSON: value}, reason)

    def _cells(self, fact: Fact) -> list[Cell]:
        low, high = f"{fact.id}_low", f"{fact.id}_high"
        ends = [name for name in (low, high) if name in self.columns]
        if isinstance(fact.type, Number) and ends:
            if fact.id in self.columns:
                raise InputError(self.file, f"columns {fact.id!r} and {ends[0]!r} say the same")
            if len(ends) == 1:
                raise InputError(self.file, f"has {ends[0]!r} alone: give {low!r} and {high!r}")
            return self._interval(fact.type, self.columns[low], self.columns[high])
        if fact.id not in self.columns:
            return []
        column = self.columns[fact.id]
        match fact.type:
            case Boolean():
                return [self._truth(column)]
            case Choice(words):
                return [self._choice(column, words)]
            case Number():
                number = self._number(column)
                staged = {low: number.floor(), high: number.ceiling()}
                return [Cell(column.name, staged, number.reason(fact.type))]

    def _truth(self, column: Column) -> Cell:
        match column.kind:
            case "boolean":
                value = column.sql
            case "whole" | "real" | "single":
                value = f"CASE {column.sql} WHEN 1 THEN TRUE WHEN 0 THEN FALSE END"
            case "text":
                # true, t, yes, y, 1 and their contraries, in any case; everything else is NULL.
                value = f"TRY_CAST({column.sql} AS BOOLEAN)"
            case _:
                raise self._wrong(column, "this fact is yes or no")
        reason = _unless(column, f"({value}) IS NOT NULL", "is neither yes nor no")
        return Cell(column.name, {column.name: value}, reason)

    def _choice(self, column: Column, words: Sequence[str]) -> Cell:
        if column.kind != "text":
            raise self._wrong(column, "this fact is a word")
        among = ", ".join(text(word) for word in words)
        reason = _unless(column, f"{column.sql} IN ({among})", f"is none of {', '.join(words)}")
        return Cell(column.name, {column.name: column.sql}, reason)

    def _number(self, column: Column) -> "_Numeral":
        match column.kind:
            case "text":
                return _Numeral(column, f"TRY_CAST({_plain(column.sql)} AS DOUBLE)")
            case "single":
                # The shortest text that means the same: 12.3 and not 12.300000190734863.
                return _Numeral(column, f"TRY_CAST(CAST({column.sql} AS VARCHAR) AS DOUBLE)")
            case "whole" | "real":
                return _Numeral(column, f"CAST({column.sql} AS DOUBLE)")
            case _:
                raise self._wrong(column, "this fact is a number")

    def _interval(self, kind: Number, low: Column, high: Column) -> list[Cell]:
        least, most = self._number(low), self._number(high)
        above = f"WHEN {least.value} > {most.value} THEN {text(f'lies above {high.name}')}"
        return [
            Cell(
                low.name,
                {low.name: least.floor()},
                least.reason(kind, f"{_alone(low, high)} {above}"),
            ),
            Cell(high.name, {high.name: most.ceiling()}, most.reason(kind, _alone(high, low))),
        ]

    def _wrong(self, column: Column, wanted: str) -> InputError:
        return InputError(self.file, f"column {column.name!r} holds something else: {wanted}")


@dataclass(frozen=True, slots=True)
class _Numeral:
    """A number as SQL: ``value`` is a DOUBLE, NULL where nothing or no number stands."""

    column: Column
    value: str

    @property
    def _nearest(self) -> str:
        return f"TRY_CAST(round({self.value} * {SCALE}) AS BIGINT)"

    def floor(self) -> str:
        """The number times ``SCALE``, rounded down; exact where it has so few decimals."""
        near = self._nearest
        return f"CASE WHEN {near} / {SCALE}e0 <= {self.value} THEN {near} ELSE {near} - 1 END"

    def ceiling(self) -> str:
        """The number times ``SCALE``, rounded up."""
        near = self._nearest
        return f"CASE WHEN {near} / {SCALE}e0 >= {self.value} THEN {near} ELSE {near} + 1 END"

    def reason(self, kind: Number, further: str = "") -> str:
        """Why the number cannot be used; ``further`` are more cases of the same CASE."""
        value = self.value
        return (
            f"CASE WHEN {self.column.sql} IS NOT NULL AND {value} IS NULL THEN 'is not a number' "
            f"WHEN NOT isfinite({value}) THEN 'is not a finite number' "
            f"WHEN {value} NOT BETWEEN {kind.low} AND {kind.high} "
            f"THEN 'lies outside {kind.low:g} to {kind.high:g}' {further} END"
        )


_UNKNOWN = {
    "text": "CAST(NULL AS VARCHAR)",
    "boolean": "CAST(NULL AS BOOLEAN)",
    "bigint": "CAST(NULL AS BIGINT)",
}


def text(said: str) -> str:
    """Return a text as an SQL literal."""
    return "'" + said.replace("'", "''") + "'"


def names_of(knowledge: Knowledge) -> list[str]:
    """Every name that a column may have."""
    names = [PERSON]
    for fact in knowledge.facts.values():
        ends = (f"{fact.id}_low", f"{fact.id}_high") if isinstance(fact.type, Number) else ()
        names += [fact.id, *ends]
    return names


def _seen(names: Sequence[str], known: Sequence[str]) -> str:
    """What a first line without ids looks like; it may be a person's row, and is not repeated."""
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        return ": columns are separated by commas"
    facts = sum(name in known for name in names)
    return f"; of {len(names)} columns {facts} are facts. The first line names the columns"


def _unless(column: Column, term: str, reason: str) -> str:
    """The reason where something is said and the term does not hold."""
    return f"CASE WHEN {column.sql} IS NOT NULL AND NOT ({term}) THEN {text(reason)} END"


def _alone(empty: Column, other: Column) -> str:
    said = text(f"is empty, {other.name} is not")
    return f"WHEN {empty.sql} IS NULL AND {other.sql} IS NOT NULL THEN {said}"


def _plain(sql: str) -> str:
    """A text where it is a number as everybody writes it: no spaces, no underscores, no names."""
    return f"CASE WHEN regexp_full_match({sql}, '{_NUMERAL}') THEN {sql} END"


_NUMERAL = r"[-+]?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?"
