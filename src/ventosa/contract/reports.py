"""A screening and a plan as JSON, in the shape that other programs rely on.

Shapes: ``docs/schemas/``. ``null`` in a limit or a dose means: has no meaning for the technique.
"""

from typing import Any

import msgspec

from ventosa.contract.answers import write_value, write_zone
from ventosa.record import (
    Finding,
    Limits,
    Placement,
    Plan,
    Question,
    Said,
    Screening,
    TechniqueScreening,
)

SCREENING_SCHEMA = "ventosa/screening/1"
PLAN_SCHEMA = "ventosa/plan/1"


def write_screening(screening: Screening) -> dict[str, Any]:
    """Return the JSON object of a screening."""
    return {
        "schema": SCREENING_SCHEMA,
        "on": screening.on.isoformat(),
        "stage": str(screening.stage),
        "knowledge": {
            "version": screening.knowledge_version,
            "sha256": screening.knowledge_sha256,
        },
        "facts": {
            fact: {
                "value": write_value(known.value),
                "source": known.source,
                "on": known.on.isoformat() if known.on else None,
            }
            for fact, known in screening.facts.items()
        },
        "conflicts": [
            {
                "fact": conflict.fact,
                "record": write_value(conflict.record),
                "answer": write_value(conflict.answer),
                "used": write_value(conflict.used),
                "why": conflict.why,
            }
            for conflict in screening.conflicts
        ],
        "urgency": {
            "certain": str(screening.urgency.certain),
            "possible": str(screening.urgency.possible),
            "findings": [_flag(finding) for finding in screening.urgency.findings],
        },
        "techniques": {str(t): _technique(s) for t, s in screening.techniques.items()},
        "before_start": [
            {"fact": check.fact, "question": check.question, "answer": write_value(check.answer)}
            for check in screening.before_start
        ],
        "outside_studied": list(screening.outside_studied),
        "unresolved": [
            {"fact": entry.fact, "resolved_by": entry.resolved_by} for entry in screening.unresolved
        ],
        "ask": [_question(question) for question in screening.ask],
        "exit": screening.exit,
    }


def plan_exit(plan: Plan, screening: Screening) -> int:
    """Return a plan's exit code: the screening's, but 4 where no cup fits."""
    return 4 if screening.exit == 0 and plan.technique is None else screening.exit


def write_plan(plan: Plan, screening: Screening) -> dict[str, Any]:
    """Return the JSON object of a plan: the screening it rests on, and what is proposed."""
    return write_screening(screening) | {
        "schema": PLAN_SCHEMA,
        "exit": plan_exit(plan, screening),
        "technique": str(plan.technique) if plan.technique else None,
        "title": plan.title,
        "summary": plan.summary,
        "dose": msgspec.to_builtins(plan.dose),
        "placements": [_placement(placement) for placement in plan.placements],
        "cover": None if plan.cover is None else round(plan.cover, 3),
        "frame": {
            "origin": plan.frame.origin,
            "scale_mm": round(plan.frame.scale_mm, 1),
            "error_mm": round(plan.frame.error_mm, 1),
        },
        "posture": plan.posture,
        "preparation": _said(plan.preparation),
        "monitor": _said(plan.monitor),
        "regimen": msgspec.to_builtins(plan.regimen),
        "step_up": _said(plan.step_up),
        "stop_rule": _said(plan.stop_rule),
        "co_interventions": _said(plan.co_interventions),
        "aftercare": _said(plan.aftercare),
        "expect": _said(plan.expect),
        "referral": _said(plan.referral),
        "evidence": msgspec.to_builtins(plan.evidence),
        "refused": [
            {
                "technique": str(refused.technique),
                "certain": str(refused.certain),
                "possible": str(refused.possible),
                "why": refused.why,
            }
            for refused in plan.refused
        ],
        "why": [
            {"choice": why.choice, "because": why.because, "sources": list(why.sources)}
            for why in plan.why
        ],
        "references": [dict(entry) for entry in plan.references.values()],
    }


def _technique(screened: TechniqueScreening) -> dict[str, Any]:
    return {
        "certain": str(screened.certain),
        "possible": str(screened.possible),
        "may_use": screened.may_use,
        "offered": screened.offered,
        "limits": _limits(screened.limits),
        "findings": [_finding(finding) for finding in screened.findings],
        "closed_zones": [
            write_zone(closed.zone) | {"rule": closed.rule} for closed in screened.closed_zones
        ],
    }


def _limits(limits: Limits) -> dict[str, Any]:
    return {
        "suction_kpa": limits.suction_kpa,
        "retention_min": limits.retention_min,
        "kpa_min": limits.kpa_min,
        "cups": limits.cups,
        "repetitions": limits.repetitions,
        "materials_excluded": [str(material) for material in limits.materials_excluded],
        "by": {
            name: [{"rule": rule, "state": str(state)} for rule, state in setters]
            for name, setters in limits.by.items()
        },
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "title": finding.title,
        "decision": str(finding.decision),
        "state": str(finding.state),
        "because": finding.because,
        "sources": list(finding.sources),
        "strength": finding.strength,
        "editorial": finding.editorial,
        "advice": list(finding.advice),
    }


def _flag(finding: Finding) -> dict[str, Any]:
    return _finding(finding) | {"urgency": str(finding.urgency), "within": finding.within}


def _question(question: Question) -> dict[str, Any]:
    return {
        "fact": question.fact,
        "group": question.group,
        "question": question.text,
        "choices": list(question.choices),
        "red_flag": question.red_flag,
        "could": {
            "techniques": {str(t): str(d) for t, d in question.could_decide.items()},
            "urgency": str(question.could_urgency),
            "limits": [str(technique) for technique in question.could_limit],
        },
        "already": question.already,
    }


def _placement(placement: Placement) -> dict[str, Any]:
    return {
        "level": placement.level,
        "side": str(placement.side),
        "lateral_mm": placement.lateral_mm,
        "y_mm": placement.y_mm,
        "inner_diameter_mm": placement.inner_diameter_mm,
        "suction_kpa": placement.suction_kpa,
        "retention_min": placement.retention_min,
        "site": placement.site,
        "path": None if placement.path is None else [list(point) for point in placement.path],
    }


def _said(entries: tuple[Said, ...]) -> list[dict[str, Any]]:
    return [
        {
            "title": entry.title,
            "text": entry.text,
            "kind": entry.kind,
            "audience": entry.audience,
            "sources": list(entry.sources),
            "editorial": entry.editorial,
        }
        for entry in entries
    ]
