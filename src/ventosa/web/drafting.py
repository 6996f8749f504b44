"""The plan of a visit as it stands: proposed, being changed by one person or two, or accepted."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import msgspec

from ventosa.contract.plans import read_placements
from ventosa.planning.drafting import Revised
from ventosa.planning.overriding import (
    NeededOverride,
    Override,
    OverrideReason,
    check_override,
)
from ventosa.planning.restoring import restored
from ventosa.record import Cupping, InputError, NotAllowed, Plan
from ventosa.repeating import sha_of
from ventosa.web.documents import Body
from ventosa.web.gathering import Visit
from ventosa.web.knowing import knowledge, library
from ventosa.web.models import Document, Kind, PlanStep
from ventosa.web.solving import proposal

T = TypeVar("T")


class StepBody(Body):
    """A plan after one change: what to set, and what was done to come there.

    ``cupping`` is ``None`` where the plan is again what was proposed.
    """

    said: str
    cupping: dict[str, Any] | None = None
    overrides: list[dict[str, Any]] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class State:
    """Technique, dose and cups as they stand, with the overrides beside them."""

    cupping: Cupping | None
    overrides: tuple[Override, ...] = ()


def to_tree(value: Any) -> Any:
    """Return the JSON of a value of the core."""
    return msgspec.to_builtins(value)


def from_tree(tree: Any, shape: type[T]) -> T:
    """Return a value of the core from JSON that this program stored."""
    return msgspec.convert(tree, shape)


@dataclass
class Drafted:
    """The plan of one visit with all that was changed, and who accepted what."""

    visit: Visit
    accepted: Document | None
    decided: Document | None
    steps: Sequence[PlanStep]

    @cached_property
    def heads(self) -> tuple[PlanStep, ...]:
        """The steps that no later one had in sight; two = two people wrote."""
        followed = {step.follows_id for step in self.steps}
        followed |= {step.settles_id for step in self.steps}
        return tuple(step for step in self.steps if step.id not in followed)

    @property
    def head(self) -> PlanStep | None:
        """The newest step; ``None`` = nothing was changed."""
        return self.heads[-1] if self.heads else None

    @property
    def is_editing(self) -> bool:
        """Whether a plan is being made: none is accepted yet, or it is being changed."""
        return self.accepted is None or self.head is not None

    @cached_property
    def state(self) -> State:
        """What stands now: the newest step, the accepted plan, or nothing but the proposal."""
        return self.state_of(self.head)

    def state_of(self, step: PlanStep | None) -> State:
        """Return what stood after a step; ``None`` = before any."""
        if step is not None:
            body = msgspec.convert(step.body, StepBody)
            return _state(body.cupping, body.overrides)
        if self.accepted is not None:
            body_ = self.accepted.body
            return _state(body_["plan"].get("cupping"), body_["overrides"])
        return State(None)

    def before(self, step: PlanStep) -> PlanStep | None:
        """Return the step whose state taking back the change of ``step`` leads to."""
        by_id = {one.id: one for one in self.steps}
        stands_for = by_id.get(step.back_to_id, step) if step.back_to_id else step
        return by_id.get(stands_for.follows_id) if stands_for.follows_id else None

    @property
    def can_undo(self) -> bool:
        """Whether a change can be taken back."""
        return self.head is not None and self.head.body["said"] != ""

    @cached_property
    def proposed(self) -> Plan:
        """What the program proposes today."""
        visit = self.visit
        return proposal(visit.screening, visit.answers, visit.tolerated)

    @cached_property
    def revised(self) -> Revised:
        """The plan as it stands, read by the checker."""
        return self.revised_of(self.state)

    def revised_of(self, state: State) -> Revised:
        """Return a state as a plan of today."""
        if state.cupping is None:
            return Revised(self.proposed, (), ())
        visit = self.visit
        base = self.proposed
        if base.technique is not state.cupping.technique:
            try:
                base = proposal(
                    visit.screening, visit.answers, visit.tolerated, state.cupping.technique
                )
            except (InputError, NotAllowed):
                base = self.proposed  # the checker says why it may not be used
        return restored(
            state.cupping,
            base,
            visit.screening,
            visit.answers,
            knowledge(),
            library(),
            tolerated=visit.tolerated,
        )

    @cached_property
    def uncovered(self) -> tuple[NeededOverride, ...]:
        """Numbers beyond today's limit for which no override counts."""
        return tuple(one for one in self.revised.overrides_needed if self.override_of(one) is None)

    def override_of(self, needed: NeededOverride) -> Override | None:
        """Return the override that covers a number, if one does."""
        for one in self.state.overrides:
            if not check_override(one, needed, self.visit.screening):
                return one
        return None

    @property
    def problems(self) -> tuple[str, ...]:
        """All that stands against accepting, in words; empty = it may be accepted."""
        return (
            *(("two people changed this plan: choose one",) if len(self.heads) > 1 else ()),
            *self.revised.problems,
            *(
                f"{one.wanted:g} lies beyond today's limit of {one.limit:g}: it needs a reason"
                for one in self.uncovered
            ),
        )

    @cached_property
    def sha(self) -> str:
        """The hash over what the plan rests on."""
        return sha_of(self.visit.answers, self.visit.screening)


def _state(cupping: Any, overrides: Sequence[Any]) -> State:
    return State(
        None if cupping is None else read_placements(json.dumps(cupping).encode()),
        # A reason that is no longer on the list opens nothing: the number needs another one.
        tuple(from_tree(o, Override) for o in overrides if o["reason"] in tuple(OverrideReason)),
    )


def drafted(visit: Visit) -> Drafted:
    """Return the plan of a visit; three queries, however much was changed."""
    kept: dict[str, Document] = {}
    documents = (
        Document.objects.filter(
            clinic=visit.scope.clinic,
            encounter=visit.encounter,
            kind__in=(Kind.PLAN, Kind.SCREENING),
            mistake__isnull=True,
        )
        .select_related("author__user")
        .order_by("at", "id")
    )
    screenings = {}
    for document in documents:
        kept[document.kind] = document
        screenings[str(document.id)] = document
    accepted = kept.get(Kind.PLAN)
    decided = None if accepted is None else screenings.get(accepted.body["screening"])
    steps = (
        PlanStep.objects.filter(
            clinic=visit.scope.clinic, encounter=visit.encounter, changes=accepted
        )
        .select_related("author__user")
        .order_by("at", "id")
    )
    return Drafted(visit, accepted, decided, list(steps))
