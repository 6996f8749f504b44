"""What stands at the place that is to be read: a table, a folder of tables, or bundles."""

from pathlib import Path

from ventosa.record import InputError

TABLES = (".csv", ".parquet")
_BUNDLES = (".json", ".ndjson")


def tables_in(source: Path) -> tuple[Path, ...]:
    """Return the files of one table, in the order of their names; none where bundles stand.

    Raises:
        InputError: nothing is there, or nothing that can be read, or several kinds at once.
    """
    if not source.exists():
        raise InputError(str(source), "cannot be read (No such file or directory)")
    if source.is_file():
        return _alone(source)
    try:
        shown = [path for path in sorted(source.iterdir()) if not path.name.startswith(".")]
    except OSError as error:
        raise InputError(str(source), f"cannot be read ({error.strerror})") from None
    tables = tuple(path for path in shown if path.suffix.lower() in TABLES)
    kinds = {path.suffix.lower() for path in shown} & {*TABLES, *_BUNDLES}
    if tables and len(kinds) > 1:
        raise InputError(str(source), f"holds {' and '.join(sorted(kinds))}: give one kind")
    if not tables and not any(path.suffix.lower() in _BUNDLES for path in source.rglob("*")):
        raise InputError(str(source), f"holds no {', '.join((*TABLES, *_BUNDLES))} file")
    return tables


def _alone(source: Path) -> tuple[Path, ...]:
    ending = source.suffix.lower()
    if ending in TABLES:
        return (source,)
    if ending == ".ndjson":
        return ()
    raise InputError(
        str(source), "is no table: its name ends in .csv, .parquet or .ndjson, or it is a folder"
    )
