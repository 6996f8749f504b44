"""One finding of a plan, opened to be read before a limit is passed."""

from typing import Any

from ventosa.page.findings import findings
from ventosa.page.sentences import references
from ventosa.web.drafting import Drafted
from ventosa.web.knowing import knowledge
from ventosa.web.presenters.findings import shown_findings
from ventosa.web.presenters.person import person_of
from ventosa.web.presenters.plan import is_movable, technique_words


def finding_context(drafted: Drafted, rule: str) -> dict[str, Any] | None:
    """Return the context of a finding's page; ``None`` = the plan has no such finding.

    Raises:
        InputError, NotAllowed, OutOfRange: there is no plan yet.
    """
    visit, plan = drafted.visit, drafted.revised.plan
    refs = references(plan.references)
    phrases = {fact.id: fact.question for fact in knowledge().facts.values()}
    cards = findings(plan, visit.screening, technique_words(), refs, phrases, 0)
    found = next((one for one in shown_findings((*cards[0], *cards[1])) if one.rule == rule), None)
    if found is None:
        return None
    anchors = {source.anchor for source in found.sources}
    limits = {} if plan.technique is None else visit.screening.techniques[plan.technique].limits.by
    return {
        "quantities": [
            name
            for name, setters in limits.items()
            if is_movable(plan, visit.screening, name) and rule in dict(setters)
        ],
        **person_of(visit.scope, visit.patient),
        "tab": "plan",
        "visit": visit,
        "c": found,
        "references": [one for one in refs.entries if one.anchor in anchors],
    }
