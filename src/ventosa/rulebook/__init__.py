"""The knowledge as pages that a clinician can read: what a rule says, why, and its examples."""

from ventosa.knowledge.model import Knowledge, Library, Rule
from ventosa.rulebook.examples import Outcome, outcome, try_rule
from ventosa.rulebook.rule import rule_page
from ventosa.rulebook.sentences import reference_words
from ventosa.rulebook.tables import (
    adverse_events_page,
    advice_page,
    beside_page,
    cups_and_sites_page,
    evidence_page,
    facts_page,
    quantities_page,
    references_page,
    techniques_page,
)
from ventosa.terms import Decision, Technique

__all__ = ["Outcome", "outcome", "pages", "reference_words", "rule_page", "try_rule"]

_KINDS = {
    "red_flag": "Red flags",
    "condition": "Conditions",
    "site": "Skin and places",
    "reaction": "Earlier reactions",
    "practice": "Practice and the day of the session",
}


_NOTE = "<!-- Written by `ventosa rulebook` from the knowledge files; change those. -->\n"


def pages(knowledge: Knowledge, library: Library) -> dict[str, str]:
    """Return every page of the rulebook: file name to Markdown."""
    written = {"README.md": _index(knowledge)}
    for rule in knowledge.rules:
        written[f"rules/{_file_name(rule)}"] = _NOTE + rule_page(rule, knowledge)
    written["techniques.md"] = _NOTE + techniques_page(knowledge)
    written["facts.md"] = _NOTE + facts_page(knowledge)
    written["advice.md"] = _NOTE + advice_page(library)
    written["beside-the-cups.md"] = _NOTE + beside_page(library)
    written["adverse-events.md"] = _NOTE + adverse_events_page(library)
    written["cups-and-sites.md"] = _NOTE + cups_and_sites_page(library)
    written["evidence.md"] = _NOTE + evidence_page(library)
    written["quantities.md"] = _NOTE + quantities_page(knowledge)
    written["references.md"] = _NOTE + references_page(knowledge)
    return written


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
    if knowledge.overlay is not None:
        about = knowledge.overlay
        lines += ["", f"With the rules of {about.title}. On them {about.by} decides."]
    for kind, title in _KINDS.items():
        lines += ["", f"## {title}", "", f"| rule | {' | '.join(names)} |"]
        lines.append("|---" * (len(names) + 1) + "|")
        for rule in knowledge.rules:
            if rule.file.kind == kind:
                cells = " | ".join(_SIGNS[rule.effects[t].decision] for t in Technique)
                link = f"[{rule.id}](rules/{_file_name(rule)}) {rule.file.title}"
                lines.append(f"| {link} | {cells} |")
    return "\n".join(lines) + "\n"
