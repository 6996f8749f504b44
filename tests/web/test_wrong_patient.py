"""What was written into the wrong record is moved by one act, and stays visible there."""

import pytest
from django.urls import reverse

from cast import Cast
from recorded import gathered, key, reading, say, word, write
from ventosa.assessing import Entry
from ventosa.record import NotAllowed
from ventosa.terms import Technique
from ventosa.web.actions import assessments, documents, moves
from ventosa.web.documents import AdverseEventBody, ClearanceBody, NoteBody
from ventosa.web.gathering import Visit
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document, Kind, Mistake, Patient, Signature
from ventosa.web.models import Entry as Row
from ventosa.web.models.record import Privacy
from ventosa.web.words import word_id


def test_a_document_moves_whole_and_stays_struck_through(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    harm = write(cast, first, Kind.ADVERSE_EVENT, AdverseEventBody("burn", 2, text="A red ring."))
    documents.sign(cast.scope("alice"), document=harm)
    visits = [cast.visit(first), cast.visit(second)]
    assert reading(gathered(cast, visits[0]).record, "reaction_burn") == [True]
    form = {"q": "Moreau", "to": str(second.id), "reason": "Two charts were open", "move": "1"}
    client = cast.client("bob")
    path = reverse("document_move", args=[harm.id])
    answer = client.post(path, {**form, "key": "m"})
    assert answer.status_code == 302
    assert client.post(path, {**form, "key": "m"}).url == answer.url  # sent twice, moved once
    copy = Document.objects.get(moved_from=harm)
    assert (copy.body, copy.author_id, copy.on) == (harm.body, harm.author_id, harm.on)
    assert not Signature.objects.filter(document=copy).exists()
    assert reading(gathered(cast, visits[0]).record, "reaction_burn") == []
    assert reading(gathered(cast, visits[1]).record, "reaction_burn") == [True]
    old = client.get(reverse("document", args=[harm.id])).content.decode()
    assert "Two charts were open" in old and reverse("document", args=[copy.id]) in old
    assert "Moreau" not in old  # the other person is not named here
    new = client.get(reverse("document", args=[copy.id])).content.decode()
    assert "Signed by Alice" in new and "needs a new signature" in new
    # Moving back is the same act.
    back = moves.move_document(
        cast.scope("bob"), document=copy, to=first, reason="It was right", key="back"
    )
    assert reading(gathered(cast, visits[0]).record, "reaction_burn") == [True]
    assert reading(gathered(cast, visits[1]).record, "reaction_burn") == []
    assert back.moved_from_id == copy.id


def test_a_visit_moves_with_all_that_was_said_and_written(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    visit = cast.visit(first)
    say(cast, visit, "fact:anticoagulant", True, note="Apixaban")
    said = write(cast, first, Kind.WORD, word(cast), encounter=visit)
    letter = ClearanceBody(covers=word_id(said.id), by="Dr Marsh", on=cast.scope("alice").today)
    write(cast, first, Kind.CLEARANCE, letter, encounter=visit)
    note = write(cast, first, Kind.NOTE, NoteBody(text="Inside"), encounter=visit)
    documents.add_to(cast.scope("alice"), document=note, text="More", key="more")
    outside = write(cast, first, Kind.NOTE, NoteBody(text="Outside"))
    target = cast.visit(second)
    assert not _stands(gathered(cast, target), "C06")
    moved = moves.move_visit(
        cast.scope("alice"), encounter=visit, to=second, reason="Wrong chart", key="v"
    )
    again = moves.move_visit(
        cast.scope("alice"), encounter=visit, to=second, reason="Wrong chart", key="v"
    )
    assert again.id == moved.id and moved.moved_from_id == visit.id
    assert gathered(cast, visit).assessed.answers.facts.get("anticoagulant") is None
    assert gathered(cast, visit).screening.exit != 5 and not _stands(gathered(cast, visit), "C06")
    there = gathered(cast, moved)
    assert there.assessed.answers.facts["anticoagulant"] is True and _stands(there, "C06")
    assert there.assessed.notes["fact:anticoagulant"] == ("Apixaban",)
    # The clearance names the word as it stands there now.
    assert "cleared" in str(there.screening.techniques[Technique.DRY_STATIC].findings).lower()
    assert Mistake.objects.count() == 4
    assert not Mistake.objects.filter(document=outside).exists()
    added = Document.objects.get(patient=second, adds_to__isnull=False)
    assert added.adds_to is not None and added.adds_to.body["text"] == "Inside"
    page = cast.client("bob").get(reverse("visit_read", args=[visit.id])).content.decode()
    assert "Entered in error" in page and reverse("visit_read", args=[moved.id]) in page


def _stands(visit: Visit, rule: str) -> bool:
    findings = visit.screening.techniques[Technique.DRY_STATIC].findings
    return any(one.rule == rule and one.state == "true" for one in findings)


def test_nothing_more_is_said_or_written_in_a_visit_that_was_moved(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    visit = cast.visit(first)
    say(cast, visit, "pain_now", 4)
    moves.move_visit(cast.scope("alice"), encounter=visit, to=second, reason="Wrong", key="v")
    with pytest.raises(NotAllowed, match="moved"):
        say(cast, visit, "pain_now", 5)
    with pytest.raises(NotAllowed, match="moved"):
        write(cast, first, Kind.NOTE, NoteBody(text="x"), encounter=visit)
    with pytest.raises(NotAllowed, match="moved already"):
        moves.move_visit(cast.scope("bob"), encounter=visit, to=second, reason="Wrong", key="w")
    assert cast.visit(first).previous is None
    assert cast.visit(second).previous_id is not None


def test_entries_of_a_moved_visit_keep_their_order_and_what_they_saw(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    visit, scope = cast.visit(first), cast.scope("alice")
    keys = [key() for _ in range(30)]
    entries = [
        Entry(key=one, field="pain_now", value=n % 11, saw=keys[n - 1] if n else "")
        for n, one in enumerate(keys)
    ]
    for entry in entries:
        assessments.say(scope, encounter=visit, entries=[entry], knowledge=knowledge())
    moved = moves.move_visit(scope, encounter=visit, to=second, reason="Wrong", key="v")
    rows = list(Row.objects.filter(encounter=moved).order_by("id"))
    before = Row.objects.filter(encounter=visit).order_by("id")
    assert [row.value for row in rows] == [row.value for row in before]
    complaint = gathered(cast, moved).assessed.answers.complaint
    assert complaint is not None and complaint.pain_now == 29 % 11
    assert gathered(cast, moved).assessed.differing == ()


def test_nothing_moves_to_another_clinic_or_past_its_team(cast: Cast) -> None:
    first, hill = cast.patient(), cast.patient("mallory")
    closed = cast.patient(name="Inês Moreau")
    Patient.objects.filter(id=closed.id).update(privacy=Privacy.TEAM)
    note = write(cast, first, Kind.NOTE, NoteBody(text="x"), who="bob")
    path, client = reverse("document_move", args=[note.id]), cast.client("bob")
    form = {"reason": "Wrong", "move": "1"}
    assert client.post(path, {**form, "to": str(hill.id)}).status_code == 404
    assert client.post(path, {**form, "to": str(closed.id)}).status_code == 403
    assert client.post(path, {**form, "to": "nonsense"}).status_code == 404
    assert client.post(path, {**form, "to": str(first.id)}).status_code == 422
    assert client.post(path, {**form, "q": "Okafor"}).status_code == 422
    assert client.post(path, {"to": str(cast.patient().id), "move": "1"}).status_code == 422
    assert cast.client("mallory").get(path).status_code == 404
    assert not Mistake.objects.exists()
    listed = client.post(path, {"q": "Inês", "search": "1"}).content.decode()
    assert "Moreau" not in listed


def test_who_a_patient_is_does_not_move(cast: Cast) -> None:
    first, second = cast.patient(), cast.patient(name="Inês Moreau")
    details = Document.objects.get(patient=first, kind=Kind.DETAILS)
    with pytest.raises(NotAllowed, match="Details"):
        moves.move_document(
            cast.scope("alice"), document=details, to=second, reason="Wrong", key="d"
        )
