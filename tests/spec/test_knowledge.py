"""The knowledge files: their worked examples hold, nothing is missing, a wrong file is refused."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from ventosa.knowledge import SHIPPED, Knowledge, Library, load, load_library
from ventosa.logic import facts_of, parse
from ventosa.record import KnowledgeError
from ventosa.rulebook import outcome, pages
from ventosa.terms import Technique, ZoneKind

SHIPPED_KNOWLEDGE = load()
SHIPPED_LIBRARY = load_library(SHIPPED_KNOWLEDGE)
RULE_EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.id}: {example.say}")
    for rule in SHIPPED_KNOWLEDGE.rules
    for example in rule.file.example
]
SAID_EXAMPLES = [
    pytest.param(condition, example, id=f"{entry.id}: {example.say}")
    for entry in (*SHIPPED_LIBRARY.advice, *SHIPPED_LIBRARY.co_interventions)
    if (condition := getattr(entry, "when", None) or getattr(entry, "not_when", None))
    for example in entry.example
]


@pytest.mark.parametrize(("rule", "example"), RULE_EXAMPLES)
def test_worked_examples_of_rules_hold(knowledge: Knowledge, rule, example) -> None:  # type: ignore[no-untyped-def]
    assert outcome(rule.when, example, knowledge).holds


@pytest.mark.parametrize(("condition", "example"), SAID_EXAMPLES)
def test_worked_examples_of_advice_hold(knowledge: Knowledge, condition, example) -> None:  # type: ignore[no-untyped-def]
    assert outcome(parse(condition), example, knowledge).holds


def test_every_kind_of_zone_is_closed_by_a_rule(knowledge: Knowledge) -> None:
    closed = {kind for rule in knowledge.rules for kind in rule.closes_drawn}
    assert closed == set(ZoneKind)


def test_every_technique_has_evidence_words(library: Library) -> None:
    told = {technique for entry in library.evidence for technique in entry.techniques}
    assert told == {str(technique) for technique in Technique}
    assert "none" in {entry.id for entry in library.evidence}


def test_exercise_and_education_are_there_whatever_is_unknown(library: Library) -> None:
    always = {e.kind for e in library.co_interventions if e.not_when is None and e.with_cups}
    assert {"exercise", "education"} <= always


def test_every_fact_that_a_plan_rests_on_stands_in_a_rule_or_settles_one(
    knowledge: Knowledge,
) -> None:
    """A question that nothing reads wastes a person's time."""
    read = {fact for rule in knowledge.rules for fact in facts_of(rule.when)}
    read |= {fact for line in knowledge.settling.measured for fact in facts_of(line.when)}
    read |= {detail.given for detail in knowledge.settling.details}
    read |= {f"zone_{kind}" for kind in knowledge.settling.drawn}
    # Measures of the drawing, and numbers that stand in letters.
    read |= {"weight_kg", "height_cm", "back_length_mm", "fat_thickness_mm", "inr"}
    assert {fact for fact in knowledge.facts if fact not in read} == set()


def test_the_rulebook_in_the_docs_is_the_one_of_the_knowledge(
    knowledge: Knowledge, library: Library
) -> None:
    folder = Path(__file__).parents[2] / "docs" / "rulebook"
    written = pages(knowledge, library)
    found = {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*.md")}
    assert found == written, "run `make rulebook`"


# --- a folder that is wrong is refused ------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = tmp_path / "knowledge"
    shutil.copytree(SHIPPED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    return folder


def refusal(folder: Path) -> KnowledgeError:
    with pytest.raises(KnowledgeError) as caught:
        load_library(load(folder))
    return caught.value


def test_an_empty_or_missing_folder_is_never_no_danger(tmp_path: Path) -> None:
    assert "no knowledge" in str(refusal(tmp_path))
    assert "not a folder" in str(refusal(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", ["rules", "techniques", "advice", "co_interventions", "evidence"])
def test_a_missing_part_is_refused(copy: Path, name: str) -> None:
    shutil.rmtree(copy / name)
    assert refusal(copy).file == f"{name}/"


RULE = "rules/c06-blood-thinner.toml"


def edits() -> Iterator[tuple[str, str, str, str]]:
    """Old text, new text, and what the refusal says: field and problem."""
    yield 'when = "anticoagulant"', 'when = "anticoagulent"', "when", "not a declared fact"
    yield 'when = "anticoagulant"', 'when = "anticoagulant &&"', "when", "cannot read"
    yield 'when = "anticoagulant"', 'when = "inr > 3"', "when", "without anticoagulant"
    yield 'when = "anticoagulant"', 'when = "anticoagulant && fever && !consent_given"', "when", ""
    yield 'when = "anticoagulant"', 'wenn = "anticoagulant"', "", "wenn"
    yield 'id = "C06"', 'id = "C07"', "id", "already used"
    yield "strength = 2", "strength = 7", "strength", ""
    yield "strength = 2", 'strength = "two"', "strength", ""
    yield 'sources = ["S21",', 'sources = ["S9999",', "sources", "S9999"
    yield 'moving = "avoid"', 'moving = "perhaps"', "decision", ""
    yield 'moving = "avoid"', 'hovering = "avoid"', "decision.hovering", "not a technique"
    yield 'class = "least"', 'class = "most"', "caps", ""
    yield 'covers = ["anticoagulant"]', 'covers = ["coumadin"]', "clearance.covers", "coumadin"
    yield 'is = "false"', 'is = "true"', "example", "false"
    yield "reviewed = 2026-11-24", "", "", "reviewed"
    yield "[caps]", "[caps", "", "not TOML"


@pytest.mark.parametrize(("old", "new", "where", "problem"), list(edits()))
def test_a_wrong_rule_is_refused_with_file_and_field(
    copy: Path, old: str, new: str, where: str, problem: str
) -> None:
    path = copy / RULE
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    error = refusal(copy)
    assert error.file.startswith("rules/")
    assert where in error.where or where in str(error)
    assert problem in str(error)


def test_a_statement_without_source_and_mark_is_refused(copy: Path) -> None:
    path = copy / RULE
    lines = path.read_text("utf-8").splitlines()
    kept = [x for x in lines if not x.startswith(("editorial", "sources"))]
    path.write_text("\n".join(kept), "utf-8")
    assert "no source and is not marked editorial" in str(refusal(copy))


def test_text_that_is_not_utf8_is_refused(copy: Path) -> None:
    (copy / RULE).write_bytes(b"title = '\xff'")
    assert "not UTF-8" in str(refusal(copy))


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("facts.csv", "age_years,number,", "age_years,nummer,"),
        ("facts.csv", "sex,choice,", "age_years,choice,"),
        ("facts.csv", "bleeding_disorder,,Latest platelet count", "blood,,Latest platelet count"),
        ("groups.toml", 'id = "belly"', 'id = "bally"'),
        ("settling.toml", 'fact = "anaemia"', 'fact = "anemia"'),
        ("quantities.toml", "value = 300", "wert = 300"),
        ("references.json", '"id": "S21"', '"id": "S20"'),
        ("techniques/fire.toml", "suction = ", "sucktion = "),
        ("outside_studied.toml", "radiculopathy", "radiculopathie"),
    ],
)
def test_a_wrong_table_is_refused_with_its_name(copy: Path, name: str, old: str, new: str) -> None:
    path = copy / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    assert refusal(copy).file in (name, *(p.relative_to(copy).as_posix() for p in copy.rglob("*")))


def test_the_hash_changes_with_every_byte(copy: Path, knowledge: Knowledge) -> None:
    assert load(copy).sha256 == knowledge.sha256
    path = copy / RULE
    path.write_text(path.read_text("utf-8") + "\n# seen", "utf-8")
    assert load(copy).sha256 != knowledge.sha256
