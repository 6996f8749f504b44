"""The plan on paper: who accepted it, which limits were passed and why, how consent stands."""

from collections.abc import Iterator

from ventosa.page import PlanStanding, plan_page
from ventosa.page import words as written
from ventosa.planning import frame_of
from ventosa.record import Said
from ventosa.web.consenting import agreement
from ventosa.web.drafting import Drafted
from ventosa.web.knowing import knowledge, library
from ventosa.web.presenters.plan import gathered, kind_of, overrides_of
from ventosa.web.presenters.standing import standing_of


def printed(drafted: Drafted) -> str:
    """Return the plan as the one printed page, with the sheet for the person."""
    visit = drafted.visit
    frame = frame_of(visit.screening, knowledge())
    to_ask = tuple(
        Said(entry.text, entry.sources, entry.editorial, entry.title, entry.kind, entry.audience)
        for entry in library().advice
        if entry.kind == "practitioner" and entry.audience == "patient"
    )
    given = gathered(visit, frame) | {"broken_limits": drafted.problems}
    plan, passed = drafted.revised.plan, len(overrides_of(drafted))
    standing = PlanStanding(
        kind_of(drafted),
        tuple(_lines(drafted)),
        f"{written.count(passed, 'limit')} passed with a reason." if passed else "",
        tuple(_void(drafted)),
    )
    return plan_page(plan, visit.screening, to_ask=to_ask, standing=standing, **given)


def _void(drafted: Drafted) -> Iterator[str]:
    """Why the plan must not be carried out: what others have said first, then the checker's."""
    if drafted.revised.plan.technique is None or not drafted.problems:
        return
    for word in standing_of(drafted.visit.scope, drafted.visit.patient).words:
        yield f"{word.title}: “{word.says}” ({word.by})"
    yield from (f"{problem[0].upper()}{problem[1:]}." for problem in drafted.problems)


def _lines(drafted: Drafted) -> Iterator[tuple[str, str]]:
    accepted = drafted.accepted
    if accepted is None:
        yield "Not accepted.", "This is a proposal."
    elif drafted.is_editing:
        yield "Not accepted.", "An accepted plan is being changed here."
    else:
        at = accepted.at.astimezone(drafted.visit.scope.zone)
        yield f"Accepted by {accepted.author}.", f"{written.day(at.date())}, {at:%H:%M}."
    for one in overrides_of(drafted):
        yield one["lead"], f"{one['reason']}: {one['sentence']} {one['by']}."
    if drafted.revised.plan.technique is None or accepted is None:
        return
    missing = agreement(drafted.visit).missing
    if missing:
        yield "Consent is not complete:", " ".join(missing)
    else:
        yield "Consent is complete", "for this plan on this day."
