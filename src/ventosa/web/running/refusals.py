"""Settings with which a real clinic does not start. A demo clinic holds nobody's data and may."""

import os
from pathlib import Path
from typing import Any

from ventosa.record import InputError
from ventosa.web.certificates import is_open

UNFINISHED = "restore-unfinished"
"""Lies in the folder of a clinic that is being restored, until all of it is there."""

_SAFE = {"require", "verify-ca", "verify-full"}
_SHORTEST_SECRET = 32


def refuse_insecure(folder: Path, database: str | None) -> None:
    """Refuse to start where others could read the record, or sign in with a forged cookie.

    Raises:
        InputError: names the setting, and what to do.
    """
    if (folder / UNFINISHED).exists():
        raise InputError(str(folder), "is a restore that did not finish: restore it once more")
    if os.name == "posix" and folder.stat().st_mode & 0o007:
        raise InputError(str(folder), f"can be opened by everybody here: chmod 700 {folder}")
    secret = folder / "secret.key"
    if secret.exists():
        if is_open(secret):
            problem = "can be read by others, who could sign in as anybody: remove the file"
            raise InputError(str(secret), f"{problem}, and everybody signs in once more")
        if len(secret.read_bytes().strip()) < _SHORTEST_SECRET:
            problem = "was not written whole: remove the file, and everybody signs in once more"
            raise InputError(str(secret), problem)
    if database is not None and not is_private(database):
        problem = "crosses a network unencrypted: add ?sslmode=verify-full, or at least =require"
        raise InputError("--database", problem)


def is_private(database: str) -> bool:
    """Return whether nobody on the way to a PostgreSQL server can read along."""
    said = _parsed(database)
    asked = said.get("OPTIONS") or {}
    host = str(asked.get("host") or said.get("HOST") or "")
    is_here = host in ("", "127.0.0.1", "::1", "localhost") or host.startswith("/")
    return is_here or asked.get("sslmode") in _SAFE


def _parsed(database: str) -> dict[str, Any]:
    import dj_database_url

    try:
        return dict(dj_database_url.parse(database))
    except (ValueError, dj_database_url.UnknownSchemeError):
        raise InputError("--database", "is not an address, as postgres://user@host/name") from None


def refuse_open_settings(path: Path, said: dict[str, Any]) -> None:
    """Refuse a file of settings with a password in it that others can read.

    Raises:
        InputError: names the file.
    """
    database = said.get("database")
    has_password = isinstance(database, str) and bool(_parsed(database).get("PASSWORD"))
    if has_password and is_open(path):
        raise InputError(str(path), f"holds a password and can be read by others: chmod 600 {path}")
