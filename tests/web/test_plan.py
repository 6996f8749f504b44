"""The plan of a visit: changed under the checker's eye, accepted once, decided again."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cast import Cast
from ventosa.assessing import Entry
from ventosa.web import demo, solving
from ventosa.web.actions import assessments, clinics, documents, moves
from ventosa.web.demo import LUMBAR, _assess
from ventosa.web.documents import SessionBody, WordBody
from ventosa.web.gathering import gather
from ventosa.web.knowing import knowledge
from ventosa.web.models import (
    AuditRow,
    CupSet,
    CupStock,
    Document,
    Encounter,
    Kind,
    PlanStep,
    Training,
)
from ventosa.web.opening import findings_of, open_finding, opened
from ventosa.web.working import Worker


@pytest.fixture(autouse=True)
def solved_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The solver runs in this process: what the worker does is tested with the worker."""

    def run(self: Worker, work: Any, *args: Any, **kwargs: Any) -> Any:
        return work(*args, **kwargs)

    monkeypatch.setattr(Worker, "run", run)
    solving._kept.clear()


@pytest.fixture
def visit(cast: Cast) -> Encounter:
    return assessed(cast)


def assessed(cast: Cast, who: str = "alice", **facts: Any) -> Encounter:
    """A visit at which everything was asked and cups may be used."""
    for mm, count in ((45, 8), (35, 6)):
        clinics.own_cups(
            cast.alice.clinic,
            kind="pump",
            material="plastic",
            inner_diameter_mm=mm,
            count=count,
            suction_known="gauge",
        )
    return _assess(cast.scope(who), cast.patient(), days_ago=0, facts=facts, whole=LUMBAR)


def steps(visit: Encounter) -> list[PlanStep]:
    return list(PlanStep.objects.filter(encounter=visit).order_by("at", "id"))


def saw(visit: Encounter) -> str:
    accepted = Document.objects.filter(encounter=visit, kind=Kind.PLAN).order_by("at", "id").last()
    newest = PlanStep.objects.filter(encounter=visit, changes=accepted).order_by("at", "id").last()
    shown = newest or accepted
    return "" if shown is None else str(shown.id)


def post(client: Client, visit: Encounter, where: str = "change", **form: Any) -> Any:
    form.setdefault("saw", saw(visit))
    return client.post(f"/visits/{visit.id}/plan/{where}/", form)


def page(client: Client, visit: Encounter) -> Any:
    return client.get(f"/visits/{visit.id}/plan/")


def accept(client: Client, visit: Encounter, **form: Any) -> Any:
    context = page(client, visit).context
    given = {"sha": context["sha"], "seen": json.dumps(context["summary"]), "key": "accept-1"}
    return post(client, visit, "accept", **(given | form))


def set_by(client: Client, visit: Encounter, quantity: str) -> list[str]:
    """The rules that set today's limit of a number."""
    forms = page(client, visit).context["beyond"]
    rules = [card.rule for one in forms if one.quantity == quantity for card, _ in one.findings]
    assert rules
    return rules


def read(client: Client, visit: Encounter, rule: str) -> Any:
    return client.get(f"/visits/{visit.id}/plan/findings/{rule}/")


def cupping(step: PlanStep) -> Mapping[str, Any]:
    return step.body["cupping"]  # type: ignore[no-any-return]


def test_the_page_says_what_is_proposed(cast: Cast, visit: Encounter) -> None:
    response = page(cast.client("alice"), visit)
    assert response.status_code == 200
    text = response.content.decode()
    assert "Proposed plan" in text and "What decided" in text and 'class="vb-cup"' in text
    assert "<style" not in text and " style=" not in text


def test_a_number_is_stepped_and_taken_back(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    assert post(alice, visit, act="dose", quantity="suction_kpa", value="15").status_code == 302
    assert cupping(steps(visit)[-1])["dose"]["suction_kpa"] == 15
    assert post(alice, visit, act="dose", quantity="retention_min", value="3").status_code == 302
    post(alice, visit, act="undo")
    assert cupping(steps(visit)[-1])["dose"] == cupping(steps(visit)[0])["dose"]
    post(alice, visit, act="undo")
    assert steps(visit)[-1].body["cupping"] is None
    assert post(alice, visit, act="undo").status_code == 422
    assert len(steps(visit)) == 4


def test_a_cup_is_moved_removed_added_and_its_twin_goes_along(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    before = page(alice, visit).context["plan"].placements
    post(alice, visit, act="up", cup="1")
    after = cupping(steps(visit)[-1])["placements"]
    assert after[0]["y_mm"] == round(before[0].y_mm - 5)
    assert len({cup["y_mm"] for cup in after[:2]}) == 1
    x = before[0].lateral_mm + 6
    post(alice, visit, act="move", cup="1", x=str(-x), y="300")
    moved = cupping(steps(visit)[-1])["placements"][0]
    assert (moved["side"], moved["lateral_mm"], moved["y_mm"]) == ("left", round(x), 300)
    post(alice, visit, act="remove", cup="1")
    assert len(cupping(steps(visit)[-1])["placements"]) == len(before) - 2
    post(alice, visit, act="add", level="T9", side="both", size="35")
    assert len(cupping(steps(visit)[-1])["placements"]) == len(before)


@pytest.mark.parametrize(
    "form",
    [
        {"act": "move", "cup": "99", "x": "1", "y": "1"},
        {"act": "move", "cup": "1", "x": "nan", "y": "1"},
        {"act": "dose", "quantity": "colour", "value": "1"},
        {"act": "dose", "quantity": "suction_kpa", "value": "many"},
        {"act": "technique", "technique": "hammer"},
        {"act": "technique", "technique": "wet"},
        {"act": "set", "set": "none"},
        {"act": "last"},
        {"act": "fly"},
        {"act": "undo"},
        {"act": "reopen"},
    ],
)
def test_what_is_no_change_writes_nothing(cast: Cast, visit: Encounter, form: Any) -> None:
    response = post(cast.client("alice"), visit, **form)
    assert response.status_code == 422
    assert "Nothing was changed" in response.content.decode()
    assert steps(visit) == []


def test_the_checker_answers_at_once_and_holds_back_the_accepting(
    cast: Cast, visit: Encounter
) -> None:
    alice = cast.client("alice")
    post(alice, visit, act="move", cup="1", x="-10", y="300")
    shown = page(alice, visit)
    assert "midline" in shown.content.decode() and shown.context["problems"]
    assert accept(alice, visit).status_code == 422
    assert not Document.objects.filter(kind=Kind.PLAN).exists()


def test_a_number_beyond_the_limit_needs_a_reason_and_what_set_it_read(
    cast: Cast, visit: Encounter
) -> None:
    alice = cast.client("alice")
    form = {"quantity": "suction_kpa", "wanted": "30", "reason": "tolerated_before"}
    form["sentence"] = "She took as much in March without harm."
    rules = set_by(alice, visit, "suction_kpa")
    # Saying that it was read is not reading it, and what a colleague opened somebody else read.
    refused = post(alice, visit, "override", **form, opened=rules)
    assert refused.status_code == 422
    assert "not opened before: First cupping session" in refused.content.decode()
    for rule in rules:
        read(cast.client("bob"), visit, rule)
    assert post(alice, visit, "override", **form).status_code == 422
    for rule in rules:
        assert "how this person bears a cup" in read(alice, visit, rule).content.decode()
    assert AuditRow.objects.filter(what="plan_finding", act="read", who=cast.alice.id).exists()
    for wrong in (
        {"sentence": "Because."},
        {"reason": "because_i_say_so"},
        {"wanted": "51"},
        {"wanted": "15"},
    ):
        assert post(alice, visit, "override", **(form | wrong)).status_code == 422
    assert steps(visit) == []
    # A number that was stepped beyond the limit waits for its reason too.
    post(alice, visit, act="dose", quantity="suction_kpa", value="30")
    assert accept(alice, visit).status_code == 422
    assert post(alice, visit, "override", **form).status_code == 302
    assert accept(alice, visit).status_code == 302
    kept = Document.objects.get(kind=Kind.PLAN).body
    assert [one["wanted"] for one in kept["overrides"]] == [30]
    assert kept["overrides"][0]["findings_opened"] == rules
    assert kept["overrides"][0]["by"] == "Alice"


def test_no_reason_opens_the_product_of_suction_and_time(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    more = {"reason": "other", "sentence": "This is said in enough words."}
    for quantity, wanted in (("suction_kpa", "50"), ("retention_min", "15")):
        for rule in set_by(alice, visit, quantity):
            read(alice, visit, rule)
        form = {"quantity": quantity, "wanted": wanted, **more}
        response = post(alice, visit, "override", **form)
    assert response.status_code == 422 and "kPa·min" in response.content.decode()


def test_a_finding_opens_on_a_page_of_its_own_and_leads_back(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    shown = page(alice, visit).content.decode()
    link = f"/visits/{visit.id}/plan/findings/first_session/?beyond=suction_kpa"
    assert link in shown and "Opened</p>" not in shown
    opened = alice.get(link).content.decode()
    back = f"/visits/{visit.id}/plan/?beyond=suction_kpa"
    assert f'href="{back}#beyond-suction_kpa"' in opened and "Editorial" in opened
    after = alice.get(back).content.decode()
    assert 'id="beyond-suction_kpa" open' in after and "Opened</p>" in after
    assert alice.get(f"/visits/{visit.id}/plan/findings/C99/").status_code == 404


def test_a_finding_that_reads_differently_is_opened_again(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    session = alice.session
    found = gather(cast.scope("alice"), visit)
    first = next(one for one in findings_of(found.screening) if one.rule == "first_session")
    open_finding(session, found, first)
    assert opened(session, found) == {"first_session"}
    open_finding(session, found, replace(first, because="It was another sentence."))
    assert opened(session, found) == frozenset()


def test_an_assistant_reads_and_changes_nothing(cast: Cast, visit: Encounter) -> None:
    carol = cast.client("carol")
    assert page(carol, visit).status_code == 200
    assert "Accept plan" not in page(carol, visit).content.decode()
    for where in ("change", "override", "accept", "set"):
        assert post(carol, visit, where, act="up", cup="1").status_code == 403
    assert cast.client("mallory").get(f"/visits/{visit.id}/plan/").status_code == 404


def test_accepting_twice_accepts_once(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    form = {"sha": page(alice, visit).context["sha"], "seen": "{}", "key": "one-key"}
    assert post(alice, visit, "accept", **form).status_code == 302
    assert post(alice, visit, "accept", **form).status_code == 302
    assert Document.objects.filter(kind=Kind.PLAN).count() == 1
    assert Document.objects.filter(kind=Kind.SCREENING).count() == 1
    assert post(alice, visit, "accept", **(form | {"key": "another"})).status_code == 422
    accepted = Document.objects.get(kind=Kind.PLAN)
    assert accepted.body["screening"] == str(Document.objects.get(kind=Kind.SCREENING).id)
    assert AuditRow.objects.filter(what="plan", act="write").count() == 1
    shown = page(alice, visit).content.decode()
    assert "Accepted by Alice" in shown and "Less suction" not in shown


def test_an_accepted_plan_is_changed_by_beginning_anew(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    accept(alice, visit)
    # A page from before the accepting changes nothing.
    late = post(alice, visit, act="up", cup="1", saw="")
    assert late.status_code == 422 and "accepted or begun anew meanwhile" in late.content.decode()
    assert steps(visit) == []
    assert post(alice, visit, act="reopen").status_code == 302
    post(alice, visit, act="dose", quantity="suction_kpa", value="15")
    assert accept(alice, visit, key="accept-2").status_code == 302
    kept = Document.objects.filter(kind=Kind.PLAN).order_by("at", "id")
    assert [one.body["plan"]["dose"]["suction_kpa"] for one in kept] == [20, 15]


def test_an_accepted_plan_that_is_being_changed_is_never_said_to_pass(
    cast: Cast, visit: Encounter
) -> None:
    alice = cast.client("alice")
    accept(alice, visit)
    post(alice, visit, act="reopen")
    late = Entry(key="late", field="fact:anticoagulant", value=True)
    assessments.say(cast.scope("bob"), encounter=visit, entries=[late], knowledge=knowledge())
    shown = page(alice, visit)
    assert shown.context["problems"]
    assert "still passes" not in shown.content.decode()
    assert "It is being changed" in shown.content.decode()


def test_a_moved_visit_is_planned_where_it_belongs(cast: Cast, visit: Encounter) -> None:
    other = cast.patient(name="Noor Haddad", birth_date="1980-06-02", sex="female")
    moves.move_visit(
        cast.scope("alice"), encounter=visit, to=other, reason="Another person", key="m"
    )
    response = post(cast.client("alice"), visit, act="up", cup="1")
    assert response.status_code in (409, 422) and steps(visit) == []


def test_what_changed_since_the_page_was_shown_is_said(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    context = page(alice, visit).context
    form = {"sha": context["sha"], "seen": json.dumps(context["summary"]), "key": "k"}
    said = Entry(key="late", field="fact:anticoagulant", value=True)
    assessments.say(cast.scope("bob"), encounter=visit, entries=[said], knowledge=knowledge())
    response = post(alice, visit, "accept", **form)
    assert response.status_code == 422
    text = response.content.decode()
    assert "changed since this page was shown" in text and "no → yes" in text
    assert not Document.objects.filter(kind=Kind.PLAN).exists()


def test_two_people_keep_both_changes_until_one_is_chosen(cast: Cast, visit: Encounter) -> None:
    alice, bob = cast.client("alice"), cast.client("bob")
    post(alice, visit, act="dose", quantity="suction_kpa", value="15", saw="")
    post(bob, visit, act="dose", quantity="retention_min", value="3", saw="")
    text = page(alice, visit).content.decode()
    assert "Two people changed this plan" in text and "suction 15 kPa" in text
    assert accept(alice, visit).status_code == 422
    hers = steps(visit)[0]
    assert post(bob, visit, act="choose", saw=str(hers.id)).status_code == 302
    shown = page(alice, visit)
    assert shown.context["two"] == () and shown.context["plan"].dose.suction_kpa == 15
    assert len(steps(visit)) == 3
    assert accept(alice, visit).status_code == 302


def test_the_same_as_last_time_is_one_tap_and_says_what_was_cut(
    cast: Cast, visit: Encounter
) -> None:
    cups = [
        {"level": level, "side": side, "lateral_mm": 42, "inner_diameter_mm": 45}
        for level in ("L3", "L5")
        for side in ("left", "right")
    ]
    body = SessionBody(technique="dry_static", suction_kpa=35, retention_min=5, cups=cups)  # type: ignore[arg-type]
    scope = cast.scope("alice")
    documents.write(scope, patient=visit.patient, kind=Kind.SESSION, body=body, key="s")
    response = post(cast.client("alice"), visit, act="last")
    assert response.status_code == 200
    assert "Changed, and cut to today" in response.content.decode()
    assert len(cupping(steps(visit)[-1])["placements"]) in (2, 4)


def test_no_cup_is_planned_that_the_clinic_has_not(cast: Cast, visit: Encounter) -> None:
    CupStock.objects.filter(clinic=cast.alice.clinic).update(is_retired=True)
    shown = page(cast.client("alice"), visit)
    assert shown.context["plan"].technique is None and not shown.context["plan"].placements
    assert "has listed no cups" in shown.content.decode()


def test_cups_are_kept_under_a_name_and_set_on_another_day(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    assert "Kept as My lumbar" in post(alice, visit, "set", name="My lumbar").content.decode()
    post(alice, visit, act="up", cup="1")
    kept = CupSet.objects.get(is_retired=False)
    assert post(alice, visit, act="set", set=str(kept.id)).status_code in (200, 302)
    assert steps(visit)[-1].body["said"] == "set, My lumbar"
    assert post(cast.client("alice"), visit, "set", name="  ").status_code == 422


def test_a_saved_set_is_renamed_retired_and_taken_up_again(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    for name in ("My lumbar", "Wide"):
        post(alice, visit, "set", name=name)
    assert 'href="/cup-sets/"' in page(alice, visit).content.decode()
    kept = CupSet.objects.get(name="My lumbar")
    path = f"/cup-sets/{kept.id}/"
    taken = alice.post(path, {"act": "name", "name": "Wide"})
    assert taken.status_code == 422 and "another set has this name" in taken.content.decode()
    assert alice.post(path, {"act": "name", "name": " "}).status_code == 422
    assert alice.post(path, {"act": "name", "name": "My lumbar two"}).status_code == 302
    assert "My lumbar two" in page(alice, visit).content.decode()
    alice.post(path, {"act": "retire"})
    assert "My lumbar two" not in page(alice, visit).content.decode()
    assert post(alice, visit, act="set", set=str(kept.id)).status_code == 422
    assert "My lumbar two" in alice.get("/cup-sets/").content.decode()
    alice.post(path, {"act": "again"})
    assert "My lumbar two" in page(alice, visit).content.decode()
    assert cast.client("carol").post(path, {"act": "retire"}).status_code == 403
    assert cast.client("mallory").post(path, {"act": "retire"}).status_code == 404
    said = AuditRow.objects.filter(what__startswith="cup_set_").order_by("id")
    assert [one.what for one in said] == ["cup_set_renamed", "cup_set_ended", "cup_set_taken_up"]


def test_a_plan_is_screened_again_for_whoever_treats(cast: Cast, visit: Encounter) -> None:
    alice, bob = cast.client("alice"), cast.client("bob")
    accept(alice, visit)
    assert "Screened" not in page(bob, visit).content.decode()
    technique = Document.objects.get(kind=Kind.PLAN).body["techniques"][0]
    Training.objects.create(
        clinic=cast.bob.clinic,
        membership=cast.bob,
        technique=technique,
        kind="licence",
        issuer="The board",
        expires_on="2020-01-01",
    )
    text = page(bob, visit).content.decode()
    assert "Screened for you." in text and "must be changed and accepted anew" in text
    assert "Screened" not in page(alice, visit).content.decode()


def test_a_decision_is_made_again(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    accept(alice, visit)
    decided = Document.objects.get(kind=Kind.SCREENING)
    text = alice.get(f"/documents/{decided.id}/again/").content.decode()
    assert "<h1>The same</h1>" in text and "with the same knowledge" in text
    plan = Document.objects.get(kind=Kind.PLAN)
    assert alice.get(f"/documents/{plan.id}/again/").status_code == 404


def test_the_printed_page_runs_nothing(cast: Cast, visit: Encounter) -> None:
    response = cast.client("alice").get(f"/visits/{visit.id}/plan/print/")
    policy = response.headers["Content-Security-Policy"]
    assert "script-src 'none'" in policy and "default-src 'none'" in policy
    assert "<script" not in response.content.decode()
    assert "Daniel Okafor" in response.content.decode()


def test_a_visit_without_a_felt_place_has_no_plan_yet(cast: Cast) -> None:
    bare = cast.visit(cast.patient())
    text = page(cast.client("alice"), bare).content.decode()
    assert "No plan yet" in text and "To the assessment" in text


def test_an_emergency_calls_before_anything_else(cast: Cast) -> None:
    grave = assessed(cast, saddle_numbness=True)
    text = page(cast.client("alice"), grave).content.decode()
    assert 'href="tel:112"' in text and "Emergency: call now" in text
    assert text.index("tel:112") < text.index("What decided")


def test_many_changes_cost_no_more_queries(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    post(alice, visit, act="dose", quantity="suction_kpa", value="15")
    page(alice, visit)
    with CaptureQueriesContext(connection) as one:
        page(alice, visit)
    for value in range(10, 20):
        post(alice, visit, act="dose", quantity="suction_kpa", value=str(value))
    with CaptureQueriesContext(connection) as many:
        page(alice, visit)
    assert len(steps(visit)) > 5
    assert len(many) == len(one)


def test_the_demo_clinic_has_accepted_plans(db: None) -> None:
    demo.fill(datetime.now(UTC))
    plans = Document.objects.filter(kind=Kind.PLAN)
    assert len({plan.patient_id for plan in plans}) == 2
    assert all(plan.body["plan"]["technique"] for plan in plans)


def test_paper_says_who_accepted_what_was_passed_and_how_consent_stands(
    cast: Cast, visit: Encounter
) -> None:
    alice = cast.client("alice")

    def paper() -> str:
        return alice.get(f"/visits/{visit.id}/plan/print/").content.decode()

    assert "<b>Not accepted.</b>" in paper()
    for rule in set_by(alice, visit, "suction_kpa"):
        read(alice, visit, rule)
    form = {"quantity": "suction_kpa", "wanted": "25", "reason": "tolerated_before"}
    post(alice, visit, "override", **form, sentence="She took as much in March without harm.")
    assert "25 in place of at most 20 kPa." in paper() and "1 limit passed with a reason" in paper()
    accept(alice, visit)
    assert "<b>Accepted by Alice.</b>" in paper() and "in March without harm. Alice" in paper()
    assert "<b>Consent is not complete:</b> No signed consent to treatment." in paper()
    post(alice, visit, act="reopen")
    assert "<b>Not accepted.</b> An accepted plan is being changed here." in paper()


def test_what_an_open_question_could_bring_stands_beside_the_accepting(
    cast: Cast, visit: Encounter
) -> None:
    alice = cast.client("alice")
    open_ = Entry(key="open", field="fact:anticoagulant", value=None)
    assessments.say(cast.scope("alice"), encounter=visit, entries=[open_], knowledge=knowledge())
    shown = page(alice, visit)
    bar = shown.content.decode().partition('class="bar')[2]
    assert "1 still to ask" in bar and 'class="tag avoid"' in bar
    assert shown.context["gravest"].word == "Avoid"
    assert "Do you take a blood thinner" in shown.content.decode()


def test_after_accepting_the_next_act_is_consent(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    accept(alice, visit)
    bar = page(alice, visit).content.decode().partition('class="bar')[2]
    assert f'class="button go" href="/visits/{visit.id}/consent/"' in bar


def test_a_plan_that_somebody_forbade_is_void_on_paper(cast: Cast, visit: Encounter) -> None:
    alice = cast.client("alice")
    accept(alice, visit)
    whole = alice.get(f"/visits/{visit.id}/plan/print/").content.decode()
    assert "Not valid" not in whole and "What we propose" in whole
    scope = cast.scope("alice")
    said = WordBody(by="Dr Marsh", on=scope.today, how="phone", text="No cups at all.")
    documents.write(scope, patient=visit.patient, kind=Kind.WORD, body=said, key="w")
    void = alice.get(f"/visits/{visit.id}/plan/print/").content.decode()
    assert "Not valid: no cups by this plan" in void and "No cups at all." in void
    assert void.index("Not valid") < void.index("<figure")
    assert "What we propose" not in void  # the person takes no sheet of it home
