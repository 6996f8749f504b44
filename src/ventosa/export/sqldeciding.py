"""What the rules decide, in SQL: decisions and urgency as intervals, and the caps of a dose."""

from collections.abc import Sequence

from ventosa.export.sqlbrought import Brought
from ventosa.export.sqlterms import first_of, word
from ventosa.logic import SCALE
from ventosa.screening.consequences import Bringer, Consequences
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import Decision, Urgency


def decisions(table: Consequences, brought: Brought) -> dict[str, str]:
    """Return ``<technique>_certain`` and ``<technique>_possible`` for every technique."""
    columns: dict[str, str] = {}
    for technique, mine in table.techniques.items():
        if mine.always_avoided:
            columns |= _interval(technique, [], Decision.AVOID.word, brought)
        else:
            grades = [(d.word, mine.decisions[d]) for d in sorted(mine.decisions, reverse=True)]
            columns |= _interval(technique, grades, Decision.OK.word, brought)
    return columns


def urgencies(table: Consequences, brought: Brought) -> dict[str, str]:
    """Return ``urgency_certain`` and ``urgency_possible``."""
    grades = [(u.word, table.urgencies[u]) for u in sorted(table.urgencies, reverse=True)]
    return _interval("urgency", grades, Urgency.NONE.word, brought)


def _interval(
    name: str, grades: Sequence[tuple[str, Sequence[Bringer]]], mildest: str, brought: Brought
) -> dict[str, str]:
    """Return both ends of something graded, as words; the gravest is asked first."""
    ends = {"certain": brought.certain, "possible": brought.possible}
    return {
        f"{name}_{end}": first_of(
            [(stands(b.rule for b in bringers), word(text)) for text, bringers in grades],
            word(mildest),
        )
        for end, stands in ends.items()
    }


def limits_of_dose(table: Consequences, brought: Brought) -> dict[str, str]:
    """Return ``<technique>_<quantity>``: the caps of what is certain or open, as ``SCALE`` times.

    A quantity that has no meaning for a technique has no column.
    """
    columns = {}
    for technique, mine in table.techniques.items():
        for name in QUANTITIES:
            usual, caps = getattr(mine.usual, name), mine.caps[name]
            if usual is None and not caps:
                continue
            tightest = first_of(
                [(brought.possible(cap.rules), _scaled(cap.value)) for cap in caps], _scaled(usual)
            )
            columns[f"{technique}_{name}"] = f"CAST({tightest} AS BIGINT)"
    return columns


def _scaled(value: float | None) -> str:
    return "NULL" if value is None else str(round(value * SCALE))
