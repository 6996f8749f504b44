"""Letters in the clinic: drafted, kept with what is urgent first, printed, answered."""

from html import unescape
from typing import Any

import pytest
from django.urls import reverse

from accepted import accept, assessed
from cast import Cast
from ventosa.terms import Decision, Technique
from ventosa.web import paper
from ventosa.web.actions import documents
from ventosa.web.documents import LetterBody, SessionBody
from ventosa.web.gathering import gather
from ventosa.web.ids import new_id
from ventosa.web.models import Document, Encounter, Kind


def session(cast: Cast, visit: Encounter, before: int, after: int) -> Document:
    body = SessionBody(technique=Technique.DRY_STATIC, pain_before=before, pain_after=after)
    return documents.write(
        cast.scope("alice"),
        patient=visit.patient,
        kind=Kind.SESSION,
        body=body,
        key=new_id().hex,
        encounter=visit,
    )


def page(cast: Cast, visit: Encounter, **query: str) -> Any:
    return cast.client("alice").get(reverse("letter", args=[visit.id]), query)


def send(cast: Cast, visit: Encounter, **more: str) -> Any:
    form = {"kind": "referral", "reader": "doctor", "other": "Dr Marsh", "text": "Please look."}
    form |= {"drawn": "on", "course": "on", "key": new_id().hex}
    return cast.client("alice").post(reverse("letter", args=[visit.id]), form | more)


def sent(cast: Cast, visit: Encounter, **more: str) -> Document:
    answer = send(cast, visit, **more)
    assert answer.status_code == 302, answer.content.decode()
    return Document.objects.filter(kind=Kind.LETTER).latest("at")


def test_it_is_drafted_from_the_record(cast: Cast) -> None:
    visit = assessed(cast, anticoagulant=True)
    session(cast, visit, 6, 4)
    text = unescape(page(cast, visit).content.decode())
    assert "(C06)" in text and "pain 6 before, 4 after" in text
    other = unescape(page(cast, visit, reader="physiotherapist").content.decode())
    assert "(C06)" not in other
    assert page(cast, visit, reader="everybody").status_code == 404


def test_what_is_urgent_is_kept_whatever_the_writer_leaves(cast: Cast) -> None:
    visit = assessed(cast, saddle_numbness=True)
    letter = sent(cast, visit, text="Dear colleague, please look when you can.")
    assert letter.body["opening"].startswith("Emergency.")
    printed = cast.client("alice").get(reverse("letter_print", args=[letter.id])).content.decode()
    assert printed.index('class="urgent"') < printed.index("Dear colleague")


def test_it_is_kept_with_the_drawn_plan_and_the_course(cast: Cast) -> None:
    visit = assessed(cast)
    plan = accept(cast, visit)
    session(cast, visit, 6, 4)
    letter = sent(cast, visit)
    assert letter.body["plan"] == str(plan.id)
    assert letter.body["course"] == [[visit.on.isoformat(), 6, 4]]
    printed = cast.client("alice").get(reverse("letter_print", args=[letter.id]))
    text = printed.content.decode()
    assert text.count('class="vb-cupn"') == 4 and 'class="vc"' in text
    assert "Your answer" in text and "Daniel Okafor" in text
    assert "script-src 'none'" in printed["Content-Security-Policy"]


def test_the_same_form_twice_is_one_letter(cast: Cast) -> None:
    visit = assessed(cast)
    session(cast, visit, 6, 4)
    key = new_id().hex
    first, again = sent(cast, visit, key=key), sent(cast, visit, key=key)
    assert first == again


@pytest.mark.parametrize("missing", ["other", "text"])
def test_a_letter_without_words_is_not_kept_and_loses_nothing(cast: Cast, missing: str) -> None:
    visit = assessed(cast)
    answer = send(cast, visit, **{"other": "Dr Vogel", "text": "Own words."} | {missing: " "})
    assert answer.status_code == 422
    kept = {"other": "Own words.", "text": "Dr Vogel"}[missing]
    assert kept in answer.content.decode()
    assert not Document.objects.filter(kind=Kind.LETTER).exists()


def answered(cast: Cast, letter: Document, kind: str, **form: str) -> Document:
    url = reverse(f"answer_{kind}", args=[letter.id])
    assert cast.client("alice").get(url).status_code == 200
    answer = cast.client("alice").post(url, {"key": new_id().hex, **form})
    assert answer.status_code == 302, answer.content.decode()
    return Document.objects.filter(kind=kind).latest("at")


def test_its_answer_is_a_word_from_outside_that_closes_at_once(cast: Cast) -> None:
    visit = assessed(cast)
    letter = sent(cast, visit)
    word = answered(
        cast, letter, "word", by="Dr Marsh", how="letter", text="No cups.", covers="everything"
    )
    assert word.body["answers"] == str(letter.id) and word.adds_to_id is None
    scope = cast.scope("alice")
    screening = gather(scope, scope.encounter(visit.id)).screening
    assert {t.certain for t in screening.techniques.values()} == {Decision.AVOID}
    shown = cast.client("alice").get(reverse("document", args=[letter.id])).content.decode()
    assert reverse("document", args=[word.id]) in shown


def test_its_answer_is_a_clearance(cast: Cast) -> None:
    visit = assessed(cast, anticoagulant=True)
    letter = sent(cast, visit)
    cleared = answered(cast, letter, "clearance", by="Dr Marsh", clears="C06", in_writing="on")
    assert cleared.body["answers"] == str(letter.id)
    scope = cast.scope("alice")
    dry = gather(scope, scope.encounter(visit.id)).screening.techniques[Technique.DRY_STATIC]
    assert dry.certain is Decision.MODIFY


def test_an_answer_outlives_the_letter_it_answers(cast: Cast) -> None:
    """A letter entered in error takes what was added to it along; a doctor's no stays."""
    visit = assessed(cast)
    letter = sent(cast, visit)
    word = answered(
        cast, letter, "word", by="Dr Marsh", how="letter", text="No cups.", covers="everything"
    )
    documents.enter_in_error(cast.scope("alice"), document=letter, reason="Wrong reader")
    word.refresh_from_db()
    assert not hasattr(word, "mistake")
    printed = cast.client("alice").get(reverse("letter_print", args=[letter.id])).content.decode()
    assert "not to be sent" in printed


def test_only_a_letter_that_went_out_is_printed_and_answered(cast: Cast) -> None:
    patient = cast.patient()
    came = documents.write(
        cast.scope("alice"),
        patient=patient,
        kind=Kind.LETTER,
        body=LetterBody(direction="came", other="Dr Marsh", text="INR 2.4."),
        key=new_id().hex,
    )
    for name in ("letter_print", "letter_pdf", "answer_word", "answer_clearance", "answer_letter"):
        assert cast.client("alice").get(reverse(name, args=[came.id])).status_code == 404


def test_a_letter_of_before_is_still_read(cast: Cast) -> None:
    """Bodies written before a letter knew its plan have none of the later keys."""
    letter = sent(cast, assessed(cast))
    old = {"direction": "went", "other": "Dr Marsh", "text": "As it was.", "scan": ""}
    letter.id, letter.key, letter.body = new_id(), new_id().hex, old
    letter.save(force_insert=True)
    client = cast.client("alice")
    assert client.get(reverse("document", args=[letter.id])).status_code == 200
    assert "As it was." in client.get(reverse("letter_print", args=[letter.id])).content.decode()


def test_who_assists_writes_no_letter_and_no_clearance(cast: Cast) -> None:
    visit = assessed(cast)
    letter = sent(cast, visit)
    client = cast.client("carol")
    assert client.get(reverse("letter", args=[visit.id])).status_code == 403
    assert client.get(reverse("answer_clearance", args=[letter.id])).status_code == 403
    assert client.get(reverse("answer_word", args=[letter.id])).status_code == 200


def test_as_a_pdf(cast: Cast) -> None:
    visit = assessed(cast)
    accept(cast, visit)
    letter = sent(cast, visit, text="<script>alert(1)</script> \u202egnp.exe")
    answer = cast.client("alice").get(reverse("letter_pdf", args=[letter.id]))
    if not paper.can_print():
        assert answer["Location"] == reverse("letter_print", args=[letter.id])
        return
    assert answer.content.startswith(b"%PDF-")
    assert letter.patient.name not in answer["Content-Disposition"]


def test_nothing_in_a_letter_runs(cast: Cast) -> None:
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(1)> \u202egnp.exe'
    letter = sent(cast, assessed(cast), other=nasty, text=nasty)
    printed = cast.client("alice").get(reverse("letter_print", args=[letter.id])).content.decode()
    assert "<script" not in printed and "<img" not in printed and "\u202e" not in printed
    assert "[U+202E]gnp.exe" in printed
