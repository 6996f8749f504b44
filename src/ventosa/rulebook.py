"""The knowledge as pages that a clinician can read: what a rule says, why, and its examples."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ventosa.knowledge.files import AdviceFile, ExampleTable, RuleFile, SiteFile
from ventosa.knowledge.loader import check_sources, read_table
from ventosa.knowledge.model import Caps, Fact, Knowledge, Library, Rule
from ventosa.knowledge.rulefile import read_rule
from ventosa.logic import (
    And,
    AtLeast,
    Boolean,
    Choice,
    Compare,
    Condition,
    Is,
    Not,
    Number,
    OneOf,
    Or,
    Truth,
    evaluate,
)
from ventosa.record import Interval, Value
from ventosa.terms import Decision, DoseClass, Technique, ZoneKind, mmhg

_KINDS = {
    "red_flag": "Red flags",
    "condition": "Conditions",
    "site": "Skin and places",
    "reaction": "Earlier reactions",
    "practice": "Practice and the day of the session",
}
_NOTE = "<!-- Written by `ventosa rulebook` from the knowledge files; change those. -->\n"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A worked example and what the condition says of it."""

    say: str
    expected: str
    found: str

    @property
    def holds(self) -> bool:
        return self.expected == self.found


def pages(knowledge: Knowledge, library: Library) -> dict[str, str]:
    """Return every page of the rulebook: file name to Markdown."""
    written = {"README.md": _index(knowledge)}
    for rule in knowledge.rules:
        written[f"rules/{_file_name(rule)}"] = _NOTE + rule_page(rule, knowledge)
    written["techniques.md"] = _NOTE + _techniques(knowledge)
    written["facts.md"] = _NOTE + _facts(knowledge)
    written["advice.md"] = _NOTE + _advice(library)
    written["beside-the-cups.md"] = _NOTE + _beside(library)
    written["adverse-events.md"] = _NOTE + _adverse_events(library)
    written["cups-and-sites.md"] = _NOTE + _cups_and_sites(library)
    written["evidence.md"] = _NOTE + _evidence(library)
    written["quantities.md"] = _NOTE + _quantities(knowledge)
    written["references.md"] = _NOTE + _references(knowledge)
    return written


def try_rule(name: str, text: str, knowledge: Knowledge) -> tuple[Rule, tuple[Outcome, ...]]:
    """Return a rule file as a rule, with the outcome of its worked examples.

    Raises:
        KnowledgeError: names the file and the field.
    """
    file = read_table(name, text, RuleFile)
    check_sources(name, "sources", file.sources, file.editorial, knowledge.references)
    rule = read_rule(name, file, knowledge.facts, knowledge.techniques)
    return rule, tuple(outcome(rule.when, example, knowledge) for example in file.example)


def outcome(when: Condition, example: ExampleTable, knowledge: Knowledge) -> Outcome:
    """Return what a condition says of a worked example."""
    found = _word(evaluate(when, example_facts(example, knowledge)))
    return Outcome(example.say, example.result, found)


def example_facts(example: ExampleTable, knowledge: Knowledge) -> dict[str, Value]:
    """Return the facts of a worked example, its drawn zones among them."""
    facts = {key: _value(value) for key, value in example.facts.items()}
    if example.zones is None:
        return facts
    facts["zones_recorded"] = True
    for kind in ZoneKind:
        parents = knowledge.settling.places.get(kind, ())
        if kind in example.zones:
            facts[f"zone_{kind}"] = True
        elif all(facts.get(parent) is False for parent in parents):
            facts[f"zone_{kind}"] = False
    return facts


def _value(value: Any) -> Value:
    if isinstance(value, dict):
        return Interval(float(value["low"]), float(value["high"]))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Interval(float(value), float(value))
    return value  # type: ignore[no-any-return]


def _word(truth: Truth) -> str:
    return {True: "true", False: "false", None: "unknown"}[truth]


# --- one rule -------------------------------------------------------------------------------


def rule_page(rule: Rule, knowledge: Knowledge) -> str:
    """Return a rule's page as Markdown."""
    file = rule.file
    lines = [f"# {file.id}: {file.title}", "", file.because, ""]
    lines += [f"**Holds when** {say(rule.when, knowledge.facts)}.", "", f"`{file.when}`", ""]
    if rule.red_flag is not None:
        within = f", within: {rule.red_flag.within}" if rule.red_flag.within else ""
        clear = "clearable by a recorded assessment" if rule.red_flag.clearable else "not clearable"
        lines += [f"**Red flag**: {rule.red_flag.urgency}{within}; {clear}.", ""]
    lines += _effects(rule, knowledge)
    if rule.closes or rule.closes_drawn:
        closed = [_zone_words(zone) for zone in rule.closes]
        closed += [
            f"drawn zones of the kind {kind.replace('_', ' ')}" for kind in rule.closes_drawn
        ]
        lines += ["**Closes** " + "; ".join(sorted(closed)) + ".", ""]
    if file.excludes:
        lines += [f"**Excludes** {', '.join(file.excludes)}.", ""]
    if file.clearance is not None:
        lines += [f"**Cleared by** {file.clearance.by}.", ""]
    if file.advice:
        lines += ["**Advice**", "", *(f"- {text}" for text in file.advice), ""]
    if file.differs:
        lines += [f"**Differs from its table row**: {file.differs}", ""]
    if file.implied_by:
        lines += [f"**Implied by** {file.implied_by}", ""]
    lines += _examples(file.example)
    return "\n".join([*lines, *_footer(file.sources, file.editorial, file.strength)]) + "\n"


def _effects(rule: Rule, knowledge: Knowledge) -> list[str]:
    lines = ["| technique | decision | cleared | caps |", "|---|---|---|---|"]
    for technique, effect in rule.effects.items():
        cleared = str(effect.cleared) if effect.cleared is not effect.decision else ""
        name = knowledge.techniques[technique].file.name
        capped = effect.caps is not None and effect.cleared < Decision.AVOID
        caps = caps_words(effect.caps, technique) if capped and effect.caps else ""
        lines.append(f"| {name} | {effect.decision} | {cleared} | {caps} |")
    return [*lines, ""]


def caps_words(caps: Caps, technique: Technique) -> str:
    """Return caps in words: kPa with mmHg, minutes, cups, times."""
    passes = "passes" if technique is Technique.MOVING else "times"
    parts = [
        f"{caps.suction_kpa:g} kPa ({mmhg(caps.suction_kpa)} mmHg)" if caps.suction_kpa else "",
        f"{caps.retention_min:g} min" if caps.retention_min is not None else "",
        f"{caps.cups} {'cup' if caps.cups == 1 else 'cups'}" if caps.cups is not None else "",
        f"{caps.repetitions} {passes}" if caps.repetitions is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _zone_words(zone: Any) -> str:
    lateral = ""
    if zone.lateral_from_mm is not None:
        lateral = f", from {zone.lateral_from_mm:g} mm beside the midline outwards"
    to = "the tail bone" if zone.to_level == "S4" else zone.to_level
    return f"{zone.from_level} to {to}, {zone.side}{lateral}"


def _examples(examples: Sequence[ExampleTable]) -> list[str]:
    lines = ["**Worked examples**", "", "| example | answers | holds |", "|---|---|---|"]
    for example in examples:
        given = [f"{key} = {_plain(value)}" for key, value in example.facts.items()]
        if example.zones is not None:
            given.append(f"drawn: {', '.join(example.zones) or 'nothing'}")
        lines.append(f"| {example.say} | {'; '.join(given) or 'not asked'} | {example.result} |")
    return [*lines, ""]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return f"{value['low']} to {value['high']}"
    return str(value)


def _footer(sources: Sequence[str], editorial: str | None, strength: int | None) -> list[str]:
    lines = []
    if strength is not None:
        lines += [f"Strength {strength} of 3."]
    if sources:
        lines += [
            "Sources: " + ", ".join(f"[{key}](../references.md#{key})" for key in sources) + "."
        ]
    if editorial:
        lines += [f"Editorial: {editorial}"]
    return lines


def say(condition: Condition, facts: Mapping[str, Fact]) -> str:
    """Return a condition in words, with the questions it rests on."""
    match condition:
        case Is(fact):
            return f"“{facts[fact].question}” is yes"
        case Not(Is(fact)):
            return f"“{facts[fact].question}” is no"
        case Not(term):
            return f"not ({say(term, facts)})"
        case Compare(fact, operator, literal):
            words = _OPERATORS[operator]
            number = f"{literal:g}" if isinstance(literal, float) else str(literal)
            unit = _UNITS.get(facts[fact].unit, facts[fact].unit)
            shown = f"{number} {unit}".strip()
            return f"{_NAMES.get(fact, fact.replace('_', ' '))} {words} {shown}"
        case OneOf(fact, literals):
            listed = " or ".join(f"{x:g}" if isinstance(x, float) else x for x in literals)
            return f"“{facts[fact].question}” is {listed}"
        case And(terms):
            return " and ".join(_grouped(term, facts) for term in terms)
        case Or(terms):
            return " or ".join(_grouped(term, facts) for term in terms)
        case AtLeast(count, terms):
            return f"at least {count} of: " + "; ".join(say(term, facts) for term in terms)


def _grouped(term: Condition, facts: Mapping[str, Fact]) -> str:
    return f"({say(term, facts)})" if isinstance(term, And | Or | AtLeast) else say(term, facts)


_OPERATORS = {
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
    "==": "is",
    "!=": "is not",
}
_UNITS = {"year": "", "week": "weeks", "month": "months", "session": "", "1": ""}
_NAMES = {"age_years": "age", "onset_age_years": "age when the pain first began"}


# --- the other pages ------------------------------------------------------------------------


def _file_name(rule: Rule) -> str:
    return f"{rule.id.lower()}.md"


_SIGNS = {
    Decision.OK: "ok",
    Decision.MODIFY: "modify",
    Decision.REFER: "**refer**",
    Decision.AVOID: "**AVOID**",
}


def _index(knowledge: Knowledge) -> str:
    names = [knowledge.techniques[t].file.name for t in Technique]
    lines = [
        _NOTE + "# Rulebook",
        "",
        f"Knowledge {knowledge.version}, reviewed {knowledge.reviewed}, "
        f"{len(knowledge.rules)} rules. Every rule has a page with its condition, effect, sources, "
        "and worked examples that run as tests. What is unknown counts as the gravest it could be.",
        "",
        "[Techniques and doses](techniques.md) · [Facts](facts.md) · [Advice](advice.md) · "
        "[Beside the cups](beside-the-cups.md) · [Adverse events](adverse-events.md) · "
        "[Cups and sites](cups-and-sites.md) · [Evidence](evidence.md) · "
        "[Quantities](quantities.md) · [References](references.md)",
    ]
    for kind, title in _KINDS.items():
        lines += ["", f"## {title}", "", f"| rule | {' | '.join(names)} |"]
        lines.append("|---" * (len(names) + 1) + "|")
        for rule in knowledge.rules:
            if rule.file.kind == kind:
                cells = " | ".join(_SIGNS[rule.effects[t].decision] for t in Technique)
                link = f"[{rule.id}](rules/{_file_name(rule)}) {rule.file.title}"
                lines.append(f"| {link} | {cells} |")
    return "\n".join(lines) + "\n"


def _techniques(knowledge: Knowledge) -> str:
    lines = ["# Techniques and doses", ""]
    for technique, table in knowledge.techniques.items():
        file = table.file
        lines += [f"## {file.name}", "", f"{file.how} STRICTOC: {file.strictoc}.", ""]
        lines += ["| column | caps |", "|---|---|"]
        stop = caps_words(table.hard_stop, technique)
        lines.append(f"| hard stop (an override reaches no further) | {stop} |")
        for column in DoseClass:
            caps = table.columns[column]
            words = "avoid" if caps is None else caps_words(caps, technique)
            lines.append(f"| {column} | {words} |")
        lines += ["", *(f"- {note}" for note in file.notes), "", *_said_footer(file), ""]
    return "\n".join(lines)


def _facts(knowledge: Knowledge) -> str:
    lines = ["# Facts", "", "| id | question | answers | riskier | who knows | holds | stage |"]
    lines.append("|---|---|---|---|---|---|---|")
    for group in sorted(knowledge.groups.values(), key=lambda g: g.order):
        for fact in knowledge.facts.values():
            if fact.group == group.id and fact.zone is None:
                lines.append(
                    f"| `{fact.id}` | {fact.question} | {_answers(fact)} | {_riskier(fact)} | "
                    f"{fact.who} | {fact.holds} | {fact.stage} |"
                )
    return "\n".join(lines) + "\n"


def _answers(fact: Fact) -> str:
    match fact.type:
        case Boolean():
            return "yes, no"
        case Choice(words):
            return ", ".join(words)
        case Number(low, high):
            return f"{low:g} to {high:g} {fact.unit}".strip()


def _riskier(fact: Fact) -> str:
    return {True: "yes", False: "no", None: ""}.get(fact.riskier, str(fact.riskier))  # type: ignore[arg-type]


def _said_footer(file: Any) -> list[str]:
    lines = []
    if file.sources:
        keys = ", ".join(f"[{key}](references.md#{key})" for key in file.sources)
        lines.append(f"Sources: {keys}.")
    if file.editorial:
        lines.append(f"Editorial: {file.editorial}")
    return lines


def _advice(library: Library) -> str:
    lines = ["# Advice", ""]
    for kind in dict.fromkeys(entry.kind for entry in library.advice):
        lines += [f"## {kind.replace('_', ' ').capitalize()}", ""]
        for entry in library.advice:
            if entry.kind == kind:
                lines += _advice_lines(entry)
    return "\n".join(lines) + "\n"


def _advice_lines(entry: AdviceFile) -> list[str]:
    scope: list[str] = [entry.audience]
    if entry.techniques:
        scope.append("only " + ", ".join(entry.techniques))
    if entry.when:
        scope.append(f"when `{entry.when}`")
    myth = f" Myth: “{entry.myth}”" if entry.myth else ""
    said = " ".join(_said_footer(entry))
    return [f"- **{entry.title}**.{myth} {entry.text} ({'; '.join(scope)}) {said}"]


def _beside(library: Library) -> str:
    lines = ["# Beside the cups", "", "No plan leaves without exercise and education.", ""]
    for entry in library.co_interventions:
        left_out = (
            f" Left out while `{entry.not_when}` is true or unknown." if entry.not_when else ""
        )
        lines.append(f"## {entry.title} ({entry.kind})")
        lines += ["", f"{entry.text} {entry.dose}.{left_out}", "", *_said_footer(entry), ""]
        if entry.example:
            lines += _examples(entry.example)
    return "\n".join(lines)


def _adverse_events(library: Library) -> str:
    lines = ["# Adverse events and expected traces", ""]
    for entry in library.adverse_events:
        lines += [f"## {entry.title}", "", f"{entry.look_for} ({entry.scope}; "]
        lines[-1] += "expected)" if entry.expected else f"grade {entry.grade_from} or higher)"
        lines += ["", *(f"- {act}" for act in entry.do), "", f"Then: {entry.stop_rule}", ""]
        lines += [*_said_footer(entry), ""]
    return "\n".join(lines)


def _cups_and_sites(library: Library) -> str:
    lines = ["# Cups and sites", "", "## Cups", ""]
    for kind, cup in library.cups.items():
        lines += [f"### {cup.title} (`{kind}`)", "", cup.how, ""]
        lines += [
            f"Suction known as: {', '.join(cup.suction_known_as)}.",
            "",
            *_said_footer(cup),
            "",
        ]
    lines += ["## Never cupped", ""]
    lines += [
        f"- **{site.title}** ({site.id}): {site.text} {' '.join(_said_footer(site))}"
        for site in library.sites
        if site.kind == "never"
    ]
    lines += ["", "## Named points", "", "| point | level | back-cun | |", "|---|---|---|---|"]
    lines += [
        f"| {site.id} | {site.level or ''} | {_cun(site)} | {site.text} "
        f"{' '.join(_said_footer(site))} |"
        for site in library.sites
        if site.kind == "point"
    ]
    return "\n".join(lines) + "\n"


def _cun(site: SiteFile) -> str:
    return "" if site.cun_lateral is None else f"{site.cun_lateral:g}"


def _evidence(library: Library) -> str:
    lines = ["# What the evidence says", ""]
    for entry in library.evidence:
        lines += [f"## {entry.title}", "", f"> {entry.text}", ""]
        lines += [f"Certainty: {entry.certainty}. {entry.basis}. Searched {entry.searched}.", ""]
        lines += [*_said_footer(entry), ""]
    return "\n".join(lines)


def _quantities(knowledge: Knowledge) -> str:
    lines = ["# Named quantities", "", "| name | value | meaning | source |", "|---|---|---|---|"]
    for name, quantity in knowledge.quantities.items():
        carried = ", ".join(quantity.sources) or f"editorial: {quantity.editorial}"
        value = f"{quantity.value:g} {quantity.unit}".strip()
        lines.append(f"| `{name}` | {value} | {quantity.text} | {carried} |")
    return "\n".join(lines) + "\n"


def _references(knowledge: Knowledge) -> str:
    lines = ["# References", ""]
    for key, entry in knowledge.references.items():
        lines.append(f'- <a id="{key}"></a>**{key}** {reference_words(entry)}')
    return "\n".join(lines) + "\n"


def reference_words(entry: Mapping[str, Any]) -> str:
    """Return a CSL-JSON entry as one line of text."""
    parts: Iterable[str] = (
        _authors(entry),
        str(entry.get("title", "")),
        str(entry.get("container-title", "")),
        _year(entry),
        f"doi:{entry['DOI']}" if entry.get("DOI") else str(entry.get("URL", "")),
        f"({entry['note']})" if entry.get("note") else "",
    )
    return ". ".join(part for part in parts if part)


def _authors(entry: Mapping[str, Any]) -> str:
    names = [a.get("literal") or a.get("family", "") for a in entry.get("author", ())]
    return ", ".join(name for name in names if name)


def _year(entry: Mapping[str, Any]) -> str:
    parts = entry.get("issued", {}).get("date-parts", [[]])
    return str(parts[0][0]) if parts and parts[0] else ""
