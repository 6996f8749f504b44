"""Which of many possible cups to take: a small integer programme, solved to proven optimality.

HiGHS (``scipy.optimize``) answers one goal after another; each next goal may not lose what the
earlier ones reached. Three things keep it fast, none of which can lose an optimum:

* Cups that are too near each other are excluded by cliques, not by pairs.
* A target counts its best cup only. Two cups that are far enough apart can both reach it only with
  a small part of their cover; everything above that part is linear, the rest takes one variable a
  step.
* After each goal the reduced costs of the relaxation say which cups no optimal answer holds.

This module imports NumPy and SciPy, so it is imported only where a placement is made.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, vstack

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_EPS = 1e-9
_OPTIMAL, _NO_ANSWER = 0, 2  # as SciPy's solvers say it
_WHOLE = 1e-6
"""How far from a whole number a solver's variable may be and still count as that number."""


@dataclass(frozen=True, slots=True)
class Packing:
    """The possible cups ("units": single cups or pairs) and what is wanted of them.

    ``cover`` is targets × units, whole numbers. ``weights`` holds, for each goal in order, the
    weight of every target. ``gap`` is units × units, infinite where two units share no side.
    ``budgets`` limits Σ ``cups`` over units: (which units, at most).
    """

    cover: Ints
    weights: tuple[Ints, ...]
    gap: Floats
    least_gap: float
    cups: Ints
    budgets: tuple[tuple[Bools, int], ...]
    time_limit_s: float


def pack(packing: Packing) -> tuple[tuple[int, ...], bool]:
    """The best units, and whether it is proved that none are better.

    Goals in order: each weighted cover, then fewer cups, then a wider smallest gap.
    """
    packing = _merged(packing)
    keep = np.arange(packing.cups.size)
    floors: list[tuple[int, int]] = []
    chosen: Ints = np.empty(0, dtype=np.int64)
    for goal in range(len(packing.weights) + 1):
        program = _program(packing, keep, packing.least_gap)
        if not program.goals[goal].any():
            continue
        solved = _maximise(program, goal, floors, packing.time_limit_s)
        if solved is None or not _keeps(packing, solved.chosen, floors):
            return tuple(map(int, chosen)), False
        chosen, keep = solved.chosen, solved.keep
        if not solved.proved:
            return tuple(map(int, chosen)), False
        floors.append((goal, _reached(packing, chosen, goal)))
    return _widen(packing, keep, chosen, floors)


@dataclass(frozen=True, slots=True)
class _Program:
    """Rows ``matrix @ columns <= most``; the first columns are the kept units."""

    keep: Ints
    matrix: csr_array
    most: Floats
    goals: tuple[Floats, ...]
    """What each column adds to each goal; the last goal is minus the number of cups."""


@dataclass(frozen=True, slots=True)
class _Solved:
    chosen: Ints
    proved: bool
    keep: Ints


def _merged(packing: Packing) -> Packing:
    """The same with one target for all that every unit covers alike (the two sides of pairs)."""
    cover, which = np.unique(packing.cover, axis=0, return_inverse=True)
    weights = tuple(
        np.bincount(which.ravel(), weights=w, minlength=len(cover)).astype(np.int64)
        for w in packing.weights
    )
    return replace(packing, cover=cover, weights=weights)


def _reached(packing: Packing, chosen: Ints, goal: int) -> int:
    """What an answer is worth, counted from the raw covers and not from the programme."""
    if goal == len(packing.weights):
        return -int(packing.cups[chosen].sum())
    if not chosen.size:
        return 0
    return int(packing.weights[goal] @ packing.cover[:, chosen].max(axis=1))


def _keeps(packing: Packing, chosen: Ints, floors: Sequence[tuple[int, int]]) -> bool:
    """True where an answer obeys every rule and every floor, counted from the raw numbers."""
    gaps = packing.gap[np.ix_(chosen, chosen)].copy()
    np.fill_diagonal(gaps, np.inf)
    return (
        bool((gaps >= packing.least_gap - _EPS).all())
        and all(packing.cups[chosen][which[chosen]].sum() <= m for which, m in packing.budgets)
        and all(_reached(packing, chosen, goal) >= floor for goal, floor in floors)
    )


# --- the programme ---------------------------------------------------------------------------


def _program(packing: Packing, keep: Ints, least_gap: float) -> _Program:
    gap = packing.gap[np.ix_(keep, keep)]
    near = gap < least_gap - _EPS
    np.fill_diagonal(near, True)
    cups = packing.cups[keep]
    linear, steps = _covers(packing, keep, near)
    rows: list[tuple[Ints, Floats, float]] = [
        (members, np.ones(members.size), 1.0) for members in _cliques(gap, near)
    ]
    for which, most in packing.budgets:
        members = np.flatnonzero(which[keep])
        rows.append((members, cups[members].astype(float), float(most)))
    for n, step in enumerate(steps):
        columns = np.append(step.reach, keep.size + n)
        rows.append((columns, np.append(-np.ones(step.reach.size), 1.0), 0.0))
    goals = [
        np.concatenate([w @ linear, [w[step.target] * step.height for step in steps]])
        for w in packing.weights
    ]
    goals.append(np.concatenate([-cups.astype(float), np.zeros(len(steps))]))
    ends = np.array([end for _, _, end in rows])
    return _Program(keep, _matrix(rows, keep.size + len(steps)), ends, tuple(goals))


def _matrix(rows: list[tuple[Ints, Floats, float]], columns: int) -> csr_array:
    starts = np.cumsum([0, *(members.size for members, _, _ in rows)])
    data = np.concatenate([values for _, values, _ in rows])
    indices = np.concatenate([members for members, _, _ in rows])
    return csr_array((data, indices, starts), shape=(len(rows), columns))


@dataclass(frozen=True, slots=True)
class _Step:
    """One step of a target's cover: it counts if a unit of ``reach`` is taken."""

    target: int
    height: int
    reach: Ints


def _covers(packing: Packing, keep: Ints, near: Bools) -> tuple[Ints, list[_Step]]:
    """Each target's cover as a linear part and, below what two units can share, as steps.

    Let *shared* be the most that both of two compatible units cover of a target. Above it at most
    one unit taken can reach, so a sum counts the best one; up to it each distinct height is a
    step.
    """
    cover = packing.cover[:, keep]
    linear, steps = np.zeros_like(cover), []
    for target, row in enumerate(cover):
        reach = np.flatnonzero(row)
        if not reach.size:
            continue
        both = np.minimum(row[reach][:, None], row[reach]) * ~near[np.ix_(reach, reach)]
        shared = int(both.max())
        linear[target] = np.maximum(row - shared, 0)
        below = 0
        for height in np.unique(np.minimum(row[reach], shared)):
            if height > below:
                steps.append(_Step(target, int(height) - below, np.flatnonzero(row >= height)))
                below = int(height)
    return linear, steps


def _cliques(gap: Floats, near: Bools) -> list[Ints]:
    """Sets of units that exclude each other pairwise, together holding every pair too near.

    The pairs farthest apart come first: what excludes both of them excludes most of itself.
    """
    left = np.triu(near, 1)
    pairs = np.argwhere(left)
    pairs = pairs[np.argsort(-gap[pairs[:, 0], pairs[:, 1]], kind="stable")]
    cliques = []
    for i, j in pairs:
        if not left[i, j]:
            continue
        fits = near[i] & near[j]
        fits[[i, j]] = False
        members = [int(i), int(j)]
        others = np.flatnonzero(fits)
        for k in others[np.argsort(gap[i, others] + gap[j, others], kind="stable")]:
            if fits[k]:
                members.append(int(k))
                fits &= near[k]
        clique = np.array(members)
        left[np.ix_(clique, clique)] = False
        cliques.append(np.sort(clique))
    return cliques


# --- the solver ------------------------------------------------------------------------------


def _floored(program: _Program, floors: Sequence[tuple[int, int]]) -> tuple[csr_array, Floats]:
    """The programme's rows with one more for each goal that was reached before.

    Goals are whole numbers, so half a unit of room keeps rounding from refusing the answer.
    """
    if not floors:
        return program.matrix, program.most
    extra = csr_array(np.array([-program.goals[goal] for goal, _ in floors]))
    ends = [0.5 - floor for _, floor in floors]
    return csr_array(vstack([program.matrix, extra])), np.append(program.most, ends)


def _maximise(
    program: _Program, goal: int, floors: Sequence[tuple[int, int]], time_limit_s: float
) -> _Solved | None:
    """The answer that is best for one goal, and the units that an equally good answer may hold.

    ``None`` = it is proved that there is no answer.
    """
    matrix, most = _floored(program, floors)
    cost, size = -program.goals[goal], program.keep.size
    options = {"presolve": False, "time_limit": time_limit_s}
    relaxed = linprog(cost, A_ub=matrix, b_ub=most, bounds=(0, 1), method="highs", options=options)
    if relaxed.status == _NO_ANSWER:
        return None
    if relaxed.status == _OPTIMAL and _is_whole(relaxed.x[:size]):
        best, proved = relaxed.x, True
    else:
        found = milp(
            cost,
            integrality=np.arange(cost.size) < size,
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(matrix, -np.inf, most),
            options={"mip_rel_gap": 0, **options},
        )
        if found.status == _NO_ANSWER:
            return None
        best, proved = found.x, found.status == _OPTIMAL
    taken = np.flatnonzero(best[:size] > 0.5) if best is not None else np.empty(0, dtype=np.int64)
    may = np.ones(size, dtype=bool)
    if relaxed.status == _OPTIMAL and proved:
        # Taking a unit that the relaxation leaves out costs at least its reduced cost.
        may = relaxed.fun + relaxed.lower.marginals[:size] <= cost @ best + 0.5
        may[taken] = True
    return _Solved(program.keep[taken], proved, program.keep[may])


def _is_whole(values: Floats) -> bool:
    return bool((np.abs(values - np.round(values)) < _WHOLE).all())


def _widen(
    packing: Packing, keep: Ints, chosen: Ints, floors: Sequence[tuple[int, int]]
) -> tuple[tuple[int, ...], bool]:
    """Of the answers that are equally good so far, one whose smallest gap is widest."""
    gaps = packing.gap[np.ix_(keep, keep)]
    gaps = np.unique(np.round(gaps[np.isfinite(gaps)], 6))
    proved = True
    low, high = int(np.searchsorted(gaps, _smallest(packing, chosen) + _WHOLE)), gaps.size
    while low < high:
        middle = (low + high) // 2
        program = _program(packing, keep, float(gaps[middle]) - _WHOLE)
        found = _maximise(program, floors[0][0], floors, packing.time_limit_s)
        if found is not None and _keeps(packing, found.chosen, floors):
            chosen = found.chosen
            low = int(np.searchsorted(gaps, _smallest(packing, chosen) + _WHOLE))
        else:
            proved = proved and found is None
            high = middle
    return tuple(map(int, chosen)), proved


def _smallest(packing: Packing, chosen: Ints) -> float:
    gaps = packing.gap[np.ix_(chosen, chosen)].copy()
    np.fill_diagonal(gaps, np.inf)
    return float(gaps.min(initial=np.inf))
