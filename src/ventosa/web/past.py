"""The clinic's own log of a person, as it is stored, becomes sessions and harms of the core."""

from collections.abc import Sequence
from datetime import date

from ventosa.history import PastEvent, PastSession
from ventosa.record import Dose
from ventosa.terms import Technique
from ventosa.web.documents import AdverseEventBody, SessionBody, stored
from ventosa.web.models import Document, Kind


def past_sessions(documents: Sequence[Document], *, on: date) -> tuple[PastSession, ...]:
    """Return the sessions up to a day; one that came later is no experience of that day."""
    done = ((one, _body(one)) for one in documents if one.on <= on)
    # Where no cup was on there was no session; where nobody said, there was one.
    return tuple(_session(one, body) for one, body in done if body.counted != 0)


def past_events(documents: Sequence[Document], *, on: date) -> tuple[PastEvent, ...]:
    """Return the harms, each with whether somebody wrote that it is over.

    The note of healing is the addendum of somebody who treats (``actions.documents.heal``). That a
    harm was over when it was entered, which an assistant may do, is no such note.
    One that was seen after the day of an open visit counts in it too: harm is never overlooked.
    """
    healed = {
        one.adds_to_id: one.on
        for one in sorted(documents, key=lambda one: one.on, reverse=True)
        if one.adds_to_id is not None and _harm(one).healed
    }
    ids = {one.id for one in documents}
    return tuple(
        PastEvent(
            kind=_harm(one).event,
            on=min(one.on, on),
            source=f"AdverseEvent/{one.id}",
            healed=_harm(one).healed or one.id in healed,
            healed_on=healed.get(one.id),
        )
        for one in documents
        # What adds to a harm says more of it; standing alone it is one of its own.
        if one.adds_to_id is None or one.adds_to_id not in ids
    )


def _body(document: Document) -> SessionBody:
    body = stored(Kind.SESSION, document.body)
    assert isinstance(body, SessionBody)
    return body


def _session(document: Document, body: SessionBody) -> PastSession:
    return PastSession(
        on=document.on,
        technique=Technique(body.technique),
        dose=Dose(body.suction_kpa, body.retention_min, body.counted or 0),
        harmed=body.harmed,
        source=f"Procedure/{document.id}",
    )


def _harm(document: Document) -> AdverseEventBody:
    body = stored(Kind.ADVERSE_EVENT, document.body)
    assert isinstance(body, AdverseEventBody)
    return body
