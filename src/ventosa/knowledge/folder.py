"""The files of a knowledge folder as closed tables; every error names file and field."""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ventosa.knowledge.files import Reference
from ventosa.logic import Condition, FactType, LogicError, check, parse
from ventosa.record import KnowledgeError

DATA = (".toml", ".csv", ".json")
"""How the name of a data file ends."""


REFERENCES = "references.json"
_MAX_FILE = 4_000_000


_T = TypeVar("_T")


def read_folder(folder: Path) -> tuple[dict[str, str], str]:
    """Return every data file of a folder as text, and one hash of them all.

    Raises:
        KnowledgeError: not a folder, empty, too large, or not UTF-8.
    """
    if not folder.is_dir():
        raise KnowledgeError(str(folder), "", "is not a folder")
    digest, texts = hashlib.sha256(), {}
    paths = sorted(p for p in folder.rglob("*") if p.suffix in DATA and p.is_file())
    if not paths:
        raise KnowledgeError(str(folder), "", "holds no knowledge; it is refused")
    for path in paths:
        name = path.relative_to(folder).as_posix()
        try:
            if path.stat().st_size > _MAX_FILE:
                raise KnowledgeError(name, "", f"is larger than {_MAX_FILE:,} bytes")
            data = path.read_bytes()
            texts[name] = data.decode("utf-8")
        except UnicodeDecodeError:
            raise KnowledgeError(name, "", "is not UTF-8 text") from None
        except OSError as error:
            raise KnowledgeError(name, "", f"cannot be read ({error.strerror})") from None
        digest.update(name.encode() + b"\0" + hashlib.sha256(data).digest())
    return texts, digest.hexdigest()


def read_table(name: str, text: str, kind: type[_T]) -> _T:
    """Return a TOML text as one closed table.

    Raises:
        KnowledgeError: names the file and the field.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnowledgeError(name, "", f"is not TOML: {error}") from None
    except RecursionError:
        raise KnowledgeError(name, "", "nests too deeply") from None
    return _converted(name, table, kind)


def _converted(name: str, table: object, kind: type[_T], within: str = "") -> _T:
    try:
        return msgspec.convert(table, kind, strict=False)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at ")
        where = within + where.strip("`").removeprefix("$")
        raise KnowledgeError(name, where.removeprefix("."), problem) from None


def table_of(texts: Mapping[str, str], name: str, kind: type[_T]) -> _T:
    """Return one file as a closed table; raises ``KnowledgeError`` where it is missing or wrong."""
    if name not in texts:
        raise KnowledgeError(name, "", "is missing")
    return read_table(name, texts[name], kind)


def entries_of(texts: Mapping[str, str], folder: str, kind: type[_T]) -> list[tuple[str, _T]]:
    """Return the files of a sub-folder with their names; an id may be used once."""
    names = [name for name in texts if name.startswith(f"{folder}/") and name.endswith(".toml")]
    if not names:
        raise KnowledgeError(f"{folder}/", "", "holds no file")
    entries: list[tuple[str, _T]] = []
    seen: dict[str, str] = {}
    for name in names:
        entry = read_table(name, texts[name], kind)
        identity = str(getattr(entry, "id", name))
        if identity in seen:
            raise KnowledgeError(name, "id", f"{identity!r} is already used in {seen[identity]}")
        seen[identity] = name
        entries.append((name, entry))
    return entries


def in_order(entries: tuple[_T, ...]) -> tuple[_T, ...]:
    """Return entries by their ``order``."""
    return tuple(sorted(entries, key=lambda entry: getattr(entry, "order")))  # noqa: B009


def read_condition(file: str, where: str, text: str, declared: Mapping[str, FactType]) -> Condition:
    """Return a checked condition; raises ``KnowledgeError`` with file and field."""
    try:
        condition = parse(text)
        check(condition, declared)
    except LogicError as error:
        raise KnowledgeError(file, where, str(error)) from None
    return condition


def check_sources(
    file: str,
    where: str,
    sources: tuple[str, ...],
    editorial: str | None,
    references: Mapping[str, Any],
) -> None:
    """Raise ``KnowledgeError`` for an unknown source, or for neither source nor mark."""
    for key in sources:
        if key not in references:
            problem = f"source {key!r} is not in references.json"
            raise KnowledgeError(file, where or "sources", problem)
    if not sources and not (editorial or "").strip():
        raise KnowledgeError(file, where or "sources", "has no source and is not marked editorial")


def references_of(texts: Mapping[str, str]) -> dict[str, Mapping[str, Any]]:
    """Return the entries of ``references.json`` (CSL-JSON) by id; raises ``KnowledgeError``."""
    name = REFERENCES
    if name not in texts:
        raise KnowledgeError(name, "", "is missing")
    try:
        entries = msgspec.json.decode(texts[name], type=list[dict[str, Any]])
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise KnowledgeError(name, "", f"is not a CSL-JSON list: {error}") from None
    found: dict[str, Mapping[str, Any]] = {}
    for index, entry in enumerate(entries):
        key = _converted(name, entry, Reference, f"[{index}]").id
        if key in found:
            raise KnowledgeError(name, key, "stands twice")
        found[key] = entry
    return found
