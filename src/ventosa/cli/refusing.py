"""An error of the program becomes one sentence and an exit code."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

import click

from ventosa.record import InputError, KnowledgeError, NotAllowed

BAD_INPUT = 2
"""Exit code of bad input: nothing was written."""


def one_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """Turn the program's own errors into a sentence and an exit code."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (InputError, KnowledgeError) as error:
            _fail(str(error), BAD_INPUT)
        except NotAllowed as error:
            _fail(f"{error}. Nothing was written. This is a fault of the program: report it", 1)

    return run


def _fail(problem: str, code: int) -> None:
    end = "" if problem.endswith((".", "`")) else "."
    # A key or a file name may hold anything; a terminal gets one line of plain characters.
    line = "".join(c if c.isprintable() else "?" for c in f"ventosa: {problem}{end}")
    click.echo(line, err=True)
    sys.exit(code)
