"""The door of a clinic's own rules: an overlay is used only once it is proved never to loosen.

A proof is kept in the user's folder, by the hash of everything it rests on. A file there that is
missing, changed or cannot be written costs the proof again and nothing else; a refusal is never
kept.
"""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import click

from ventosa import __version__
from ventosa.cli.inputs import write_whole
from ventosa.knowledge import Knowledge, overlaid
from ventosa.record import InputError, KnowledgeError


def cache_folder() -> Path:
    """Return where proofs are kept: the user's folder, or what ``VENTOSA_CACHE`` names."""
    return Path(os.environ.get("VENTOSA_CACHE") or click.get_app_dir("ventosa")) / "proved"


def proved_knowledge(shipped: Knowledge, overlay: Path, cache: Path) -> Knowledge:
    """Return knowledge under the overlay of a folder, which is proved never to loosen it.

    Raises:
        KnowledgeError: a file is wrong, a worked example does not hold, or something gets looser;
            then it says what, and for whom.
    """
    changed = overlaid(shipped, overlay)
    kept = cache / _key(shipped, changed)
    if not _is_kept(kept):
        _check_examples(shipped, changed, overlay)
        _prove(shipped, changed, overlay)
        _keep(kept)
    return changed


def _key(shipped: Knowledge, changed: Knowledge) -> str:
    """The hash of all that a proof rests on: both contents, the program, and how it proves."""
    from ventosa.proof import PROOF_VERSION

    rests_on = (shipped.sha256, changed.sha256, __version__, PROOF_VERSION)
    return hashlib.sha256(" ".join(map(str, rests_on)).encode()).hexdigest()


def _prove(shipped: Knowledge, changed: Knowledge, overlay: Path) -> None:
    from ventosa.proof.difference import loosening

    found = loosening(shipped, changed)
    if found is not None:
        raise KnowledgeError(
            str(overlay),
            "",
            f"loosens what is shipped, so nothing of it is used. {' '.join(found.text.split())} "
            f"Every difference: `ventosa diff shipped --overlay {overlay}`",
        )


def _check_examples(shipped: Knowledge, changed: Knowledge, overlay: Path) -> None:
    """The overlay's own worked examples run here, as those of the shipped rules run as tests."""
    from ventosa.rulebook import outcome

    files = {rule.id: rule.file for rule in shipped.rules}
    for rule in changed.rules:
        if rule.file == files.get(rule.id):
            continue
        for example in rule.file.example:
            found = outcome(rule.when, example, changed)
            if not found.holds:
                problem = f"{found.say!r} is {found.found}, not {found.expected}"
                raise KnowledgeError(f"{overlay}/rules/", f"{rule.id}.example", problem)


def _sentence(key: str) -> str:
    return f"Proved: never looser than the shipped rules, for all answers and clearances. {key}\n"


def _is_kept(kept: Path) -> bool:
    try:
        return kept.read_text("utf-8") == _sentence(kept.name)
    except (OSError, UnicodeDecodeError):
        return False


def _keep(kept: Path) -> None:
    # A place that cannot be written only means that the next start proves it again.
    with suppress(OSError, InputError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, _sentence(kept.name))
