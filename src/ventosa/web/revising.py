"""What the plan page may do: change, take back, override, keep a set, accept."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.http import QueryDict

from ventosa.contract import write_plan, write_screening
from ventosa.contract.plans import write_placements
from ventosa.planning import frame_of
from ventosa.planning.drafting import Revised, cupping_of
from ventosa.planning.overriding import Override, OverrideReason, check_override
from ventosa.planning.repeating import CupSet as NamedSet
from ventosa.planning.repeating import SetCup, apply_set, cup_set_of
from ventosa.planning.revising import SetDose
from ventosa.record import Cupping, Dose, InputError, Placement
from ventosa.repeating import differences, stored, summary
from ventosa.terms import Side, Technique
from ventosa.web.actions import plans as write
from ventosa.web.changing import QUANTITIES, change_from, whole_number
from ventosa.web.documents import PlanBody, ScreeningBody, SessionBody, from_json, to_json
from ventosa.web.drafting import Drafted, State, StepBody
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import CupSet, Document, Kind, PlanStep
from ventosa.web.presenters.findings import difference_lines
from ventosa.web.scope import Scope
from ventosa.web.solving import changed, same_as_last

MOST_SEEN = 200_000
"""Longest summary that a page may send back, in signs."""


@dataclass(frozen=True, slots=True)
class Done:
    """An act that was done; what the page says of it, empty = nothing beside the plan itself."""

    lead: str = ""
    lines: tuple[str, ...] = ()


class Refused(Exception):
    """An act that was not done, with the reasons in words."""

    def __init__(self, lead: str, lines: Sequence[str] = ()) -> None:
        super().__init__(lead)
        self.lead, self.lines = lead, tuple(lines)


def sets_of(scope: Scope) -> list[CupSet]:
    """Return the clinic's saved cup sets, by name."""
    return list(CupSet.objects.filter(clinic=scope.clinic, is_retired=False).order_by("name"))


def change(found: Drafted, typed: QueryDict, key: str) -> Done:
    """Make the change that a form asks for.

    Raises:
        InputError, NotAllowed, Refused: nothing is written.
    """
    act, step = typed.get("act", ""), _seen(found, typed)
    if act == "choose":
        return _choose(found, step, key)
    if act == "reopen":
        if found.accepted is None:
            raise Refused("No plan of this visit is accepted yet.")
        return _write(found, found.state_of(None), "", None, key)
    if act == "undo":
        return _undo(found, step, key)
    state = found.state_of(step)
    if act == "proposal":
        return _write(found, State(None), "as proposed by the program", step, key)
    revised, said = _asked(found, state, act, typed)
    return _keep(found, state, revised, said, step, key)


def _asked(found: Drafted, state: State, act: str, typed: QueryDict) -> tuple[Revised, str]:
    visit = found.visit
    current = found.revised_of(state).plan
    if act == "last":
        last = last_cupping(found)
        if last is None:
            raise Refused("There is no session of this person yet.")
        return same_as_last(last, visit.screening, visit.answers), "same as last time"
    if act == "set":
        row = next((one for one in sets_of(visit.scope) if str(one.id) == typed.get("set")), None)
        if row is None:
            raise InputError("set", "is not one of the clinic's")
        cups = tuple(msgspec.convert(one, SetCup) for one in row.cups)
        named = NamedSet(row.name, cups)
        done = apply_set(current, named, visit.screening, visit.answers, knowledge(), library())
        return done, f"set, {row.name}"
    frame = frame_of(visit.screening, knowledge())
    wanted, said = change_from(act, {name: str(typed[name]) for name in typed}, current, frame)
    return changed(current, [wanted], visit.screening, visit.answers, visit.tolerated), said


def _keep(
    found: Drafted,
    before: State,
    revised: Revised,
    said: str,
    step: PlanStep | None,
    key: str,
) -> Done:
    """Write what a change came to; one that came to nothing is refused with its reasons."""
    cupping = cupping_of(revised.plan)
    earlier = before.cupping or cupping_of(found.proposed)
    if cupping is None or cupping == earlier:
        if revised.problems:
            raise Refused("That cannot be done.", revised.problems)
        return Done("It is so already.", revised.notes)
    done = _write(found, State(cupping, before.overrides), said, step, key)
    return Done("Changed, and cut to today.", revised.notes) if revised.notes else done


def _write(
    found: Drafted,
    state: State,
    said: str,
    follows: PlanStep | None,
    key: str,
    **more: PlanStep | None,
) -> Done:
    body = StepBody(
        said,
        None if state.cupping is None else write_placements(state.cupping),
        [override_tree(one) for one in state.overrides],
    )
    write.change(
        found.visit.scope,
        encounter=found.visit.encounter,
        body=to_json(body),
        changes=found.accepted,
        follows=follows,
        key=key,
        **more,
    )
    return Done()


def _seen(found: Drafted, typed: Mapping[str, str]) -> PlanStep | None:
    """The step that the page showed; ``None`` = the proposal, or the accepted plan that it named.

    A page that showed anything else is from before the accepting.
    """
    saw = typed.get("saw", "")
    if saw == ("" if found.accepted is None else str(found.accepted.id)):
        return None
    step = next((one for one in found.steps if str(one.id) == saw), None)
    if step is None:
        raise Refused("This plan was accepted or begun anew meanwhile. Look at it first.")
    return step


def _undo(found: Drafted, step: PlanStep | None, key: str) -> Done:
    if step is None or not step.body["said"]:
        raise Refused("There is nothing to take back.")
    target = found.before(step)
    state = found.state_of(target)
    said = "" if target is None else target.body["said"]
    return _write(found, state, said, step, key, back_to=target)


def _choose(found: Drafted, step: PlanStep | None, key: str) -> Done:
    """Settle between two people: what one of them wrote stands, the other stays in the record."""
    others = [head for head in found.heads if head != step]
    if step is None or step not in found.heads or not others:
        raise Refused("This was chosen already.")
    state = found.state_of(step)
    return _write(found, state, step.body["said"], step, key, settles=others[0], back_to=step)


def override(found: Drafted, typed: QueryDict, key: str, *, opened: Collection[str]) -> Done:
    """Go beyond one limit of today, up to the hard stop.

    ``opened`` names the rules whose findings the person opened.

    Raises:
        InputError, NotAllowed, Refused: nothing is written.
    """
    visit, step = found.visit, _seen(found, typed)
    quantity = typed.get("quantity", "")
    if quantity not in QUANTITIES:
        raise InputError("quantity", "is no number of a dose")
    wanted = whole_number(quantity, typed.get("wanted", ""))
    state = found.state_of(step)
    current = found.revised_of(state).plan
    asked = SetDose(**{quantity: wanted})  # type: ignore[arg-type]
    revised = changed(current, [asked], visit.screening, visit.answers, visit.tolerated)
    if revised.problems:
        raise Refused("That cannot be done, with no reason.", revised.problems)
    needed = next((one for one in revised.overrides_needed if one.quantity == quantity), None)
    if needed is None:
        raise Refused("That lies within today’s limit and needs no reason.")
    try:
        reason = OverrideReason(typed.get("reason", ""))
    except ValueError:
        raise Refused("Choose a reason from the list.") from None
    scope = visit.scope
    made = Override(
        quantity,
        needed.limit,
        needed.wanted,
        reason,
        typed.get("sentence", "").strip()[:500],
        str(scope.membership),
        visit.on,
        tuple(rule for rule in needed.rules if rule in opened),
    )
    problems = check_override(made, needed, visit.screening)
    if problems:
        raise Refused("The limit stands.", problems)
    kept = (*(one for one in state.overrides if one.quantity != quantity), made)
    said = f"{QUANTITIES[quantity].lower()} {needed.wanted:g}, beyond the limit"
    return _write(found, State(cupping_of(revised.plan), kept), said, step, key)


def keep_set(found: Drafted, typed: QueryDict, key: str) -> Done:
    """Keep the cups of the plan as a set of the clinic."""
    plan = found.revised_of(found.state_of(_seen(found, typed))).plan
    frame = frame_of(found.visit.screening, knowledge())
    named = cup_set_of(typed.get("name", ""), plan.placements, frame)
    cups = msgspec.to_builtins(named.cups)
    kept = write.keep_set(found.visit.scope, name=named.name, cups=cups)
    return Done(f"Kept as {kept.name}.")


def accept(found: Drafted, typed: QueryDict, key: str) -> Done:
    """Accept the plan with the decision it rests on.

    Raises:
        Refused: something stands against it, or what decided changed since the page was shown.
        NotAllowed: somebody else was faster.
    """
    if _is_accepted_so(found, key):
        return Done()
    step = _seen(found, typed)
    if typed.get("sha") != found.sha:
        raise Refused("What decided has changed since this page was shown.", _since(found, typed))
    if not found.is_editing:
        raise Refused("This plan is accepted already.")
    if found.problems:
        raise Refused("This plan cannot be accepted.", found.problems)
    visit = found.visit
    screening = ScreeningBody(
        bundle=_bundle(visit.documents[Kind.IMPORT]),
        **stored(visit.answers, visit.record, visit.screening),
    )
    write.accept_plan(
        visit.scope,
        encounter=visit.encounter,
        screening=screening,
        plan=lambda decided: plan_body(found, decided),
        changes=found.accepted,
        saw=step,
        key=key,
    )
    return Done()


def _is_accepted_so(found: Drafted, key: str) -> bool:
    return found.accepted is not None and found.accepted.key == key


def _bundle(imports: Sequence[Document]) -> str:
    return str(imports[0].body["sha256"]) if imports else ""


def _since(found: Drafted, typed: Mapping[str, str]) -> list[str]:
    """What changed since the page was shown, from the summary that the page sends back."""
    try:
        seen = json.loads(typed.get("seen", "")[:MOST_SEEN])
        before = {str(key): str(value) for key, value in seen.items()}
    except (ValueError, AttributeError):
        return []
    now = summary(write_screening(found.visit.screening))
    return difference_lines(differences(before, now)) or ["What was felt, or the clinic’s cups"]


def plan_body(found: Drafted, decided: str) -> PlanBody:
    """Return the plan as it is stored: what it says, what it needs to be drawn, the overrides."""
    visit, plan = found.visit, found.revised.plan
    whole = write_plan(plan, visit.screening)
    own = {k: v for k, v in whole.items() if k not in write_screening(visit.screening)}
    cupping = cupping_of(plan)
    if cupping is not None:
        own["cupping"] = write_placements(cupping)
    counted = [found.override_of(one) for one in found.revised.overrides_needed]
    return PlanBody(
        screening=decided,
        plan=own,
        overrides=[override_tree(one) for one in counted if one is not None],
        techniques=[str(plan.technique)] if plan.technique else [],
    )


def override_tree(one: Override) -> dict[str, Any]:
    """Return an override as it is stored."""
    return msgspec.to_builtins(one)  # type: ignore[no-any-return]


def last_cupping(found: Drafted) -> Cupping | None:
    """Return what the last session set, ``None`` where there was none with cups."""
    visit = found.visit
    frame = frame_of(visit.screening, knowledge())
    for document in visit.documents[Kind.SESSION]:
        body = from_json(Kind.SESSION, document.body)
        assert isinstance(body, SessionBody)
        if document.on > visit.on or not body.cups:
            continue
        cups = tuple(_cup(one, body, frame.level_mm(one["level"])) for one in body.cups)
        technique = Technique(body.technique)
        dose = Dose(body.suction_kpa, body.retention_min, len(cups))
        return Cupping(technique, dose, cups)
    return None


def _cup(one: Mapping[str, Any], body: SessionBody, y_mm: float) -> Placement:
    return Placement(
        level=str(one["level"]),
        side=Side(one["side"]),
        lateral_mm=float(one["lateral_mm"]),
        y_mm=float(one.get("y_mm", y_mm)),
        inner_diameter_mm=float(one["inner_diameter_mm"]),
        suction_kpa=body.suction_kpa,
        retention_min=body.retention_min,
    )
