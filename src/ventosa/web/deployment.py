"""Where a clinic lives: folder, database, names; told to the process by its environment."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

FOLDER, DATABASE, HOSTS, DEMO, ADDRESS, PROXIED = (
    "VENTOSA_FOLDER",
    "VENTOSA_DATABASE",
    "VENTOSA_HOSTS",
    "VENTOSA_DEMO",
    "VENTOSA_ADDRESS",
    "VENTOSA_PROXIED",
)

SQLITE = "clinic.sqlite3"
"""The file of a clinic that has no other database."""

LOOPBACK = ("127.0.0.1", "[::1]", "localhost")
"""Names of this machine for itself."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One running clinic.

    ``folder`` is ``None`` only where settings are read to check the code: nothing is served from
    it. ``database`` is a URL, ``None`` = SQLite in the folder. ``demo`` is the word in the address
    that signs in the owner of an invented clinic; empty = a real clinic. ``address`` is where
    tablets find it over HTTPS; empty = it is served to this machine only. ``is_proxied``: a proxy
    on this machine ends HTTPS there.
    """

    folder: Path | None
    database: str | None = None
    hosts: tuple[str, ...] = LOOPBACK
    demo: str = ""
    address: str = ""
    is_proxied: bool = False

    @classmethod
    def of_environment(cls) -> "Deployment":
        """Return what the environment says."""
        folder = os.environ.get(FOLDER)
        return cls(
            Path(folder) if folder else None,
            os.environ.get(DATABASE) or None,
            tuple(filter(None, os.environ.get(HOSTS, "").split(","))) or LOOPBACK,
            os.environ.get(DEMO, ""),
            os.environ.get(ADDRESS, ""),
            bool(os.environ.get(PROXIED)),
        )

    def environment(self) -> dict[str, str]:
        """Return the environment that says this."""
        said = {HOSTS: ",".join(self.hosts)}
        if self.folder is not None:
            said[FOLDER] = str(self.folder)
        if self.database is not None:
            said[DATABASE] = self.database
        said[DEMO] = self.demo
        said[ADDRESS] = self.address
        said[PROXIED] = "yes" if self.is_proxied else ""
        return said

    @property
    def is_https(self) -> bool:
        """Whether the clinic is reached over HTTPS."""
        return self.address.startswith("https:")

    def secret(self) -> str:
        """Return the clinic's secret key, made on first use and readable by its owner only."""
        if self.folder is None:
            return secrets.token_urlsafe(50)
        path = self.folder / "secret.key"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text("utf-8")
        key = secrets.token_urlsafe(50)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(key)
        return key
