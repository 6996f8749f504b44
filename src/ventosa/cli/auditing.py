"""`ventosa audit`: whether the chain of who read and wrote what is whole."""

import re
from pathlib import Path

import click

from ventosa.record import InputError
from ventosa.web.serving import Order, reach

BROKEN = 1
"""Exit code of a chain that is not whole."""


def run_audit(folder: str, database: str | None, kept: tuple[str, ...], act: str) -> int:
    """Check the chains, or print their heads; return the exit code."""
    order = Order(Path(folder), database)
    return run_check(order, kept) if act == "check" else run_head(order)


def run_check(order: Order, kept: tuple[str, ...]) -> int:
    """Print what is wrong with each clinic's chain and where it ends; return the exit code."""
    heads = [_head_from(text) for text in kept]
    reach(order)
    from ventosa.web.actions.audit import broken_links, head, holds
    from ventosa.web.models import Clinic

    is_whole = True
    clinics = list(Clinic.objects.order_by("created_at"))
    for clinic in clinics:
        problems, end = broken_links(clinic), head(clinic)
        is_whole = is_whole and not problems
        state = "broken" if problems else "whole"
        click.echo(f"{_line(end.clinic)}: {state}, {end.number} links of {end.rows} rows")
        for problem in problems:
            click.echo(f"    {problem}")
        if end.unsealed:
            click.echo(f"    {end.unsealed} rows are not sealed yet")
        click.echo(f"    head {end.written}")
    for number, sha in heads:
        if not any(holds(clinic, number=number, sha=sha) for clinic in clinics):
            is_whole = False
            click.echo(
                f"The head {number}:{sha[:12]}… stands in no chain: its end was cut off, or it was "
                "made anew"
            )
    if not heads:
        click.echo("Without a head kept elsewhere a chain that was made anew looks whole too.")
    return 0 if is_whole else BROKEN


def run_head(order: Order) -> int:
    """Print where each clinic's chain ends, for copying to paper."""
    reach(order)
    from ventosa.web.actions.audit import head
    from ventosa.web.models import Clinic

    for clinic in Clinic.objects.order_by("created_at"):
        end = head(clinic)
        click.echo(f"{end.written}  {_line(end.clinic)}")
    return 0


def _head_from(text: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d{1,18}):([0-9a-f]{64})", text.strip())
    if found is None:
        raise InputError(
            "--head", "is a number, a colon and 64 signs, as `ventosa audit head` prints"
        )
    return int(found[1]), found[2]


def _line(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)
