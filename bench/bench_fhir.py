"""Bytes of FHIR bundles to readings, in MB/s; takes a folder of bundles (or VENTOSA_SHARED)."""

import os
import sys
import time
from datetime import date
from pathlib import Path

from ventosa.codes import CodeTable, load_codes
from ventosa.fhir import read_bundle

ROOT = Path(__file__).resolve().parents[1]
CODES = ROOT / "src/ventosa/knowledge/codes/codes.csv"


def main() -> None:
    shared = Path(os.environ.get("VENTOSA_SHARED", ROOT.parent / "shared"))
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else shared / "patients"
    bundles = [path.read_bytes() for path in sorted(folder.glob("*.json"))]
    if not bundles:
        print(f"no bundles in {folder}")
        return
    codes = load_codes(CODES.read_text(encoding="utf-8"))
    on = date.today()
    bundles = [b for b in bundles if b'"deceasedDateTime"' not in b]
    megabytes = sum(map(len, bundles)) / 1e6
    best = min(_seconds(bundles, codes, on) for _ in range(9))
    print(f"{len(bundles)} bundles, {megabytes:.1f} MB: {megabytes / best:.0f} MB/s")


def _seconds(bundles: list[bytes], codes: CodeTable, on: date) -> float:
    start = time.perf_counter()
    for data in bundles:
        read_bundle(data, codes, on)
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
