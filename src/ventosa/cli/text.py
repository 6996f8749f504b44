"""A screening and a plan for a terminal: colour and tables there, plain lines in a pipe."""

from collections.abc import Iterable

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ventosa.knowledge import Knowledge
from ventosa.record import Finding, Interval, Plan, Said, Screening, Value
from ventosa.terms import Decision, State, Technique, Urgency, mmhg

_DECISION = {
    Decision.OK: ("○ OK", "green"),
    Decision.MODIFY: ("◆ Modify", "yellow"),
    Decision.REFER: ("■ Refer", "magenta"),
    Decision.AVOID: ("⬣ Avoid", "bold red"),
}
_URGENCY = {
    Urgency.NONE: ("⚐ No red flag", "green"),
    Urgency.ROUTINE: ("⚑ Routine: a doctor should see this person", "yellow"),
    Urgency.URGENT: ("⚑ Urgent: a doctor must see this person", "bold red"),
    Urgency.EMERGENCY: ("▲ Emergency: call now. Do not treat", "bold white on red"),
}


def console() -> Console:
    """Return the console of standard output; wide lines in a pipe are not wrapped short."""
    found = Console(highlight=False, soft_wrap=False)
    if not found.is_terminal:
        found = Console(highlight=False, width=120)
    return found


def decision_text(certain: Decision, possible: Decision) -> Text:
    """An interval as words: one where both ends agree, else ``certain → possible``."""
    text = Text(*_DECISION[certain])
    if possible is not certain:
        text.append(" → ", style="dim")
        text.append(*_DECISION[possible])
    return text


def screening_text(screening: Screening, knowledge: Knowledge) -> RenderableType:
    """Return a screening as a page for the terminal."""
    parts: list[RenderableType] = [_urgency(screening), Text(), _techniques(screening, knowledge)]
    parts += _findings(screening)
    parts += _conflicts(screening)
    parts += _questions(screening, knowledge)
    if screening.unresolved:
        parts.append(_heading("Not known, or too old to count"))
        parts += [
            _line(f"{knowledge.facts[u.fact].question} Resolved by: {u.resolved_by}.")
            for u in screening.unresolved
        ]
    if screening.outside_studied:
        parts.append(_heading("Outside the people that trials studied"))
        parts += [_line(text) for text in screening.outside_studied]
    parts += _start(screening)
    parts.append(Text())
    version = f"knowledge {screening.knowledge_version} ({screening.knowledge_sha256[:12]})"
    parts.append(Text(f"As of {screening.on}, stage {screening.stage} · {version}", style="dim"))
    return Group(*parts)


def plan_text(plan: Plan, screening: Screening, knowledge: Knowledge) -> RenderableType:
    """Return a plan as a page for the terminal, its screening first."""
    parts: list[RenderableType] = [screening_text(screening, knowledge), Text()]
    parts.append(Text(plan.title, style="bold"))
    parts.append(Text(plan.summary))
    parts.append(Text(plan.evidence.text, style="italic"))
    parts.append(Text(f"Certainty: {plan.evidence.certainty} · {plan.evidence.basis}", style="dim"))
    if plan.dose is not None:
        parts.append(_placements(plan))
    for heading, entries in (
        ("Who should see the person", plan.referral),
        ("Beside the cups" if plan.dose else "What carries the care", plan.co_interventions),
        ("Before", plan.preparation),
        ("During", plan.monitor),
        ("After", plan.aftercare),
        ("What to expect", plan.expect),
        ("One step more", plan.step_up),
        ("When to stop", plan.stop_rule),
    ):
        parts += _said(heading, entries)
    return Group(*parts)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")


def _line(text: str | Text, indent: int = 2) -> RenderableType:
    return Padding(text if isinstance(text, Text) else Text(text), (0, 0, 0, indent))


def _urgency(screening: Screening) -> Text:
    certain, possible = screening.urgency.certain, screening.urgency.possible
    if certain is Urgency.NONE and possible > Urgency.NONE:
        words = f"? Red flags are not all answered: could be {possible}"
        return Text(words, style="bold yellow")
    text = Text(*_URGENCY[certain])
    if possible > certain:
        text.append(f" · open questions could make it {possible}", style="yellow")
    return text


def _techniques(screening: Screening, knowledge: Knowledge) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("Technique", "Decision", "May be used", "Caps today"):
        table.add_column(column)
    for technique, screened in screening.techniques.items():
        name = knowledge.techniques[technique].file.name
        used = "yes" if screened.may_use else "no"
        if not screened.offered:
            used += ", not offered"
        caps = _caps(screening, technique) if screened.certain < Decision.AVOID else ""
        table.add_row(name, decision_text(screened.certain, screened.possible), used, caps)
    return table


def _caps(screening: Screening, technique: Technique) -> str:
    limits = screening.techniques[technique].limits
    passes = "passes" if technique is Technique.MOVING else "times"
    parts = [
        f"{limits.suction_kpa:g} kPa" if limits.suction_kpa is not None else "",
        f"{limits.retention_min:g} min" if limits.retention_min is not None else "",
        f"{limits.kpa_min:g} kPa·min" if limits.kpa_min is not None else "",
        f"{limits.cups} {'cup' if limits.cups == 1 else 'cups'}",
        f"{limits.repetitions} {passes}" if limits.repetitions is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _findings(screening: Screening) -> Iterable[RenderableType]:
    """Findings that hold, once each, at their mildest for an offered technique."""
    found: dict[str, Finding] = {}
    for screened in screening.techniques.values():
        for finding in screened.findings if screened.offered else ():
            held = found.get(finding.rule)
            if finding.state is not State.OPEN and (
                held is None or finding.decision < held.decision
            ):
                found[finding.rule] = finding
    for flag in screening.urgency.findings:
        if flag.state is not State.OPEN:
            found.setdefault(flag.rule, flag)
    if not found:
        return []
    parts: list[RenderableType] = [_heading("What decided")]
    ranked = sorted(found.values(), key=lambda finding: -finding.decision)
    for finding in ranked:
        words, style = _DECISION[finding.decision]
        if finding.state is State.CLEARED:
            words += ", cleared"
        text = Text.assemble((words, style), "  ", (finding.title, "bold"), f"  {finding.because}")
        if finding.urgency > Urgency.NONE and finding.state is not State.CLEARED:
            text.append(f" [{finding.urgency}{_within(finding)}]", style="bold")
        text.append(f"  {finding.rule}", style="dim")
        parts.append(_line(text))
    return parts


def _within(finding: Finding) -> str:
    return f", {finding.within}" if finding.within else ""


def _conflicts(screening: Screening) -> Iterable[RenderableType]:
    if not screening.conflicts:
        return []
    parts: list[RenderableType] = [_heading("Sources that differ")]
    for conflict in screening.conflicts:
        record, answer, used = (
            value_words(value) for value in (conflict.record, conflict.answer, conflict.used)
        )
        words = f"{conflict.fact}: record {record}, answer {answer} → {used} ({conflict.why})"
        parts.append(_line(words))
    return parts


def value_words(value: Value | None) -> str:
    """Return an answer in words."""
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case Interval():
            return str(value)
    return value


def _questions(screening: Screening, knowledge: Knowledge) -> Iterable[RenderableType]:
    if not screening.ask:
        return [_heading("Still to ask"), _line("Nothing that could change the outcome.")]
    parts: list[RenderableType] = [_heading(f"Still to ask ({len(screening.ask)})")]
    group = None
    for question in screening.ask:
        if question.group != group:
            group = question.group
            parts.append(_line(Text(knowledge.groups[group].title, style="dim")))
        already = f" ({question.already})" if question.already else ""
        mark = "⚑ " if question.red_flag else "  "
        parts.append(_line(f"{mark}{question.text}{already}", indent=4))
    return parts


def _start(screening: Screening) -> Iterable[RenderableType]:
    parts: list[RenderableType] = [_heading("Before the session starts")]
    words = [f"{check.question} {value_words(check.answer)}." for check in screening.before_start]
    return [*parts, *(_line(word) for word in words)]


def _placements(plan: Plan) -> Table:
    dose = plan.dose
    assert dose is not None
    table = Table(box=None, pad_edge=False, header_style="dim", title_justify="left")
    for column in ("Cup", "Level", "Side", "From midline", "Inside", "Suction", "Time", "Near"):
        table.add_column(column)
    for number, placement in enumerate(plan.placements, 1):
        suction, minutes = placement.suction_kpa, placement.retention_min
        table.add_row(
            str(number),
            placement.level,
            str(placement.side),
            f"{placement.lateral_mm:g} mm",
            f"{placement.inner_diameter_mm:g} mm",
            "not measured" if suction is None else f"{suction:g} kPa ({mmhg(suction)} mmHg)",
            f"{dose.repetitions} times" if minutes is None else f"{minutes:g} min",
            placement.site or "",
        )
    return table


def _said(heading: str, entries: tuple[Said, ...]) -> Iterable[RenderableType]:
    if not entries:
        return []
    parts: list[RenderableType] = [_heading(heading)]
    for entry in entries:
        title = (f"{entry.title}. ", "bold") if entry.title else ""
        parts.append(_line(Text.assemble(title, entry.text)))
    return parts
