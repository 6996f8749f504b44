"""The page of somebody who treats: what counts today, and what a person may ask."""

from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse

from cast import Cast
from ventosa.practising import Paper, practising
from ventosa.terms import Technique
from ventosa.web.actions import people
from ventosa.web.knowing import library


def page(cast: Cast, whose: str = "alice", who: str = "carol") -> Any:
    return cast.client(who).get(reverse("practitioner", args=[getattr(cast, whose).id]))


def keep(cast: Cast, **paper: Any) -> None:
    scope = cast.scope("alice")
    given = {"technique": "wet", "kind": "licence", "issuer": "Board", "number": "7", **paper}
    people.keep_paper(scope, membership=scope.membership, paper=given)


def test_a_paper_that_has_expired_is_struck_and_opens_nothing(cast: Cast) -> None:
    today = cast.scope("alice").today
    keep(cast, issuer="Old board", expires_on=today - timedelta(days=1))
    text = unescape(page(cast).content.decode())
    assert 'class="struck"' in text and "expired: the same as none" in text
    assert "Not offered today." in text
    keep(cast, issuer="New board", expires_on=today)
    assert "Not offered today." not in unescape(page(cast).content.decode())


def test_insurance_is_shown_and_says_nothing_of_skill(cast: Cast) -> None:
    assert "No insurance that counts today" in page(cast).content.decode()
    keep(cast, technique="fire", kind="insurance", issuer="Mutual")
    text = unescape(page(cast).content.decode())
    assert "Mutual" in text and "No insurance that counts today" not in text
    assert "Not offered today." in text  # fire cupping still needs training


@pytest.mark.parametrize("technique", [Technique.FIRE, Technique.WET, Technique.MOVING])
def test_being_insured_changes_nothing_that_is_offered(cast: Cast, technique: Technique) -> None:
    today = cast.scope("alice").today
    old = today - timedelta(days=1)
    insured = [Paper(technique, "insurance"), Paper(technique, "insurance", old)]
    assert practising(insured, on=today) == practising([], on=today)


def test_every_sentence_of_the_knowledge_stands_there_with_its_mark(cast: Cast) -> None:
    text = unescape(page(cast).content.decode())
    for one in library().advice:
        if one.kind in ("practitioner", "hygiene"):
            assert one.text in text, one.id
            assert (one.editorial or "") in text, one.id
    assert "Without that, stop the cups." in text


def test_questions_come_before_reasons_to_leave(cast: Cast) -> None:
    text = unescape(page(cast).content.decode())
    ask, leave = text.index('id="ask"'), text.index('id="leave"')
    for one in library().advice:
        if one.kind == "practitioner":
            is_question = ask < text.index(one.text) < leave
            assert is_question is one.id.startswith("ask_"), one.id


@pytest.mark.parametrize("whose", ["carol", "olga", "eve"])
def test_who_does_not_treat_here_today_has_no_page(cast: Cast, whose: str) -> None:
    assert page(cast, whose, who="alice").status_code == 404


def test_another_clinics_practitioner_is_not_there(cast: Cast) -> None:
    assert page(cast, "mallory").status_code == 404


def test_words_of_a_paper_run_nowhere(cast: Cast) -> None:
    keep(cast, issuer="<script>alert(1)</script> \u202egnp.exe")
    text = page(cast).content.decode()
    assert "<script>alert" not in text and "\u202e" not in text


def test_no_change_of_the_tables_is_missing(db: None) -> None:
    call_command("makemigrations", "clinic", check=True, dry_run=True, verbosity=0)
