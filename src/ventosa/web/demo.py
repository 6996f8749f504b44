"""A clinic of invented people at several stages of care."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.http import QueryDict

from ventosa.assessing import PATIENT, PRACTITIONER, Entry
from ventosa.interview import not_riskier
from ventosa.record import InputError
from ventosa.web import revising
from ventosa.web.actions import assessments, clinics, documents, patients
from ventosa.web.documents import (
    AdverseEventBody,
    Contact,
    Details,
    NoteBody,
    SessionBody,
    WordBody,
)
from ventosa.web.drafting import drafted
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Encounter, Kind, Membership, Patient, User
from ventosa.web.pins import hash_of
from ventosa.web.scope import Scope

PEOPLE = (
    Details(
        name="Daniel Okafor",
        birth_date="1972-03-14",
        sex="male",
        phone="+44 7700 900123",
        in_need=Contact(name="Ngozi Okafor", phone="+44 7700 900124", relation="wife"),
        doctor=Contact(name="Dr Helen Marsh", phone="+44 20 7946 0101", relation="Marsh Practice"),
    ),
    Details(
        name="Noor Haddad",
        birth_date="1980-06-02",
        sex="female",
        phone="+44 7700 900345",
        language="ar",
    ),
    Details(name="Inês Moreau", birth_date="1991-11-30", sex="female", phone="+44 7700 900222"),
    Details(
        name="Ruth Adler", birth_date="1947", sex="female", phone="+44 7700 900811", language="de"
    ),
    Details(name="Yusuf Demir", birth_date="1999-01-20", sex="male", phone="+44 7700 900456"),
    Details(name="Mary-Ann Whitlock", birth_date="1985-08", sex="female"),
    Details(
        name="Maryann Whitlock", birth_date="1985-08-11", sex="female", phone="+44 7700 900777"
    ),
)
"""Inventions, all of them; the numbers are set aside for fiction."""


PIN = "4719"
"""The PIN of everybody in the demo clinic: it takes the tablet back and switches between people."""

OWNER = "samira"
"""The name at sign-in of the demo clinic's owner, by which a demo is told from a real clinic."""


def fill(now: datetime) -> None:
    """Fill an empty database with the demo clinic; a demo clinic is left as it is.

    Raises:
        InputError: it holds a clinic of real people, whose owner an address would sign in.
    """
    if User.objects.exists():
        if not User.objects.filter(username=OWNER).exists():
            raise InputError("--demo", "this folder or database holds a clinic that is no demo")
        return
    owner = clinics.found(
        name="Lindenhof Clinic", owner="Samira Lind", username=OWNER, password=None, now=now
    )
    for kind, material, mm, count, known in (
        ("pump", "plastic", 45, 8, "gauge"),
        ("pump", "plastic", 35, 6, "gauge"),
        ("silicone", "silicone", 50, 4, "lift"),
    ):
        clinics.own_cups(
            owner.clinic,
            kind=kind,
            material=material,
            inner_diameter_mm=mm,
            count=count,
            suction_known=known,
        )
    for username, name, practises in (("tomas", "Tomás Reyes", True), ("lena", "Lena Vogt", False)):
        user = User(id=new_id(), username=username, name=name)
        user.set_unusable_password()
        user.save(force_insert=True)
        clinics.join(
            owner.clinic, user=user, since=now.date(), practises=practises, assists=not practises
        )
    # One hash for all: a demo's PIN is printed, and is no secret.
    Membership.objects.filter(clinic=owner.clinic).update(pin=hash_of(PIN))
    owner.refresh_from_db()
    scope = Scope(owner, now)
    people = {
        details.name: patients.register(scope, details=details, key=f"demo-{number}")
        for number, details in enumerate(PEOPLE)
    }
    _courses(scope, people)


def _courses(scope: Scope, people: Mapping[str, Patient]) -> None:
    """Daniel is being assessed, Noor had two sessions, Ruth a doctor's no, Yusuf a harm."""
    _assess(
        scope, people["Daniel Okafor"], days_ago=0, facts={"radiculopathy": True}, whole=SCIATICA
    )
    noor = people["Noor Haddad"]
    for days in (14, 7):
        visit = _assess(scope, noor, days_ago=days, facts={}, whole=LUMBAR)
        _accept(_on(scope, days), visit)
        _session(_on(scope, days), noor, visit)
    _assess(scope, people["Ruth Adler"], days_ago=1, facts={"anticoagulant": True}, whole=LUMBAR)
    word = WordBody(
        by="Dr Helen Marsh", on=scope.today, how="phone", text="No cups while she takes apixaban."
    )
    documents.write(scope, patient=people["Ruth Adler"], kind=Kind.WORD, body=word, key="demo-word")
    yusuf = people["Yusuf Demir"]
    visit = _assess(scope, yusuf, days_ago=5, facts={}, whole=LUMBAR)
    _accept(_on(scope, 5), visit)
    _session(_on(scope, 5), yusuf, visit)
    blister = AdverseEventBody(event="blister", grade=1, text="A blister of 6 mm under cup 2.")
    documents.write(
        _on(scope, 3), patient=yusuf, kind=Kind.ADVERSE_EVENT, body=blister, key="demo-blister"
    )
    note = NoteBody(
        title="Telephone", text="Asks whether swimming is all right. Yes, once it is closed."
    )
    documents.write(_on(scope, 2), patient=yusuf, kind=Kind.NOTE, body=note, key="demo-note")


SCIATICA: Mapping[str, Any] = {
    "pain_now": 6,
    "pain_week": 7,
    "goal": "Sit through a working day",
    "sites": [
        {"level": "L2", "side": "both", "tension": 1, "tenderness": 1},
        {"level": "L4", "side": "right", "tension": 2, "tenderness": 1},
        {"level": "L5", "side": "right", "tension": 3, "tenderness": 2},
        {"level": "L5", "side": "left", "tension": 1, "tenderness": 0},
    ],
    "zones": [
        {"kind": "lesion", "side": "left", "level": "T12", "lateral_mm": 50, "radius_mm": 12},
    ],
}
LUMBAR: Mapping[str, Any] = {
    "pain_now": 5,
    "pain_week": 5,
    "goal": "Lift my daughter",
    "sites": [
        {"level": "L3", "side": "both", "tension": 2, "tenderness": 1},
        {"level": "L5", "side": "both", "tension": 1, "tenderness": 1},
    ],
    "zones": [],
}


def _on(scope: Scope, days_ago: int) -> Scope:
    return replace(
        scope, now=scope.now - timedelta(days=days_ago), seen={}, listed={}, written=set()
    )


def _assess(
    scope: Scope,
    patient: Patient,
    *,
    days_ago: int,
    facts: Mapping[str, Any],
    whole: Mapping[str, Any],
) -> Encounter:
    """A visit at which every question of the patient was answered: no, or what ``facts`` says."""
    then = _on(scope, days_ago)
    visit = assessments.begin(then, patient=patient, key=f"demo-{patient.number}-{days_ago}")
    known = knowledge()
    said: list[tuple[str, Any, str]] = []
    for group in known.groups.values():
        open_ = [
            fact
            for fact in known.facts.values()
            if fact.group == group.id
            and fact.zone is None
            and fact.id not in facts
            and not_riskier(fact) is False
        ]
        if group.none and group.id != "today":
            for who in (PATIENT, PRACTITIONER):
                own = [one.id for one in open_ if (one.who == "patient") == (who == PATIENT)]
                said.append((f"none:{group.id}", own, who))
    said += [(f"fact:{id}", value, PATIENT) for id, value in facts.items()]
    said += [
        ("fact:pregnant", "no", PATIENT),
        ("fact:first_session", visit.previous_id is None, PRACTITIONER),
        ("fact:height_cm", 172, PRACTITIONER),
        ("fact:systolic_bp_mmhg", 128, PRACTITIONER),
        ("fact:diastolic_bp_mmhg", 78, PRACTITIONER),
    ]
    said += [(field, value, PRACTITIONER) for field, value in whole.items()]
    entries = [
        Entry(key=f"demo-{visit.id}-{n}", field=field, value=value, said=who)
        for n, (field, value, who) in enumerate(said)
        if value != [] or field == "zones"
    ]
    assessments.say(then, encounter=visit, entries=entries, knowledge=known)
    return visit


def _accept(scope: Scope, visit: Encounter) -> None:
    """The plan that the program proposed that day, accepted as it was."""
    found = drafted(gather(scope, scope.encounter(visit.id)))
    form = QueryDict(mutable=True)
    form["sha"] = found.sha
    revising.accept(found, form, f"demo-plan-{visit.id.hex}")


def _session(scope: Scope, patient: Patient, visit: Encounter) -> None:
    cups = [
        {"level": level, "side": side, "lateral_mm": 42, "inner_diameter_mm": 45}
        for level in ("L3", "L5")
        for side in ("left", "right")
    ]
    body = SessionBody(
        technique="dry_static",  # type: ignore[arg-type]
        suction_kpa=20,
        retention_min=5,
        cups=cups,
        pain_before=5,
        pain_after=4,
    )
    key = f"demo-session-{visit.id}"
    session = documents.write(
        scope, patient=patient, kind=Kind.SESSION, body=body, key=key, encounter=visit
    )
    documents.sign(scope, document=session)
