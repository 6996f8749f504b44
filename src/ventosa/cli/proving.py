"""`prove` and `diff`: what the solver says, as a page for the reviewer of a knowledge change."""

import json
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import click

from ventosa.cli.inputs import as_json, knowledge_from, write_whole
from ventosa.contract.answers import write_answers
from ventosa.knowledge import Knowledge, overlaid
from ventosa.knowledge.model import Rule
from ventosa.proof.difference import Change, Difference, Way, difference
from ventosa.proof.laws import Failure, Obligation
from ventosa.proof.obligations import obligations, obligations_of_rule
from ventosa.proof.patient import DAY, Patient
from ventosa.record import InputError

SAME, DIFFERS = 0, 1
SHIPPED_WORD = "shipped"
"""Names what the program came with, where a folder could be named."""


def run_prove(
    folder: str | None, overlay: str | None, against: str | None, same: bool, examples: str | None
) -> int:
    """Prove the laws of a knowledge; 1 where one fails, 0 where all hold.

    It must also be nowhere looser than ``against``; with ``same`` nor tighter.
    """
    started = perf_counter()
    base = knowledge_from(folder, complete=False)
    known = base if overlay is None else overlaid(base, Path(overlay))
    written = _Examples(examples)
    failures = prove_all(obligations(known))
    _echo_failures(failures, written)
    changed = False
    if (folder, overlay, against) != (None, None, None):
        other = base if against is None and overlay is not None else _named(against or SHIPPED_WORD)
        changed = _echo_comparison(other, known, same, written)
    _echo_how_to_see(written)
    failed = bool(failures or changed)
    verdict = "Not proved" if failed else "Proved, for all patients"
    seconds = perf_counter() - started
    click.echo(f"{verdict}: {len(known.rules)} rules of {known.version}, {seconds:.1f} s")
    return DIFFERS if failed else SAME


def _echo_comparison(other: Knowledge, known: Knowledge, same: bool, written: "_Examples") -> bool:
    """Compare and say so; return whether something is not proved."""
    ways: tuple[Way, ...] = ("looser", "tighter") if same else ("looser",)
    found = difference(other, known, ways=ways)
    claim = "Nothing changes for anybody" if same else "Nothing gets looser for anybody"
    verdict = "FAILS" if found.changes else "proved"
    click.echo(f"{verdict}: {claim} by the same answers, against {other.version}")
    _echo_changes(found.changes, written)
    _echo_unproved(found)
    return bool(found.changes or found.unproved)


def _named(folder: str) -> Knowledge:
    return knowledge_from(None if folder == SHIPPED_WORD else folder, complete=False)


def prove_rule(known: Knowledge, rule: Rule) -> bool:
    """Prove what a rule file puts in question, and say what it changes for whom."""
    changed = known.with_rule(rule)
    failures = prove_all(obligations_of_rule(changed, rule.id))
    _echo_failures(failures, _Examples(None))
    if rule.file not in [other.file for other in known.rules]:
        _echo_difference(difference(known, changed), _Examples(None))
    return not failures


def prove_all(duties: Iterable[Obligation]) -> list[Failure]:
    """Check obligations, one line a law; return those that fail."""
    failures: list[Failure] = []
    counted: dict[str, list[float]] = {}
    for duty in duties:
        if duty.law not in counted and counted:
            _echo_law(*counted.popitem(), failures)
        started = perf_counter()
        failure = duty.check()
        counted.setdefault(duty.law, []).append(perf_counter() - started)
        if failure is not None:
            failures.append(failure)
    for law, seconds in counted.items():
        _echo_law(law, seconds, failures)
    return failures


def _echo_failures(failures: Iterable[Failure], written: "_Examples") -> None:
    for failure in failures:
        click.echo(f"FAILS: {failure.law}\n  {failure.what}")
        if failure.patient is not None:
            _echo_patient(failure.patient, written)


def _echo_law(law: str, seconds: list[float], failures: list[Failure]) -> None:
    failed = sum(failure.law == law for failure in failures)
    word = "proved" if not failed else f"FAILS ({failed})"
    parts = "1 part" if len(seconds) == 1 else f"{len(seconds)} parts"
    click.echo(f"{word}: {law} ({parts}, {sum(seconds):.1f} s)")


def run_diff(
    old: str, new: str | None, overlay: str | None, form: str, examples: str | None
) -> int:
    """Say what differs between two knowledge folders; 1 where anybody's outcome may change."""
    if new is None and overlay is None:
        raise InputError("NEW", "name the folder to compare with, or give --overlay")
    before = _named(old)
    after = before if new is None else _named(new)
    if overlay is not None:
        after = overlaid(after, Path(overlay))
    found = difference(before, after)
    written = _Examples(examples)
    if form == "json":
        click.echo(as_json(_tree(found)).encode())
        for change in found.changes:
            written.add(change.patient)
    else:
        _echo_difference(found, written)
    return DIFFERS if found.changes or found.unproved else SAME


def _echo_difference(found: Difference, written: "_Examples") -> None:
    for rule in found.rules:
        fields = f": {', '.join(rule.fields)}" if rule.fields else ""
        click.echo(f"rule {rule.rule} {rule.how}{fields}")
    for name in found.files:
        click.echo(f"file {name} changed")
    if not found.changes:
        click.echo("The same answers bring everybody the same: proved.")
    else:
        _echo_changes(found.changes, written)
        _echo_how_to_see(written)
        looser = len(found.looser)
        click.echo(f"{looser} looser, {len(found.changes) - looser} tighter.")
    _echo_unproved(found)


def _echo_unproved(found: Difference) -> None:
    """What a reader must weigh, because no proof does."""
    for sentence in found.unproved:
        click.echo(f"NOT PROVED: {sentence}")


def _echo_changes(changes: Iterable[Change], written: "_Examples") -> None:
    """Changes by the person who shows them."""
    by_patient: dict[str, list[Change]] = {}
    for change in changes:
        by_patient.setdefault(change.patient.text, []).append(change)
    for together in by_patient.values():
        _echo_patient(together[0].patient, written)
        for change in together:
            click.echo(
                f"    {change.way:7} {change.aspect}: {change.what}: "
                f"{change.before} -> {change.after}"
            )


def _echo_how_to_see(written: "_Examples") -> None:
    if written.names:
        click.echo(
            f"To see one: ventosa screen --answers FILE --on {DAY}, without and with --knowledge "
            "or --overlay as here (a folder that lacks a rule is refused there)"
        )


def _echo_patient(patient: Patient, written: "_Examples") -> None:
    click.echo(f"  For {patient.text}")
    where = written.add(patient)
    if where is not None:
        click.echo(f"    {where}")


class _Examples:
    """Example patients as answers files in a folder, each once; no folder, no files."""

    def __init__(self, folder: str | None) -> None:
        self.folder = None if folder is None else Path(folder)
        self.names: dict[str, Path] = {}

    def add(self, patient: Patient) -> Path | None:
        """Write a patient; return the file."""
        if self.folder is None:
            return None
        if patient.text not in self.names:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(str(self.folder), f"cannot be made ({error.strerror})") from None
            path = self.folder / f"patient-{len(self.names) + 1}-{patient.stage}.json"
            write_whole(path, json.dumps(write_answers(patient.answers), indent=2) + "\n")
            self.names[patient.text] = path
        return self.names[patient.text]


def _tree(found: Difference) -> dict[str, Any]:
    return {
        "schema": "ventosa/difference/1",
        "rules": [
            {"rule": rule.rule, "how": rule.how, "fields": list(rule.fields)}
            for rule in found.rules
        ],
        "files": list(found.files),
        "unproved": list(found.unproved),
        "changes": [
            {
                "aspect": change.aspect,
                "way": change.way,
                "what": change.what,
                "before": change.before,
                "after": change.after,
                "patient": change.patient.text,
                "stage": str(change.patient.stage),
                "answers": write_answers(change.patient.answers),
            }
            for change in found.changes
        ],
    }
