"""Why each choice was made, and why the other techniques were not."""

from ventosa.planning.case import Case, Tried, cups_for
from ventosa.record import (
    Finding,
    Refused,
    TechniqueScreening,
    Why,
)
from ventosa.terms import (
    Decision,
    State,
    Technique,
    mmhg,
)


def why_of(case: Case, tried: Tried) -> tuple[Why, ...]:
    """Return the reason of every choice; without one, why no cup fits and what closed the back."""
    if tried.choice is None:
        return _why_no_room(case, tried)
    choice = tried.choice
    table = case.knowledge.techniques[choice.technique]
    limits = case.screening.techniques[choice.technique].limits
    preferred = _preferred_by(case, choice.technique)
    because = table.file.why_chosen.removeprefix("Chosen: ").capitalize()
    if preferred is not None:
        because = f"Preferred because of: {preferred.title}. {because}"
    reasons = [Why("technique", because, table.file.sources)]
    source = "the last tolerated dose" if choice.technique in case.tolerated else "the start dose"
    for name, value, unit in (
        ("suction", choice.dose.suction_kpa, "kPa"),
        ("retention", choice.dose.retention_min, "min"),
    ):
        if value is None:
            continue
        quantity = "suction_kpa" if unit == "kPa" else "retention_min"
        setters = [rule for rule, _ in limits.by.get(quantity, ())]
        capped = f", within the cap of {', '.join(setters)}" if setters else ""
        shown = f"{value:g} kPa ({mmhg(value)} mmHg)" if unit == "kPa" else f"{value:g} min"
        reasons.append(Why(name, f"{shown}: {source}{capped}."))
    mirrored = len({placement.side for placement in choice.placements}) == 2
    pattern = "in mirrored pairs" if mirrored else "on one side"
    placed = (
        f"Solved to the best cover of the tight places {pattern}, on a grid of "
        f"{case.knowledge.number('grid_mm'):g} mm, rims {case.gap_mm:g} mm apart."
    )
    reasons.append(Why("placement", placed))
    reasons += [Why("placement", f"Not fully covered: {text}.") for text in choice.uncovered]
    return tuple(reasons)


def _why_no_room(case: Case, tried: Tried) -> tuple[Why, ...]:
    if not tried.no_room:
        return ()
    texts = dict.fromkeys(text for reasons in tried.no_room.values() for text in reasons)
    reasons = [Why("placement", f"No cup: {text}.") for text in texts]
    for rule_id in closing_rules(case):
        file = case.knowledge.rule(rule_id).file
        reasons.append(Why("closed", f"{file.title}: {file.because}", file.sources))
    reasons += [Why("closed", f"{word.title}: {word.because}") for word in _closing_words(case)]
    return tuple(reasons)


def closing_rules(case: Case) -> tuple[str, ...]:
    """Return the rules that close places of this back, each once."""
    known = {rule.id for rule in case.knowledge.rules}
    first = case.screening.techniques[Technique.DRY_STATIC]
    return tuple(dict.fromkeys(c.rule for c in first.closed_zones if c.rule in known))


def _closing_words(case: Case) -> list[Finding]:
    """The words from outside that close places of this back."""
    first = case.screening.techniques[Technique.DRY_STATIC]
    closing = {closed.rule for closed in first.closed_zones}
    return [f for f in first.findings if f.rule in closing and case.rule(f.rule) is None]


def _preferred_by(case: Case, technique: Technique) -> Finding | None:
    for screened in case.screening.techniques.values():
        for finding in screened.findings:
            rule = case.rule(finding.rule)
            if rule is None or rule.file.prefers != technique:
                continue
            if finding.state is not State.OPEN:
                return finding
    return None


def refused_of(case: Case, tried: Tried) -> tuple[Refused, ...]:
    """Return every technique that is not proposed, and why."""
    chosen = tried.choice.technique if tried.choice else None
    return tuple(
        Refused(technique, screened.certain, screened.possible, _why_not(case, tried, screened))
        for technique, screened in case.screening.techniques.items()
        if technique is not chosen
    )


def _why_not(case: Case, tried: Tried, screened: TechniqueScreening) -> str:
    if not screened.offered:
        return _why_not_offered(case, screened)
    if screened.certain > Decision.MODIFY:
        finding = _grave(case, screened)[0]
        rule = case.rule(finding.rule)
        clearance = None if rule is None else rule.file.clearance
        if finding.decision is Decision.REFER and clearance is not None:
            return f"Needs the written word of {clearance.by}: {finding.title.lower()}."
        return f"{finding.title}: {finding.because}"
    if not screened.may_use:
        questions = [q for q in case.screening.ask if screened.technique in q.could_decide]
        if not questions:
            return "Not until what is unknown is resolved."
        more = len(questions) - 1
        return f"Not until answered: {questions[0].text}" + (f" ({more} more)" if more else "")
    if not cups_for(case, screened.technique):
        return "May be used. No cups for it here."
    if screened.technique in tried.no_room:
        return f"May be used. No cup fits: {tried.no_room[screened.technique][0]}."
    return case.knowledge.techniques[screened.technique].file.why_not_chosen


def _why_not_offered(case: Case, screened: TechniqueScreening) -> str:
    practice = [
        finding.title
        for finding in _grave(case, screened)
        if (rule := case.rule(finding.rule)) is not None
        and rule.file.kind == "practice"
        and finding.decision is Decision.AVOID
    ]
    return f"Not offered here. {practice[0]}." if practice else "Not offered here."


def _grave(case: Case, screened: TechniqueScreening) -> list[Finding]:
    """Findings that hold and are as grave as the technique's certain decision, flags first."""
    held = [
        finding
        for finding in screened.findings
        if finding.state is State.TRUE and finding.decision >= screened.certain
    ]
    return sorted(held, key=lambda f: (rule := case.rule(f.rule)) is None or rule.red_flag is None)
