"""Bundle bytes to facts to decision, in MB/s; takes a folder of bundles (or VENTOSA_SHARED).

Run: ``python bench/bench_record.py [FOLDER]``. The decision is the interval and the caps of all
seven techniques and the urgency; nothing is written up.
"""

import os
import sys
from datetime import date
from pathlib import Path
from time import perf_counter

from ventosa.codes import load_codes
from ventosa.fhir import read_bundle
from ventosa.knowledge import load
from ventosa.record import Answers
from ventosa.screening import consider
from ventosa.screening.decision import decide, urgency
from ventosa.terms import Technique

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    shared = Path(os.environ.get("VENTOSA_SHARED", ROOT.parent / "shared"))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else shared / "patients"
    bundles = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    bundles = [data for data in bundles if b'"deceasedDateTime"' not in data]
    if not bundles:
        print(f"no bundles in {folder}")
        return
    knowledge, on, nobody = load(), date.today(), Answers()
    codes = load_codes(knowledge.texts["codes/codes.csv"])
    best = float("inf")
    for _ in range(9):
        start = perf_counter()
        for data in bundles:
            record = read_bundle(data, codes, on)
            considered = consider(nobody, record, knowledge, on=on)
            for technique in Technique:
                decide(knowledge, technique, considered.standing)
            urgency(considered.standing)
        best = min(best, perf_counter() - start)
    megabytes = sum(map(len, bundles)) / 1e6
    print(f"{len(bundles)} bundles, {megabytes:.1f} MB: {megabytes / best:.0f} MB/s")
    print(f"{best / len(bundles) * 1000:.2f} ms a person")


if __name__ == "__main__":
    main()
