"""Starting a clinic: folder, tables, first owner, server."""

import os
from dataclasses import dataclass
from pathlib import Path

from ventosa.record import InputError
from ventosa.web.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Order:
    """What `ventosa serve` was asked for."""

    folder: Path
    database: str | None = None
    host: str = "127.0.0.1"
    port: int = 8600
    workers: int = 1
    demo: str = ""


def prepare(order: Order) -> Deployment:
    """Make the folder and the tables; return the clinic that can be served.

    Raises:
        InputError: the folder cannot be made, or the database cannot be reached.
    """
    try:
        order.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(str(order.folder), f"cannot be made ({error.strerror})") from None
    deployment = Deployment(order.folder.resolve(), order.database, demo=order.demo)
    os.environ.update(deployment.environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "ventosa.web.settings"
    import django
    from django.core.management import call_command
    from django.db import DatabaseError

    django.setup()
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as error:
        kind = type(error).__name__
        raise InputError("--database", f"the database cannot be prepared ({kind})") from None
    return deployment


def serve(order: Order) -> None:
    """Serve until told to stop."""
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "ventosa.web.wsgi:application",
        address=order.host,
        port=order.port,
        interface=Interfaces.WSGI,
        workers=order.workers,
        blocking_threads=2,
        log_access=False,
        websockets=False,
    ).serve()
