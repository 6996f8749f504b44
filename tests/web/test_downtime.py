"""A day on paper: who comes, a form for every bed, the emergency sheet."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from cast import Cast
from ventosa.knowledge import Knowledge, Library
from ventosa.logic import Boolean
from ventosa.record import InputError
from ventosa.web.actions import clinics
from ventosa.web.actions.audit import broken_links, seal
from ventosa.web.models import AuditRow, AuditSeen, Patient
from ventosa.web.running import downtime
from ventosa.web.running.recovery import lines, new_key, read_sheet
from ventosa.web.running.sheet import sheet
from ventosa.web.things import BEDS, ROOMS, SITES

NOW = datetime.now(UTC)


def with_beds(cast: Cast, *names: str) -> None:
    scope = cast.scope("alice")
    site = clinics.add(scope, thing=SITES, given={"name": "Main", "address": "", "order": 0})
    room = clinics.add(scope, thing=ROOMS, given={"name": "Room 1"}, parent=site)
    for name in names:
        clinics.add(scope, thing=BEDS, given={"name": name}, parent=room)


@pytest.mark.django_db
def test_the_pages_hold_the_day_and_a_form_for_every_bed(cast: Cast, tmp_path: Path) -> None:
    with_beds(cast, "Window", "Door")
    patient, closed = cast.patient(), cast.patient(name="Ruth Adler", birth_date="1947")
    yesterday = cast.patient(name="Yusuf Demir")
    cast.visit(patient)
    cast.visit(closed)
    cast.visit(yesterday, days_ago=2)
    Patient.objects.filter(id=closed.id).update(privacy="team")
    harbour, _hill = downtime.write(tmp_path, NOW, None)
    page = harbour.read_text()
    assert "Daniel Okafor" in page and "1972-03-14" in page
    assert "Ruth Adler" not in page and "closed record" in page
    assert "Yusuf Demir" not in page
    assert page.count("Before cups · Room 1") == 2
    assert "Window" in page and "Door" in page and page.count("<svg") == 2
    assert cast.alice.clinic.emergency_number in page
    assert harbour.stat().st_mode & 0o077 == 0
    assert "<script" not in page and "http" not in re.sub(r'xmlns="[^"]+"', "", page)
    with pytest.raises(InputError, match="there already"):
        downtime.write(tmp_path, NOW, None)


@pytest.mark.django_db
def test_who_stands_on_the_list_is_left_in_the_audit(cast: Cast, tmp_path: Path) -> None:
    patient = cast.patient()
    cast.visit(patient)
    downtime.write(tmp_path, NOW, None)
    row = AuditRow.objects.get(clinic=cast.alice.clinic, what="downtime")
    assert row.who is None and row.act == "list"
    assert [seen.patient for seen in AuditSeen.objects.filter(row=row)] == [patient.id]
    log = cast.client("alice").get(reverse("access", args=[patient.id])).content.decode()
    assert "The program" in log and "printed for a day on paper" in log
    seal(cast.alice.clinic, now=datetime.now(UTC))
    assert broken_links(cast.alice.clinic) == []


@pytest.mark.django_db
def test_another_day_is_another_list(cast: Cast, tmp_path: Path) -> None:
    cast.visit(cast.patient(), days_ago=3)
    day = (NOW - timedelta(days=3)).date()
    page = downtime.write(tmp_path, NOW, day)[0].read_text()
    assert "Daniel Okafor" in page and str(day) in page


def test_every_question_whose_yes_weighs_is_asked(knowledge: Knowledge) -> None:
    asked = {question for group in downtime.groups(knowledge) for question in group.questions}
    for fact in knowledge.facts.values():
        group = knowledge.groups.get(fact.group)
        if group is None or group.only_if is not None or fact.zone is not None:
            continue
        weighs = isinstance(fact.type, Boolean) and fact.riskier is True
        if weighs and fact.detail_of is None and fact.who in ("patient", "record"):
            assert (fact.question in asked) is (group.id != "clinic"), fact.id
    assert knowledge.facts["pregnant"].question in asked


def test_the_emergency_sheet_holds_every_grave_harm_with_what_to_do(library: Library) -> None:
    said = downtime.emergencies(library)
    grave = {e.id for e in library.adverse_events if e.grade_from >= 3 and not e.expected}
    assert grave and grave <= {harm.id for harm in said["harms"]}
    assert all(harm.do for harm in said["harms"])
    assert said["harms"][0].scope == "systemic"
    assert "call now" in said["call"].text.lower()


def test_a_sheet_holds_its_key_and_the_end_of_the_audit() -> None:
    key = new_key()
    page = sheet(key, [("Harbour & Sons", "7:" + "a" * 64)], NOW)
    assert read_sheet(page) == key
    assert all(line in page for line in lines(key))
    assert "7:" + "a" * 64 in page and "Harbour &amp; Sons" in page and "<svg" in page


def test_paper_carries_its_own_style() -> None:
    assert "@page" in render_to_string("paper/paper.css")
