"""What every test may use."""

import os
import sys
from pathlib import Path

import pytest

from ventosa.knowledge import Knowledge, Library, load, load_library

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def library(knowledge: Knowledge) -> Library:
    return load_library(knowledge)


@pytest.fixture(scope="session")
def shared_patients() -> list[Path]:
    """Synthetic bundles kept outside the project; skips with a reason where they are absent."""
    folder = Path(os.environ.get("VENTOSA_SHARED", ROOT.parent / "shared")) / "patients"
    bundles = sorted(folder.glob("*.json"))
    if not bundles:
        pytest.skip(f"no synthetic bundles at {folder}")
    return bundles
