"""One person twice in the register: noticed, read as one, and taken back."""

import re
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cast import Cast
from ventosa.assessing import PATIENT, Entry
from ventosa.matching import Person, keys, phone_end, plain, words
from ventosa.record import NotAllowed
from ventosa.web import finding
from ventosa.web.actions import assessments, documents, patients
from ventosa.web.documents import NoteBody
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.knowing import knowledge
from ventosa.web.models import Kind, Merge, Patient, PatientKey, PatientWord
from ventosa.web.scope import Restricted
from ventosa.web.settings import HERE


def names(cast: Cast, person: Person) -> list[str]:
    return [
        patient.name for patient, _ in patients.doubles(cast.scope("alice"), person=person).alike
    ]


def test_nobody_is_born_ahead_and_today_is_a_birth_date(cast: Cast) -> None:
    client, today = cast.client("alice"), cast.scope("alice").today
    form = {"key": "k", "name": "Ada", "language": "en"}
    ahead = (today + timedelta(days=1)).isoformat()
    answer = client.post(reverse("patient_new"), {**form, "birth_date": ahead})
    assert answer.status_code == 422 and "lies ahead" in answer.content.decode()
    born = client.post(reverse("patient_new"), {**form, "birth_date": today.isoformat()})
    assert born.status_code == 302


def test_a_form_that_is_too_large_is_refused_in_words(cast: Cast) -> None:
    client = cast.client("alice")
    client.raise_request_exception = False
    answer = client.post(reverse("patient_new"), {"name": "x" * 2_100_000})
    assert answer.status_code == 400
    assert "Nothing was saved" in answer.content.decode()
    assert not cast.scope("alice").patients().exists()


# --- noticed ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "typed"),
    [
        (("Mohammed Al-Haddad", "1980-06-02", ""), Person("محمد الحداد", "1980")),
        (("محمد الحداد", "", ""), Person("Haddad, Muhammad")),
        (("Noor Haddad", "1980-06-02", ""), Person("نور حداد", "1980-02-06")),
        (("Daniel Okafor", "1972-03-14", ""), Person("Daniel Okafer", "1972-03")),
        (("Daniel Okafor", "1972-03-14", ""), Person("Dnaiel Xkafor", "1972-03-14")),
        (("Ruth Adler", "", "+44 7700 900811"), Person("R. A.", "", "07700 900811")),
        (("Ruth Adler", "", "0044 7700 900811"), Person("Someone", "", "٠٧٧٠٠٩٠٠٨١١")),
        (("Abdulrahman Saleh", "1990-01-01", ""), Person("عبد الرحمن صالح")),
    ],
)
def test_somebody_entered_before_is_noticed(cast: Cast, there: Any, typed: Person) -> None:
    name, born, phone = there
    cast.patient(name=name, birth_date=born, phone=phone)
    cast.patient(name="Inês Moreau", birth_date="1991-11-30", phone="+44 7700 900222")
    assert names(cast, typed) == [name]


def test_a_twin_is_shown_and_never_stops_anybody(cast: Cast) -> None:
    cast.patient(name="Anna Whitlock", birth_date="1985-08-11")
    client = cast.client("alice")
    form = {"key": "t", "name": "Beth Whitlock", "birth_date": "1985-08-11", "language": "en"}
    shown = client.post(reverse("patient_new"), form)
    assert b"Already in the register?" in shown.content and Patient.objects.count() == 1
    entered = client.post(reverse("patient_new"), {**form, "entered_on_purpose": "1"})
    assert entered.status_code == 302 and Patient.objects.count() == 2


def test_a_namesake_comes_after_who_is_likelier(cast: Cast) -> None:
    cast.patient(name="Anna Schmidt", birth_date="1950-01-01")
    cast.patient(name="Anna Schmitt", birth_date="1985-08-11")
    assert names(cast, Person("Anna Schmidt", "1985")) == ["Anna Schmitt", "Anna Schmidt"]


def test_another_clinics_patient_is_never_named(cast: Cast) -> None:
    cast.patient("mallory")
    assert names(cast, Person("Daniel Okafor", "1972-03-14")) == []


def fill(cast: Cast, count: int) -> None:
    """A register of invented people, put in without their documents."""
    clinic, now = cast.alice.clinic, cast.scope("alice").now
    first = ["Anna", "Mohammed", "Noor", "Peter", "Ines", "Yusuf", "Ruth", "Daniel", "Eva", "Omar"]
    last = [f"{a}{b}{c}" for a in ("ka", "lo", "mi") for b in "rstbdg" for c in ("an", "el", "ik")]
    made = []
    for n in range(count):
        name = f"{first[n % 10]} {last[n // 10 % len(last)].title()}"
        born = f"{1930 + n % 83}-{n % 12 + 1:02}-{n % 28 + 1:02}"
        made.append(
            Patient(
                clinic=clinic,
                number=10 + n,
                name=name,
                plain_name=plain(name),
                birth_date=born,
                phone_end=phone_end(f"07700{n:06}"),
                created_at=now,
                key=f"fill-{n}",
            )
        )
    Patient.objects.bulk_create(made, batch_size=500)
    PatientWord.objects.bulk_create(
        (PatientWord(clinic=clinic, patient=p, word=w) for p in made for w, _ in words(p.name)),
        batch_size=500,
    )
    PatientKey.objects.bulk_create(
        (
            PatientKey(clinic=clinic, patient=p, key=key)
            for p in made
            for key in keys(Person(p.name, p.birth_date))
        ),
        batch_size=500,
    )


def test_looking_for_a_double_uses_an_index_each_way(cast: Cast) -> None:
    fill(cast, 2000)
    person = Person("Mohammed Karan", "1980-06-02", "07700 000123")
    with CaptureQueriesContext(connection) as made:
        patients.doubles(cast.scope("alice"), person=person)
    assert len(made) <= 12
    if connection.vendor != "sqlite":
        return
    for query in made.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
            plan = [row[3] for row in cursor.fetchall()]
        for table in ("clinic_patient", "clinic_patientkey"):
            assert not any(step.startswith(f"SCAN {table}") for step in plan), plan
            searched = [s for s in plan if s.startswith(f"SEARCH {table} USING INDEX")]
            # One equal column alone is the clinic: everybody in it would be looked at.
            assert not any(s.endswith("(clinic_id=?)") for s in searched), plan


def test_a_longer_register_costs_no_more_queries(cast: Cast) -> None:
    person, counts = Person("Mohammed Karan", "1980-06-02", "07700 000123"), []
    for count in (20, 600):
        PatientKey.objects.all().delete()
        PatientWord.objects.all().delete()
        Patient.objects.all().delete()
        fill(cast, count)
        with CaptureQueriesContext(connection) as made:
            patients.doubles(cast.scope("alice"), person=person)
        counts.append(len(made))
    assert abs(counts[0] - counts[1]) <= 1  # a way that finds no key asks no second question


# --- read as one --------------------------------------------------------------------------------


@pytest.fixture
def two(cast: Cast) -> tuple[Patient, Patient]:
    one = cast.patient(name="Mary-Ann Whitlock", birth_date="1985-08")
    other = cast.patient(name="Maryann Adler", birth_date="1985-08-11", phone="07700 900777")
    return one, other


def note(cast: Cast, patient: Patient, text: str) -> None:
    documents.write(
        cast.scope("alice"), patient=patient, kind=Kind.NOTE, body=NoteBody(text=text), key=text
    )


def texts(cast: Cast, patient: Patient) -> set[str]:
    found = cast.scope("alice").documents(patient).filter(kind=Kind.NOTE)
    return {document.body["text"] for document in found}


def merge(cast: Cast, kept: Patient, merged: Patient) -> Merge:
    made = patients.merge(cast.scope("alice"), kept=kept, merged=merged)
    kept.refresh_from_db()
    merged.refresh_from_db()
    return made


def test_both_are_read_as_one_and_again_as_two(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    note(cast, kept, "one")
    note(cast, merged, "two")
    row = merge(cast, kept, merged)
    assert texts(cast, kept) == texts(cast, merged) == {"one", "two"}
    note(cast, kept, "three")
    patients.unmerge(cast.scope("alice"), merge=row)
    patients.unmerge(cast.scope("alice"), merge=row)
    merged.refresh_from_db()
    assert texts(cast, kept) == {"one", "three"} and texts(cast, merged) == {"two"}


def test_the_address_of_the_merged_one_leads_to_the_kept(
    cast: Cast, two: tuple[Patient, Patient]
) -> None:
    kept, merged = two
    merge(cast, kept, merged)
    client = cast.client("bob")
    answer = client.get(reverse("chart", args=[merged.id]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("chart", args=[kept.id])
    page = answer.content.decode()
    assert f"No. {merged.number} was merged into this record on" in page and "by Alice" in page


@pytest.mark.parametrize("typed", ["whitlock", "adler", "maryann", "900777", "1985-08-11", "2"])
def test_the_person_is_found_by_what_either_record_holds(
    cast: Cast, two: tuple[Patient, Patient], typed: str
) -> None:
    kept, merged = two
    merge(cast, kept, merged)
    typed = "07700 900777" if typed == "900777" else typed
    found = [patient.id for patient in finding.patients(cast.scope("alice"), typed, most=9)]
    assert found == [kept.id]


def test_a_name_that_is_searched_stands_in_no_address(
    cast: Cast, two: tuple[Patient, Patient]
) -> None:
    client, path = cast.client("bob"), reverse("patients")
    assert "Nobody fits" in client.post(path, {"q": "Ozymandias"}).content.decode()
    assert "Nobody fits" not in client.get(path, {"q": "Ozymandias"}).content.decode()
    beside = reverse("same_person", args=[two[0].id])
    assert "Nobody fits" in client.post(beside, {"q": "Ozymandias"}).content.decode()
    for template in (HERE / "templates").rglob("*.html"):
        for form in re.findall(r"<form[^>]*>.*?</form>", template.read_text("utf-8"), re.DOTALL):
            if 'method="post"' not in form:
                assert not re.search(r'type="(text|search|tel|email)"|<textarea', form), template


def test_after_it_is_taken_back_each_is_found_by_its_own_name(
    cast: Cast, two: tuple[Patient, Patient]
) -> None:
    kept, merged = two
    patients.unmerge(cast.scope("alice"), merge=merge(cast, kept, merged))
    found = [patient.id for patient in finding.patients(cast.scope("alice"), "adler", most=9)]
    assert found == [merged.id]


def test_a_double_of_the_merged_one_is_the_kept(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    merge(cast, kept, merged)
    assert names(cast, Person("Maryann Adler", "1985-08-11")) == [kept.name]


def test_merged_records_are_merged_no_further(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    third = cast.patient(name="Mary Whitlock")
    merge(cast, kept, merged)
    for into, gone in ((third, merged), (merged, third), (third, kept), (kept, kept)):
        with pytest.raises(NotAllowed):
            merge(cast, into, gone)
    merge(cast, kept, third)
    assert set(cast.scope("alice").one_person(third)) == {kept.id, merged.id, third.id}


def test_team_only_of_either_closes_both(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    patients.set_privacy(cast.scope("alice"), patient=merged, privacy="team")
    row = merge(cast, kept, merged)
    for patient in two:
        with pytest.raises(Restricted):
            cast.scope("bob").patient(patient.id)
        assert cast.scope("alice").patient(patient.id) == patient
    assert not finding.patients(cast.scope("bob"), "whitlock", most=9)
    assert finding.patients(cast.scope("alice"), "whitlock", most=9)
    patients.unmerge(cast.scope("alice"), merge=row)
    assert cast.scope("bob").patient(kept.id) == kept


def say(cast: Cast, patient: Patient, **facts: Any) -> Any:
    visit = cast.visit(patient, days_ago=0)
    entries = [Entry(new_id().hex, f"fact:{id}", value, PATIENT) for id, value in facts.items()]
    assessments.say(cast.scope("alice"), encounter=visit, entries=entries, knowledge=knowledge())
    return visit


def test_the_riskier_of_both_records_counts(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    say(cast, merged, cancer_history=True, anticoagulant=True, osteoporosis=False)
    visit = say(cast, kept, cancer_history=False)
    alone = gather(cast.scope("alice"), visit).screening
    assert alone.facts["cancer_history"].value is False
    row = merge(cast, kept, merged)
    both = gather(cast.scope("alice"), cast.scope("alice").encounter(visit.id)).screening
    assert both.facts["cancer_history"].value is True
    assert any(conflict.fact == "cancer_history" for conflict in both.conflicts)
    assert "osteoporosis" not in both.facts  # what makes nothing riskier answers nothing here
    patients.unmerge(cast.scope("alice"), merge=row)
    again = gather(cast.scope("alice"), cast.scope("alice").encounter(visit.id)).screening
    assert again.facts["cancer_history"].value is False


def test_a_visit_never_builds_on_the_other_record(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    own = say(cast, kept, cancer_history=False)
    say(cast, merged, cancer_history=False)
    merge(cast, kept, merged)
    assert cast.visit(kept).previous_id == own.id


# --- the pages ----------------------------------------------------------------------------------


def test_merged_and_taken_back_by_hand(cast: Cast, two: tuple[Patient, Patient]) -> None:
    kept, merged = two
    client, address = cast.client("alice"), reverse("same_person", args=[two[0].id])
    page = client.get(address, {"with": str(merged.id)}).content.decode()
    assert "Mary-Ann Whitlock" in page and "Maryann Adler" in page and "differs" in page
    nothing = client.post(address, {"with": str(merged.id)})
    assert nothing.status_code == 422 and not Merge.objects.exists()
    done = client.post(address, {"with": str(merged.id), "keep": str(kept.id)})
    assert done.status_code == 302
    assert "merged on" in client.get(address).content.decode()
    row = Merge.objects.get()
    client.post(reverse("unmerge", args=[kept.id]), {"merge": str(row.id)})
    merged.refresh_from_db()
    assert not merged.is_merged


def test_another_clinics_record_is_not_merged(cast: Cast, two: tuple[Patient, Patient]) -> None:
    theirs = cast.patient("mallory")
    address = reverse("same_person", args=[two[0].id])
    form = {"with": str(theirs.id), "keep": str(two[0].id)}
    assert cast.client("alice").post(address, form).status_code == 404
    assert cast.client("carol").post(address, form).status_code == 403
    assert not Merge.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_desks_that_merge_crosswise_merge_once(cast: Cast) -> None:
    one, other = cast.patient(name="Anna"), cast.patient(name="Anne")
    outcomes: list[str] = []

    def desk(who: str, kept: Patient, merged: Patient) -> None:
        from django.db import DatabaseError

        try:
            patients.merge(cast.scope(who), kept=kept, merged=merged)
            outcomes.append("merged")
        except (NotAllowed, DatabaseError) as error:
            outcomes.append(type(error).__name__)
        finally:
            connection.close()

    desks = [
        threading.Thread(target=desk, args=("alice", one, other)),
        threading.Thread(target=desk, args=("bob", other, one)),
    ]
    for thread in desks:
        thread.start()
    for thread in desks:
        thread.join()
    assert sorted(outcomes)[-1] == "merged" and outcomes.count("merged") == 1
    assert Merge.objects.count() == 1 and Patient.objects.filter(is_merged=True).count() == 1


def test_a_registration_sent_again_with_other_words_loses_neither(cast: Cast) -> None:
    client, form = cast.client("alice"), {"name": "Noor Haddad", "key": "one"}
    first = client.post(reverse("patient_new"), form)
    assert first.headers["Location"] == client.post(reverse("patient_new"), form)["Location"]
    assert first.cookies["accepted"].value == "one"
    answer = client.post(
        reverse("patient_new"), {**form, "name": "Ruth Adler", "entered_on_purpose": "1"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422 and "sent before with other words" in page
    assert 'value="Ruth Adler"' in page and 'name="key" value="one"' not in page
    assert Patient.objects.count() == 1
