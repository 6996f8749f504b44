"""The population query on Spark: where the people are too many for one machine."""

import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ventosa.export.sql import FACTS, SCALE, Query, ResultColumn, StagedColumn
from ventosa.population.canonical import header_of, made_beside
from ventosa.record import InputError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession


def run(
    staged: Path,
    query: Query,
    columns: Sequence[StagedColumn],
    out: Path,
    *,
    master: str = "local[*]",
) -> int:
    """Write what a query says of a staged table to ``out``; return the number of people.

    ``master`` is where Spark runs; the folders of ``staged`` and ``out`` must be there for all of
    its machines. Nothing but the counts passes through this process until the parts are joined.

    Raises:
        InputError: no Spark, no Java, no master, or no place to write; ``out`` is as it was.
    """
    with made_beside(out) as folder:
        session = start(master)
        from pyspark.errors import PySparkException

        try:
            return write(session, staged, query, columns, folder / out.name)
        except PySparkException as error:
            # Only the name of the error: its text may repeat a value.
            name = error.getCondition() or type(error).__name__
            raise InputError("--engine", f"Spark stopped: {name}") from None
        finally:
            session.stop()


def start(master: str) -> "SparkSession":
    """Return a running session.

    Raises:
        InputError: Spark or Java is not installed, or the master cannot be reached.
    """
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise InputError("--engine", "Spark needs its library: pip install pyspark") from None
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        raise InputError("--engine", "Spark needs Java 17 or newer, and no java was found")
    builder = SparkSession.builder.appName("ventosa population").master(master)
    for name, value in _SETTINGS.items():
        builder = builder.config(name, value)
    try:
        return builder.getOrCreate()
    except Exception:
        raise InputError("--engine", f"Spark cannot be started at {master}") from None


_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.log.level": "ERROR",
}


def write(
    session: "SparkSession",
    staged: Path,
    query: Query,
    columns: Sequence[StagedColumn],
    made: Path,
) -> int:
    """Write what a query says of a staged table in a session; return the number of people.

    The lines are made by the query's own machines, in parts that follow each other in the order
    of the ids, so that only bytes are copied here.
    """
    from pyspark.sql import Observation
    from pyspark.sql import functions as f

    decided = decide(session, staged, query, columns)
    cells = [_cell(column) for column in query.columns]
    seen = Observation()
    lines = decided.orderBy("person_id").select(f.concat_ws(",", *cells).alias("line"))
    lines = lines.observe(seen, f.count(f.lit(1)).alias("people"))
    parts = made.parent / "parts"
    lines.write.text(_uri(parts))
    with made.open("wb") as file:
        file.write(header_of(query))
        for part in sorted(parts.glob("part-*")):
            with part.open("rb") as read:
                shutil.copyfileobj(read, file)
    return int(seen.get["people"])


def decide(
    session: "SparkSession", staged: Path, query: Query, columns: Sequence[StagedColumn]
) -> "DataFrame":
    """Return what a query says of a staged table, not yet computed."""
    # A path is read as a pattern.
    plain = re.sub(r"([\\{}\[\]*?])", r"\\\1", _uri(staged))
    facts = session.read.parquet(plain)
    facts.select([column.name for column in columns]).createOrReplaceTempView(FACTS)
    return session.sql(query.text)


def _cell(column: ResultColumn) -> "Column":
    """Return a value as the canonical table writes it (``canonical.py``); unknown as nothing."""
    from pyspark.sql import functions as f

    value = f.col(column.name)
    match column.kind:
        case "id" | "text":
            doubled = f.regexp_replace(value, '"', '""')
            quoted = f.concat(f.lit('"'), doubled, f.lit('"'))
            text = f.when(value.rlike('[,"\r\n]'), quoted).otherwise(value)
        case "limit":
            exact = (value / SCALE).cast("decimal(18,3)").cast("string")
            text = f.regexp_replace(exact, r"\.?0+$", "")
        case _:
            text = value.cast("string")
    return f.coalesce(text, f.lit(""))


def _uri(path: Path) -> str:
    return f"file://{path.resolve()}"
