"""A letter: what is urgent stands first, what is confidential stays, what is asked is asked."""

from datetime import date

import pytest

from ventosa.drawing import PainPoint, draw_course
from ventosa.knowledge import Knowledge
from ventosa.letters import (
    MOST_SESSIONS,
    Case,
    Done,
    Happened,
    Letter,
    LetterKind,
    Reader,
    answer_place,
    draft,
    kind_of,
    reader_of,
)
from ventosa.record import Answers, Complaint, InputError, Interval, PalpatedSite, Value
from ventosa.screening import screen
from ventosa.terms import Side, Technique, Urgency

ON = date(2026, 11, 24)


def written(
    knowledge: Knowledge,
    facts: dict[str, Value | None],
    *,
    kind: LetterKind = LetterKind.REFERRAL,
    reader: Reader = Reader.DOCTOR,
    **more: object,
) -> Letter:
    complaint = Complaint(pain_now=6, goal="Lift her", sites=(PalpatedSite("L4", Side.LEFT, 2, 1),))
    answers = Answers(answered_on=ON, facts=facts, complaint=complaint, zones=())
    case = Case(screen(answers, None, knowledge, on=ON), answers, **more)  # type: ignore[arg-type]
    return draft(case, knowledge, kind=kind, reader=reader)


def lines(letter: Letter, heading: str) -> str:
    return "\n".join(
        line for part in letter.parts if part.heading == heading for line in part.lines
    )


def test_what_is_urgent_opens_the_letter_and_is_not_in_its_text(knowledge: Knowledge) -> None:
    letter = written(knowledge, {"saddle_numbness": True})
    assert letter.urgency is Urgency.EMERGENCY
    assert letter.opening.startswith("Emergency. We ask you to see this person now.")
    assert len(letter.opening) > 60
    assert letter.opening not in letter.text


def test_nothing_urgent_opens_nothing(knowledge: Knowledge) -> None:
    assert written(knowledge, {"anticoagulant": True}).opening == ""


def test_what_is_open_and_could_be_urgent_is_said(knowledge: Knowledge) -> None:
    letter = written(knowledge, {"anticoagulant": True})
    assert "still open" in lines(letter, "What was found")


def test_a_doctor_is_asked_about_what_was_referred(knowledge: Knowledge) -> None:
    asked = lines(written(knowledge, {"anticoagulant": True}), "What we ask")
    assert "(C06)" in asked
    told = written(knowledge, {"anticoagulant": True}, reader=Reader.PHYSIOTHERAPIST)
    assert "(C06)" not in lines(told, "What we ask")


def test_confidential_answers_are_left_out_unless_it_is_urgent(knowledge: Knowledge) -> None:
    question = knowledge.facts["blood_borne_virus"].question
    assert knowledge.facts["blood_borne_virus"].sensitive
    plain = written(knowledge, {"blood_borne_virus": True})
    assert question not in plain.text and "confidential is left out" in plain.text
    urgent = written(knowledge, {"blood_borne_virus": True, "saddle_numbness": True})
    assert question in urgent.text


def test_a_physiotherapist_is_not_told_a_confidential_finding(knowledge: Knowledge) -> None:
    facts: dict[str, Value | None] = {"pregnant": "yes"}
    doctor = lines(written(knowledge, facts), "What was found").lower()
    other = lines(written(knowledge, facts, reader=Reader.PHYSIOTHERAPIST), "What was found")
    assert "pregnan" in doctor
    assert "pregnan" not in other.lower() and "confidential is left out" in other


def test_answers_are_told_and_a_no_is_only_counted(knowledge: Knowledge) -> None:
    facts: dict[str, Value | None] = {
        "anticoagulant": True,
        "diabetes": False,
        "eczema": False,
        "inr": None,
        "weight_kg": Interval(82, 82),
    }
    told = lines(written(knowledge, facts), "Asked and answered")
    assert f"{knowledge.facts['anticoagulant'].question} Yes." in told
    assert "2 other questions were answered with no." in told
    assert f"{knowledge.facts['inr'].question} Not known." in told
    assert "82 kg." in told


def test_sessions_and_harms_stand_with_their_days(knowledge: Knowledge) -> None:
    done = Done(date(2026, 11, 10), Technique.DRY_STATIC, 4, 20.0, 5.0, 6, 4)
    harm = Happened(date(2026, 11, 12), "Blister", 1, is_over=False)
    letter = written(knowledge, {}, sessions=(done,), harms=(harm,), plan="Four cups")
    text = "2026-11-10: dry static, 4 cups, 20 kPa below ambient, 5 min, pain 6 before, 4 after"
    assert text in letter.text
    assert "2026-11-12: Blister, grade 1 of 5, not over yet" in letter.text
    assert lines(letter, "Plan") == "Four cups"


def test_only_the_last_sessions_are_listed_and_all_are_counted(knowledge: Knowledge) -> None:
    sessions = tuple(
        Done(date(2026, 10, day), Technique.DRY_STATIC, 4) for day in range(1, MOST_SESSIONS + 4)
    )
    told = lines(written(knowledge, {}, sessions=sessions), "Cupping done here").splitlines()
    assert told[0] == f"- {MOST_SESSIONS + 3} sessions; the last {MOST_SESSIONS}:"
    assert len(told) == MOST_SESSIONS + 1 and "2026-10-01" not in "".join(told)


def test_a_letter_promises_nothing(knowledge: Knowledge) -> None:
    text = written(knowledge, {}, kind=LetterKind.PROGRESS).text.lower()
    assert not any(word in text for word in ("cure", "heal", "improved", "success"))


def test_the_answer_has_a_place_for_each_question() -> None:
    assert answer_place(["Blood thinner"])[1] == "Blood thinner: cups may be used   yes / no"


def test_an_unknown_kind_or_reader_is_refused() -> None:
    with pytest.raises(InputError):
        kind_of("love")
    with pytest.raises(InputError):
        reader_of("everybody")


# --- the course ---------------------------------------------------------------------------------


def test_the_chart_shows_each_session_and_says_it_in_words() -> None:
    points = [PainPoint(date(2026, 11, 17), 5, 3), PainPoint(date(2026, 11, 10), 6, None)]
    chart = draw_course(points, title="Pain <b>")
    assert chart.count('class="vc-before"') == 2 and chart.count('class="vc-after"') == 1
    assert "<desc>2026-11-10 6 before; 2026-11-17 5 before 3 after</desc>" in chart
    assert "<b>" not in chart


def test_without_a_pain_there_is_no_chart() -> None:
    assert draw_course([PainPoint(date(2026, 11, 17), None, None)], title="Pain") == ""


def test_a_graver_pain_is_drawn_higher() -> None:
    low, high = (
        float(draw_course([PainPoint(ON, pain, None)], title="").split('cy="')[1].split('"')[0])
        for pain in (1, 9)
    )
    assert high < low
