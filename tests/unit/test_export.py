"""The rules in other languages: the same truth, nothing lost, a file whole or not at all.

The long comparisons, with engines outside Python, are in ``tests/oracles``.
"""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from operator import eq, ge, gt, le, lt
from pathlib import Path
from types import MappingProxyType
from typing import Any

import cel
import pytest
from click.testing import CliRunner, Result

from people import TODAY
from population_people import answers_of, people
from ventosa.cli import ventosa
from ventosa.cli.rules import FORMS
from ventosa.export.cel import UNKNOWN, cel_rules, cel_text
from ventosa.export.cql import cql_expression, cql_text
from ventosa.export.document import rules_document, tree
from ventosa.export.elm import TYPES, definition_of, elm_library
from ventosa.export.expanded import End, decimal, end_of, expand, quoted, variables_of
from ventosa.export.sql import FACTS, population_query, staged_columns
from ventosa.geometry import LEVELS_FILE, Level, parse_levels
from ventosa.knowledge import Knowledge, Library
from ventosa.knowledge.model import Caps, Rule
from ventosa.logic import (
    And,
    AtLeast,
    Boolean,
    Compare,
    Condition,
    Is,
    Not,
    Number,
    OneOf,
    Operator,
    Or,
    Truth,
    evaluate,
    parse,
    text_of,
)
from ventosa.record import Interval, KnowledgeError, Value, Zone
from ventosa.screening.decision import QUANTITIES, below_floor, usual_caps
from ventosa.screening.facts import settle
from ventosa.terms import Decision, DoseClass, Stage, Technique, Urgency

Facts = Mapping[str, Value]
OPERATORS: tuple[Operator, ...] = ("==", "!=", "<", "<=", ">", ">=")


def given(facts: Facts) -> dict[str, bool | str | float]:
    """Facts as the exported rules take them."""
    found: dict[str, bool | str | float] = {}
    for fact, value in facts.items():
        if isinstance(value, Interval):
            low, high = float(value.low), float(value.high)
            found |= {end_of(fact, "low"): low, end_of(fact, "high"): high}
        else:
            found[fact] = value
    return found


@pytest.fixture(scope="module")
def some(knowledge: Knowledge) -> list[Facts]:
    return [
        settle(answers_of(person), None, knowledge, TODAY).values
        for person in people(knowledge, 120, 5)
    ]


# --- the few words --------------------------------------------------------------------------


class Meaning:
    """The few words as their meaning: true, false or unknown of given facts."""

    def __init__(self, facts: Facts) -> None:
        self.given = given(facts)

    def yes(self, fact: str) -> Truth:
        value = self.given.get(fact)
        assert value is None or isinstance(value, bool)
        return value

    def word(self, fact: str, word: str) -> Truth:
        value = self.given.get(fact)
        return None if value is None else value == word

    def bound(self, fact: str, end: End, operator: Operator, value: float) -> Truth:
        found = self.given.get(end_of(fact, end))
        if found is None:
            return None
        return {"<": lt, "<=": le, ">": gt, ">=": ge, "==": eq}[operator](found, value)

    def unknown(self) -> Truth:
        return None

    def contrary(self, term: Truth) -> Truth:
        return None if term is None else not term

    def every(self, terms: Sequence[Truth]) -> Truth:
        assert len(terms) >= 2
        return False if False in terms else None if None in terms else True

    def some(self, terms: Sequence[Truth]) -> Truth:
        assert len(terms) >= 2
        return True if True in terms else None if None in terms else False


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_comparison_means_the_same_wherever_the_interval_lies(operator: Operator) -> None:
    numbers = [
        Interval(low, high)
        for low in (4.0, 5.0, 6.0)
        for high in (4.0, 5.0, 6.0, 7.0)
        if low <= high
    ]
    condition, one_of = Compare("n", operator, 5.0), OneOf("n", (5.0, 6.0))
    for facts in ({}, *({"n": number} for number in numbers)):
        assert expand(condition, Meaning(facts)) is evaluate(condition, facts), facts
        assert expand(one_of, Meaning(facts)) is evaluate(one_of, facts), facts


@pytest.mark.parametrize("many", range(1, 7))
def test_at_least_is_spelled_out_exactly(many: int) -> None:
    names = [f"f{index}" for index in range(many)]
    for count in range(1, many + 1):
        condition = AtLeast(count, tuple(Is(name) for name in names))
        for truths in product((True, False, None), repeat=many):
            facts = {n: t for n, t in zip(names, truths, strict=True) if t is not None}
            assert expand(condition, Meaning(facts)) is evaluate(condition, facts), (count, facts)


def test_the_few_words_say_every_rule(knowledge: Knowledge, some: list[Facts]) -> None:
    for facts in some:
        meaning = Meaning(facts)
        for rule in knowledge.rules:
            assert expand(rule.when, meaning) is evaluate(rule.when, facts), rule.id


# --- CEL ------------------------------------------------------------------------------------


def cel_truth(expression: str, facts: Facts) -> Truth:
    """The truth that the Rust engine finds; it is unknown only where a variable was not given."""
    try:
        found = cel.compile(expression).execute(cel.Context(variables=given(facts)))
    except RuntimeError as error:
        assert "Undefined variable" in str(error)
        return None
    assert isinstance(found, bool)
    return found


def test_cel_gives_every_rule_its_truth(knowledge: Knowledge, some: list[Facts]) -> None:
    rules = cel_rules(knowledge)["rules"]
    assert list(rules) == [rule.id for rule in knowledge.rules]
    programs = [(rule, cel.compile(rules[rule.id]["expression"])) for rule in knowledge.rules]
    counts: dict[Truth, int] = {True: 0, False: 0, None: 0}
    for facts in some:
        context = cel.Context(variables=given(facts))
        for rule, program in programs:
            try:
                found: Truth = program.execute(context)
            except RuntimeError:
                found = None
            assert found is evaluate(rule.when, facts), rule.id
            counts[found] += 1
    assert min(counts.values()) > 500


def test_cel_says_which_variables_it_reads(knowledge: Knowledge) -> None:
    written = cel_rules(knowledge)
    named = {
        name
        for rule in written["rules"].values()
        for name in re.findall(r"[a-z]\w*", re.sub(r"'[^']*'", "", rule["expression"]))
    }
    assert named == set(written["variables"])
    assert written["variables"]["fever"] == "bool"
    assert written["variables"]["age_years_low"] == "double"
    assert written["variables"]["pregnant"] == "string"


@pytest.mark.parametrize("word", ["plain", "it's", 'say "a"', "back\\slash", "naïve \U0001f600"])
def test_a_word_stays_itself_in_cel(word: str) -> None:
    condition = Compare("w", "==", word)
    assert cel_truth(cel_text(condition), {"w": word}) is True
    assert cel_truth(cel_text(condition), {"w": f"{word}."}) is False


@pytest.mark.parametrize(
    ("number", "text"), [(75.0, "75.0"), (0.1, "0.1"), (-2.5, "-2.5"), (1e-7, "0.0000001")]
)
def test_a_number_has_a_point_and_no_exponent(number: float, text: str) -> None:
    assert decimal(number) == text
    assert decimal(1e22) == "10000000000000000000000.0"


# --- CQL and ELM ----------------------------------------------------------------------------

_IN_CEL = {"and": "&&", "or": "||", "not ": "!", " = ": " == ", "(null as Boolean)": UNKNOWN}
"""CQL's words, and what CEL has for each."""


def test_the_cql_text_says_what_the_cel_text_says(knowledge: Knowledge) -> None:
    for rule in knowledge.rules:
        text = re.sub(r"\b(and|or)\b", lambda m: _IN_CEL[m[0]], cql_expression(rule.when))
        for word in ("(null as Boolean)", "not ", " = "):
            text = text.replace(word, _IN_CEL[word])
        assert text.replace('"', "") == cel_text(rule.when), rule.id


def test_the_cql_text_is_one_library(knowledge: Knowledge) -> None:
    text = cql_text(knowledge)
    code = [line for line in text.splitlines() if line and not line.startswith("//")]
    assert code[0] == f"library VentosaRules version {quoted(knowledge.version)}"
    declared = [line for line in code if line.startswith("parameter ")]
    assert declared == [
        f'parameter "{name}" {TYPES[variable.kind]}'
        for name, variable in variables_of(knowledge).items()
    ]
    context = code.index("context Unfiltered")
    assert context == 1 + len(declared)
    pairs = list(zip(code[context + 1 :: 2], code[context + 2 :: 2], strict=True))
    assert pairs == [
        (f'define "{definition_of(rule)}":', f"  {cql_expression(rule.when)}")
        for rule in knowledge.rules
    ]


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equal": eq,
    "Less": lt,
    "LessOrEqual": le,
    "Greater": gt,
    "GreaterOrEqual": ge,
}


def elm_truth(node: Mapping[str, Any], facts: Mapping[str, Any]) -> Any:
    """The value of an ELM expression, in the few kinds of node that the export uses."""
    operands = node.get("operand", ())
    match node["type"]:
        case "ParameterRef":
            return facts.get(node["name"])
        case "Literal":
            is_text = node["valueType"].endswith("}String")
            return node["value"] if is_text else float(node["value"])
        case "As":
            assert node["operand"] == {"type": "Null"}
            return None
        case "Not":
            truth = elm_truth(operands, facts)
            return None if truth is None else not truth
        case "And" | "Or" as kind:
            one, other = (elm_truth(operand, facts) for operand in operands)
            decides = kind == "Or"
            if decides in (one, other):
                return decides
            return None if None in (one, other) else not decides
        case "Equal" | "Less" | "LessOrEqual" | "Greater" | "GreaterOrEqual" as kind:
            left, right = (elm_truth(operand, facts) for operand in operands)
            return None if None in (left, right) else COMPARED[kind](left, right)
    raise AssertionError(f"{node['type']} is not used, In least of all")


def test_the_elm_library_gives_every_rule_its_truth(
    knowledge: Knowledge, some: list[Facts]
) -> None:
    library = elm_library(knowledge)["library"]
    statements = library["statements"]["def"]
    assert [s["name"] for s in statements] == [definition_of(rule) for rule in knowledge.rules]
    assert {s["context"] for s in statements} == {"Unfiltered"}
    for facts in some:
        for rule, statement in zip(knowledge.rules, statements, strict=True):
            found = elm_truth(statement["expression"], given(facts))
            assert found is evaluate(rule.when, facts), rule.id


def test_the_elm_library_declares_what_it_reads(knowledge: Knowledge) -> None:
    library = elm_library(knowledge)["library"]
    assert library["identifier"] == {"id": "VentosaRules", "version": knowledge.version}
    declared = {
        parameter["name"]: parameter["parameterTypeSpecifier"]["name"].partition("}")[2]
        for parameter in library["parameters"]["def"]
    }
    read = {n["name"] for n in nodes(library["statements"]) if n.get("type") == "ParameterRef"}
    assert read == set(declared)
    assert [declared[name] for name in ("fever", "sex", "age_years_high")] == [
        "Boolean",
        "String",
        "Decimal",
    ]


def nodes(part: Any) -> Iterator[dict[str, Any]]:
    """Every object within a part of a document."""
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from nodes(inner)


# --- names of facts that a clinic may add ---------------------------------------------------


@pytest.mark.parametrize("name", ["loop", "type", "null", UNKNOWN])
def test_a_fact_with_a_name_that_cel_reserves_is_refused(knowledge: Knowledge, name: str) -> None:
    fact = replace(knowledge.facts["fever"], id=name)
    changed = replace(
        knowledge,
        facts=MappingProxyType({**knowledge.facts, name: fact}),
        rules=(*knowledge.rules, replace(knowledge.rules[0], when=Is(name))),
    )
    with pytest.raises(KnowledgeError, match=f"{name}: '{name}' has a meaning of its own in CEL"):
        cel_rules(changed)
    assert name in {p["name"] for p in elm_library(changed)["library"]["parameters"]["def"]}
    assert f'parameter "{name}" Boolean\n' in cql_text(changed)


# --- JSON -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document(knowledge: Knowledge, library: Library) -> Any:
    """The document as another program reads it."""
    return json.loads(json.dumps(rules_document(knowledge, library), allow_nan=False))


def condition_of(node: Mapping[str, Any]) -> Condition:
    """A tree read back."""
    match node["node"]:
        case "is":
            return Is(node["fact"])
        case "compare":
            return Compare(node["fact"], node["operator"], node["literal"])
        case "one_of":
            return OneOf(node["fact"], tuple(node["literals"]))
        case "not":
            return Not(condition_of(node["term"]))
    terms = tuple(condition_of(term) for term in node["terms"])
    match node["node"]:
        case "and":
            return And(terms)
        case "or":
            return Or(terms)
    assert node["node"] == "at_least"
    return AtLeast(node["count"], terms)


def caps_of(part: Mapping[str, Any] | None) -> Caps | None:
    return None if part is None else Caps(**part)


def rule_as_read(rule: Rule, part: Mapping[str, Any]) -> dict[str, Any]:
    """What a screening takes from a rule, read back from the document."""
    effects = {
        technique: (
            Decision[effect["decision"].upper()],
            Decision[effect["cleared"].upper()],
            caps_of(effect["caps"]),
        )
        for technique, effect in part["effects"].items()
    }
    flag, clearance = part["red_flag"], part["clearance"]
    return {
        "id": part["id"],
        "when": condition_of(part["when"]),
        "stage": Stage(part["stage"]),
        "effects": effects,
        "flag": flag and (Urgency[flag["urgency"].upper()], flag["within"], flag["clearable"]),
        "covers": frozenset(clearance["covers"] if clearance else ()),
        "closes": tuple(Zone(**zone) for zone in part["closes"]),
        "closes_drawn": frozenset(part["closes_drawn"]),
        "excludes": tuple(part["excludes"]),
    }


def test_the_json_holds_everything_that_a_rule_decides(knowledge: Knowledge, document: Any) -> None:
    for rule, part in zip(knowledge.rules, document["rules"], strict=True):
        flag = rule.red_flag
        assert rule_as_read(rule, part) == {
            "id": rule.id,
            "when": rule.when,
            "stage": rule.stage,
            "effects": {str(t): (e.decision, e.cleared, e.caps) for t, e in rule.effects.items()},
            "flag": flag and (flag.urgency, flag.within, flag.clearable),
            "covers": rule.covers,
            "closes": rule.closes,
            "closes_drawn": rule.closes_drawn,
            "excludes": rule.excludes,
        }


SAYS = (
    *("title", "kind", "because", "sources", "strength", "editorial", "reviewed", "advice"),
    *("prefers", "posture", "differs", "implied_by"),
)
"""What a rule says beside what it decides."""


def test_the_json_holds_everything_that_a_rule_says(knowledge: Knowledge, document: Any) -> None:
    for rule, part in zip(knowledge.rules, document["rules"], strict=True):
        for name in SAYS:
            said = getattr(rule.file, name)
            expected = list(said) if isinstance(said, tuple) else said
            assert part[name] == (str(said) if name == "reviewed" else expected), (rule.id, name)
        assert part["text"] == rule.file.when
        assert [example["say"] for example in part["examples"]] == [
            example.say for example in rule.file.example
        ]
        assert part["clearance"] is None or part["clearance"]["by"] == rule.file.clearance.by


def test_the_json_holds_every_fact_and_group(knowledge: Knowledge, document: Any) -> None:
    names = ("id", "unit", "question", "group", "who", "holds", "stage", "riskier")
    names += ("detail_of", "sensitive", "zone")
    for fact, part in zip(knowledge.facts.values(), document["facts"], strict=True):
        assert {name: part[name] for name in names} == {name: getattr(fact, name) for name in names}
        kind = part["type"]
        assert kind["kind"] == type(fact.type).__name__.lower()
        if isinstance(fact.type, Number):
            assert (kind["low"], kind["high"]) == (fact.type.low, fact.type.high)
        elif not isinstance(fact.type, Boolean):
            assert tuple(kind["words"]) == fact.type.words
    for group, part in zip(knowledge.groups.values(), document["groups"], strict=True):
        only_if = part["only_if"]
        assert (part["id"], part["title"], part["none"], part["order"], part["intro"]) == (
            group.id,
            group.title,
            group.none,
            group.order,
            group.intro,
        )
        assert (only_if and condition_of(only_if)) == group.only_if


def test_the_json_holds_how_answers_settle(knowledge: Knowledge, document: Any) -> None:
    settling, part = knowledge.settling, document["settling"]
    assert [(m["fact"], condition_of(m["when"]), m["text"]) for m in part["measured"]] == [
        (measured.fact, measured.when, measured.text) for measured in settling.measured
    ]
    assert [(d["given"], d["fact"], d["value"]) for d in part["details"]] == [
        (detail.given, detail.fact, detail.value) for detail in settling.details
    ]
    assert {fact: tuple(words) for fact, words in part["orders"].items()} == settling.orders
    assert part["drawn"] == settling.drawn
    assert {kind: tuple(facts) for kind, facts in part["places"].items()} == settling.places
    assert [(g["when_fact"], g["when_value"], g["no"]) for g in part["groups"]] == [
        (group.when_fact, group.when_value, group.no) for group in settling.groups
    ]
    assert part["resolved_by"] == settling.resolved_by


def test_the_json_holds_the_numbers_of_every_technique(knowledge: Knowledge, document: Any) -> None:
    assert list(document["techniques"]) == list(Technique)
    for technique, table in knowledge.techniques.items():
        part = document["techniques"][technique]
        assert caps_of(part["hard_stop"]) == table.hard_stop
        assert {name: caps_of(column) for name, column in part["columns"].items()} == {
            **table.columns,
            DoseClass.USUAL: usual_caps(knowledge, technique),
        }
        assert (part["title"], part["how"], part["suction"], part["cups"]) == (
            table.file.title,
            table.file.how,
            table.file.suction,
            list(table.file.cups),
        )


@pytest.mark.parametrize("technique", Technique)
def test_the_floor_in_the_json_is_where_a_technique_becomes_avoid(
    knowledge: Knowledge, document: Any, technique: Technique
) -> None:
    floor = document["techniques"][technique]["floor"]
    assert set(floor) == set(QUANTITIES)
    for name, value in floor.items():
        assert not below_floor(knowledge, technique, replace(Caps(), **{name: value}))
        assert below_floor(knowledge, technique, replace(Caps(), **{name: value - 0.5}))


def test_the_json_holds_the_texts_and_who_says_so(
    knowledge: Knowledge, library: Library, document: Any
) -> None:
    texts = document["texts"]
    for name in ("sites", "advice", "co_interventions", "adverse_events", "evidence"):
        entries = getattr(library, name)
        assert [part["id"] for part in texts[name]] == [entry.id for entry in entries]
        assert [part.get("text") for part in texts[name]] == [
            getattr(entry, "text", None) for entry in entries
        ]
    assert [part["id"] for part in texts["cups"]] == [str(kind) for kind in library.cups]
    for part, entry in zip(texts["advice"], library.advice, strict=True):
        assert (part["when"] and text_of(condition_of(part["when"]))) == (
            entry.when and text_of(parse(entry.when))
        )
    assert document["references"] == list(knowledge.references.values())
    levels = parse_levels(knowledge.texts[LEVELS_FILE])
    assert [Level(**part) for part in document["levels"]] == list(levels)
    assert {name: part["value"] for name, part in document["quantities"].items()} == {
        name: quantity.value for name, quantity in knowledge.quantities.items()
    }
    assert [(part["id"], condition_of(part["when"])) for part in document["outside_studied"]] == [
        (row.id, row.when) for row in knowledge.outside
    ]
    assert document["knowledge"] == {
        "version": knowledge.version,
        "reviewed": knowledge.reviewed.isoformat(),
        "sha256": knowledge.sha256,
        "overlay": None,
    }


def test_every_tree_in_the_json_is_of_the_seven_kinds(document: Any) -> None:
    kinds = {node["node"] for node in nodes(document) if "node" in node}
    assert kinds == {"is", "compare", "one_of", "not", "and", "or", "at_least"}
    deep = And((Not(Or((Is("a"), Compare("b", ">=", 2.0)))), AtLeast(1, (OneOf("c", ("x",)),))))
    assert condition_of(json.loads(json.dumps(tree(deep)))) == deep


# --- SQL ------------------------------------------------------------------------------------


def test_the_sql_text_runs_as_it_is_written(knowledge: Knowledge) -> None:
    text = call("--as", "sql", "--stage", "start").stdout
    comment = [line for line in text.splitlines() if line.startswith("--")]
    assert knowledge.sha256 in comment[0] and "stage start" in comment[0]
    query = population_query(knowledge, stage=Stage.START, techniques=tuple(Technique), limits=True)
    assert text == "\n".join([*comment, query.text]) + "\n"
    columns = staged_columns(knowledge)
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE TABLE {FACTS} ({', '.join(column.name for column in columns)})")
    connection.execute(f"INSERT INTO {FACTS} (person_id) VALUES ('nobody asked')")
    cursor = connection.execute(text)
    row = dict(zip([name for name, *_ in cursor.description], cursor.fetchone(), strict=True))
    assert row["rule_c06"] is None
    assert (row["dry_static_certain"], row["dry_static_possible"]) == ("ok", "avoid")
    assert row["open_questions"] > 50


# --- the command ----------------------------------------------------------------------------


def call(*words: str) -> Result:
    return CliRunner().invoke(ventosa, ["rules", "export", *words])


@pytest.mark.parametrize("form", FORMS)
def test_what_is_printed_is_what_is_written(
    form: str, knowledge: Knowledge, tmp_path: Path
) -> None:
    printed = call("--as", form)
    assert printed.exit_code == 0 and printed.stdout.endswith("\n")
    target = tmp_path / "rules"
    target.write_text("an older export", "utf-8")
    written = call("--as", form, "--out", str(target))
    assert written.exit_code == 0, written.output
    assert written.stdout == f"{len(knowledge.rules)} rules: {target}\n"
    assert target.read_text("utf-8") == printed.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["rules"]


def test_a_form_that_is_not_known_is_said(tmp_path: Path) -> None:
    result = call("--as", "drools", "--out", str(tmp_path / "rules"))
    assert result.exit_code == 2
    assert "'drools' is not one of 'elm', 'cql', 'sql', 'json', 'cel'" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", sorted(set(FORMS) - {"sql"}))
def test_only_the_sql_form_has_a_stage(form: str) -> None:
    result = call("--as", form, "--stage", "start")
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr == (
        f"ventosa: --stage: only the sql form decides for a stage; {form} holds both.\n"
    )


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    result = call("--as", "json", "--out", str(tmp_path / "none" / "rules.json"))
    assert result.exit_code == 2 and result.stdout == ""
    assert "cannot be written (No such folder)" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_broken_knowledge_folder_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    folder, target = tmp_path / "knowledge", tmp_path / "rules.json"
    folder.mkdir()
    (folder / "knowledge.toml").write_text("version = 3", "utf-8")
    target.write_text("an older export", "utf-8")
    result = call("--as", "json", "--knowledge", str(folder), "--out", str(target))
    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith(f"ventosa: {folder}/knowledge.toml: ")
    assert target.read_text("utf-8") == "an older export"
