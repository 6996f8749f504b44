"""Truth values of the shipped rules, beside a CEL engine from PyPI, in one run.

Run: ``python bench/bench_rules.py`` (the peer comes with the extra ``dev``). Both engines get the same rules
and the same people with about 15 % of the facts missing, and must agree on every truth value. CEL
leaves out what is unknown; an evaluation error is then *unknown*.
"""

import random
from time import perf_counter

from ventosa.knowledge import load
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.logic import And, AtLeast, Boolean, Choice, Condition, Not, Number, Or, Truth, text_of
from ventosa.record import Interval, Value

PEOPLE, SEED, MISSING = 2_000, 7, 0.15


def main() -> None:
    knowledge = load()
    chance = random.Random(SEED)
    people = [_person(knowledge, chance) for _ in range(PEOPLE)]
    rows = [knowledge.compiled.pack(person) for person in people]
    ours, truths = _ours(knowledge, rows)
    packed = _best(lambda: [knowledge.compiled.truths(knowledge.compiled.pack(p)) for p in people])
    evaluations = PEOPLE * len(knowledge.rules)
    print(f"{len(knowledge.rules)} rules, {PEOPLE} people, {MISSING:.0%} of facts missing")
    print(f"compiled:                 {evaluations / ours / 1e6:6.1f} M rule evaluations/s")
    print(f"compiled, facts packed:   {evaluations / packed / 1e6:6.1f} M rule evaluations/s")
    try:
        import cel
    except ImportError:
        print("no CEL engine: pip install 'ventosa[oracles]'")
        return
    texts = [text_of(_expanded(rule.when)) for rule in knowledge.rules]
    programs = [cel.compile(text) for text in texts]
    few = people[:200]
    theirs, found = _theirs(programs, few)
    print(f"common-expression-language: {len(few) * len(texts) / theirs / 1e6:6.3f} M/s")
    print(
        f"ratio:                    {(evaluations / ours) / (len(few) * len(texts) / theirs):6.0f}"
    )
    pairs = [
        (mine, other)
        for ours_of, theirs_of in zip(truths[: len(few)], found, strict=True)
        for mine, other in zip(ours_of, theirs_of, strict=True)
    ]
    agree = sum(mine == other for mine, other in pairs)
    print(f"agree on {agree} of {len(few) * len(texts)} truth values")


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


def _expanded(condition: Condition) -> Condition:
    """``atLeast`` is ours: a CEL engine gets it as an or of ands."""
    from itertools import combinations

    match condition:
        case AtLeast(count, terms):
            return Or(tuple(And(some) for some in combinations(terms, count)))
        case Not(term):
            return Not(_expanded(term))
        case And(terms):
            return And(tuple(_expanded(term) for term in terms))
        case Or(terms):
            return Or(tuple(_expanded(term) for term in terms))
    return condition


def _best(run: object) -> float:
    best = float("inf")
    for _ in range(5):
        start = perf_counter()
        run()  # type: ignore[operator]
        best = min(best, perf_counter() - start)
    return best


def _ours(
    knowledge: Knowledge, rows: list[tuple[object, ...]]
) -> tuple[float, list[tuple[Truth, ...]]]:
    truths = knowledge.compiled.truths
    return _best(lambda: [truths(row) for row in rows]), [truths(row) for row in rows]


def _theirs(
    programs: list[object], people: list[dict[str, Value]]
) -> tuple[float, list[list[Truth]]]:
    import cel

    def plain(value: Value) -> object:
        return value.low if isinstance(value, Interval) else value

    contexts = [
        cel.Context(variables={key: plain(value) for key, value in person.items()})
        for person in people
    ]
    start = perf_counter()
    found = [[_truth(program, context) for program in programs] for context in contexts]
    return perf_counter() - start, found


def _truth(program: object, context: object) -> Truth:
    try:
        return bool(program.execute(context))  # type: ignore[attr-defined]
    except Exception:
        return None


if __name__ == "__main__":
    main()
