"""The plan page for a person on the command line: gathers what the page needs and calls it."""

from ventosa.geometry import Frame
from ventosa.knowledge import Knowledge, load_library
from ventosa.knowledge.model import Caps, TechniqueTable
from ventosa.page import PersonHead, TechniqueWords, plan_page
from ventosa.planning import frame_of
from ventosa.record import Answers, Dose, Interval, PatientRecord, Plan, Said, Screening
from ventosa.terms import DoseClass


def page_of(
    record: PatientRecord | None,
    answers: Answers,
    knowledge: Knowledge,
    screening: Screening,
    proposed: Plan,
) -> str:
    """Return the plan page as HTML."""
    frame: Frame = frame_of(screening, knowledge)
    return plan_page(
        proposed,
        screening,
        person=_head(record, screening),
        frame=frame,
        sites=answers.complaint.sites if answers.complaint else (),
        techniques={t: _words(table) for t, table in knowledge.techniques.items()},
        to_ask=_to_ask(knowledge),
        broken_limits=(),
        phrases={fact.id: fact.question for fact in knowledge.facts.values()},
    )


def _head(record: PatientRecord | None, screening: Screening) -> PersonHead:
    age, sex = screening.facts.get("age_years"), screening.facts.get("sex")
    first = screening.facts.get("first_session")
    return PersonHead(
        name=record.name if record else None,
        birth_date=record.birth_date if record else None,
        age_years=age.value if age and isinstance(age.value, Interval) else None,
        sex=str(sex.value) if sex else None,
        session="first session" if first and first.value is True else None,
    )


def _words(table: TechniqueTable) -> TechniqueWords:
    usual = table.columns[DoseClass.USUAL]
    assert usual is not None
    return TechniqueWords(table.file.name, _dose(usual), _dose(table.hard_stop))


def _dose(caps: Caps) -> Dose:
    return Dose(caps.suction_kpa, caps.retention_min, caps.cups or 0, caps.repetitions)


def _to_ask(knowledge: Knowledge) -> tuple[Said, ...]:
    return tuple(
        Said(entry.text, entry.sources, entry.editorial, entry.title, entry.kind, entry.audience)
        for entry in load_library(knowledge).advice
        if entry.kind == "practitioner" and entry.audience == "patient"
    )
