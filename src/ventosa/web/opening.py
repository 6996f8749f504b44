"""Which findings a person opened in a visit: known because the card was asked for, never ticked.

It lives as long as the sign-in. A finding that reads differently since must be opened again.
"""

import hashlib
import json
from collections.abc import MutableMapping
from typing import Any

import msgspec

from ventosa.record import Finding, Screening
from ventosa.web.gathering import Visit

OPENED = "findings_opened"
MOST_VISITS = 20
"""Visits of one sign-in that are remembered; the oldest goes first."""

Session = MutableMapping[str, Any]


def open_finding(session: Session, visit: Visit, finding: Finding) -> None:
    """Remember that whoever is signed in opened a finding of this visit."""
    kept = dict(session.get(OPENED, {}))
    name = _name(visit)
    kept[name] = {**kept.pop(name, {}), finding.rule: _mark(finding)}
    session[OPENED] = dict(list(kept.items())[-MOST_VISITS:])


def opened(session: Session, visit: Visit) -> frozenset[str]:
    """Return the rules whose findings were opened as they read today."""
    marks = session.get(OPENED, {}).get(_name(visit), {})
    found = findings_of(visit.screening)
    return frozenset(one.rule for one in found if marks.get(one.rule) == _mark(one))


def findings_of(screening: Screening) -> tuple[Finding, ...]:
    """Return every finding of every technique, each rule once."""
    found: dict[str, Finding] = {}
    for technique in screening.techniques.values():
        for finding in technique.findings:
            found.setdefault(finding.rule, finding)
    return tuple(found.values())


def _name(visit: Visit) -> str:
    return f"{visit.scope.membership.id}:{visit.encounter.id}"


def _mark(finding: Finding) -> str:
    tree = msgspec.to_builtins(finding, enc_hook=str)
    return hashlib.sha256(json.dumps(tree, sort_keys=True).encode()).hexdigest()[:16]
