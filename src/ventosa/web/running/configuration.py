"""One TOML file of settings: the same words as on the command line, with a type each."""

import tomllib
from pathlib import Path
from typing import Any

from ventosa.record import InputError
from ventosa.web.running.refusals import refuse_open_settings

SETTINGS: dict[str, type] = {
    "folder": str,
    "database": str,
    "host": str,
    "port": int,
    "workers": int,
    "lan": bool,
    "cert": str,
    "key": str,
    "proxy": str,
    "to": str,
}
"""Every setting a file may name; ``to`` is where backups go."""


def settings_of(path: Path) -> dict[str, Any]:
    """Return the settings in a file; a place in it is read from the file's own folder.

    Raises:
        InputError: the file cannot be read, or names a setting that does not exist; it names both.
    """
    try:
        found = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(str(path), f"is no TOML: {error}") from None
    for name, value in found.items():
        if name not in SETTINGS:
            raise InputError(f"{path}: {name}", f"is no setting; there are {', '.join(SETTINGS)}")
        kind = SETTINGS[name]
        if type(value) is not kind:
            words = {str: "a text in quotes", int: "a number", bool: "true or false"}
            raise InputError(f"{path}: {name}", f"is {words[kind]}")
    refuse_open_settings(path, found)
    for name in ("folder", "cert", "key", "to"):
        if name in found:
            found[name] = str(path.parent / Path(found[name]).expanduser())
    return found
