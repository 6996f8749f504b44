"""What rules bring, as bits of a few integers.

A question such as "is one of these 40 rules true, or open?" comes up for every technique and
grade. Each such set of rules gets two neighbouring bits: the lower stands while one of them is
true or unknown, the upper where one is true. Every rule then sets the bits of all its sets at
once, and a set is one look at an integer; the same as ``OR`` over nullable columns takes an engine
ten times as long.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ventosa.export.sqlsettling import Step

SETS_A_COLUMN = 31
"""Two bits each: 62 of the 63 that a positive BIGINT has."""


@dataclass(slots=True)
class Brought:
    """Sets of rules that a query asks for, and the columns that answer for all of them.

    ``truths`` are the columns of all rules; a rule that is not in ``counted`` brings nothing.
    """

    truths: Sequence[str]
    counted: frozenset[int]
    sets: dict[frozenset[int], int] = field(default_factory=dict)

    def certain(self, rules: Iterable[int]) -> str:
        """Return a term: one of the rules is true."""
        return self._bit(rules, 2)

    def possible(self, rules: Iterable[int]) -> str:
        """Return a term: one of the rules is true or unknown."""
        return self._bit(rules, 1)

    def _bit(self, rules: Iterable[int], bit: int) -> str:
        wanted = self.counted & frozenset(rules)
        if not wanted:
            return "FALSE"
        column, place = divmod(self.sets.setdefault(wanted, len(self.sets)), SETS_A_COLUMN)
        return f"(_brought_{column} & {bit << 2 * place}) <> 0"

    def columns(self) -> Step:
        """Return the columns that hold the bits of every set asked for so far."""
        bits: dict[str, dict[int, int]] = {}
        for rules, number in self.sets.items():
            column, place = divmod(number, SETS_A_COLUMN)
            of_rule = bits.setdefault(f"_brought_{column}", {})
            for rule in rules:
                of_rule[rule] = of_rule.get(rule, 0) | 1 << 2 * place
        return {
            column: " | ".join(
                self._of_rule(rule, open_) for rule, open_ in sorted(of_rule.items())
            )
            for column, of_rule in bits.items()
        }

    def _of_rule(self, rule: int, open_: int) -> str:
        truth = self.truths[rule]
        return f"CASE WHEN {truth} THEN {3 * open_} WHEN {truth} IS NULL THEN {open_} ELSE 0 END"
