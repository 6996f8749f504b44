"""The count of mutants and who noticed them, as the page ``docs/mutants.md``."""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from mutants.mutant import Mutant
from mutants.noticing import WATCHERS

COMMAND = "PYTHONPATH=tests:tests/spec .venv/bin/python -m mutants docs/mutants.md"
HEAD = """# Mutants of the knowledge

A net that never caught anything may have holes in it. Here the shipped knowledge is changed in one
place at a time, as a slip of the pen or a careless edit would: a rule dropped, a comparison
flipped, a threshold shifted by one step, a cell one grade milder, a dose one step higher, a zone
one level shorter, a clearance that nobody gave. The mutants are made by rule from the content
itself (`tests/mutants/`), so a new rule brings its own. Then it is asked who notices.

| who | how |
|---|---|
| loader | the folder is refused with file and field; nobody else is shown it |
| examples | a worked example in the rule's own file no longer holds |
| tables | a row of the other [hand-transcribed tables](../tests/spec/closed.md) differs |
| matrix | a cell of the [hand-transcribed matrix](../tests/spec/matrix.md) differs |
| proofs | a law is no longer proved |

Each is counted by itself: a mutant may be noticed by several. A changed hash of the folder, a
generated page, and the other tests of the project do not count. `make test` looks at a fixed part
of the mutants, `make oracles` at all of them.

"""
REST = """
## Who nobody notices

Each of these changes nothing for anybody, and that is proved: no decision, urgency, limit, closed
zone or material, for all answers and all clearances. *Same* means that the rule, once it is read,
is the shipped one. *Implied* means that another rule already brings it wherever this one stands.

| mutant | why | reason |
|---|---|---|
"""


def unnoticed() -> Mapping[str, Mapping[str, str]]:
    """The mutants that nobody is known to notice, by name, with the reason."""
    with (Path(__file__).parent / "unnoticed.csv").open(encoding="utf-8") as file:
        return {row["mutant"]: row for row in csv.DictReader(file)}


def page(mutants: Sequence[Mutant], noticed: Mapping[str, Sequence[str]]) -> str:
    """Return the page; ``noticed`` says by whom each mutant was noticed, by its name."""
    kinds = Counter(mutant.kind for mutant in mutants)
    by = Counter((m.kind, watcher) for m in mutants for watcher in noticed[m.name])
    nobody = Counter(mutant.kind for mutant in mutants if not noticed[mutant.name])
    head = ["kind", "mutants", *WATCHERS, "nobody"]
    rows = [
        [kind, kinds[kind], *(by[kind, watcher] for watcher in WATCHERS), nobody[kind]]
        for kind in sorted(kinds)
    ]
    total = ["all", *(sum(column) for column in list(zip(*rows, strict=True))[1:])]
    lines = [line(head), f"|---|{'---:|' * (len(head) - 1)}", *map(line, rows), line(total)]
    command = f"\nMade by `{COMMAND}`.\n"
    listed = [line([f"`{name}`", row["why"], row["reason"]]) for name, row in unnoticed().items()]
    return HEAD + "\n".join(lines) + "\n" + command + REST + "\n".join(listed) + "\n"


def line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
