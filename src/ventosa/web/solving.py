"""What needs the solver: it runs in the worker, and the same question is solved once."""

from collections.abc import Mapping, Sequence

from ventosa.planning import plan, repeating
from ventosa.planning.drafting import Revised
from ventosa.planning.revising import Change, ChangeTechnique, SetDose, revise
from ventosa.record import Answers, Cupping, Dose, Plan, Screening
from ventosa.repeating import sha_of
from ventosa.terms import Technique
from ventosa.web.knowing import knowledge, library
from ventosa.web.working import worker

MOST_KEPT = 64
"""Solved plans that stay in sight; a day of a clinic has fewer."""

_kept: dict[tuple[str, str], Plan] = {}


def proposal(
    screening: Screening,
    answers: Answers,
    tolerated: Mapping[Technique, Dose],
    technique: Technique | None = None,
) -> Plan:
    """Return what the program proposes today; ``technique`` is the one asked for.

    Raises:
        InputError: no place was felt, or the technique may not be used.
        NotAllowed: the checker refuses it.
        OutOfRange: it was not solved in the time there is.
    """
    doses = sorted((str(name), str(dose)) for name, dose in tolerated.items())
    key = (sha_of(answers, screening), f"{technique} {doses} {knowledge().sha256}")
    found = _kept.get(key)
    if found is None:
        found = worker.run(_solved, screening, answers, dict(tolerated), technique)
        while len(_kept) >= MOST_KEPT:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return found


def changed(
    current: Plan,
    changes: Sequence[Change],
    screening: Screening,
    answers: Answers,
    tolerated: Mapping[Technique, Dose],
) -> Revised:
    """Return a plan with changes made; only those that place cups anew need the solver.

    Raises:
        InputError: a change names a cup that is not there.
    """
    places = any(
        isinstance(one, ChangeTechnique) or (isinstance(one, SetDose) and one.cups is not None)
        for one in changes
    )
    if places:
        return worker.run(_changed, current, tuple(changes), screening, answers, dict(tolerated))
    return _changed(current, changes, screening, answers, tolerated)


def _solved(
    screening: Screening,
    answers: Answers,
    tolerated: Mapping[Technique, Dose],
    technique: Technique | None,
) -> Plan:
    return plan(
        screening, answers, knowledge(), library(), tolerated=tolerated, technique=technique
    )


def _changed(
    current: Plan,
    changes: Sequence[Change],
    screening: Screening,
    answers: Answers,
    tolerated: Mapping[Technique, Dose],
) -> Revised:
    return revise(current, changes, screening, answers, knowledge(), library(), tolerated=tolerated)


def same_as_last(last: Cupping, screening: Screening, answers: Answers) -> Revised:
    """Return the cups of the last session, cut to today.

    Raises:
        InputError: no place was felt.
    """
    return worker.run(_same, last, screening, answers)


def _same(last: Cupping, screening: Screening, answers: Answers) -> Revised:
    return repeating.same_as_last(last, screening, answers, knowledge(), library())
