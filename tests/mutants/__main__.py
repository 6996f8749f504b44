"""Every mutant, who notices it, and the page of it: ``python -m mutants docs/mutants.md``.

Ends with 1 where the mutants that nobody notices are not those listed in ``unnoticed.csv``, or
where one of them changes something for somebody.
"""

import multiprocessing
import os
import sys
from functools import cache
from pathlib import Path

from mutants.mutant import Mutant
from mutants.mutations import mutants
from mutants.noticing import Net
from mutants.report import page, unnoticed
from ventosa.knowledge import load
from ventosa.proof.difference import difference


@cache
def everything() -> tuple[Net, tuple[Mutant, ...]]:
    """The net and all mutants, made once a process."""
    shipped = load()
    return Net(shipped), mutants(shipped)


def noticed_by(place: int) -> tuple[str, ...]:
    """Return who notices the mutant at a place of the list."""
    net, found = everything()
    return tuple(net.noticed_by(found[place]))


def changes_something(place: int) -> bool:
    """Return whether the mutant at a place of the list is not proved to change nothing."""
    net, found = everything()
    return bool(difference(net.shipped, found[place].make()).changes)


def main(written: Path) -> int:
    _, found = everything()
    with multiprocessing.Pool(os.cpu_count()) as pool:
        watchers = pool.map(noticed_by, range(len(found)), chunksize=20)
        rest = [place for place, by in enumerate(watchers) if not by]
        changes = pool.map(changes_something, rest, chunksize=1)
    noticed = {mutant.name: by for mutant, by in zip(found, watchers, strict=True)}
    written.write_text(page(found, noticed), "utf-8")

    nobody = {found[place].name: changing for place, changing in zip(rest, changes, strict=True)}
    listed = unnoticed().keys()
    wrong = [f"nobody notices, and not listed: {name}" for name in nobody.keys() - listed]
    wrong += [f"listed, but noticed or gone: {name}" for name in listed - nobody.keys()]
    wrong += [f"changes something: {name}" for name, changing in nobody.items() if changing]
    for line in sorted(wrong):
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
