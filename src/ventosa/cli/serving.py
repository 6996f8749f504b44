"""`ventosa serve`: the clinic."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

import click

from ventosa.record import InputError
from ventosa.web.serving import Order, prepare, serve


def run_serve(
    folder: str, database: str | None, host: str, port: int, workers: int, demo: bool
) -> None:
    """Prepare a clinic and serve it until told to stop."""
    word = secrets.token_urlsafe(9) if demo else ""
    order = Order(Path(folder), database, host, port, workers, word)
    if host not in ("127.0.0.1", "::1"):
        raise InputError(
            "--host", "plain HTTP is served on this machine only; use --lan for tablets"
        )
    prepare(order)
    address = f"http://{host}:{port}/"
    if demo:
        from ventosa.web.demo import fill

        fill(datetime.now(UTC))
        click.echo("A demo clinic with invented people. You are signed in as its owner at:")
        click.echo(f"\n    {address}demo/{word}/\n")
    else:
        click.echo(f"The clinic is open at {address}")
    click.echo("Stop it with Ctrl+C.")
    serve(order)


def run_found(folder: str, database: str | None, name: str, owner: str, username: str) -> None:
    """Found a clinic with its owner, whose password is asked for."""
    prepare(Order(Path(folder), database))
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from ventosa.web.actions.clinics import found
    from ventosa.web.models import User

    if User.objects.filter(username=username).exists():
        raise InputError("--username", "somebody signs in with this name already")
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password)
    except ValidationError as error:
        raise InputError("password", " ".join(error.messages)) from None
    found(name=name, owner=owner, username=username, password=password, now=datetime.now(UTC))
    click.echo(f"{name} is founded. Start it with: ventosa serve")
