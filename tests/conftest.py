"""What every test may use."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ventosa.knowledge import Knowledge, Library, load, load_library

if TYPE_CHECKING:
    from cast import Cast

sys.path.insert(0, str(Path(__file__).parent))
ROOT = Path(__file__).parent.parent


@pytest.fixture
def cast(db: None) -> "Cast":
    """Return the people of two clinics, in a database of their own."""
    from cast import make_cast

    return make_cast()


@pytest.fixture(scope="session", autouse=True)
def emptied_in_spite_of_guards() -> Iterator[None]:
    """SQLite is emptied by deleting rows, which the record refuses: between tests its guards are
    taken off and put on again."""
    from django.db.backends.sqlite3.base import DatabaseOperations

    empty = DatabaseOperations.execute_sql_flush

    def without_guards(self: Any, statements: list[str]) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            guards = cursor.fetchall()
            for name, _ in guards:
                cursor.execute(f"DROP TRIGGER {name}")
            empty(self, statements)
            for _, guard in guards:
                cursor.execute(guard)

    DatabaseOperations.execute_sql_flush = without_guards
    yield
    DatabaseOperations.execute_sql_flush = empty


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
