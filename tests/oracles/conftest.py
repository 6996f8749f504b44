"""The long comparisons with other engines: run when they are named, and counted at the end."""

from pathlib import Path

import pytest

from oracles.peers import AGREEMENT

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A run of all tests leaves these out: they take minutes (``make oracles``)."""
    named = [config.invocation_params.dir / arg.partition("::")[0] for arg in config.args]
    return None if any(path.resolve().is_relative_to(HERE) for path in named) else True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("passed"):
        for name, text in report.user_properties:
            if name == AGREEMENT:
                terminalreporter.write_line(text)
