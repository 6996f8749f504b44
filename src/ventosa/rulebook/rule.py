"""The page of one rule."""

from collections.abc import Sequence
from typing import Any

from ventosa.knowledge.files import ExampleTable
from ventosa.knowledge.model import Knowledge, Rule
from ventosa.record import Zone
from ventosa.rulebook.sentences import caps_words, say
from ventosa.terms import Decision


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
    lines += examples_table(file.example)
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


def _zone_words(zone: Zone) -> str:
    if zone.is_disc:
        place = f"{zone.level}, {zone.side}, {zone.lateral_mm:g} mm beside the midline"
        return f"{place}, within {zone.radius_mm:g} mm"
    lateral = ""
    if zone.lateral_to_mm is not None:
        lateral = f", {zone.lateral_from_mm or 0:g} to {zone.lateral_to_mm:g} mm beside the midline"
    elif zone.lateral_from_mm is not None:
        lateral = f", from {zone.lateral_from_mm:g} mm beside the midline outwards"
    to = "the tail bone" if zone.to_level == "S4" else zone.to_level
    return f"{zone.from_level} to {to}, {zone.side}{lateral}"


def examples_table(examples: Sequence[ExampleTable]) -> list[str]:
    """Return worked examples as the lines of a table."""
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
