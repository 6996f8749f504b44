"""Starting a clinic: folder, tables, first owner, server."""

import os
import re
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ventosa.record import InputError
from ventosa.web.certificates import Address
from ventosa.web.deployment import LOOPBACK, SQLITE, Deployment
from ventosa.web.lan import (
    ServerCertificate,
    given_certificate,
    own_place,
    server_certificate,
    why_not_listening,
)
from ventosa.web.running.refusals import refuse_insecure

DATABASE_FORM = "postgres://user@host/name"
DATABASE_WORDS = f"is written as {DATABASE_FORM}; without it SQLite in the folder is used"


@dataclass(frozen=True, slots=True)
class Order:
    """What `ventosa serve` was asked for. ``goes_on``: an update that stopped is taken up again."""

    folder: Path
    database: str | None = None
    host: str = "127.0.0.1"
    port: int = 8600
    workers: int = 1
    demo: str = ""
    lan: bool = False
    certificate: Path | None = None
    key: Path | None = None
    proxy: str | None = None
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class Opened:
    """A clinic that can be served: where, and what it shows over HTTPS (``None`` = plain HTTP).

    ``notes`` are sentences that whoever starts it should read.
    """

    address: str
    shown: ServerCertificate | None = None
    notes: tuple[str, ...] = ()


def prepare(order: Order, on: datetime, *, founds: bool = True) -> Opened:
    """Make the folder, the certificate and the tables; return the clinic that can be served.

    ``founds``: a clinic may come to be here; else one must have been founded before.

    Raises:
        InputError: the folder cannot be made, a setting is not safe, a certificate cannot be used,
            the database cannot be reached or brought up to date, or there is no clinic in it.
    """
    if not founds and order.database is None and not (order.folder / SQLITE).is_file():
        raise _no_clinic(order)
    os.umask(0o077)  # whatever is written from here on is the owner's alone
    try:
        order.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(str(order.folder), f"cannot be made ({error.strerror})") from None
    _check_database(order.database)
    if not order.demo:
        refuse_insecure(order.folder, order.database)
    opened, hosts = _place(order, on)
    deployment = Deployment(
        order.folder.resolve(),
        order.database,
        hosts,
        order.demo,
        opened.address if order.lan or order.proxy else "",
        order.proxy is not None,
    )
    os.environ.update(deployment.environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "ventosa.web.settings"
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.db import DatabaseError

    try:
        django.setup()
    except ImproperlyConfigured:
        problem = "this database needs its driver: pip install 'ventosa[postgres]'"
        raise InputError("--database", problem) from None
    from ventosa.web.running.clock import went_back
    from ventosa.web.running.updating import bring_up_to_date

    try:
        said = bring_up_to_date(order.folder, on, goes_on=order.goes_on)
        notes = (said, went_back(on))
    except ImproperlyConfigured:
        raise InputError("--database", DATABASE_WORDS) from None
    except (DatabaseError, OSError) as error:
        raise _no_database(order, "prepared", error) from None
    from ventosa.web.models import Clinic

    if not founds and not Clinic.objects.exists():
        raise _no_clinic(order)
    return replace(opened, notes=tuple(filter(None, notes)))


def _check_database(address: str | None) -> None:
    """Refuse an address of a database that could only fail later, in other words."""
    if address is None:
        return
    import dj_database_url

    try:
        named = dj_database_url.parse(address)
    except (ValueError, dj_database_url.UnknownSchemeError):
        named = {}
    if "postgresql" not in str(named.get("ENGINE", "")) or not named.get("NAME"):
        raise InputError("--database", DATABASE_WORDS)


def _no_database(order: Order, what: str, error: Exception) -> InputError:
    """The refusal of a database that cannot be used; it never repeats a password."""
    kind = type(error).__name__
    if order.database is None:
        return InputError(str(order.folder / SQLITE), f"cannot be {what} ({kind})")
    problem = f"the database cannot be {what} ({kind}): is it running, and are name and user right?"
    return InputError("--database", problem)


def _no_clinic(order: Order) -> InputError:
    asked = f" --database {DATABASE_FORM}" if order.database else f" --folder {order.folder}"
    return InputError(str(order.folder), f"holds no clinic; make one with: ventosa found{asked}")


def check_port(order: Order) -> None:
    """Refuse a port at which nothing can be served.

    Raises:
        InputError: says why.
    """
    if problem := why_not_listening(_host(order), order.port):
        raise InputError("--port", problem)


def reach(order: Order) -> None:
    """Reach the database of a clinic that is there, and change nothing in it.

    Raises:
        InputError: there is no clinic, or its database cannot be read.
    """
    if order.database is None and not (order.folder / SQLITE).is_file():
        raise _no_clinic(order)
    if not order.folder.is_dir():
        raise InputError("--folder", "is no folder of a clinic")
    os.environ.update(Deployment(order.folder.resolve(), order.database).environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "ventosa.web.settings"
    import django
    from django.db import DatabaseError

    django.setup()
    from ventosa.web.models import Clinic

    try:
        Clinic.objects.exists()
    except DatabaseError as error:
        raise _no_database(order, "read", error) from None


def _place(order: Order, on: datetime) -> tuple[Opened, tuple[str, ...]]:
    """Where the clinic is reached, and the names it answers to."""
    if not order.lan:
        if order.host not in LOOPBACK and order.host != "::1":
            problem = "plain HTTP is served to this machine only; use --lan for tablets"
            raise InputError("--host", problem)
        if order.proxy is not None:
            return _proxied(order.proxy)
        return Opened(f"http://{order.host}:{order.port}/"), LOOPBACK
    if order.certificate is not None and order.key is not None:
        shown = given_certificate(order.certificate, order.key, on)
    else:
        shown = server_certificate(order.folder, own_place(), on)
    names = (*shown.names, *(_in_url(address) for address in shown.addresses))
    # A name with a star fits many addresses and is none.
    best = next((name for name in names if "*" not in name), LOOPBACK[0])
    hosts = tuple(name.replace("*.", ".", 1) for name in names)
    return Opened(f"https://{best}:{order.port}/", shown), (*hosts, *LOOPBACK)


def _proxied(address: str) -> tuple[Opened, tuple[str, ...]]:
    """Where a proxy on this machine is reached, which ends HTTPS and passes requests on."""
    told = re.fullmatch(r"(https://([a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d{1,5})?)/?", address.lower())
    if told is None:
        raise InputError("--proxy", "is the address that tablets open, as https://clinic.example")
    return Opened(f"{told[1]}/"), (told[2], *LOOPBACK)


def _in_url(address: Address) -> str:
    return f"[{address}]" if address.version == 6 else str(address)


def _host(order: Order) -> str:
    return "0.0.0.0" if order.lan else order.host.strip("[]")


def serve(order: Order, opened: Opened) -> None:
    """Serve until told to stop."""
    shown = opened.shown
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "ventosa.web.wsgi:application",
        address=_host(order),
        port=order.port,
        interface=Interfaces.WSGI,
        workers=order.workers,
        blocking_threads=2,
        log_access=False,
        websockets=False,
        ssl_cert=None if shown is None else shown.certificate,
        ssl_key=None if shown is None else shown.key,
    ).serve()
