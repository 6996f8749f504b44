"""`ventosa serve`: the clinic."""

import secrets
from datetime import UTC, datetime

import click

from ventosa.record import InputError
from ventosa.web.running.locking import hold, hold_database
from ventosa.web.serving import Opened, Order, check_port, prepare, reach, serve


def run_serve(order: Order, *, demo: bool) -> None:
    """Prepare a clinic and serve it until told to stop."""
    if (order.certificate is None) != (order.key is None):
        raise InputError("--cert", "is given together with --key, and with --lan")
    if order.certificate is not None and not order.lan:
        raise InputError("--cert", "is for --lan: this machine itself is served without HTTPS")
    if order.proxy is not None and order.lan:
        raise InputError("--proxy", "is another way than --lan: one of them ends HTTPS")
    now = datetime.now(UTC)
    check_port(order)
    opened = prepare(order, now, founds=demo)
    last_run = hold(order.folder, now)
    hold_database()
    for note in filter(None, (last_run, *opened.notes)):
        click.echo(note)
    if demo:
        from ventosa.web.demo import PIN, fill

        fill(now)
        click.echo("A demo clinic with invented people. You are signed in as its owner at:")
        click.echo(f"\n    {opened.address}demo/{order.demo}/\n")
        click.echo(f"Everybody's PIN there is {PIN}: it takes the tablet back from a patient.")
    else:
        click.echo(f"The clinic is open at {opened.address}")
    lies = order.folder.resolve() if order.database is None else "its database"
    click.echo(f"Its records lie in {lies}.")
    _say_certificate(opened, now)
    click.echo("Stop it with Ctrl+C.")
    serve(order, opened)


def _say_certificate(opened: Opened, now: datetime) -> None:
    """What a tablet is held against: only this screen can tell the right fingerprint."""
    shown = opened.shown
    if shown is None:
        return
    from ventosa.web.trust import fingerprint

    reached = ", ".join([*shown.names, *map(str, shown.addresses)])
    click.echo(f"Tablets reach it at: {reached}")
    click.echo(shown.sentence(now))
    for note in shown.notes:
        click.echo(note)
    if shown.authority is not None:
        click.echo(f"A tablet trusts it once: open {opened.address}trust/ there. Fingerprint:")
        click.echo(f"    {fingerprint(shown.authority)}")


def demo_word() -> str:
    """Return the word that signs in the demo clinic's owner."""
    return secrets.token_urlsafe(9)


def run_found(order: Order, *, name: str, owner: str, username: str) -> None:
    """Found a clinic with its owner, whose password is asked for."""
    now = datetime.now(UTC)
    prepare(order, now)
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from ventosa.web.actions.clinics import found
    from ventosa.web.models import User

    if User.objects.filter(username__iexact=username).exists():
        raise InputError("--username", "somebody signs in with this name already")
    password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        validate_password(password)
    except ValidationError as error:
        raise InputError("password", " ".join(error.messages)) from None
    found(name=name, owner=owner, username=username, password=password, now=now)
    where = "" if order.database is None else " with the same --database"
    click.echo(f"{name} is founded. Its records lie in {order.folder.resolve()}.")
    click.echo(f"Start it with: ventosa serve --folder {order.folder}{where}")


def run_password(order: Order, *, username: str, forget_codes: bool) -> None:
    """Set a lost password anew; the new one is asked for."""
    now = datetime.now(UTC)
    reach(order)
    from allauth.mfa.models import Authenticator

    from ventosa.web.actions.people import renew_password
    from ventosa.web.models import User

    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        raise InputError("NAME", "nobody signs in with this name")
    password = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    renew_password(user, password=password, forget_codes=forget_codes, now=now)
    click.echo(f"The password of {user.username} is set. Whoever was signed in with it is out.")
    if not forget_codes and Authenticator.objects.filter(user=user).exists():
        click.echo("Passkeys and codes stay. Lost too? Run it again with --forget-codes.")
