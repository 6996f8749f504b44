"""Whole processes, from start to exit, best of seven: ``python bench/bench_start.py``."""

import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[1]
EXAMPLE = ROOT / "examples" / "okafor"
VISIT = [str(EXAMPLE / "bundle.json"), "--answers", str(EXAMPLE / "answers.json")]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "plan.html")
        for words in (
            ["--version"],
            ["screen", *VISIT, "--on", "2026-11-24"],
            ["plan", *VISIT, "--on", "2026-11-24", "--out", out],
        ):
            print(f"ventosa {words[0]:10} {_best(words):.2f} s")


def _best(words: list[str]) -> float:
    best = float("inf")
    for _ in range(7):
        start = perf_counter()
        subprocess.run([sys.executable, "-m", "ventosa", *words], capture_output=True, check=False)
        best = min(best, perf_counter() - start)
    return best


if __name__ == "__main__":
    main()
