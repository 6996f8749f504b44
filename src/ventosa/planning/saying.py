"""What a plan says beside the cups: advice, exercise, education, evidence, and who must be seen."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ventosa.knowledge.files import AdviceFile
from ventosa.knowledge.model import Knowledge
from ventosa.logic import evaluate, parse
from ventosa.planning.case import Case
from ventosa.record import (
    EvidenceStatement,
    Finding,
    Regimen,
    Said,
)
from ventosa.terms import (
    Decision,
    State,
    Technique,
    Urgency,
)

ADVICE_KINDS = (
    "preparation",
    "monitor",
    "aftercare",
    "expect",
    "step_up",
    "stop_rule",
    "referral",
    "safety_net",
)


def advice_of(case: Case, kind: str, technique: Technique | None) -> tuple[Said, ...]:
    """The advice of one kind that holds for the technique; a condition true or open is said."""
    return tuple(
        Said(entry.text, entry.sources, entry.editorial, entry.title, entry.kind, entry.audience)
        for entry in case.library.advice
        if entry.kind == kind and _is_said(case, entry, technique)
    )


def _is_said(case: Case, entry: AdviceFile, technique: Technique | None) -> bool:
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


def co_interventions_of(case: Case, *, with_cups: bool) -> tuple[Said, ...]:
    """What goes beside the cups; one whose reason against it is true or open is left out.

    Beside an urgent flag nothing is advised before a doctor has looked: a walk is no advice for a
    back that may be broken.
    """
    if case.screening.urgency.certain >= Urgency.URGENT:
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


def evidence_of(case: Case, technique: Technique | None) -> EvidenceStatement:
    """Return what trials say of the technique, or of a plan without cups (``None``)."""
    wanted = technique or "none"
    entry = next(
        (e for e in case.library.evidence if wanted in e.techniques),
        next(e for e in case.library.evidence if e.id == "none"),
    )
    return EvidenceStatement(entry.text, entry.certainty, entry.basis, entry.sources)


def posture_of(case: Case) -> str:
    """Return how the person lies: on the side as soon as a rule asks for it, true or open."""
    rules = {finding.rule for s in case.screening.techniques.values() for finding in s.findings}
    wanted = {rule.file.posture for rule_id in rules if (rule := case.rule(rule_id)) is not None}
    return "side_lying" if "side_lying" in wanted else "prone"


def regimen_of(knowledge: Knowledge) -> Regimen:
    """Return number and rhythm of sessions from the named quantities."""
    number = knowledge.number
    return Regimen(
        sessions=int(number("review_after_sessions")),
        per_week=int(number("per_week")),
        min_days_between=int(number("min_days_between")),
        review_after_sessions=int(number("review_after_sessions")),
        review_after_weeks=int(number("review_after_weeks")),
        stop_after_sessions=int(number("stop_after_sessions")),
    )


def needs_doctor(case: Case) -> bool:
    """Return whether a red flag holds or no offered technique may be used without a word."""
    flags = case.screening.urgency.certain > Urgency.NONE
    offered = [s for s in case.screening.techniques.values() if s.offered]
    return flags or all(s.certain > Decision.MODIFY for s in offered)


def referral_of(case: Case) -> tuple[Said, ...]:
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
            rule = case.rule(finding.rule)
            clearance = None if rule is None else rule.file.clearance
            is_open = finding.state is State.TRUE and finding.decision is Decision.REFER
            if clearance is None or not is_open or finding.title in named:
                continue
            named.add(finding.title)
            text = f"Before cups: the written word of {clearance.by}. {finding.because}"
            said.append(Said(text, finding.sources, finding.editorial, finding.title))
    return (*said, *_forbidding(case, named), *_words_from_outside(case))


def _forbidding(case: Case, named: set[str]) -> list[Said]:
    """What forbids every offered technique and is no red flag: a doctor is named for it too."""
    offered = [s for s in case.screening.techniques.values() if s.offered]
    found: dict[str, Finding] = {}
    for screened in offered:
        for finding in screened.findings:
            rule = case.rule(finding.rule)
            if rule is None or finding.state is not State.TRUE:
                continue
            forbids = finding.decision is Decision.AVOID
            if forbids and rule.red_flag is None and rule.file.kind != "practice":
                found.setdefault(finding.rule, finding)
    everywhere = [
        finding
        for finding in found.values()
        if finding.title not in named
        and all(
            case.knowledge.rule(finding.rule).effects[s.technique].decision is Decision.AVOID
            for s in offered
        )
    ]
    ours = "That a doctor is named for what forbids cups is ours; the practitioner decides."
    return [
        Said(
            f"Show this to the doctor who knows it; no cups until then. {finding.because}",
            finding.sources,
            ours,
            finding.title,
        )
        for finding in everywhere
    ]


def _words_from_outside(case: Case) -> list[Said]:
    """The words from outside that forbid every offered technique, and what lifts them."""
    offered = [s for s in case.screening.techniques.values() if s.offered]
    forbidding = [
        [f for f in s.findings if f.decision is Decision.AVOID and case.rule(f.rule) is None]
        for s in offered
    ]
    return [
        Said(
            f"Before cups: a doctor's written clearance of {word.rule}. {word.because}",
            word.sources,
            word.editorial,
            word.title,
        )
        for word in (forbidding[0] if forbidding else ())
        if all(word.rule in {f.rule for f in others} for others in forbidding)
    ]


def _by(within: str | None) -> str:
    return f"within {within}" if within and within[0].isdigit() else within or "today"


def _urgent_words(finding: Finding) -> str:
    when = {
        Urgency.EMERGENCY: "Emergency: call now. Do not treat.",
        Urgency.URGENT: f"A doctor must see this person {_by(finding.within)}.",
        Urgency.ROUTINE: "A doctor should see this person; this is routine.",
    }[finding.urgency]
    return f"{when} {finding.because}"


def references_of(knowledge: Knowledge, sources: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return the references of some keys, each once, in order of first use."""
    keys = dict.fromkeys(key for key in sources if key in knowledge.references)
    return MappingProxyType({key: knowledge.references[key] for key in keys})
