"""Ours beside the peer, in one run on one PostgreSQL server: medians of alternating requests."""

import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

import ours
from ours import Browser, name
from peer import Peer


def fill_peer(peer: Peer, patients: int, visits: int) -> dict[str, Any]:
    """The same people in the peer, one with as many evaluations; it stores no cups."""
    me: dict[str, Any] = {"is_person": True, "fed_country": ""}
    doctor = peer.call(
        "model.party.party.create",
        [
            {
                **me,
                "name": "Olga",
                "lastname": "Bench",
                "gender": "f",
                "is_healthprof": True,
                "internal_user": 1,
            }
        ],
        peer.context,
    )
    peer.call("model.gnuhealth.healthprofessional.create", [{"party": doctor[0]}], peer.context)
    first = 0
    for number in range(patients):
        given, _, family = name(number).partition(" ")
        person = {**me, "name": given, "lastname": family, "gender": "f", "is_patient": True}
        # One at a time: several parties in one call get one code, and are refused.
        party = peer.call("model.party.party.create", [person], peer.context)
        made = peer.call("model.gnuhealth.patient.create", [{"party": party[0]}], peer.context)
        first = first or made[0]
    note = "Dry static cupping, six cups at L1, L3 and L5, 20 kPa, 5 min; marks of grade 1."
    for _ in range(visits):
        peer.call(
            "model.gnuhealth.patient.evaluation.create",
            [{"patient": first, "notes": note}],
            peer.context,
        )
    return {"patient": first}


def alternating(acts: dict[str, Callable[[], Any]], times: int) -> dict[str, float]:
    """Median milliseconds of each act, one after the other in turn, after a tenth as warm-up."""
    taken: dict[str, list[float]] = {what: [] for what in acts}
    for turn in range(times + times // 10):
        for what, act in acts.items():
            begun = time.perf_counter()
            act()
            if turn >= times // 10:
                taken[what].append((time.perf_counter() - begun) * 1000)
    return {what: statistics.median(values) for what, values in taken.items()}


def fields_of(peer: Peer, model: str, view: str) -> list[str]:
    """What the peer's own client reads to show a view: each field that the view names, and the
    name of whatever a field points to."""
    found = peer.call(f"model.{model}.fields_view_get", None, view, peer.context)["fields"]
    pointing = (name for name, field in found.items() if field["type"] == "many2one")
    return [*found, *(f"{name}.rec_name" for name in pointing)]


LEAST = ["evaluation_start", "healthprof.rec_name", "chief_complaint", "notes", "state", "rec_name"]
PAGE = 40
"""Encounters on a page, theirs and ours."""


def charts(browser: Browser, peer: Peer, here: dict[str, Any], there: dict[str, Any], visits: int):
    """The acts of a chart: opened, and leafed through to its end; each on its newest visits.

    Ours shows the person, contacts, words and harms that stand, consents, the last visits and forty
    documents as a page. Theirs hands over what its client reads to show the form of a patient and
    its list of evaluations, as data; its client draws them.
    """
    form = fields_of(peer, "gnuhealth.patient", "form")
    listed = fields_of(peer, "gnuhealth.patient.evaluation", "tree")
    pages = range(-(-visits // PAGE))

    def person(fields: list[str]) -> None:
        peer.call("model.gnuhealth.patient.read", [there["patient"]], fields, peer.context)

    def evaluations(page: int, fields: list[str]) -> None:
        peer.call(
            "model.gnuhealth.patient.evaluation.search_read",
            [["patient", "=", there["patient"]]], page * PAGE, PAGE,
            [["evaluation_start", "DESC"]], fields, peer.context,
        )  # fmt: skip

    def their_chart() -> None:
        person(form)
        evaluations(0, listed)

    def their_least() -> None:
        person(["rec_name", "gender", "dob", "age"])
        evaluations(0, LEAST)

    def their_pages() -> None:
        person(form)
        for page in pages:
            evaluations(page, listed)

    def our_pages() -> None:
        for page in pages:
            browser.get(f"/patients/{here['patient']}/?page={page + 1}")

    def our_chart() -> None:
        browser.do(ours.acts_of(here)["chart"])

    return {
        "chart: ours": our_chart,
        "chart: theirs": their_chart,
        "chart, names and notes only: ours": our_chart,
        "chart, names and notes only: theirs": their_least,
        "chart, page after page to the end: ours": our_pages,
        "chart, page after page to the end: theirs": their_pages,
    }


def searches(browser: Browser, peer: Peer, here: dict[str, Any]):
    """The acts of looking for a name; ours leaves an audit row, theirs none."""
    return {
        "name search: ours": lambda: browser.do(ours.acts_of(here)["search"]),
        "name search: theirs": lambda: peer.call(
            "model.gnuhealth.patient.search_read",
            [["party.rec_name", "ilike", "%hadd%"]], 0, 30, None, ["rec_name", "dob", "puid"],
            peer.context,
        ),
    }  # fmt: skip


def saves(
    browser: Browser, peer: Peer, here: dict[str, Any], there: dict[str, Any], facts: list[str]
):
    """The acts of keeping an assessment: ours forty answers with the audit row; theirs one form."""

    def our_save() -> None:
        entries = [
            {"key": uuid.uuid4().hex, "field": f"fact:{fact}", "value": False} for fact in facts
        ]
        browser.say(here["visit"], entries)

    form = {
        "patient": there["patient"], "notes": "x" * 200, "systolic": 128, "diastolic": 78,
        "temperature": 36.6, "bpm": 70, "height": 172.0, "notes_complaint": "Back pain",
        "present_illness": "Six weeks", "directions": "Rest", "chief_complaint": "Back pain",
    }  # fmt: skip

    def their_save() -> None:
        peer.call("model.gnuhealth.patient.evaluation.create", [form], peer.context)

    return {"save of an assessment: ours": our_save, "save of an assessment: theirs": their_save}
