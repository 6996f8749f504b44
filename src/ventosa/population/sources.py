"""What stands at the place that is to be read: a table, a folder of tables, or bundles."""

from pathlib import Path

from ventosa.record import InputError

TABLES = (".csv", ".parquet")
_BUNDLES = (".json", ".ndjson")
_WORDS = (".md",)


def tables_in(source: Path) -> tuple[Path, ...]:
    """Return the files of one table, folders below included; none where bundles stand.

    Raises:
        InputError: nothing is there, or nothing that can be read, or several kinds at once.
    """
    if not source.exists():
        raise InputError(str(source), "cannot be read (No such file or directory)")
    if source.is_file():
        return _alone(source)
    try:
        shown = [path for path in sorted(source.rglob("*")) if _is_shown(path, source)]
    except OSError as error:
        raise InputError(str(source), f"cannot be read ({error.strerror})") from None
    tables = tuple(path for path in shown if path.suffix.lower() in TABLES)
    kinds = {path.suffix.lower() for path in shown}
    known = kinds & {*TABLES, *_BUNDLES}
    if not known:
        raise InputError(str(source), f"holds no {', '.join((*TABLES, *_BUNDLES))} file")
    if tables and len(known) > 1:
        raise InputError(str(source), f"holds {' and '.join(sorted(known))}: give one kind")
    other = next((path for path in shown if path.suffix.lower() not in (*known, *_WORDS)), None)
    if other is not None:
        below = other.relative_to(source)
        raise InputError(str(source), f"holds {below}, which would not be read: move it elsewhere")
    return tables


def _is_shown(path: Path, folder: Path) -> bool:
    """Whether a file counts: no folder, and nothing hidden or left by the program that wrote."""
    below = path.relative_to(folder).parts
    return not any(part.startswith((".", "_")) for part in below) and not path.is_dir()


def _alone(source: Path) -> tuple[Path, ...]:
    ending = source.suffix.lower()
    if ending in TABLES:
        return (source,)
    if ending == ".ndjson":
        return ()
    raise InputError(
        str(source), "is no table: its name ends in .csv, .parquet or .ndjson, or it is a folder"
    )
