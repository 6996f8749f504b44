"""The other pages: techniques, facts, advice, harms, cups and sites, evidence, quantities."""

from typing import Any

from ventosa.knowledge.files import AdviceFile, SiteFile
from ventosa.knowledge.model import Fact, Knowledge, Library
from ventosa.logic import (
    Boolean,
    Choice,
    Number,
)
from ventosa.rulebook.rule import examples_table
from ventosa.rulebook.sentences import caps_words, reference_words
from ventosa.terms import DoseClass


def techniques_page(knowledge: Knowledge) -> str:
    """Return the page of techniques with their columns of doses."""
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


def facts_page(knowledge: Knowledge) -> str:
    """Return the page of facts, screen by screen."""
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


def advice_page(library: Library) -> str:
    """Return the page of advice, kind by kind."""
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


def beside_page(library: Library) -> str:
    """Return the page of what stands beside the cups."""
    lines = ["# Beside the cups", "", "No plan leaves without exercise and education.", ""]
    for entry in library.co_interventions:
        left_out = (
            f" Left out while `{entry.not_when}` is true or unknown." if entry.not_when else ""
        )
        lines.append(f"## {entry.title} ({entry.kind})")
        lines += ["", f"{entry.text} {entry.dose}.{left_out}", "", *_said_footer(entry), ""]
        if entry.example:
            lines += examples_table(entry.example)
    return "\n".join(lines)


def adverse_events_page(library: Library) -> str:
    """Return the page of harms and expected traces."""
    lines = ["# Adverse events and expected traces", ""]
    for entry in library.adverse_events:
        lines += [f"## {entry.title}", "", f"{entry.look_for} ({entry.scope}; "]
        lines[-1] += "expected)" if entry.expected else f"grade {entry.grade_from} or higher)"
        if entry.techniques is not None:
            lines[-1] += f" Technique: {', '.join(entry.techniques) or 'none on the back'}."
        lines += ["", *(f"- {act}" for act in entry.do), "", f"Then: {entry.stop_rule}", ""]
        if entry.answers is not None:
            lines += [f"One seen here answers `{entry.answers}` with yes at later visits.", ""]
        lines += [*_said_footer(entry), ""]
    return "\n".join(lines)


def cups_and_sites_page(library: Library) -> str:
    """Return the page of cups, places never cupped and named points."""
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


def evidence_page(library: Library) -> str:
    """Return the page of evidence sentences."""
    lines = ["# What the evidence says", ""]
    for entry in library.evidence:
        lines += [f"## {entry.title}", "", f"> {entry.text}", ""]
        lines += [f"Certainty: {entry.certainty}. {entry.basis}. Searched {entry.searched}.", ""]
        lines += [*_said_footer(entry), ""]
    return "\n".join(lines)


def quantities_page(knowledge: Knowledge) -> str:
    """Return the page of named quantities."""
    lines = ["# Named quantities", "", "| name | value | meaning | source |", "|---|---|---|---|"]
    for name, quantity in knowledge.quantities.items():
        carried = ", ".join(quantity.sources) or f"editorial: {quantity.editorial}"
        value = f"{quantity.value:g} {quantity.unit}".strip()
        lines.append(f"| `{name}` | {value} | {quantity.text} | {carried} |")
    return "\n".join(lines) + "\n"


def references_page(knowledge: Knowledge) -> str:
    """Return the list of references."""
    lines = ["# References", ""]
    for key, entry in knowledge.references.items():
        lines.append(f'- <a id="{key}"></a>**{key}** {reference_words(entry)}')
    return "\n".join(lines) + "\n"
