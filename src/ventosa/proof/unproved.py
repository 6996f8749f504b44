"""What can decide otherwise and lies outside every proof: it is said, for a reader to weigh.

The proofs speak of answers of the day and of doctors' words. How a record is read and reconciled
with them, how long an answer or a word holds, and who may give the word are not among them.
"""

from collections.abc import Iterator

from ventosa.knowledge.model import Knowledge

CODES = "codes/"

PROVED = frozenset(
    {
        "floor_suction_kpa",
        "floor_retention_min",
        "floor_cups",
        "floor_cups_moving",
        "kpa_min_limit",
    }
)
"""The named quantities whose change a proof sees. Any other is said, whatever it is for."""

_RECONCILED = "so another one may stand where record and answer differ"


def unproved(old: Knowledge, new: Knowledge) -> tuple[str, ...]:
    """Return what differs between two versions and is not compared by a proof, a sentence each."""
    return (
        *_facts(old, new),
        *_orders(old, new),
        *_quantities(old, new),
        *_codes(old, new),
        *_clearing(old, new),
    )


def _facts(old: Knowledge, new: Knowledge) -> Iterator[str]:
    for fact in sorted(old.facts.keys() & new.facts.keys()):
        was, now = old.facts[fact], new.facts[fact]
        if was.riskier != now.riskier:
            change = f"riskier {_word(was.riskier)} becomes {_word(now.riskier)}"
            yield f"fact {fact}: {change}, {_RECONCILED}"
        if was.holds != now.holds:
            yield f"fact {fact}: holds {was.holds} becomes {now.holds}: old answers may count"


def _orders(old: Knowledge, new: Knowledge) -> Iterator[str]:
    was, now = old.settling.orders, new.settling.orders
    for fact in sorted(was.keys() | now.keys()):
        if was.get(fact) != now.get(fact):
            yield f"fact {fact}: its words are ordered otherwise, {_RECONCILED}"


def _quantities(old: Knowledge, new: Knowledge) -> Iterator[str]:
    for name in sorted(old.quantities.keys() & new.quantities.keys() - PROVED):
        was, now = old.number(name), new.number(name)
        if was != now:
            yield f"number {name}: {was:g} becomes {now:g}"


def _codes(old: Knowledge, new: Knowledge) -> Iterator[str]:
    for name in sorted(old.texts.keys() | new.texts.keys()):
        if name.startswith(CODES) and old.texts.get(name) != new.texts.get(name):
            yield f"file {name}: a record may be read otherwise"


def _clearing(old: Knowledge, new: Knowledge) -> Iterator[str]:
    others = {rule.id: rule for rule in new.rules}
    for rule in old.rules:
        was = rule.file.clearance
        now = others[rule.id].file.clearance if rule.id in others else None
        if was is not None and now is not None and was.by != now.by:
            yield f"rule {rule.id}: cleared by {was.by!r} becomes {now.by!r}"


def _word(riskier: bool | str | None) -> str:
    match riskier:
        case None:
            return "neither way"
        case bool():
            return "yes" if riskier else "no"
    return riskier
