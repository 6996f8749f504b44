"""Codes of SNOMED CT, LOINC, RxNorm, ICD-10(-CM) and ATC that mean a fact, as one table.

What a row means is carried by its label, so that the file stays one flat list that a clinic can
read and extend: ``FALSE:`` and ``no:`` are the only labels that say *no*, and a label may say that
the code is only a hint. Pure: text in, table out.
"""

import csv
import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ventosa.record import KnowledgeError

SNOMED = "http://snomed.info/sct"
LOINC = "http://loinc.org"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
ICD_10 = "http://hl7.org/fhir/sid/icd-10"
ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"

SYSTEMS = (SNOMED, LOINC, RXNORM, ATC, ICD_10, ICD_10_CM)
COLUMNS = ("fact", "system", "code", "match", "label", "kind", "source")
KINDS = ("condition", "medication", "procedure", "observation", "status", "allergy")

_ICD = (ICD_10, ICD_10_CM)
_HIERARCHICAL = (*_ICD, ATC)

NOT_MEANT: Mapping[tuple[str, str], str] = {
    ("anaemia", "D563"): "thalassaemia trait is no anaemia",
    ("anaemia", "D573"): "sickle-cell trait is no anaemia",
    ("anticoagulant", "B01AB02"): "antithrombin III stands among the heparins and is none",
}
"""Codes that a prefix row covers and does not mean; see ``knowledge/codes/README.md``."""

_HINTS = frozenset(
    {
        "lymphoedema_or_severe_oedema",
        "hernia",
        "vasovagal_history",
        "unexplained_weight_loss",
        "fever",
        "reduced_sensation",
        "bladder_bowel_change",
        "acute_soft_tissue_injury",
    }
)
_HINT_WORDS = ("(ask", "policy: counts only", "(not spine)")


class Says(StrEnum):
    """What a code says of its fact."""

    YES = "yes"
    POSSIBLE = "possible"
    ASK = "ask"
    NO = "no"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One code that means a fact; ``source`` is the file in which it was seen."""

    fact: str
    system: str
    code: str
    match: str
    label: str
    kind: str
    source: str

    @property
    def says(self) -> Says:
        """What the label says; a weak hint is *ask*, and only ``FALSE:`` and ``no:`` say *no*."""
        if self.label.startswith(("FALSE:", "no:")):
            return Says.NO
        if self.label == "unknown":
            return Says.NOTHING
        if self.label.startswith("possible"):
            return Says.POSSIBLE
        if "(stop: emergency)" in self.label:
            return Says.YES
        if self.fact in _HINTS or any(word in self.label for word in _HINT_WORDS):
            return Says.ASK
        return Says.YES

    @property
    def says_ever(self) -> bool:
        """True where the code itself speaks of the past ("history of …"), so any status counts."""
        # "past clot: only if …" depends on how the record has the clot, not on the code.
        is_history = self.label.startswith(("history of", "personal history of", "past "))
        return is_history and "only if" not in self.label


@dataclass(frozen=True, slots=True)
class _Book:
    """The rows of one system, ready for look-up."""

    exact: dict[str, tuple[CodeRow, ...]]
    prefix: dict[str, tuple[CodeRow, ...]]
    lengths: tuple[int, ...]
    hierarchical: bool

    def find(self, code: str) -> tuple[CodeRow, ...]:
        if not self.hierarchical:
            return self.exact.get(code, ())
        code = _bare(code)
        rows = self.exact.get(code, ())
        for length in self.lengths:
            if len(code) >= length:
                rows += self.prefix.get(code[:length], ())
        return tuple(r for r in rows if not _is_not_meant(r.fact, code))


@dataclass(frozen=True, slots=True)
class CodeTable:
    """Every row, in the order of the file, with look-up by system and code."""

    rows: tuple[CodeRow, ...]
    _books: Mapping[str, _Book] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        books = {system: _book(self.rows, system) for system in {r.system for r in self.rows}}
        for system in _ICD:
            books[system] = _book(self.rows, *_ICD)
        object.__setattr__(self, "_books", books)

    def find(self, system: str | None, code: str | None) -> tuple[CodeRow, ...]:
        """The rows that the code meets: the same code, or a prefix of it (ICD without dots)."""
        if system is None or code is None:
            return ()
        book = self._books.get(system)
        return book.find(code) if book is not None else ()


def load_codes(
    text: str, *, file: str = "codes.csv", facts: Collection[str] | None = None
) -> CodeTable:
    """The table of a file's text; ``facts`` are the known fact ids, ``None`` = not checked.

    Raises `KnowledgeError` that names the file and the line.
    """
    rows = tuple(row for _, row in _rows(text, file, facts))
    if not rows:
        raise KnowledgeError(file, "", "holds no code")
    return CodeTable(rows)


def import_codes(table: CodeTable, text: str, *, file: str, facts: Collection[str]) -> CodeTable:
    """The table with a clinic's own rows added behind it.

    A row that the table has already is left as it is. Raises `KnowledgeError` that names the file
    and the line, also where a row says *no* of a code that the table reads as *yes*.
    """
    known = {_key(row): row for row in table.rows}
    for line, row in _rows(text, file, facts):
        there = known.setdefault(_key(row), row)
        if there.says is not row.says:
            raise KnowledgeError(
                file,
                f"line {line}",
                f"says {row.says} of {row.fact}, where the code is already there as {there.says}",
            )
    return CodeTable(tuple(known.values()))


def write_codes(table: CodeTable) -> str:
    """The table as CSV text that `load_codes` reads back."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([getattr(row, column) for column in COLUMNS] for row in table.rows)
    return out.getvalue()


def _rows(text: str, file: str, facts: Collection[str] | None) -> Iterator[tuple[int, CodeRow]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    seen: dict[tuple[str, str, str, str], int] = {}
    try:
        header = _header(next(reader, []), file)
        for cells in reader:
            line = reader.line_num
            if not cells:
                continue
            if len(cells) != len(header):
                raise KnowledgeError(
                    file, f"line {line}", f"has {len(cells)} cells, not {len(header)}"
                )
            row = CodeRow(**dict(zip(header, cells, strict=True)))
            problem = _problem(row, facts)
            if problem is None and _key(row) in seen:
                problem = f"repeats line {seen[_key(row)]}"
            if problem is not None:
                raise KnowledgeError(file, f"line {line}", problem)
            seen[_key(row)] = line
            yield line, row
    except csv.Error as error:
        raise KnowledgeError(file, f"line {reader.line_num}", f"is not CSV ({error})") from None


def _header(cells: list[str], file: str) -> list[str]:
    twice = sorted({c for c in cells if cells.count(c) > 1})
    if twice:
        raise KnowledgeError(file, "line 1", f"has the column {twice[0]!r} twice")
    if set(cells) != set(COLUMNS):
        raise KnowledgeError(file, "line 1", f"must have the columns {', '.join(COLUMNS)}")
    return cells


def _problem(row: CodeRow, facts: Collection[str] | None) -> str | None:
    for column in COLUMNS:
        value = getattr(row, column)
        if not value:
            return f"{column} is empty"
        if value != value.strip():
            return f"{column} has a space at its start or end"
    if facts is not None and row.fact not in facts:
        return f"{row.fact!r} is no fact"
    if row.kind not in KINDS:
        return f"{row.kind!r} is no kind ({', '.join(KINDS)})"
    if row.match not in ("exact", "prefix"):
        return f"match must be exact or prefix, not {row.match!r}"
    if row.match == "prefix" and row.system not in _HIERARCHICAL:
        return "only ICD and ATC codes are matched by prefix"
    return _system_problem(row)


def _system_problem(row: CodeRow) -> str | None:
    if row.system not in SYSTEMS:
        meant = {_plain_uri(s): s for s in SYSTEMS}.get(_plain_uri(row.system))
        if meant is not None:
            return f"system must be written {meant}"
        if not row.system.startswith(("http://", "https://", "urn:")):
            return "system is not a URI"
    if row.system == SNOMED and not is_snomed_id(row.code):
        return f"{row.code!r} is no SNOMED CT identifier (check digit)"
    return None


def is_snomed_id(code: str) -> bool:
    """True where the code is 6 to 18 digits and its last digit is the Verhoeff check digit."""
    if not (code.isascii() and code.isdigit() and 6 <= len(code) <= 18 and code[0] != "0"):
        return False
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = _MULTIPLY[check][_PERMUTE[place % 8][int(digit)]]
    return check == 0


def _dihedral(a: int, b: int) -> int:
    """The product of two turns or flips of a pentagon, numbered as Verhoeff does."""
    turn = a + b if a < 5 else a - b
    return turn % 5 + (0 if (a < 5) == (b < 5) else 5)


_MULTIPLY = tuple(tuple(_dihedral(a, b) for b in range(10)) for a in range(10))
_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def _permutations() -> tuple[tuple[int, ...], ...]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(rows[-1][d] for d in _STEP))
    return tuple(rows)


_PERMUTE = _permutations()


def _book(rows: tuple[CodeRow, ...], *systems: str) -> _Book:
    hierarchical = systems[0] in _HIERARCHICAL
    exact: dict[str, tuple[CodeRow, ...]] = {}
    prefix: dict[str, tuple[CodeRow, ...]] = {}
    for row in rows:
        if row.system in systems:
            code = _bare(row.code) if hierarchical else row.code
            shelf = exact if row.match == "exact" else prefix
            shelf[code] = (*shelf.get(code, ()), row)
    return _Book(exact, prefix, tuple(sorted({len(p) for p in prefix})), hierarchical)


def _is_not_meant(fact: str, code: str) -> bool:
    return any(fact == f and code.startswith(c) for f, c in NOT_MEANT)


def _bare(code: str) -> str:
    return code.replace(".", "").upper()


def _plain_uri(system: str) -> str:
    return system.lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def _key(row: CodeRow) -> tuple[str, str, str, str]:
    code = _bare(row.code) if row.system in _HIERARCHICAL else row.code
    return row.fact, row.system, code, row.match
