"""`ventosa backup` and `ventosa restore`."""

import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from ventosa.record import InputError
from ventosa.web.running import backups, recovery, restoring
from ventosa.web.serving import Order, reach

BROKEN = 1
"""Exit code of a backup that came back with something wrong."""

ASKED_AGAIN = 3
_MOST = 1_000_000


def run_new_key(order: Order, sheet_file: str | None, *, instead: bool) -> None:
    """Make the recovery key, show its sheet once, and keep the half that opens nothing."""
    public = backups.public_key(order.folder) if order.folder.is_dir() else None
    if public is not None and not instead:
        raise InputError(
            "--new-key",
            f"there is a key already, on the sheet {recovery.fingerprint(public)}. If that sheet "
            "is lost, --instead makes another; what was backed up until now needs the old one",
        )
    place = None if sheet_file is None else _place_of_sheet(Path(sheet_file), order)
    reach(order)
    from ventosa.web.certificates import write_once
    from ventosa.web.running.dumping import applied, heads
    from ventosa.web.running.sheet import on_terminal, sheet

    now, key = datetime.now(UTC), recovery.new_key()
    name = recovery.fingerprint(recovery.public_of(key))
    if place is None:
        click.echo(f"Recovery sheet {name}. Write it down, or print it; it is shown only now.\n")
        click.echo(on_terminal(key))
    else:
        write_once(place, sheet(key, heads(applied()), now).encode())
        click.echo(f"Recovery sheet {name}: open {place}, print it twice, close it.")
    if sys.stdin.isatty():
        _ask_back(key)
        if place is not None:
            place.unlink()
            click.echo(f"{place.name} is removed: from now on the key is on paper only.")
    elif place is not None:
        click.echo(f"Remove {place.name} once it is printed.")
    backups.keep_public_key(order.folder, recovery.public_of(key))
    click.echo("Backups can be made now: ventosa backup --to FOLDER")


def _place_of_sheet(place: Path, order: Order) -> Path:
    if place.exists():
        raise InputError(str(place), "is there already: name another file")
    last = backups.kept(order.folder).get("last")
    near = Path(str(last["path"])).parent if isinstance(last, dict) else None
    if near is not None and place.resolve().parent == near:
        raise InputError(
            str(place), "lies beside the backups: whoever takes them takes the key too"
        )
    return place


def _ask_back(key: bytes) -> None:
    """A key that nobody has on paper is no key: one line is asked for before it counts."""
    number = secrets.randbelow(recovery.LINES) + 1
    wanted = key[(number - 1) * 4 : number * 4]
    for _ in range(ASKED_AGAIN):
        try:
            if recovery.read_line(number, click.prompt(f"From the paper, line {number}")) == wanted:
                return
        except InputError as error:
            click.echo(f"{error}.")
    raise InputError("recovery sheet", "the line was not as on the sheet: no key was kept")


def run_backup(order: Order, to: Path, *, check: bool) -> int:
    """Make a backup; with ``check`` restore it as a test at once. Return the exit code."""
    reach(order)
    now = datetime.now(UTC)
    taken = backups.take(order.folder, to, now)
    click.echo(f"{taken.path} ({taken.size:,} bytes) opens with the sheet {taken.key}.")
    _say_heads(taken.heads)
    for name in taken.removed:
        click.echo(f"An old one was removed: {name}")
    if not check:
        return 0
    try:
        restored = restoring.test(taken.path, taken.file_key)
    except InputError:
        backups.keep(order.folder, tested=_tested(now, taken.path, 0, ["it does not come back"]))
        raise
    found = _tested(now, taken.path, restored.total, list(restored.problems))
    backups.keep(order.folder, tested=found)
    return _say_restored(restored)


def _tested(now: datetime, path: Path, rows: int, problems: list[str]) -> dict[str, object]:
    return {"at": now.isoformat(), "path": str(path), "rows": rows, "problems": problems}


def run_check_file(file: Path, sheet_file: str | None) -> int:
    """Restore an older backup as a test, with its sheet; return the exit code."""
    from ventosa.web.running.sealed import file_key, header_of

    name = restoring.key_name(file)
    key = _key(sheet_file, name)
    with file.open("rb") as source:
        opens = file_key(key, file.name, header_of(source, file.name))
    return _say_restored(restoring.test(file, opens))


def run_restore(file: Path, order: Order, sheet_file: str | None) -> int:
    """Make the clinic anew from a backup; return the exit code."""
    name = restoring.key_name(file)
    restored = restoring.restore(file, _key(sheet_file, name), order.folder, order.database)
    click.echo(f"The clinic of {restored.made_at[:16]} UTC stands in {order.folder}.")
    code = _say_restored(restored)
    click.echo("Compare the end of the audit with the last one on paper. Then: ventosa serve")
    return code


def _say_restored(restored: restoring.Restored) -> int:
    click.echo(f"{restored.total:,} rows of {len(restored.rows)} tables came back.")
    _say_heads(restored.heads)
    for problem in restored.problems:
        click.echo(f"    WRONG  {_line(problem)}")
    if not restored.problems:
        click.echo("Every part was whole, and the audit is.")
    return BROKEN if restored.problems else 0


def _say_heads(heads: tuple[tuple[str, str], ...]) -> None:
    for clinic, head in heads:
        click.echo(f"    {_line(clinic)}: the audit ends at {head}")


def _key(sheet_file: str | None, name: str) -> bytes:
    """The key, from a file of lines or typed line by line from the sheet."""
    if sheet_file is not None:
        try:
            is_typed = sheet_file == "-"
            return recovery.read_sheet(
                sys.stdin.read(_MOST) if is_typed else Path(sheet_file).read_text("utf-8")[:_MOST]
            )
        except (OSError, UnicodeDecodeError):
            raise InputError(sheet_file, "cannot be read") from None
    click.echo(f"This backup opens with the recovery sheet {name}.")
    parts = []
    for number in range(1, recovery.LINES + 1):
        while True:
            try:
                parts.append(recovery.read_line(number, click.prompt(f"Line {number}")))
                break
            except InputError as error:
                click.echo(f"{error}.")
    return b"".join(parts)


def _line(name: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in name)
