"""Who is affected by a change of the rules: the same people judged by two knowledge folders."""

from collections.abc import Sequence
from pathlib import Path

from ventosa.export.sql import population_query
from ventosa.knowledge import Knowledge
from ventosa.population.cells import PERSON, text
from ventosa.population.duck import Duck
from ventosa.population.writing import CANONICAL, PARQUET
from ventosa.terms import Stage, Technique


def judge(
    duck: Duck, knowledge: Knowledge, stage: Stage, techniques: Sequence[Technique], made: Path
) -> None:
    """Write id, decisions and urgency of everybody in ``facts``, as Parquet."""
    query = population_query(knowledge, stage=stage, techniques=techniques, questions=False)
    columns = ", ".join((PERSON, *_compared(techniques)))
    duck.rows(
        f"COPY (SELECT {columns} FROM ({query.text}) AS result) TO {text(str(made))} {PARQUET}",
        doing="deciding",
    )


def write_differences(
    duck: Duck, before: Path, after: Path, techniques: Sequence[Technique], made: Path
) -> int:
    """Write who is decided on otherwise by two results of ``judge``; return how many they are."""
    compared = _compared(techniques)
    columns = ", ".join(
        f"before.{name} AS {name}_before, after.{name} AS {name}" for name in compared
    )
    differs = " OR ".join(f"before.{name} <> after.{name}" for name in compared)
    return duck.count(
        f"COPY (SELECT {PERSON}, {columns} FROM read_parquet({text(str(before))}) AS before "
        f"JOIN read_parquet({text(str(after))}) AS after USING ({PERSON}) WHERE {differs} "
        f"ORDER BY {PERSON}) "
        f"TO {text(str(made))} {CANONICAL if made.suffix == '.csv' else PARQUET}",
        doing="comparing",
    )


def _compared(techniques: Sequence[Technique]) -> list[str]:
    """The columns of a result that are compared."""
    judged = [*(t.value for t in Technique if t in techniques), "urgency"]
    return [f"{name}_{end}" for name in judged for end in ("certain", "possible")]
