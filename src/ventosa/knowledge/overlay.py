"""A clinic's own rules, laid over the shipped knowledge (``docs/overlay.md``).

An overlay adds facts and rules, replaces a rule, lowers numbers and closes places. Here its files
are checked as strictly as the shipped ones. That it never loosens is proved by the door that uses
it; only the hard stop, which no screening shows, is compared here.
"""

import hashlib
import math
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from ventosa.knowledge.closed import CLOSED, closing_rules
from ventosa.knowledge.facts import added_groups, facts_of_table
from ventosa.knowledge.files import DoseTable, LoweredTable, OverlayFile, RuleFile, TechniqueFile
from ventosa.knowledge.folder import (
    DATA,
    REFERENCES,
    check_sources,
    entries_of,
    read_folder,
    references_of,
    table_of,
)
from ventosa.knowledge.model import Fact, Knowledge, Rule, TechniqueTable
from ventosa.knowledge.rulefile import read_rule
from ventosa.logic import facts_of, text_of
from ventosa.record import KnowledgeError
from ventosa.terms import Technique

_ABOUT, _FACTS, _GROUPS, _LIMITS = "overlay.toml", "facts.csv", "groups.toml", "limits.toml"
_FILES = frozenset({_ABOUT, _FACTS, _GROUPS, _LIMITS, CLOSED, REFERENCES})
_TWO_WORDS = re.compile(r"(?!current_|session_user$|system_user$)[a-z0-9]+(_[a-z0-9]+)+")
"""Names that are no word of the languages that the rules are exported to, SQL first of all."""

_RULE = re.compile(r"rules/[^/.][^/]*\.toml")


def overlaid(shipped: Knowledge, folder: Path) -> Knowledge:
    """Return knowledge with the overlay of a folder laid over it.

    Raises:
        KnowledgeError: names the file and the field.
    """
    try:
        return _overlaid(shipped, folder)
    except KnowledgeError as error:
        if error.file == str(folder):
            raise
        raise KnowledgeError(str(folder / error.file), error.where, error.problem) from None


def _overlaid(shipped: Knowledge, folder: Path) -> Knowledge:
    texts, digest = _read(folder)
    about = table_of(texts, _ABOUT, OverlayFile)
    facts = {**shipped.facts, **_added_facts(texts, shipped)}
    groups = {**shipped.groups, **added_groups(texts, facts, shipped.groups)}
    draft = replace(
        shipped,
        version=f"{shipped.version}+{about.id} {about.version}",
        reviewed=min(shipped.reviewed, about.reviewed),
        sha256=hashlib.sha256(f"{shipped.sha256} {digest}".encode()).hexdigest(),
        facts=MappingProxyType(facts),
        groups=MappingProxyType(groups),
        techniques=MappingProxyType(_lowered(texts, shipped.techniques)),
        references=MappingProxyType({**shipped.references, **_added_references(texts, shipped)}),
        texts=MappingProxyType({**shipped.texts, **{f"overlay/{n}": texts[n] for n in texts}}),
        overlay=about,
    )
    _check_screens(draft, shipped)
    own = (*_own_rules(texts, draft), *closing_rules(texts, draft, about))
    if not own and draft.techniques == shipped.techniques:
        raise KnowledgeError(_ABOUT, "", "no rule, limit or closed place stands beside it")
    _check_asked(draft, shipped, own)
    rules = _merged(_reread(shipped, draft), own)
    return draft.with_rules(rules)


# --- the files of the folder -----------------------------------------------------------------


def _read(folder: Path) -> tuple[dict[str, str], str]:
    """The texts and their hash. A name that no overlay has is refused, not passed over."""
    names = {name for name in _names(folder) if not _stands_beside(name)}
    unknown = {name for name in names if name not in _FILES and not _RULE.fullmatch(name)}
    texts, digest = ({}, "") if unknown else read_folder(folder)
    for name in sorted(unknown or set(texts) - names):
        raise KnowledgeError(name, "", "is not a file of an overlay")
    for name in sorted(names - set(texts)):
        raise KnowledgeError(name, "", "cannot be read")
    return texts, digest


def _names(folder: Path) -> list[str]:
    try:
        names = [path.name for path in folder.iterdir()]
        if (folder / "rules").is_dir():
            names.remove("rules")
            names += [f"rules/{path.name}" for path in (folder / "rules").iterdir()]
    except OSError as error:
        problem = f"is not a folder that can be read ({error.strerror})"
        raise KnowledgeError(str(folder), "", problem) from None
    return names


def _stands_beside(name: str) -> bool:
    """A word to the reader, or a hidden file that is no data."""
    hidden = name.rpartition("/")[2].startswith(".")
    return name == "README.md" or (hidden and not name.endswith(DATA))


def _added_facts(texts: Mapping[str, str], shipped: Knowledge) -> dict[str, Fact]:
    if _FACTS not in texts:
        return {}
    facts = facts_of_table(texts, shipped.facts)
    for fact in facts.values():
        if not _TWO_WORDS.fullmatch(fact.id):
            problem = "is one word or a word of SQL: write two or more, as in back_cream"
            raise KnowledgeError(_FACTS, fact.id, problem)
        if fact.holds == "visit":
            # Its "no" would be renewed by a sentence that does not name it.
            problem = "holds visit: write today, for no sentence of a repeat visit asks it"
            raise KnowledgeError(_FACTS, fact.id, problem)
    return facts


def _added_references(texts: Mapping[str, str], shipped: Knowledge) -> dict[str, Any]:
    if REFERENCES not in texts:
        return {}
    references = references_of(texts)
    for key in references:
        if key in shipped.references:
            raise KnowledgeError(REFERENCES, key, "is shipped; an overlay adds references only")
    return references


# --- numbers ---------------------------------------------------------------------------------


def _lowered(
    texts: Mapping[str, str], shipped: Mapping[Technique, TechniqueTable]
) -> dict[Technique, TechniqueTable]:
    lowered = dict(shipped)
    tables = table_of(texts, _LIMITS, dict[str, LoweredTable]) if _LIMITS in texts else {}
    for word, table in tables.items():
        if word not in Technique.__members__.values():
            raise KnowledgeError(_LIMITS, word, "is not a technique")
        file = shipped[Technique(word)].file
        lowered[Technique(word)] = TechniqueTable.of(_lowered_file(file, table))
    return lowered


_COLUMNS = ("hard_stop", "usual", "start", "least")


def _lowered_file(file: TechniqueFile, table: LoweredTable) -> TechniqueFile:
    columns = {
        column: _lowered_dose(f"{file.id}.{column}", getattr(file, column), dose)
        for column in _COLUMNS
        if (dose := getattr(table, column)) is not None
    }
    changed = msgspec.structs.replace(file, **columns)
    _check_hard_stop(file.hard_stop, changed)
    return changed


def _lowered_dose(where: str, shipped: DoseTable | None, dose: DoseTable) -> DoseTable:
    if shipped is None:
        raise KnowledgeError(_LIMITS, where, "has no numbers: the technique is avoided there")
    numbers = {q: v for q, v in msgspec.structs.asdict(dose).items() if v is not None}
    for quantity, value in numbers.items():
        if getattr(shipped, quantity) is None:
            raise KnowledgeError(_LIMITS, f"{where}.{quantity}", "has no meaning there")
        if not (math.isfinite(value) and value > 0):
            raise KnowledgeError(_LIMITS, f"{where}.{quantity}", "is not a number above 0")
    return msgspec.structs.replace(shipped, **numbers)


def _check_hard_stop(shipped: DoseTable, file: TechniqueFile) -> None:
    for quantity, stop in msgspec.structs.asdict(file.hard_stop).items():
        if stop is None:
            continue
        held = getattr(shipped, quantity)
        if stop > held:
            where = f"{file.id}.hard_stop.{quantity}"
            raise KnowledgeError(_LIMITS, where, f"lies above the shipped hard stop of {held:g}")
        for column in _COLUMNS:
            value = getattr(getattr(file, column), quantity, None)
            if value is not None and value > stop:
                problem = f"{value:g} lies above the hard stop of {stop:g}"
                raise KnowledgeError(_LIMITS, f"{file.id}.{column}.{quantity}", problem)


# --- rules -----------------------------------------------------------------------------------


def _own_rules(texts: Mapping[str, str], draft: Knowledge) -> tuple[Rule, ...]:
    if not any(name.startswith("rules/") for name in texts):
        return ()
    rules = []
    for name, file in entries_of(texts, "rules", RuleFile):
        check_sources(name, "sources", file.sources, file.editorial, draft.references)
        rule = read_rule(name, file, draft.facts, draft.techniques)
        _check_appears(name, rule, draft)
        rules.append(rule)
    return tuple(rules)


def _check_appears(name: str, rule: Rule, draft: Knowledge) -> None:
    """A fact on a screen that appears for some only stays unknown for all others, so the rule
    must rest on what makes the screen appear."""
    read = set(facts_of(rule.when))
    for fact_id in sorted(read):
        only_if = draft.groups[draft.facts[fact_id].group].only_if
        if only_if is None or fact_id in facts_of(only_if):
            continue
        if not set(facts_of(only_if)) <= read:
            problem = f"{fact_id} is asked only if {text_of(only_if)}: the rule must say so too"
            raise KnowledgeError(name, "when", problem)


def _reread(shipped: Knowledge, draft: Knowledge) -> tuple[Rule, ...]:
    """The shipped rules under the lowered numbers."""
    if draft.techniques == shipped.techniques:
        return shipped.rules
    return tuple(
        read_rule(rule.id, rule.file, draft.facts, draft.techniques) for rule in shipped.rules
    )


def _merged(shipped: tuple[Rule, ...], own: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """A rule with a shipped id takes its place; the others follow."""
    rules = {rule.id: rule for rule in shipped}
    names = {_column(rule): rule.id for rule in shipped}
    mine: set[str] = set()
    for rule in own:
        other = names.setdefault(_column(rule), rule.id)
        if other != rule.id or other in mine:
            raise KnowledgeError("rules/", rule.id, f"is too like {other!r}, which is used")
        mine.add(rule.id)
        if rule.id in rules:
            _check_said(rules[rule.id], rule)
        rules[rule.id] = rule
    return tuple(rules.values())


def _check_said(shipped: Rule, own: Rule) -> None:
    """What a rule says beside what it decides: no proof sees it, so it stays as shipped.

    Advice may be added to; how soon a doctor must look may only change with a graver urgency.
    """
    was, now = shipped.file, own.file
    kept = {"posture": (was.posture, now.posture), "prefers": (was.prefers, now.prefers)}
    if was.clearance is not None and now.clearance is not None:
        kept["clearance.by"] = (was.clearance.by, now.clearance.by)
    flags = shipped.red_flag, own.red_flag
    if flags[0] is not None and flags[1] is not None and flags[1].urgency <= flags[0].urgency:
        kept["red_flag.within"] = (flags[0].within, flags[1].within)
    for name, (before, after) in kept.items():
        if before is not None and before != after:
            raise KnowledgeError("rules/", f"{own.id}.{name}", f"stays as shipped: {before!r}")
    if not set(was.advice) <= set(now.advice):
        raise KnowledgeError("rules/", f"{own.id}.advice", "keeps every sentence that is shipped")


def _column(rule: Rule) -> str:
    """What a rule is called where capitals and hyphens do not count: a page, a column."""
    return rule.id.lower().replace("-", "_")


# --- questions -------------------------------------------------------------------------------


def _added(draft: Knowledge, shipped: Knowledge) -> tuple[Fact, ...]:
    return tuple(fact for fact in draft.facts.values() if fact.id not in shipped.facts)


def _check_screens(draft: Knowledge, shipped: Knowledge) -> None:
    for fact in _added(draft, shipped):
        if fact.group not in draft.groups:
            raise KnowledgeError(_FACTS, fact.id, f"stands on no screen: {fact.group!r}")


def _check_asked(draft: Knowledge, shipped: Knowledge, own: tuple[Rule, ...]) -> None:
    """A question that nothing reads would never be asked: what it was added for is missing."""
    read = {fact for rule in own for fact in facts_of(rule.when)}
    for group in draft.groups.values():
        if group.id not in shipped.groups and group.only_if is not None:
            read |= set(facts_of(group.only_if))
    read |= {str(draft.facts[fact].detail_of) for fact in read}
    for fact in _added(draft, shipped):
        if fact.id not in read:
            raise KnowledgeError(_FACTS, fact.id, "is read by no rule, so it would never be asked")
