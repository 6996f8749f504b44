"""The net bites: a fixed part of the mutants of the knowledge, each noticed by somebody.

All of them run with ``python -m mutants`` (``make oracles``), which prints ``docs/mutants.md``.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from test_matrix import differences

from mutants.mutant import Mutant
from mutants.mutations import mutants, some
from mutants.noticing import Change, Net, Seen, View, matrix_notices
from mutants.report import line, unnoticed
from ventosa.knowledge import load

SHIPPED = load()
ALL = mutants(SHIPPED)
PART = some(ALL, every=10)
UNNOTICED = unnoticed()
BY_NAME = {mutant.name: mutant for mutant in ALL}
PAGE = Path(__file__).parents[2] / "docs" / "mutants.md"


@pytest.fixture(scope="module")
def net() -> Net:
    return Net(SHIPPED)


@pytest.mark.parametrize("mutant", PART, ids=lambda mutant: f"{mutant.kind}, {mutant.name}")
def test_a_mutant_is_noticed_unless_it_changes_nothing(net: Net, mutant: Mutant) -> None:
    assert any(net.noticed_by(mutant)) == (mutant.name not in UNNOTICED)


def test_the_part_holds_every_kind_and_every_rule() -> None:
    assert len(ALL) >= 1500 and len(PART) >= 250
    assert {mutant.kind for mutant in PART} == {mutant.kind for mutant in ALL}
    assert {rule.id for rule in SHIPPED.rules} <= {mutant.where for mutant in PART}


def test_every_mutant_has_its_own_name() -> None:
    assert len(BY_NAME) == len(ALL)


def copied(table: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return MappingProxyType(dict(table))


def test_an_equal_copy_of_the_shipped_knowledge_is_not_noticed(net: Net) -> None:
    copy = replace(
        SHIPPED,
        rules=tuple(replace(rule) for rule in SHIPPED.rules),
        techniques=copied(SHIPPED.techniques),
        quantities=copied(SHIPPED.quantities),
        facts=copied({id_: replace(fact) for id_, fact in SHIPPED.facts.items()}),
        settling=replace(SHIPPED.settling),
    )
    unchanged = Mutant("nothing", "everything", "copied", lambda: copy)
    assert list(net.noticed_by(unchanged)) == []


NEVER_REFUSED = ("comparison flipped", "dose shifted", "settling dropped", "threshold shifted")
AGAIN = [mutant for mutant in PART if mutant.kind in NEVER_REFUSED][::8]


@pytest.mark.parametrize("mutant", AGAIN, ids=lambda mutant: mutant.name)
def test_looking_only_at_what_is_touched_misses_nothing(net: Net, mutant: Mutant) -> None:
    """Considering every person of the matrix anew, from the answers, comes to the same."""
    change = Change.of(SHIPPED, mutant.make())
    for case in net.cases:
        plain, cleared = (
            Seen.of(View.of(view.answers, view.stage, change.knowledge), change.knowledge)
            for view in (case.plain, case.cleared)
        )
        cells = [cell for row in case.rows for cell in differences(row, plain, cleared)]
        assert matrix_notices(case, change) == any(a != b for _, a, b in cells)


@pytest.mark.parametrize("name", UNNOTICED)
def test_who_is_not_noticed_is_a_mutant_with_a_reason(name: str) -> None:
    row = UNNOTICED[name]
    assert row["why"] in ("same", "implied") and row["reason"]
    changed = Change.of(SHIPPED, BY_NAME[name].make())
    assert len(changed.rules) == 1
    after, before = changed.rules[0], SHIPPED.rule(changed.rules[0].id)
    # "same": but for its text the rule is the shipped one, effect for effect.
    assert (row["why"] == "same") == (replace(after, file=before.file) == before)


def test_the_page_of_mutants_is_of_these_mutants() -> None:
    written = PAGE.read_text("utf-8")
    for kind in {mutant.kind for mutant in ALL}:
        count = sum(mutant.kind == kind for mutant in ALL)
        assert f"\n| {kind} | {count} |" in written, f"{kind}: make the page anew"
    for name, row in UNNOTICED.items():
        assert line([f"`{name}`", row["why"], row["reason"]]) in written
