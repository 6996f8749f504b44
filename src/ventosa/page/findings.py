"""What decided: the seven techniques with their reasons, and the findings behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ventosa.drawing.words import ENGLISH
from ventosa.page import words
from ventosa.page.sentences import References, Source
from ventosa.page.words import Span, Tag, TechniqueWords
from ventosa.record import ClosedZone, Finding, Plan, Screening, TechniqueScreening
from ventosa.terms import Decision, State, Technique

LONG_REASON = 60


@dataclass(frozen=True, slots=True)
class TechniqueRow:
    """One technique: its interval and the reason."""

    name: str
    span: Span
    why: str
    chosen: bool
    is_joined: bool = False
    technique: Technique | None = None


def technique_rows(
    plan: Plan, screening: Screening, names: Mapping[Technique, TechniqueWords]
) -> tuple[TechniqueRow, ...]:
    """All seven techniques, the chosen one first, then from the mildest interval to the gravest."""
    refused = {item.technique: item.why for item in plan.refused}

    def order(technique: Technique) -> tuple[bool, int, int, int]:
        seen = screening.techniques[technique]
        rank = list(Technique).index(technique)
        return technique is not plan.technique, seen.possible, seen.certain, rank

    rows = [
        TechniqueRow(
            names[technique].name,
            words.span(
                screening.techniques[technique].certain, screening.techniques[technique].possible
            ),
            words.sentence(
                _chosen_because(plan, names)
                if technique is plan.technique
                else refused.get(technique) or _standing(screening.techniques[technique])
            ),
            technique is plan.technique,
            technique=technique,
        )
        for technique in sorted(Technique, key=order)
    ]
    return tuple(_joined(rows))


def _joined(rows: Sequence[TechniqueRow]) -> list[TechniqueRow]:
    """Rows that follow each other with one long reason become one, so that it is read once."""
    out: list[TechniqueRow] = []
    for row in rows:
        last = out[-1] if out else None
        if last and (last.span, last.why) == (row.span, row.why) and len(row.why) > LONG_REASON:
            out[-1] = replace(last, name=f"{last.name} · {row.name}", is_joined=True)
        else:
            out.append(row)
    return out


def _chosen_because(plan: Plan, names: Mapping[Technique, TechniqueWords]) -> str:
    technique = plan.technique
    if technique is None:
        return ""
    spoken = {"technique", technique.value, names[technique].name.casefold()}
    reason = next((w.because for w in plan.why if w.choice.casefold() in spoken), "")
    if not reason:
        return "Chosen."
    return reason if reason.startswith("Chosen") else f"Chosen: {reason[0].lower()}{reason[1:]}"


def _standing(seen: TechniqueScreening) -> str:
    if not seen.offered:
        return "Not offered here"
    if seen.may_use:
        return "May be used"
    if seen.certain <= Decision.MODIFY:
        return "Not until the open questions are answered"
    if seen.certain is Decision.REFER:
        return "Needs a doctor’s written word"
    return "Not today"


# --- findings -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Card:
    """One finding as a card; ``effects`` are what it does to the plan."""

    tag: Tag
    title: str
    because: str
    effects: tuple[str, ...]
    strength: int
    sources: tuple[Source, ...]
    editorial: str | None
    on_paper: bool
    rule: str = ""


def findings(
    plan: Plan,
    screening: Screening,
    names: Mapping[Technique, TechniqueWords],
    sources: References,
    phrases: Mapping[str, str],
    on_paper: int,
) -> tuple[tuple[Card, ...], tuple[Card, ...]]:
    """What decided and what is still open, each gravest first.

    With a chosen technique these are its findings, else those of all offered techniques; the
    findings behind the urgency always belong to them.
    """
    considered = (
        [screening.techniques[plan.technique]]
        if plan.technique is not None
        else [t for t in screening.techniques.values() if t.offered]
    )
    merged: dict[str, Finding] = {}
    for finding in (
        *screening.urgency.findings,
        *(finding for seen in considered for finding in seen.findings),
    ):
        held = merged.get(finding.rule)
        if held is None or _gravity(finding) < _gravity(held):
            merged[finding.rule] = finding
    ordered = sorted(
        merged.values(), key=lambda f: (*_gravity(f), not _caps(f.rule, plan, screening))
    )

    def card(finding: Finding, index: int) -> Card:
        zones = _closed_by(finding.rule, considered)
        capped = _caps(finding.rule, plan, screening)
        reach = "" if plan.technique else _reach(finding.rule, considered, names)
        advice = tuple(words.sentence(words.phrase(a, phrases)) for a in finding.advice)
        return Card(
            words.finding_tag(finding, closes=bool(zones), caps=bool(capped)),
            finding.title,
            words.sentence(finding.because),
            tuple(words.sentence(text) for text in (reach, capped, zones) if text) + advice,
            finding.strength,
            sources.of(finding.sources),
            finding.editorial,
            index < on_paper,
            finding.rule,
        )

    decided = [f for f in ordered if f.state is not State.OPEN]
    still_open = [f for f in ordered if f.state is State.OPEN]
    return (
        tuple(card(finding, index) for index, finding in enumerate(decided)),
        tuple(card(finding, index) for index, finding in enumerate(still_open)),
    )


def _gravity(finding: Finding) -> tuple[int, int, int]:
    stands = (State.TRUE, State.CLEARED, State.OPEN).index(finding.state)
    return stands, -finding.urgency, -finding.decision


def _closed_by(rule: str, considered: Sequence[TechniqueScreening]) -> str:
    zones = dict.fromkeys(
        closed.zone for seen in considered for closed in seen.closed_zones if closed.rule == rule
    )
    if not zones:
        return ""
    named = "; ".join(
        f"{ENGLISH[zone.kind.value].lower()} at {words.zone_place(zone)}"
        if ENGLISH[zone.kind.value] != "Closed"
        else words.zone_place(zone)
        for zone in zones
    )
    return f"No cup there: {named}"


def _caps(rule: str, plan: Plan, screening: Screening) -> str:
    if plan.technique is None:
        return ""
    limits = screening.techniques[plan.technique].limits
    return words.caps(
        limits, (name for name, rules in limits.by.items() if rule in {r for r, _ in rules})
    )


def _reach(
    rule: str,
    considered: Sequence[TechniqueScreening],
    names: Mapping[Technique, TechniqueWords],
) -> str:
    touched = {seen.technique for seen in considered if any(f.rule == rule for f in seen.findings)}
    if not touched:
        return ""
    if len(touched) == len(considered):
        return "Every technique offered here"
    return words.technique_names(touched, names)


def closed_zones(plan: Plan, screening: Screening) -> tuple[ClosedZone, ...]:
    """The zones to draw: those of the chosen technique, else of all offered ones."""
    considered = (
        [screening.techniques[plan.technique]]
        if plan.technique is not None
        else [seen for seen in screening.techniques.values() if seen.offered]
    )
    return tuple(dict.fromkeys(zone for seen in considered for zone in seen.closed_zones))
