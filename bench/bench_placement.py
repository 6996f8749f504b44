"""How long a placement takes: a lumbar complaint, and twelve cups over the whole column.

Run: ``python bench/bench_placement.py``. The first import of SciPy is timed apart.
"""

from pathlib import Path
from time import perf_counter

from ventosa import geometry
from ventosa.geometry import frame_for, parse_levels
from ventosa.placement import PlacementRequest, place
from ventosa.record import Cup, PalpatedSite
from ventosa.terms import LEVELS, CupKind, Material, Side

TABLE = Path(geometry.__file__).parent / "knowledge" / "geometry" / "levels.csv"
REPEATS = 5


def cups(*sizes: tuple[float, int]) -> tuple[Cup, ...]:
    return tuple(Cup(CupKind.PUMP, Material.PLASTIC, size, count) for size, count in sizes)


def sites(levels: tuple[str, ...], side: Side) -> tuple[PalpatedSite, ...]:
    return tuple(
        PalpatedSite(level, side, tension=1 + 7 * n % 3, tenderness=5 * n % 4)
        for n, level in enumerate(levels)
    )


def main() -> None:
    frame = frame_for("female", 168, None, parse_levels(TABLE.read_text(encoding="utf-8")))
    lumbar, column = LEVELS[LEVELS.index("T12") : -1], LEVELS[:-1]
    default = cups((45, 6), (35, 4))
    cases = {
        "6 cups, T12-S1, both sides": (lumbar, Side.BOTH, default, 6, 0.5),
        "6 cups, T12-S1, one side": (lumbar, Side.LEFT, default, 6, 0.5),
        "12 cups, C7-S1, both sides": (column, Side.BOTH, cups((45, 8), (35, 8)), 12, 3.0),
    }
    began = perf_counter()
    import scipy.optimize  # noqa: F401

    print(f"import of scipy.optimize: {perf_counter() - began:.2f} s")
    for name, (levels, side, at_hand, most, aim) in cases.items():
        request = PlacementRequest(frame, sites(levels, side), (), at_hand, most)
        times = []
        for _ in range(REPEATS):
            began = perf_counter()
            result = place(request)
            times.append(perf_counter() - began)
        print(
            f"{name}: best {min(times):.2f} s, worst {max(times):.2f} s (aim {aim:g} s); "
            f"{len(result.cups)} cups, tension covered {result.cover_tension:.1%}, "
            f"proved: {result.proved}"
        )


if __name__ == "__main__":
    main()
