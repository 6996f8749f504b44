"""What the command line reads and writes: bounded, whole or not at all; errors name the file."""

import json
import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from ventosa.codes import CodeTable, import_codes, load_codes
from ventosa.contract import read_answers
from ventosa.fhir import read_bundle
from ventosa.knowledge import Knowledge, load
from ventosa.record import Answers, InputError, KnowledgeError, PatientRecord

MAX_BUNDLE = 64_000_000
"""Largest bundle that is read; a lifetime's record of one person is about 10 MB."""

MAX_CODES = 64_000_000
"""Largest code list that is read; one row for every SNOMED CT concept is about 45 MB."""

STANDARD_INPUT = "-"


def read_bytes(path: str, limit: int) -> bytes:
    """Return the bytes of a file or of standard input.

    Raises:
        InputError: unreadable, or larger than ``limit`` (then it is not read further).
    """
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(limit + 1)
        else:
            with Path(path).open("rb") as file:
                data = file.read(limit + 1)
    except OSError as error:
        raise InputError(path, f"cannot be read ({error.strerror})") from None
    if len(data) > limit:
        raise InputError(path, f"is larger than {limit / 1_000_000:g} MB and is not read")
    return data


def text_from(path: str, limit: int) -> str:
    """Return the text of a file or of standard input.

    Raises:
        InputError: unreadable, not UTF-8, or larger than ``limit`` bytes.
    """
    try:
        return read_bytes(path, limit).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(path, "is not UTF-8 text") from None


def knowledge_from(
    folder: str | None, overlay: str | None = None, *, complete: bool = True
) -> Knowledge:
    """Return the shipped knowledge, or that of another folder, under a clinic's own rules.

    ``complete``: a folder that lacks a shipped rule is refused; only a comparison may read one.

    Raises:
        KnowledgeError: a file is wrong, or the overlay is not proved to tighten only.
    """
    knowledge = load() if folder is None else _loaded(Path(folder), complete)
    if overlay is None:
        return knowledge
    from ventosa.cli.proved import cache_folder, proved_knowledge

    return proved_knowledge(knowledge, Path(overlay), cache_folder())


def _loaded(folder: Path, complete: bool) -> Knowledge:
    try:
        return load(folder, complete=complete)
    except KnowledgeError as error:
        if error.file.startswith(str(folder)):
            raise
        raise KnowledgeError(str(folder / error.file), error.where, error.problem) from None


def record_from(
    path: str | None, knowledge: Knowledge, codes_folder: Path, on: date
) -> PatientRecord | None:
    """Return what a bundle says, or ``None`` where no bundle was given."""
    if path is None:
        return None
    data = read_bytes(path, MAX_BUNDLE)
    try:
        return read_bundle(data, code_table(knowledge, codes_folder), on)
    except InputError as error:
        raise within(path, error) from None


def code_table(knowledge: Knowledge, codes_folder: Path) -> CodeTable:
    """Return the shipped codes, with those a clinic imported."""
    table = load_codes(knowledge.texts["codes/codes.csv"], facts=frozenset(knowledge.facts))
    imported = codes_folder / "codes.csv"
    if imported.is_file():
        text = text_from(str(imported), MAX_CODES)
        table = import_codes(table, text, file=str(imported), facts=frozenset(knowledge.facts))
    return table


def answers_from(path: str | None, knowledge: Knowledge) -> Answers:
    """Return the answers of a file; none were given without one."""
    if path is None:
        return Answers()
    try:
        return read_answers(read_bytes(path, 1_000_001), knowledge)
    except InputError as error:
        raise within(path, error) from None


def within(path: str, error: InputError) -> InputError:
    """Return the error with the file in front of the path in it."""
    if error.path == path:
        return error
    where = f"{path}: {error.path}" if error.path else path
    return InputError(where, error.problem)


def day_from(text: str | None) -> date:
    """Return the day of the screening: today, or a day given that is not in the future."""
    today = date.today()
    if text is None:
        return today
    try:
        on = date.fromisoformat(text)
    except ValueError:
        raise InputError("--on", f"{text!r} is not a date such as {today}") from None
    if on > today:
        raise InputError("--on", f"{on} lies in the future")
    return on


def check_place(path: Path, *read: str | None) -> None:
    """Raise ``InputError`` where a file could not be written, or would replace one that is read,
    before work is put into it."""
    if any(name is not None and Path(name).resolve() == path.resolve() for name in read):
        raise InputError(str(path), "is read here: the plan needs another name")
    if path.is_dir():
        raise InputError(str(path), "cannot be written (Is a directory)")
    if not path.parent.is_dir():
        raise InputError(str(path), "cannot be written (No such folder)")
    if not os.access(path.parent, os.W_OK):
        raise InputError(str(path), "cannot be written (Permission denied)")


def write_whole(path: Path, text: str) -> None:
    """Write a file whole or not at all; a file that is there keeps its permissions.

    Raises:
        InputError: the place cannot be written.
    """
    temporary: str | None = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            temporary = file.name
            file.write(text)
        Path(temporary).chmod(path.stat().st_mode if path.exists() else 0o666 & ~_umask())
        Path(temporary).replace(path)
        temporary = None
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror})") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def as_json(tree: dict[str, Any]) -> str:
    """Return JSON as it is printed: indented, in the letters it was written in."""
    return json.dumps(tree, indent=2, ensure_ascii=False, allow_nan=False)
