"""The shipped knowledge reproduces the second set of hand-transcribed tables.

What a rule closes, excludes and caps and who may clear it; the doses of every technique; the named
numbers; what the facts are; how answers settle each other. ``closed.md`` says what each column
means and where it was read. Nothing in the project generates these tables.
"""

import csv
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import MappingProxyType

from test_matrix import _value

from people import TODAY, disc, person, plain
from ventosa.knowledge import ZONES_RECORDED, Knowledge
from ventosa.knowledge.files import CapsTable
from ventosa.knowledge.model import Caps, Fact, Rule, TechniqueTable
from ventosa.logic import Boolean, Choice, FactType, Truth, evaluate
from ventosa.record import (
    Answers,
    Clearance,
    Complaint,
    Interval,
    PatientRecord,
    Reading,
    Value,
    Zone,
)
from ventosa.screening import consider, settle
from ventosa.screening.decision import decide, urgency, usual_caps
from ventosa.terms import Decision, DoseClass, Technique, Urgency

Row = Mapping[str, str]


@cache
def table(name: str) -> tuple[Row, ...]:
    with (Path(__file__).parent / f"{name}.csv").open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


def compared(key: str, rows: Iterable[Row], found: Mapping[str, Row]) -> list[str]:
    """Every difference between the rows of a table, by their key, and what the program holds.

    Only the columns that the program's side names are compared.
    """
    wanted = {row[key]: row for row in rows}
    wrong = [f"{name}: the program has none" for name in wanted.keys() - found.keys()]
    for name, mine in found.items():
        if name not in wanted:
            wrong.append(f"{name}: the table has none")
            continue
        wrong += [
            f"{name} {column}: table {wanted[name][column]!r}, program {value!r}"
            for column, value in mine.items()
            if wanted[name][column] != value
        ]
    return sorted(wrong)


# --- rules ----------------------------------------------------------------------------------


def rule_differences(rules: Iterable[Rule]) -> list[str]:
    """What rules close, exclude, cap and say, and who may clear them."""
    return compared("rule", table("closed"), {rule.id: rule_row(rule) for rule in rules})


def rule_row(rule: Rule) -> Row:
    flag, file = rule.red_flag, rule.file
    clearable = flag.clearable if flag else file.clearance is not None
    return {
        "closes": " | ".join(zone_text(zone) for zone in rule.closes),
        "closes_drawn": " ".join(sorted(rule.closes_drawn)),
        "excludes": " ".join(sorted(rule.excludes)),
        "clearable": "yes" if clearable else "no",
        "covers": " ".join(sorted(rule.covers)),
        "caps": "" if file.caps is None else caps_text(file.caps),
        "urgency": str(flag.urgency) if flag else "",
        "within": (flag.within or "") if flag else "",
        "posture": file.posture or "",
        "prefers": file.prefers or "",
    }


def zone_text(zone: Zone) -> str:
    first, last = zone.from_level, zone.to_level
    text = f"{first} {zone.side}" if first == last else f"{first}-{last} {zone.side}"
    if zone.lateral_from_mm is not None:
        text += f" from {zone.lateral_from_mm:g}"
    return text if zone.lateral_to_mm is None else f"{text} to {zone.lateral_to_mm:g}"


def caps_text(caps: CapsTable) -> str:
    if caps.dose_class is not None:
        return caps.dose_class
    named = (
        (caps.suction_kpa, "kPa"),
        (caps.retention_min, "min"),
        (caps.kpa_min, "kPa·min"),
        (caps.cups, "cups"),
        (caps.repetitions, "repetitions"),
    )
    return " ".join(f"{value:g} {unit}" for value, unit in named if value is not None)


def test_every_rule_closes_excludes_and_is_cleared_as_the_table_says(knowledge: Knowledge) -> None:
    assert rule_differences(knowledge.rules) == []


# --- doses and numbers ----------------------------------------------------------------------


def dose_differences(knowledge: Knowledge) -> list[str]:
    """The columns of every technique, its hard stop, and the product that it keeps."""
    rows = [row | {"dose": f"{row['technique']} {row['column']}"} for row in table("doses")]
    found = {
        f"{technique} {column}": dose_row(caps)
        for technique, doses in knowledge.techniques.items()
        for column, caps in columns_of(doses).items()
    }
    for technique in Technique:
        found[f"{technique} usual"] |= {
            "kpa_min": number_text(usual_caps(knowledge, technique).kpa_min)
        }
    return compared("dose", rows, found) + compared(
        "technique",
        table("techniques"),
        {t: technique_row(doses) for t, doses in knowledge.techniques.items()},
    )


def columns_of(doses: TechniqueTable) -> Mapping[str, Caps | None]:
    return {"hard_stop": doses.hard_stop} | {str(c): doses.columns[c] for c in DoseClass}


def dose_row(caps: Caps | None) -> dict[str, str]:
    if caps is None:
        return {"suction_kpa": "avoid"}
    return {
        "suction_kpa": number_text(caps.suction_kpa),
        "retention_min": number_text(caps.retention_min),
        "cups": number_text(caps.cups),
        "repetitions": number_text(caps.repetitions),
    }


def technique_row(doses: TechniqueTable) -> Row:
    return {
        "suction": doses.file.suction,
        "static": "yes" if doses.file.static else "no",
        "regions": number_text(doses.file.regions),
    }


def number_text(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"


def number_differences(knowledge: Knowledge) -> list[str]:
    """The named numbers of the field."""
    rows = [row | {"value": f"{float(row['value']):g}"} for row in table("numbers")]
    found = {
        name: {"value": f"{quantity.value:g}", "unit": quantity.unit}
        for name, quantity in knowledge.quantities.items()
    }
    return compared("name", rows, found)


def test_every_technique_has_the_doses_of_the_table(knowledge: Knowledge) -> None:
    assert dose_differences(knowledge) == []


def test_every_named_number_is_that_of_the_table(knowledge: Knowledge) -> None:
    assert number_differences(knowledge) == []


# --- facts ----------------------------------------------------------------------------------


def fact_differences(facts: Iterable[Fact]) -> list[str]:
    """What every fact is; those that the map answers stand in no table."""
    asked = [fact for fact in facts if fact.zone is None and fact.id != ZONES_RECORDED]
    return compared("fact", table("facts"), {fact.id: fact_row(fact) for fact in asked})


def fact_row(fact: Fact) -> Row:
    riskier = str(fact.riskier).lower() if isinstance(fact.riskier, bool) else fact.riskier
    return {
        **type_row(fact.type, fact.unit),
        "riskier": riskier or "",
        "group": fact.group,
        "who_knows": fact.who,
        "holds": fact.holds,
        "stage": str(fact.stage),
        "detail_of": fact.detail_of or "",
        "sensitive": "yes" if fact.sensitive else "",
    }


def type_row(kind: FactType, unit: str) -> Row:
    match kind:
        case Boolean():
            return {"type": "boolean", "unit_or_values": ""}
        case Choice(words):
            return {"type": "choice", "unit_or_values": "|".join(words)}
    return {"type": "number", "unit_or_values": f"{unit} {kind.low:g}-{kind.high:g}"}


def test_every_fact_is_that_of_the_table(knowledge: Knowledge) -> None:
    assert fact_differences(knowledge.facts.values()) == []


# --- how answers settle each other ----------------------------------------------------------


def settled_differences(knowledge: Knowledge) -> list[str]:
    """What answers and a record become, which screens appear, who is outside the trials."""
    found = {row["case"]: {"becomes": becomes(knowledge, row)} for row in table("settled")}
    return compared("case", table("settled"), found)


def becomes(knowledge: Knowledge, row: Row) -> str:
    settled = settle(bare_answers(row["given"]), bare_record(row["record"]), knowledge, TODAY)
    what, _, name = row["about"].rpartition(" ")
    if what == "screen":
        only_if = knowledge.groups[name].only_if
        return truth_text(True if only_if is None else evaluate(only_if, settled.values))
    if what == "outside":
        whens = [group.when for group in knowledge.outside if group.id == name]
        return truth_text(evaluate(whens[0], settled.values)) if whens else "nothing"
    if what == "resolves":
        said = knowledge.settling.resolved_by.get(name, "")
        return row["becomes"] if row["becomes"] in said else said
    return value_text(settled.values.get(name))


def bare_answers(given: str) -> Answers:
    """These answers and no others; ``zones:none`` says that nothing was found on the back."""
    facts: dict[str, Value | None] = {}
    zones: tuple[Zone, ...] | None = None
    for part in given.split(" & "):
        fact, _, word = part.partition("=")
        if word:
            facts[fact] = plain(_value(word))
        else:
            kind = part.removeprefix("zone:")
            zones = () if part == "zones:none" else (disc(kind),)
    return Answers(answered_on=TODAY, facts=MappingProxyType(facts), zones=zones)


def bare_record(given: str) -> PatientRecord | None:
    if not given:
        return None
    fact, _, word = given.partition("=")
    value = plain(_value(word))
    assert value is not None
    return PatientRecord("a record", readings=(Reading(fact, value, "Observation/1", TODAY),))


def value_text(value: Value | None) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return truth_text(value)
        case Interval(low, high):
            return f"{low:g}" if low == high else f"{low:g}..{high:g}"
    return value


def truth_text(truth: Truth) -> str:
    return "unknown" if truth is None else str(truth).lower()


def test_answers_settle_each_other_as_the_table_says(knowledge: Knowledge) -> None:
    assert settled_differences(knowledge) == []


# --- whose word opens what ------------------------------------------------------------------


def word_differences(knowledge: Knowledge, facts: Set[str] | None = None) -> list[str]:
    """What one doctor's word opens and what it leaves; what holds while an answer is open.

    With ``facts`` only the rows that name one of them are looked at.
    """
    rows = [row | {"row": f"{row['case']}, {row['about']}"} for row in table("words")]
    if facts is not None:
        rows = [row for row in rows if facts & given_facts(row)]
    found = {row["row"]: {"becomes": opened(knowledge, row)} for row in rows}
    return compared("row", rows, found)


def given_facts(row: Row) -> set[str]:
    return {part.partition("=")[0] for part in row["given"].split(" & ")}


def opened(knowledge: Knowledge, row: Row) -> str:
    facts = {}
    for part in row["given"].split(" & "):
        fact, _, word = part.partition("=")
        low, _, high = word.partition("..")
        facts[fact] = Interval(float(low), float(high)) if high else _value(word)
    words = filter(None, row["words"].split(" & "))
    answers = replace(
        person(knowledge, facts),
        clearances=tuple(Clearance(covers, "a doctor", TODAY) for covers in words),
        complaint=Complaint(onset_date=TODAY),
    )
    standing = consider(answers, None, knowledge, on=TODAY).standing
    what, _, detail = row["about"].partition(" ")
    if what == "finding":
        held = [one for one in standing if one.rule.id == detail]
        return str(held[0].state(None)) if held else "none"
    if what == "urgency":
        return interval_text(*urgency(standing))
    verdict = decide(knowledge, Technique(what), standing)
    if detail:
        return number_text(getattr(verdict.caps, detail))
    return interval_text(verdict.certain, verdict.possible)


def interval_text(certain: Decision | Urgency, possible: Decision | Urgency) -> str:
    return str(certain) if certain == possible else f"{certain}..{possible}"


def test_a_word_opens_what_the_table_says(knowledge: Knowledge) -> None:
    assert word_differences(knowledge) == []
