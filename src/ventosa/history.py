"""The clinic's own log of sessions and harms becomes readings, beside those of a record.

What each harm answers is said in its file (``knowledge/adverse_events``). The log never answers
"no" to an earlier harm, since it does not know what happened elsewhere; an empty log says nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from ventosa.knowledge.files import AdverseEventFile
from ventosa.record import Clearance, Dose, InputError, Interval, Reading
from ventosa.terms import Technique

FIRST_SESSION = "first_session"
SESSIONS_WITHOUT_HARM = "sessions_without_harm"

_SOURCE = re.compile(r"[A-Z][A-Za-z]*/\S+")


@dataclass(frozen=True, slots=True)
class PastSession:
    """A session as done here. ``source`` names its entry in the log ("Procedure/12")."""

    on: date
    technique: Technique
    dose: Dose
    harmed: bool
    source: str

    def __post_init__(self) -> None:
        _named(self.source)


@dataclass(frozen=True, slots=True)
class PastEvent:
    """A harm or an expected trace as seen here; ``kind`` is the id of its knowledge file.

    ``source`` names its entry in the log ("AdverseEvent/3"); ``healed`` is true once somebody has
    recorded that it healed, ``healed_on`` the day of that note.
    """

    kind: str
    on: date
    source: str
    healed: bool
    healed_on: date | None = None

    def __post_init__(self) -> None:
        _named(self.source)


def readings_of(
    sessions: Sequence[PastSession],
    events: Sequence[PastEvent],
    kinds: Iterable[AdverseEventFile],
    *,
    on: date,
) -> tuple[Reading, ...]:
    """Return what the log answers as of a day; each reading names its entry and the entry's date.

    ``kinds`` are the adverse events of the library. An event of a kind that is not among them (any
    more) is a harm: what it answers is not known, and it never counts as none.

    Raises:
        InputError: an entry lies after the day.
    """
    known = {kind.id: kind for kind in kinds}
    for index, session in enumerate(sessions):
        _not_after(f"sessions[{index}].on", session.on, on)
    for index, event in enumerate(events):
        _not_after(f"events[{index}].on", event.on, on)
    harms = [event for event in events if event.kind not in known or not known[event.kind].expected]
    return (
        *_first_session(sessions),
        *_without_harm(sessions, harms),
        *(
            Reading(answers, True, _said(event), event.on)
            for event in sorted(events, key=lambda event: event.on)
            if event.kind in known and (answers := known[event.kind].answers) is not None
        ),
    )


def clearances_of(
    events: Sequence[PastEvent], kinds: Iterable[AdverseEventFile], *, on: date
) -> tuple[Clearance, ...]:
    """Return what the notes of healing up to a day clear: the fact that a harm answers, once every
    harm here that answers it has such a note.

    Where a rule is cleared by nothing, this changes nothing (a burn).
    """
    notes: dict[str, list[date | None]] = {}
    known = {kind.id: kind for kind in kinds}
    for event in events:
        answers = known[event.kind].answers if event.kind in known else None
        if answers is not None:
            notes.setdefault(answers, []).append(event.healed_on)
    cleared = []
    for fact, days in notes.items():
        noted = [day for day in days if day is not None and day <= on]
        if len(noted) == len(days):
            cleared.append(Clearance(fact, "the clinic's own note that it has healed", max(noted)))
    return tuple(cleared)


def tolerated(sessions: Sequence[PastSession]) -> Mapping[Technique, Dose]:
    """Return the dose of the last session without harm of each technique, as ``plan`` takes it.

    It is never more than a dose of that technique that did harm on the same day or later; a
    technique without a session free of harm is absent.
    """
    found: dict[Technique, Dose] = {}
    # Of one day, what did harm comes last, so that it lowers.
    for session in sorted(sessions, key=lambda session: (session.on, session.harmed)):
        held = found.get(session.technique)
        if not session.harmed:
            found[session.technique] = session.dose
        elif held is not None:
            found[session.technique] = _lower(held, session.dose)
    return MappingProxyType(found)


def _first_session(sessions: Sequence[PastSession]) -> tuple[Reading, ...]:
    """That it is not the first session, from the earliest; nothing where the log is empty."""
    if not sessions:
        return ()
    first = min(sessions, key=lambda session: session.on)
    return (Reading(FIRST_SESSION, False, _said(first), first.on),)


def _without_harm(
    sessions: Sequence[PastSession], harms: Sequence[PastEvent]
) -> tuple[Reading, ...]:
    """How many sessions followed the last harm; none while a harm has not healed.

    A session on the day of the harm may be the one that did it and is not counted (editorial; the
    clinic decides).
    """
    harmful: list[PastSession | PastEvent] = [*harms, *(s for s in sessions if s.harmed)]
    last = max((entry.on for entry in harmful), default=date.min)
    counted = [s for s in sessions if s.on > last and not s.harmed]
    unhealed = [event for event in harms if not event.healed]
    if unhealed:
        counted = []
    entries = counted or unhealed or harmful or sessions
    if not entries:
        return ()
    newest = max(entries, key=lambda entry: entry.on)
    number = Interval(len(counted), len(counted))
    return (Reading(SESSIONS_WITHOUT_HARM, number, _said(newest), newest.on),)


def _lower(one: Dose, other: Dose) -> Dose:
    """The lower of two doses, quantity by quantity; one that has no meaning keeps none."""

    def least(mine: float | None, theirs: float | None) -> float | None:
        return mine if mine is None or theirs is None else min(mine, theirs)

    passes = least(one.repetitions, other.repetitions)
    return Dose(
        least(one.suction_kpa, other.suction_kpa),
        least(one.retention_min, other.retention_min),
        min(one.cups, other.cups),
        None if passes is None else int(passes),
    )


def _said(entry: PastSession | PastEvent) -> str:
    return f"{entry.source} of {entry.on}"


def _named(source: str) -> None:
    if _SOURCE.fullmatch(source) is None:
        raise InputError("source", "names an entry of the log, such as Procedure/12")


def _not_after(path: str, day: date, on: date) -> None:
    if day > on:
        raise InputError(path, f"lies after {on}")
