"""A letter is drafted from a visit and kept as a document: what it says, which plan it draws."""

from collections.abc import Mapping, Sequence

from django.http import QueryDict

from ventosa.letters import Case, Done, Happened, Letter, draft, kind_of, reader_of, to_be_cleared
from ventosa.record import InputError
from ventosa.terms import Technique
from ventosa.web.documents import LetterBody, SessionBody, from_json
from ventosa.web.gathering import Visit
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Kind
from ventosa.web.presenters.document import event_title
from ventosa.web.scope import Scope

MOST_TEXT = 20_000


def accepted_plan(visit: Visit) -> Document | None:
    """Return the newest accepted plan of the person up to the visit, ``None`` = there is none."""
    plans = visit.scope.documents(visit.patient).filter(kind=Kind.PLAN, mistake=None)
    return plans.filter(on__lte=visit.on).first()


def drafted_letter(visit: Visit, plan: Document | None, kind: str, reader: str) -> Letter:
    """Return the letter of a visit.

    Raises:
        InputError: there is no such kind or reader.
    """
    case = Case(
        visit.screening,
        visit.assessed.answers,
        _sessions(visit),
        _harms(visit.documents[Kind.ADVERSE_EVENT]),
        "" if plan is None else _plan(plan.body["plan"]),
    )
    return draft(case, knowledge(), kind=kind_of(kind), reader=reader_of(reader))


def _plan(plan: Mapping[str, str]) -> str:
    return ". ".join(words for words in (plan.get("title"), plan.get("summary")) if words)


def _sessions(visit: Visit) -> tuple[Done, ...]:
    done = []
    for document in visit.documents[Kind.SESSION]:
        body = from_json(Kind.SESSION, document.body)
        assert isinstance(body, SessionBody)
        if document.on <= visit.on:
            done.append(
                Done(
                    document.on,
                    Technique(body.technique),
                    body.counted,
                    body.suction_kpa,
                    body.retention_min,
                    body.pain_before,
                    body.pain_after,
                )
            )
    return tuple(done)


def _harms(documents: Sequence[Document]) -> tuple[Happened, ...]:
    over = {one.adds_to_id for one in documents if one.body["healed"]}
    return tuple(
        Happened(
            one.on,
            event_title(one.body["event"]),
            one.body["grade"],
            one.body["healed"] or one.id in over,
        )
        for one in documents
        if one.adds_to_id is None
    )


def letter_from(
    typed: QueryDict, visit: Visit, plan: Document | None, letter: Letter
) -> LetterBody:
    """Return a letter as it is kept, with the words that its writer left in it.

    Raises:
        InputError: names the field.
    """
    other = typed.get("other", "").strip()
    text = typed.get("text", "").strip().replace("\r\n", "\n")
    if not other or len(other) > 200:
        raise InputError("other", "write to whom it goes, in at most 200 signs")
    if not text or len(text) > MOST_TEXT:
        raise InputError("text", f"write what it says, in at most {MOST_TEXT:,} signs")
    asked = to_be_cleared(visit.screening)
    return LetterBody(
        direction="went",
        other=other,
        text=text,
        opening=letter.opening,
        plan=str(plan.id) if plan is not None and "drawn" in typed else "",
        course=[[s.on.isoformat(), s.pain_before, s.pain_after] for s in _sessions(visit)]
        if "course" in typed
        else [],
        rules=[finding.title for finding in asked] if letter.reader == "doctor" else [],
    )


def plan_of(scope: Scope, letter: Document) -> Document | None:
    """Return the plan that a letter draws."""
    named = letter.body.get("plan", "")
    plans = scope.documents(letter.patient).filter(kind=Kind.PLAN)
    return plans.filter(id=named).first() if named else None
