"""`ventosa doctor`, `update` and `downtime`."""

import json
from dataclasses import asdict, replace
from datetime import UTC, date, datetime
from pathlib import Path

import click

from ventosa.record import InputError
from ventosa.web.serving import Order, prepare, reach

BAD = 1
"""Exit code of a clinic that needs somebody."""


def run_doctor(order: Order, *, as_json: bool) -> int:
    """Print how everything stands; return the exit code."""
    from ventosa.web.running.doctor import Stands, examine

    findings = examine(order, datetime.now(UTC))
    is_bad = any(finding.stands is Stands.BAD for finding in findings)
    if as_json:
        click.echo(json.dumps({"ok": not is_bad, "findings": [asdict(f) for f in findings]}))
        return BAD if is_bad else 0
    for finding in findings:
        click.echo(_plain(f"{finding.stands:<5} {finding.topic:<13} {finding.said}"))
        if finding.stands is not Stands.OK and finding.then:
            click.echo(_plain(f"{'':<19} -> {finding.then}"))
    return BAD if is_bad else 0


def run_update(order: Order, *, back: bool) -> None:
    """Take an update that stopped up again, or back."""
    now = datetime.now(UTC)
    if back:
        reach(order)
        from ventosa.web.running.updating import take_back

        half = take_back(order.folder, now)
        click.echo(f"The database is as it was before the update; the other one is {half.name}.")
        click.echo("Start the earlier program, or this one to update once more.")
        return
    opened = prepare(replace(order, goes_on=True), now)
    for note in opened.notes:
        click.echo(note)
    click.echo("The database is as this program needs it. Start it with: ventosa serve")


def run_downtime(order: Order, out: Path, on: str | None) -> None:
    """Write the pages to print."""
    day = None
    if on is not None:
        try:
            day = date.fromisoformat(on)
        except ValueError:
            raise InputError("--on", "is a day, as 2026-11-24") from None
    reach(order)
    from ventosa.web.running.downtime import write

    for path in write(out, datetime.now(UTC), day):
        click.echo(f"{path}: print it, A4, and keep it where nobody else reads it")


def _plain(line: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in line)
