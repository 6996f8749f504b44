"""``ventosa rules export``: the rules in another language, printed or written whole."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import click

from ventosa.cli.inputs import as_json, check_place, knowledge_from, write_whole
from ventosa.knowledge import Knowledge, load_library
from ventosa.record import InputError
from ventosa.terms import Stage, Technique


def run_export(
    form: str, out: str | None, stage: str | None, knowledge: str | None, overlay: str | None
) -> None:
    """Print the rules in a language, or write them into a file.

    Raises:
        InputError: the place cannot be written, or a stage is given for a form that has none.
        KnowledgeError: the knowledge cannot be read, or not be said in that language.
    """
    if stage is not None and form != "sql":
        raise InputError("--stage", f"only the sql form decides for a stage; {form} holds both")
    target = None if out is None else Path(out)
    if target is not None:
        check_place(target)
    known = knowledge_from(knowledge, overlay)
    text = FORMS[form](known, Stage(stage or Stage.PLAN))
    if target is None:
        click.echo(text.encode(), nl=False)
        return
    write_whole(target, text)
    click.echo(f"{len(known.rules)} rules: {target.resolve()}")


def _json(known: Knowledge, _stage: Stage) -> str:
    from ventosa.export.document import rules_document

    return as_json(rules_document(known, load_library(known))) + "\n"


def _elm(known: Knowledge, _stage: Stage) -> str:
    from ventosa.export.elm import elm_library

    return as_json(elm_library(known)) + "\n"


def _cql(known: Knowledge, _stage: Stage) -> str:
    from ventosa.export.cql import cql_text

    return cql_text(known)


def _cel(known: Knowledge, _stage: Stage) -> str:
    from ventosa.export.cel import cel_rules

    return as_json(cel_rules(known)) + "\n"


def _sql(known: Knowledge, stage: Stage) -> str:
    from ventosa.export.sql import FACTS, population_query

    query = population_query(known, stage=stage, techniques=tuple(Technique), limits=True)
    head = (
        f"Ventosa rules, knowledge {known.version}, sha256 {known.sha256}, stage {stage}",
        f"One row a person. It reads the table {FACTS}, whose columns docs/export.md describes;",
        "the text is the same for DuckDB, SQLite, PostgreSQL and Spark.",
    )
    return "".join(f"-- {line}\n" for line in head) + f"{query.text}\n"


FORMS: Mapping[str, Callable[[Knowledge, Stage], str]] = MappingProxyType(
    {"cel": _cel, "cql": _cql, "elm": _elm, "json": _json, "sql": _sql}
)
"""The forms by the word that asks for them."""
