"""Complaint, screening and knowledge become a plan for one person.

The planner chooses a technique, a dose within today's caps, and placements solved to the best
cover; it says why, what it refused and why, and puts exercise and education beside the cups. A
separate checker (``checking.py``) reads the result before it leaves. Where no cup may be used
there is still a plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ventosa.checking import check_plan
from ventosa.geometry import Frame, Margins, frame_for, parse_levels
from ventosa.knowledge.files import AdviceFile
from ventosa.knowledge.model import Knowledge, Library, TechniqueTable
from ventosa.logic import evaluate, parse
from ventosa.record import (
    Answers,
    Cup,
    Dose,
    EvidenceStatement,
    Finding,
    FrameSaid,
    InputError,
    Interval,
    NotAllowed,
    PalpatedSite,
    Placement,
    Plan,
    Refused,
    Regimen,
    Said,
    Screening,
    TechniqueScreening,
    Value,
    Why,
    Zone,
)
from ventosa.terms import (
    CupKind,
    Decision,
    DoseClass,
    Material,
    Side,
    State,
    Technique,
    Urgency,
    mmhg,
)

USUAL_CUPS = (
    Cup(CupKind.PUMP, Material.PLASTIC, 45, 6),
    Cup(CupKind.PUMP, Material.PLASTIC, 35, 4),
)
"""The inventory that is assumed when none is given (``screening.md`` 5)."""

GAPS_MM = (20.0, 30.0)
"""Distances between rims along one side that may be chosen; 30 as two trial protocols say."""


@dataclass(frozen=True, slots=True)
class _Case:
    """All that the plan is made from."""

    screening: Screening
    answers: Answers
    knowledge: Knowledge
    library: Library
    frame: Frame
    margins: Margins
    gap_mm: float
    tolerated: Mapping[Technique, Dose]

    @property
    def values(self) -> dict[str, Value]:
        return {fact: known.value for fact, known in self.screening.facts.items()}

    @property
    def sites(self) -> tuple[PalpatedSite, ...]:
        return self.answers.complaint.sites if self.answers.complaint else ()

    @property
    def zones(self) -> tuple[Zone, ...]:
        first = self.screening.techniques[Technique.DRY_STATIC]
        return tuple(dict.fromkeys(closed.zone for closed in first.closed_zones))


@dataclass(frozen=True, slots=True)
class _Choice:
    """A technique with its placements and dose; ``cover`` is the share of tension under a cup."""

    technique: Technique
    dose: Dose
    placements: tuple[Placement, ...]
    cover: float | None
    uncovered: tuple[str, ...]


def plan(
    screening: Screening,
    answers: Answers,
    knowledge: Knowledge,
    library: Library,
    *,
    gap_mm: float = GAPS_MM[0],
    tolerated: Mapping[Technique, Dose] | None = None,
) -> Plan:
    """Return the plan for a screened person.

    ``tolerated`` holds the last dose of a technique that this person took without harm; without
    it the dose is the technique's start column. Either is lowered to today's caps.

    Raises:
        InputError: a technique may be used or asked for, and no place was palpated.
        NotAllowed: the checker refuses the plan; nothing leaves.
    """
    frame = frame_of(screening, knowledge)
    case = _Case(
        screening,
        answers,
        knowledge,
        library,
        frame,
        _margins(knowledge),
        gap_mm,
        tolerated or {},
    )
    if not case.sites and screening.exit in (0, 3):
        raise InputError("complaint.sites", "a plan needs at least one palpated site")
    choice = _choose(case)
    proposed = _write(case, choice)
    cups = USUAL_CUPS if answers.cups is None else answers.cups
    problems = check_plan(
        proposed, screening, frame, cups, case.margins, gap_mm=gap_mm, sites=case.sites
    )
    if problems:
        raise NotAllowed("the plan was refused by the checker: " + "; ".join(problems))
    return proposed


def frame_of(screening: Screening, knowledge: Knowledge) -> Frame:
    """Return the frame of the back from what is known of the person."""
    sex = screening.facts.get("sex")

    def middle(fact: str) -> float | None:
        known = screening.facts.get(fact)
        if known is None or not isinstance(known.value, Interval):
            return None
        return (known.value.low + known.value.high) / 2

    levels = parse_levels(knowledge.texts["geometry/levels.csv"])
    word = str(sex.value) if sex else None
    return frame_for(word, middle("height_cm"), middle("back_length_mm"), levels)


def _margins(knowledge: Knowledge) -> Margins:
    number = knowledge.number
    return Margins(
        midline_mm=number("rim_to_midline_mm"),
        rim_mm=number("rim_width_mm"),
        overhang_mm=number("edge_overhang_mm"),
        zone_mm=number("margin_zone_mm"),
        psis_mm=number("margin_psis_mm"),
        fade_mm=number("cover_fade_mm"),
    )


# --- technique, dose, placements ------------------------------------------------------------


def _choose(case: _Case) -> _Choice | None:
    """The first technique in order of preference for which a cup fits, or ``None``."""
    for technique in _candidates(case):
        choice = _try(case, technique)
        if choice is not None:
            return choice
    return None


def _candidates(case: _Case) -> list[Technique]:
    screened = case.screening.techniques
    usable = [t for t, s in screened.items() if s.may_use and s.offered and _cups_for(case, t)]
    preferred = {
        case.knowledge.rule(finding.rule).file.prefers
        for s in screened.values()
        for finding in s.findings
        if finding.state is not State.OPEN
    }
    ranks = case.knowledge.techniques
    return sorted(usable, key=lambda t: (t not in preferred, ranks[t].file.rank))


def _cups_for(case: _Case, technique: Technique) -> tuple[Cup, ...]:
    kinds = case.knowledge.techniques[technique].file.cups
    excluded = case.screening.techniques[technique].limits.materials_excluded
    stock = case.answers.cups if case.answers.cups is not None else USUAL_CUPS
    return tuple(cup for cup in stock if cup.kind in kinds and cup.material not in excluded)


def _try(case: _Case, technique: Technique) -> _Choice | None:
    from ventosa.placement import PlacementRequest, place

    table = case.knowledge.techniques[technique]
    dose = _dose(case, table)
    if technique is Technique.MOVING:
        return _try_moving(case, table, dose)
    result = place(
        PlacementRequest(
            frame=case.frame,
            sites=case.sites,
            zones=case.zones,
            cups=_cups_for(case, technique),
            max_cups=dose.cups,
            gap_mm=case.gap_mm,
            margins=case.margins,
        )
    )
    if not result.cups:
        return None
    placements = tuple(
        _placement(case, dose, cup.side, cup.lateral_mm, cup.y_mm, cup.inner_diameter_mm)
        for cup in result.cups
    )
    cut = Dose(dose.suction_kpa, dose.retention_min, len(placements), dose.repetitions)
    left = tuple(f"{entry.site.level} {entry.side}: {entry.reason}" for entry in result.uncovered)
    if not result.proved:
        left += ("the best placement was not proved in the time given: review it",)
    return _Choice(technique, cut, placements, result.cover_tension, left)


def _try_moving(case: _Case, table: TechniqueTable, dose: Dose) -> _Choice | None:
    from ventosa.placement import strip

    regions = table.file.regions or 1
    sizes = sorted(_cups_for(case, Technique.MOVING), key=lambda c: -c.inner_diameter_mm)
    for cup in sizes:
        found_strips = strip(case.frame, case.sites, case.zones, case.margins, cup, regions)
        strips = [found for found in found_strips if found.path is not None]
        if strips:
            break
    else:
        return None
    placements = []
    for found in strips:
        path = found.path
        assert path is not None
        lateral, y = path[0]
        place_ = _placement(case, dose, found.side, lateral, y, cup.inner_diameter_mm, path=path)
        placements.append(place_)
    return _Choice(Technique.MOVING, dose, tuple(placements), None, ())


def _placement(
    case: _Case,
    dose: Dose,
    side: Side,
    lateral_mm: float,
    y_mm: float,
    inner_diameter_mm: float,
    *,
    path: tuple[tuple[float, float], ...] | None = None,
) -> Placement:
    return Placement(
        level=case.frame.nearest_level(y_mm),
        side=side,
        lateral_mm=round(lateral_mm, 1),
        y_mm=round(y_mm, 1),
        inner_diameter_mm=inner_diameter_mm,
        suction_kpa=dose.suction_kpa,
        retention_min=dose.retention_min,
        site=_nearest_point(case, lateral_mm, y_mm),
        path=path,
    )


NEAR_MM = 20.0
"""A classical point is named beside a cup whose centre lies within this distance (editorial)."""


def _nearest_point(case: _Case, lateral_mm: float, y_mm: float) -> str | None:
    """The nearest classical point; its height is the level's, its distance in back-cun."""
    best: tuple[float, str] | None = None
    for site in case.library.sites:
        if site.kind != "point" or site.level is None or not site.cun_lateral:
            continue
        away_x = site.cun_lateral * case.frame.cun_mm - lateral_mm
        away_y = case.frame.level_mm(site.level) - y_mm
        distance = (away_x**2 + away_y**2) ** 0.5
        if distance <= NEAR_MM and (best is None or distance < best[0]):
            best = (distance, site.id)
    return best[1] if best else None


def _dose(case: _Case, table: TechniqueTable) -> Dose:
    """The last tolerated dose, else the start column; lowered to today's caps, product included."""
    technique = Technique(table.file.id)
    limits = case.screening.techniques[technique].limits
    start = table.columns[DoseClass.START]
    assert start is not None
    base = case.tolerated.get(technique) or Dose(
        start.suction_kpa, start.retention_min, start.cups or 1, start.repetitions
    )
    suction = _least(base.suction_kpa, limits.suction_kpa)
    minutes = _least(base.retention_min, limits.retention_min)
    if suction and minutes and limits.kpa_min is not None:
        minutes = min(minutes, float(limits.kpa_min // suction))
    cups = int(_least(base.cups, limits.cups) or 1)
    passes = _least(base.repetitions, limits.repetitions)
    return Dose(suction, minutes, cups, None if passes is None else int(passes))


def _least(value: float | None, cap: float | None) -> float | None:
    if value is None or cap is None:
        return None
    return min(value, cap)


# --- words ----------------------------------------------------------------------------------

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _word(number: float | None) -> str:
    if number is not None and number == int(number) and int(number) < len(_NUMBERS):
        return _NUMBERS[int(number)]
    return f"{number:g}"


def _write(case: _Case, choice: _Choice | None) -> Plan:
    technique = choice.technique if choice else None
    co = _co_interventions(case, with_cups=choice is not None)
    said = {kind: _advice(case, kind, technique) for kind in _ADVICE_KINDS}
    evidence = _evidence(case, technique)
    why = _why(case, choice)
    referral = _referral(case) + (said["referral"] if _needs_doctor(case) else ())
    sources = [
        *(key for entries in (*said.values(), co, referral) for s in entries for key in s.sources),
        *evidence.sources,
        *(key for entry in why for key in entry.sources),
        *(
            key
            for screened in case.screening.techniques.values()
            for finding in screened.findings
            if finding.state is not State.OPEN
            for key in finding.sources
        ),
    ]
    return Plan(
        technique=technique,
        dose=choice.dose if choice else None,
        placements=choice.placements if choice else (),
        frame=FrameSaid(case.frame.origin, case.frame.scale_mm, case.frame.error_mm),
        posture=_posture(case),
        title=_title(case, choice),
        summary=_summary(case, choice),
        cover=choice.cover if choice else None,
        preparation=said["preparation"] if choice else (),
        monitor=said["monitor"] if choice else (),
        regimen=_regimen(case.knowledge) if choice else None,
        step_up=said["step_up"] if choice else (),
        stop_rule=said["stop_rule"],
        co_interventions=co,
        aftercare=said["aftercare"] if choice else (),
        expect=said["expect"] if choice else (),
        evidence=evidence,
        refused=_refused(case, technique),
        why=why,
        referral=referral + said["safety_net"],
        references=_references(case.knowledge, sources),
    )


_ADVICE_KINDS = (
    "preparation",
    "monitor",
    "aftercare",
    "expect",
    "step_up",
    "stop_rule",
    "referral",
    "safety_net",
)


def _advice(case: _Case, kind: str, technique: Technique | None) -> tuple[Said, ...]:
    """The advice of one kind that holds for the technique; a condition true or open is said."""
    return tuple(
        Said(entry.text, entry.sources, entry.editorial, entry.title, entry.kind, entry.audience)
        for entry in case.library.advice
        if entry.kind == kind and _is_said(case, entry, technique)
    )


def _is_said(case: _Case, entry: AdviceFile, technique: Technique | None) -> bool:
    if entry.techniques is not None and (technique is None or technique not in entry.techniques):
        return False
    if entry.urgency is not None:
        return any(
            str(flag.urgency) == entry.urgency
            and (entry.within is None or flag.within == entry.within)
            for flag in case.screening.urgency.findings
            if flag.state is State.TRUE
        )
    if entry.when is None:
        return True
    truth = evaluate(parse(entry.when), case.values)
    return truth is True or (truth is None and entry.kind != "referral")


def _co_interventions(case: _Case, *, with_cups: bool) -> tuple[Said, ...]:
    """What goes beside the cups; one whose reason against it is true or open is left out.

    In an emergency nothing stands beside the call.
    """
    if case.screening.urgency.certain is Urgency.EMERGENCY:
        return ()
    values = case.values
    chosen = []
    for entry in case.library.co_interventions:
        against = None if entry.not_when is None else evaluate(parse(entry.not_when), values)
        if entry.not_when is not None and against is not False:
            continue
        if with_cups and not entry.with_cups:
            continue
        text = f"{entry.text} {entry.dose}".strip()
        chosen.append(Said(text, entry.sources, entry.editorial, entry.title, entry.kind))
    return tuple(chosen)


def _evidence(case: _Case, technique: Technique | None) -> EvidenceStatement:
    wanted = technique or "none"
    entry = next(
        (e for e in case.library.evidence if wanted in e.techniques),
        next(e for e in case.library.evidence if e.id == "none"),
    )
    return EvidenceStatement(entry.text, entry.certainty, entry.basis, entry.sources)


def _title(case: _Case, choice: _Choice | None) -> str:
    if choice is None:
        return _title_without_cups(case)
    dose = choice.dose
    name = case.knowledge.techniques[choice.technique].file.name.replace(", static", "").lower()
    if choice.technique is Technique.MOVING:
        return f"One moving cup, {_word(dose.retention_min)} minutes a region"
    cups = f"{_word(dose.cups)} {name} {'cup' if dose.cups == 1 else 'cups'}"
    if dose.retention_min is None:
        return f"{cups}, {_word(dose.repetitions)} touches each".capitalize()
    return f"{cups}, {_word(dose.retention_min)} minutes".capitalize()


def _title_without_cups(case: _Case) -> str:
    if case.screening.urgency.certain is Urgency.EMERGENCY:
        return "No cups. Emergency: call now"
    return {
        0: "No cups today: no place is free for one",
        3: "No cups yet: answers are missing",
    }.get(case.screening.exit, "No cups: another way first")


def _summary(case: _Case, choice: _Choice | None) -> str:
    if choice is None:
        return _summary_without_cups(case)
    levels = list(dict.fromkeys(p.level for p in choice.placements))
    sides = {placement.side for placement in choice.placements}
    both = len(sides) == 2
    where = " and ".join([", ".join(levels[:-1]), levels[-1]] if len(levels) > 1 else levels)
    side = "both sides" if both else f"the {next(iter(sides))}"
    covered = ""
    if choice.cover is not None:
        covered = f" {int(choice.cover * 100)} % of the tension that was felt lies under a cup."
    return f"At {where} on {side}, where the back is tightest and nothing is closed.{covered}"


def _summary_without_cups(case: _Case) -> str:
    screening = case.screening
    if screening.urgency.certain is Urgency.EMERGENCY:
        return "Do not treat. What was found needs a hospital now."
    if screening.exit == 3:
        count = len(screening.ask)
        return (
            f"{count} {'question is' if count == 1 else 'questions are'} open that could forbid "
            "cups. Until they are answered: movement, knowledge, and a doctor where named."
        )
    if screening.exit == 0:
        return (
            "A technique may be used, but no cup fits between the closed places and the edges "
            "of the muscle. Movement and knowledge carry the care."
        )
    return "Movement and knowledge carry the care; who should see the person is said below."


def _posture(case: _Case) -> str:
    rules = {finding.rule for s in case.screening.techniques.values() for finding in s.findings}
    wanted = {case.knowledge.rule(rule).file.posture for rule in sorted(rules)}
    return "side_lying" if "side_lying" in wanted else "prone"


def _regimen(knowledge: Knowledge) -> Regimen:
    number = knowledge.number
    return Regimen(
        sessions=int(number("review_after_sessions")),
        per_week=int(number("per_week")),
        min_days_between=int(number("min_days_between")),
        review_after_sessions=int(number("review_after_sessions")),
        review_after_weeks=int(number("review_after_weeks")),
        stop_after_sessions=int(number("stop_after_sessions")),
    )


# --- reasons --------------------------------------------------------------------------------


def _why(case: _Case, choice: _Choice | None) -> tuple[Why, ...]:
    if choice is None:
        return ()
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


def _preferred_by(case: _Case, technique: Technique) -> Finding | None:
    for screened in case.screening.techniques.values():
        for finding in screened.findings:
            prefers = case.knowledge.rule(finding.rule).file.prefers
            if prefers == technique and finding.state is not State.OPEN:
                return finding
    return None


def _refused(case: _Case, chosen: Technique | None) -> tuple[Refused, ...]:
    return tuple(
        Refused(technique, screened.certain, screened.possible, _why_not(case, screened))
        for technique, screened in case.screening.techniques.items()
        if technique is not chosen
    )


def _why_not(case: _Case, screened: TechniqueScreening) -> str:
    if not screened.offered:
        return _why_not_offered(case, screened)
    if screened.certain > Decision.MODIFY:
        finding = _grave(case, screened)[0]
        clearance = case.knowledge.rule(finding.rule).file.clearance
        if finding.decision is Decision.REFER and clearance is not None:
            return f"Needs the written word of {clearance.by}: {finding.title.lower()}."
        return f"{finding.title}: {finding.because}"
    if not screened.may_use:
        questions = [q for q in case.screening.ask if screened.technique in q.could_decide]
        if not questions:
            return "Not until what is unknown is resolved."
        more = len(questions) - 1
        return f"Not until answered: {questions[0].text}" + (f" ({more} more)" if more else "")
    if not _cups_for(case, screened.technique):
        return "May be used. No cups for it here."
    return case.knowledge.techniques[screened.technique].file.why_not_chosen


def _why_not_offered(case: _Case, screened: TechniqueScreening) -> str:
    practice = [
        finding.title
        for finding in _grave(case, screened)
        if case.knowledge.rule(finding.rule).file.kind == "practice"
    ]
    return f"Not offered here. {practice[0]}." if practice else "Not offered here."


def _grave(case: _Case, screened: TechniqueScreening) -> list[Finding]:
    """Findings that hold and are as grave as the technique's certain decision, flags first."""
    held = [
        finding
        for finding in screened.findings
        if finding.state is State.TRUE and finding.decision >= screened.certain
    ]
    return sorted(held, key=lambda f: case.knowledge.rule(f.rule).red_flag is None)


def _needs_doctor(case: _Case) -> bool:
    flags = case.screening.urgency.certain > Urgency.NONE
    offered = [s for s in case.screening.techniques.values() if s.offered]
    return flags or all(s.certain > Decision.MODIFY for s in offered)


def _referral(case: _Case) -> tuple[Said, ...]:
    """Who must see the person, the most urgent first; then whose written word would open what."""
    said: list[Said] = []
    for finding in case.screening.urgency.findings:
        if finding.state is not State.TRUE:
            continue
        said.append(Said(_urgent_words(finding), finding.sources, finding.editorial, finding.title))
    named = {entry.title for entry in said}
    for screened in case.screening.techniques.values():
        if not screened.offered or screened.certain is not Decision.REFER:
            continue
        for finding in screened.findings:
            clearance = case.knowledge.rule(finding.rule).file.clearance
            is_open = finding.state is State.TRUE and finding.decision is Decision.REFER
            if clearance is None or not is_open or finding.title in named:
                continue
            named.add(finding.title)
            text = f"Before cups: the written word of {clearance.by}. {finding.because}"
            said.append(Said(text, finding.sources, finding.editorial, finding.title))
    return tuple(said)


def _urgent_words(finding: Finding) -> str:
    when = {
        Urgency.EMERGENCY: "Emergency: call now. Do not treat.",
        Urgency.URGENT: f"A doctor must see this person within: {finding.within or 'today'}.",
        Urgency.ROUTINE: "A doctor should see this person; this is routine.",
    }[finding.urgency]
    return f"{when} {finding.because}"


def _references(knowledge: Knowledge, sources: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    keys = dict.fromkeys(key for key in sources if key in knowledge.references)
    return MappingProxyType({key: knowledge.references[key] for key in keys})
