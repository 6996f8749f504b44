"""Truth values of the shipped rules, one person at a time, beside other engines in one run.

Run: ``python bench/bench_rules.py`` (the peers come with the extra ``oracles``, and with npm). Each
engine gets the same rules, exported for it, and the same people with about 15 % of the facts
missing, brought into its own form before the clock starts; all must agree on every truth value.
Seconds are those that a core worked; medians of five rounds, of 101 for our own, whose rounds are
some milliseconds and would measure the moment.
"""

import random
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from oracles.peers import Absent, Run, compiled, cpp_cel, cql_execution, rust_cel, timed
from ventosa.knowledge import load
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import Boolean, Choice, Number, Truth, evaluate
from ventosa.record import Interval, Value

PEOPLE, SEED, MISSING, ROUNDS, SHORT_ROUNDS = 1_000, 7, 0.15, 5, 101
PEERS = {
    "CEL in Rust (common-expression-language)": rust_cel,
    "CEL in C++ (cel-expr-python)": cpp_cel,
    "ELM (cql-execution)": cql_execution,
}


def main() -> None:
    knowledge = load()
    chance = random.Random(SEED)
    people = [_person(knowledge, chance) for _ in range(PEOPLE)]
    reference = [tuple(evaluate(rule.when, p) for rule in knowledge.rules) for p in people]
    print(f"{len(knowledge.rules)} rules, {PEOPLE} people, {MISSING:.0%} of facts missing\n")
    print("| engine | evaluations/s of one core | ours is so many times as fast | agree |")
    print("|---|---:|---:|---:|")
    ours = compiled(knowledge, people, SHORT_ROUNDS)
    _print("compiled Python (ours)", ours, ours, reference)
    _print("the same, facts packed as well", _packed(knowledge, people), ours, reference)
    for name, peer in PEERS.items():
        try:
            _print(name, peer(knowledge, people, ROUNDS), ours, reference)
        except Absent as absent:
            print(f"| {name} | skipped: {absent} | | |")


def _packed(knowledge: Knowledge, people: list[dict[str, Value]]) -> Run:
    """Ours with a person's facts brought into its row within the clock."""
    pack, truths = knowledge.compiled.pack, knowledge.compiled.truths
    return timed(lambda: [truths(pack(person)) for person in people], SHORT_ROUNDS)


def _print(name: str, run: Run, ours: Run, reference: list[tuple[Truth, ...]]) -> None:
    evaluations = sum(map(len, reference))
    pairs = [
        (their, our)
        for theirs, ours_ in zip(run.truths, reference, strict=True)
        for their, our in zip(theirs, ours_, strict=True)
    ]
    agree = sum(their is our for their, our in pairs)
    rate, ratio = evaluations / median(run.seconds), median(run.seconds) / median(ours.seconds)
    print(f"| {name} | {rate / 1e6:.3f} M | {ratio:.0f} × | {agree:,} of {len(pairs):,} |")


def _person(knowledge: Knowledge, chance: random.Random) -> dict[str, Value]:
    return {
        fact.id: _value(fact, chance)
        for fact in knowledge.facts.values()
        if chance.random() >= MISSING
    }


def _value(fact: Fact, chance: random.Random) -> Value:
    match fact.type:
        case Boolean():
            return chance.random() < 0.5
        case Choice(words):
            return chance.choice(words)
        case Number(low, high):
            number = float(chance.randint(int(low), int(high)))
            return Interval(number, number)


if __name__ == "__main__":
    main()
