"""What a query says of the staged table, written as a canonical table or as Parquet."""

from glob import escape
from pathlib import Path

from ventosa.export.sql import SCALE, Query, ResultColumn
from ventosa.knowledge import ZONES_RECORDED, Knowledge
from ventosa.population.cells import PERSON, text
from ventosa.population.duck import Duck

DECIDING = "deciding"
LISTING = "listing the questions"

CANONICAL = "(FORMAT csv, HEADER, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR '', COMMENT '')"
"""Quotes stand only where the text holds a comma, a quote or a line end; unknown is nothing."""

PARQUET = "(FORMAT parquet, COMPRESSION zstd)"


def write_decisions(duck: Duck, query: Query, made: Path) -> int:
    """Write one row a person by the bytes of the id; return how many. The name says the form."""
    is_csv = made.suffix == ".csv"
    columns = ", ".join(_column(column, as_text=is_csv) for column in query.columns)
    return duck.count(
        f"COPY (SELECT {columns} FROM ({query.text}) AS result ORDER BY {PERSON}) "
        f"TO {text(str(made))} {CANONICAL if is_csv else PARQUET}",
        doing=DECIDING,
    )


def list_open(duck: Duck, query: Query, knowledge: Knowledge, made: Path) -> None:
    """Keep the query of open questions as the view ``open_questions``: id, fact, place, question.

    What it says of the staged table is worked out once and kept in the Parquet file ``made``.
    """
    # Each of its many branches would work out everything before it anew.
    duck.rows("SET disabled_optimizers = 'cte_inlining'")
    duck.rows(f"COPY ({query.text}) TO {text(str(made))} {PARQUET}", doing=LISTING)
    duck.rows("RESET disabled_optimizers")
    asked = [
        (place, "zones" if fact.id == ZONES_RECORDED else fact.id, fact.question)
        for place, fact in enumerate(knowledge.facts.values())
    ]
    columns = [list(column) for column in zip(*asked, strict=True)]
    duck.rows(
        "CREATE TABLE questions AS "
        "SELECT unnest(?) AS place, unnest(?) AS fact, unnest(?) AS question",
        columns,
    )
    duck.rows(
        f"CREATE VIEW open_questions AS SELECT * FROM read_parquet({text(escape(str(made)))}) "
        "JOIN questions USING (fact)"
    )


def write_open(duck: Duck, made: Path) -> None:
    """Write one row for each person and open question, as a canonical table."""
    duck.rows(
        f"COPY (SELECT {PERSON}, fact, question FROM open_questions ORDER BY {PERSON}, place) "
        f"TO {text(str(made))} {CANONICAL}",
        doing=LISTING,
    )


def write_kept_out(duck: Duck, made: Path) -> None:
    """Write the list of what is wrong with the rows that were kept out, as a canonical table."""
    duck.rows(
        'COPY (SELECT DISTINCT file, line, column_name AS "column", reason FROM kept_out '
        "ORDER BY ALL) "
        f"TO {text(str(made))} {CANONICAL}"
    )


def _column(column: ResultColumn, *, as_text: bool) -> str:
    if column.kind != "limit":
        return column.name
    if not as_text:
        return f"{column.name} / {SCALE}e0 AS {column.name}"
    exact = f"CAST(CAST({column.name} / {SCALE}e0 AS DECIMAL(18, 3)) AS VARCHAR)"
    return f"rtrim(rtrim({exact}, '0'), '.') AS {column.name}"
