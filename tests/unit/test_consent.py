"""Consent: the text says what it must, a signature covers a stated set, and nothing loosens."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from people import TODAY, healthy
from ventosa.consent import (
    Consent,
    ConsentKind,
    ConsentSet,
    ConsentText,
    Method,
    Region,
    Signature,
    Signer,
    SpokenYes,
    Stood,
    consent_text,
    inside,
    missing,
    missing_for,
    purpose_text,
    set_of,
    stood_of,
    strokes_sha256,
)
from ventosa.consent.agreed import WITHOUT_RETENTION, WITHOUT_SUCTION
from ventosa.consent.complete import ADULT_YEARS, CONSENT_RULE
from ventosa.consent.text import HEADINGS
from ventosa.geometry import Frame
from ventosa.knowledge import Knowledge, Library
from ventosa.planning import frame_of, plan
from ventosa.record import Answers, Cup, Dose, Finding, InputError, KnowledgeError, Plan, Screening
from ventosa.screening import screen
from ventosa.terms import CupKind, Decision, Material, Side, Stage, State, Technique

DAY = timedelta(days=1)
SHA = "ab" * 32
CUPS = (
    Cup(CupKind.PUMP, Material.PLASTIC, 45, 6),
    Cup(CupKind.SILICONE, Material.SILICONE, 45, 6),
)


class Visit:
    """One person on one day: what is planned, found at the start, and agreed."""

    def __init__(self, knowledge: Knowledge, library: Library, technique: Technique) -> None:
        self.knowledge, self.library = knowledge, library
        self.answers = replace(healthy(knowledge), techniques=(technique,), cups=CUPS)
        planned = screen(self.answers, None, knowledge, on=TODAY)
        self.frame: Frame = frame_of(planned, knowledge)
        self.plan: Plan = plan(planned, self.answers, knowledge, library)
        self.texts = tuple(consent_text(t, knowledge, library) for t in Technique)

    def start(self, **changes: Any) -> Screening:
        """The screening at the start of the session, consent not yet answered."""
        facts = {**healthy(self.knowledge, **changes).facts}
        del facts["consent_given"]
        answers = replace(self.answers, facts=MappingProxyType(facts))
        return screen(answers, None, self.knowledge, on=TODAY, stage=Stage.START)

    def signed(self, on: date = TODAY, **more: Any) -> Consent:
        """A consent to exactly this plan, signed on a day."""
        technique = self.plan.technique
        assert technique is not None
        agreed = set_of(self.plan, self.frame, sessions=6, until=TODAY + 60 * DAY)
        stood = stood_of(self.start())[technique]
        given: dict[str, Any] = {
            "id": "c1",
            "kind": ConsentKind.TREATMENT,
            "texts": {str(technique): self.sha(technique)},
            "language": "en",
            "signed": signature(on),
            "knowledge_sha256": self.knowledge.sha256,
            "practitioner": "Ana",
            "agreed": agreed,
            "stood": {technique: stood},
        }
        return Consent(**given | more)

    def sha(self, technique: Technique) -> str:
        return next(text.sha256 for text in self.texts if text.technique is technique)

    def lacks(self, *consents: Consent, **more: Any) -> str:
        given: dict[str, Any] = {
            "plan": self.plan,
            "screening": self.start(),
            "texts": self.texts,
            "on": TODAY,
            "frame": self.frame,
            "spoken": SpokenYes(TODAY, "c1", "Ana"),
            "sessions_done": 0,
        }
        return " | ".join(missing(consents, **given | more))


def signature(on: date, **more: Any) -> Signature:
    given: dict[str, Any] = {
        "by": Signer.PATIENT,
        "name": "Daniel Okafor",
        "method": Method.TYPED,
        "on": on,
        "typed_name": "daniel  okafor",
    }
    return Signature(**given | more)


@pytest.fixture(scope="module")
def visit(knowledge: Knowledge, library: Library) -> Visit:
    return Visit(knowledge, library, Technique.DRY_STATIC)


# --- the text -------------------------------------------------------------------------------


@pytest.mark.parametrize("technique", list(Technique))
def test_a_text_says_what_the_files_carry_and_marks_the_rest(
    knowledge: Knowledge, library: Library, technique: Technique
) -> None:
    text = consent_text(technique, knowledge, library)
    assert {said.kind for said in text.paragraphs} == set(HEADINGS)
    assert all(said.sources or said.editorial for said in text.paragraphs)
    assert all(key in knowledge.references for said in text.paragraphs for key in said.sources)
    words = [said.text for said in text.paragraphs]
    assert knowledge.techniques[technique].file.how in words
    evidence = next(entry for entry in library.evidence if technique in entry.techniques)
    assert evidence.text in words and any(evidence.certainty in word for word in words)
    assert text.version == f"{knowledge.version}-{text.sha256[:8]}"


@pytest.mark.parametrize(
    ("technique", "named", "not_named"),
    [
        (Technique.DRY_STATIC, {"Blister", "Faint or near-faint"}, {"Burn", "Anaemia"}),
        (Technique.FIRE, {"Burn"}, {"Anaemia", "Bleeding after wet cupping"}),
        (Technique.WET, {"Anaemia", "Bleeding after wet cupping"}, {"Burn"}),
    ],
)
def test_the_harms_are_those_of_the_technique(
    knowledge: Knowledge,
    library: Library,
    technique: Technique,
    named: set[str],
    not_named: set[str],
) -> None:
    text = consent_text(technique, knowledge, library)
    titles = {said.title for said in text.paragraphs if said.kind == "harm"}
    assert named <= titles and not not_named & titles
    assert "Late bleeding in the belly" not in titles


def test_a_text_promises_nothing_and_gives_no_number_for_harm(
    knowledge: Knowledge, library: Library
) -> None:
    texts = [consent_text(technique, knowledge, library) for technique in Technique]
    texts += [purpose_text(kind, knowledge) for kind in (ConsentKind.PHOTO, ConsentKind.TEACHING)]
    for said in (said for text in texts for said in text.paragraphs):
        words = said.text.lower()
        assert not any(word in words for word in ("will help", "cure", "safe", "guarantee", "heal"))
        assert not (said.kind == "harm" and "%" in said.text)


def test_another_sentence_is_another_text(knowledge: Knowledge, library: Library) -> None:
    text = consent_text(Technique.DRY_STATIC, knowledge, library)
    assert text == consent_text(Technique.DRY_STATIC, knowledge, library)
    first, *others = library.adverse_events
    changed = replace_struct(first, look_for="A square mark.")
    other = replace(library, adverse_events=(changed, *others))
    assert consent_text(Technique.DRY_STATIC, knowledge, other).sha256 != text.sha256


def replace_struct(entry: Any, **changes: Any) -> Any:
    import msgspec

    return msgspec.structs.replace(entry, **changes)


def test_a_sentence_that_went_missing_is_an_error(knowledge: Knowledge, library: Library) -> None:
    advice = tuple(entry for entry in library.advice if entry.id != "expect_choice")
    with pytest.raises(KnowledgeError, match="expect_choice"):
        consent_text(Technique.WET, knowledge, replace(library, advice=advice))


def test_a_text_is_translated_whole_or_not_at_all(knowledge: Knowledge, library: Library) -> None:
    english = consent_text(Technique.FLASH, knowledge, library)
    sentences = {said.text for said in english.paragraphs} | set(HEADINGS.values())
    sentences |= {said.title for said in english.paragraphs if said.title} | {english.title}
    german = {text: f"DE {text}" for text in sentences}
    text = consent_text(Technique.FLASH, knowledge, library, "de", translated=german)
    assert text.sha256 != english.sha256 and text.language == "de"
    assert all(said.text.startswith("DE ") for said in text.paragraphs)
    assert [s.sources for s in text.paragraphs] == [s.sources for s in english.paragraphs]
    german.popitem()
    with pytest.raises(InputError) as caught:
        consent_text(Technique.FLASH, knowledge, library, "de", translated=german)
    assert caught.value.path == "language"


# --- what cannot be built -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"name": " "}, "signed.name"),
        ({"typed_name": "x"}, "signed.typed_name"),
        ({"typed_name": None}, "signed.typed_name"),
        ({"strokes_sha256": SHA}, "signed.strokes_sha256"),
        ({"method": Method.DRAWN, "typed_name": None}, "signed.strokes_sha256"),
        ({"method": Method.DRAWN, "strokes_sha256": SHA}, "signed.typed_name"),
        ({"witness": ""}, "signed.witness"),
    ],
)
def test_half_a_signature_is_none(changes: Mapping[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        signature(TODAY, **changes)
    assert caught.value.path == path


def test_an_empty_drawing_is_no_signature() -> None:
    for strokes in ((), ((),), (((1.0, 1.0), (1.0, 1.0)),)):
        with pytest.raises(InputError, match="nothing was drawn"):
            strokes_sha256(strokes)
    for strokes, why in (
        ((((1.0, 1.0), (3.0, 4.0)),), "a dot"),
        ((((-50.0, 1.0), (300.0, 4.0)),), "outside"),
    ):
        with pytest.raises(InputError, match=why):
            strokes_sha256(strokes)
    drawn = (((0.0, 0.0), (30.0, 40.0)),)
    assert strokes_sha256(drawn) == strokes_sha256(drawn) != strokes_sha256((*drawn, *drawn))


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"agreed": None}, "set"),
        ({"texts": {}}, "texts.dry_static"),
        ({"stood": {}}, "stood.dry_static"),
        ({"withdrawn_on": TODAY - DAY}, "withdrawn_on"),
        ({"kind": ConsentKind.PHOTO}, "kind"),
        ({"practitioner": ""}, "practitioner"),
    ],
)
def test_a_consent_says_what_it_covers(visit: Visit, changes: Mapping[str, Any], path: str) -> None:
    with pytest.raises(InputError) as caught:
        visit.signed(**changes)
    assert caught.value.path == path


def test_a_set_is_validated() -> None:
    region, dose = Region("L1", "L5"), Dose(20, 5, 4)
    for arguments, path in (
        (((), region, dose, 6, TODAY), "set.techniques"),
        (
            ((Technique.WET,), region, Dose(float("nan"), 5, 4), 6, TODAY),
            "set.greatest.suction_kpa",
        ),
        (((Technique.WET,), region, dose, 0, TODAY), "set.sessions"),
    ):
        with pytest.raises(InputError) as caught:
            ConsentSet(*arguments)
        assert caught.value.path == path
    with pytest.raises(InputError):
        Region("L5", "L1")
    with pytest.raises(InputError):
        Region("L1", "L5", (Side.BOTH,))


# --- inside ---------------------------------------------------------------------------------


@pytest.mark.parametrize("technique", [Technique.DRY_STATIC, Technique.SILICONE, Technique.MOVING])
def test_a_plan_lies_inside_its_own_set(
    knowledge: Knowledge, library: Library, technique: Technique
) -> None:
    visit = Visit(knowledge, library, technique)
    assert (
        inside(set_of(visit.plan, visit.frame, sessions=1, until=TODAY), visit.plan, visit.frame)
        == ()
    )


@pytest.mark.parametrize(
    ("narrower", "said"),
    [
        ({"techniques": (Technique.SILICONE,)}, "dry static cupping, agreed was: silicone"),
        ({"greatest": Dose(20, 5, 1)}, "cups, agreed were at most 1"),
        ({"greatest": Dose(10, 5, 6)}, "20 kPa of suction, agreed were at most 10"),
        ({"greatest": Dose(None, 5, 6)}, "20 kPa of suction, none was agreed"),
        ({"greatest": Dose(20, 3, 6)}, "5 min, agreed were at most 3"),
        ({"region": Region("T3", "T5")}, "agreed was T3 to T5, left and right"),
        ({"region": Region("T1", "L5", (Side.LEFT,))}, "right, agreed was T1 to L5, left"),
    ],
)
def test_each_difference_is_said(visit: Visit, narrower: Mapping[str, Any], said: str) -> None:
    agreed = replace(visit.signed().agreed, **narrower)  # type: ignore[type-var]
    found = inside(agreed, visit.plan, visit.frame)
    assert any(said in str(difference) for difference in found)


def test_a_suction_that_is_not_stated_hides_nothing(visit: Visit) -> None:
    agreed = visit.signed().agreed
    assert agreed is not None and visit.plan.dose is not None
    hidden = replace(visit.plan, dose=replace(visit.plan.dose, suction_kpa=None))
    assert [d.what for d in inside(agreed, hidden, visit.frame)] == ["suction_kpa"]


def test_the_techniques_without_a_number_are_those_of_the_files(knowledge: Knowledge) -> None:
    files = {technique: table.file for technique, table in knowledge.techniques.items()}
    assert {t for t, file in files.items() if file.suction != "set"} == WITHOUT_SUCTION
    assert {t for t, f in files.items() if f.hard_stop.retention_min is None} == WITHOUT_RETENTION
    assert knowledge.rule(CONSENT_RULE).file.when == "!consent_given"
    assert f"age_years < {ADULT_YEARS}" in knowledge.rule("C29").file.when


# --- complete -------------------------------------------------------------------------------


def test_a_signature_of_today_is_complete(visit: Visit) -> None:
    assert visit.lacks(visit.signed(), spoken=None) == ""


def test_a_later_day_needs_a_spoken_yes_of_that_day(visit: Visit) -> None:
    earlier = visit.signed(TODAY - 7 * DAY)
    assert visit.lacks(earlier) == ""
    for spoken in (None, SpokenYes(TODAY - DAY, "c1", "Ana"), SpokenYes(TODAY, "c2", "Ana")):
        assert "a spoken yes of today is missing" in visit.lacks(earlier, spoken=spoken)


def test_wet_cupping_is_signed_every_time(knowledge: Knowledge, library: Library) -> None:
    visit = Visit(knowledge, library, Technique.WET)
    assert visit.lacks(visit.signed(), spoken=None) == ""
    assert "is signed on its own day" in visit.lacks(visit.signed(TODAY - DAY))


@pytest.mark.parametrize(
    ("of_consent", "of_day", "said"),
    [
        ({"withdrawn_on": TODAY}, {}, "taken back on 2026-11-24"),
        ({"on": TODAY + DAY}, {}, "lies after today"),
        ({"signed": signature(TODAY, by=Signer.GUARDIAN)}, {}, "only adults who sign"),
        ({"texts": {"dry_static": SHA}}, {}, "has changed since the signature"),
        ({"language": "ar"}, {}, "signed off consent texts in 'ar'"),
        ({}, {"signed_off": ()}, "signed off consent texts in 'en'"),
        ({}, {"texts": ()}, "no text on dry static in 'en' today"),
        ({}, {"sessions_done": 6}, "6 sessions, 6 are done"),
        ({}, {"screening": None}, "No screening at the start"),
        ({"stood": {Technique.DRY_STATIC: Stood(Decision.OK)}}, {}, ""),
    ],
)
def test_each_thing_that_is_missing_is_said(
    visit: Visit, of_consent: Mapping[str, Any], of_day: Mapping[str, Any], said: str
) -> None:
    found = visit.lacks(visit.signed(**of_consent), **of_day)
    assert (said in found and found) if said else found == ""


def test_no_consent_is_no_consent(visit: Visit) -> None:
    assert "No signed consent to treatment" in visit.lacks()


def test_the_end_of_the_set_is_the_last_day(visit: Visit) -> None:
    consent = visit.signed(TODAY - 7 * DAY)
    agreed = replace(consent.agreed, until=TODAY)  # type: ignore[type-var]
    assert visit.lacks(replace(consent, agreed=agreed)) == ""
    agreed = replace(agreed, until=TODAY - DAY)  # type: ignore[type-var]
    assert "Agreed was until 2026-11-23" in visit.lacks(replace(consent, agreed=agreed))


def test_a_graver_finding_must_be_signed_and_an_open_one_answered(visit: Visit) -> None:
    consent = visit.signed()
    graver = visit.start(anticoagulant=True)
    title = visit.knowledge.rule("C06").file.title
    assert f"{title}: not found when it was signed" in visit.lacks(consent, screening=graver)
    unasked = visit.start(anticoagulant=None)
    assert f"{title}: open today" in visit.lacks(consent, screening=unasked)
    signed_with_it = visit.signed(
        stood={Technique.DRY_STATIC: stood_of(graver)[Technique.DRY_STATIC]}
    )
    assert visit.lacks(signed_with_it, screening=graver) == ""
    assert visit.lacks(signed_with_it) == ""


def test_a_child_or_an_unknown_age_is_missing(visit: Visit) -> None:
    consent = visit.signed(stood=stood_of_only(visit, visit.start(age_years=17)))
    assert "may be under 18" in visit.lacks(consent, screening=visit.start(age_years=17))
    screening = visit.start()
    unknown = {k: v for k, v in screening.facts.items() if k != "age_years"}
    assert "Age is not known" in visit.lacks(
        consent, screening=replace(screening, facts=MappingProxyType(unknown))
    )


def stood_of_only(visit: Visit, screening: Screening) -> Mapping[Technique, Stood]:
    return {Technique.DRY_STATIC: stood_of(screening)[Technique.DRY_STATIC]}


def test_the_screening_is_of_this_session(visit: Visit) -> None:
    planned = screen(visit.answers, None, visit.knowledge, on=TODAY)
    assert "not of this session" in visit.lacks(visit.signed(), screening=planned)
    old = replace(visit.start(), on=TODAY - DAY)
    assert "not of this session" in visit.lacks(visit.signed(), screening=old)


def test_who_takes_consent_back_says_no_to_what_was_signed_before(visit: Visit) -> None:
    before, later = visit.signed(TODAY - 9 * DAY, id="c0"), visit.signed(TODAY - 7 * DAY)
    back = replace(later, withdrawn_on=TODAY)
    assert "taken back" in visit.lacks(before, back)
    anew = visit.signed(id="c2")
    assert visit.lacks(before, back, anew) == ""
    assert "taken back" in visit.lacks(anew, back)


def test_photos_and_teaching_are_agreed_to_apart(visit: Visit) -> None:
    photo = purpose_text(ConsentKind.PHOTO, visit.knowledge)
    agreed = visit.signed(
        kind=ConsentKind.PHOTO, texts={"photo": photo.sha256}, agreed=None, stood={}
    )
    assert missing_for(ConsentKind.PHOTO, (agreed,), (photo,), on=TODAY + 90 * DAY) == ()
    for consents in ((), (visit.signed(),), (replace(agreed, withdrawn_on=TODAY),)):
        assert missing_for(ConsentKind.PHOTO, consents, (photo,), on=TODAY)
    assert missing_for(ConsentKind.TEACHING, (agreed,), (photo,), on=TODAY)
    assert "No signed consent to treatment" in visit.lacks(agreed)


# --- nothing loosens ------------------------------------------------------------------------


def grown(plan: Plan, more: Dose) -> Plan:
    """The plan with every number raised."""
    dose = plan.dose
    assert dose is not None and dose.suction_kpa is not None and dose.retention_min is not None
    assert more.suction_kpa is not None and more.retention_min is not None
    raised = Dose(
        dose.suction_kpa + more.suction_kpa,
        dose.retention_min + more.retention_min,
        dose.cups + more.cups,
    )
    return replace(plan, dose=raised)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    signed_ago=st.lists(st.integers(0, 30), min_size=1, max_size=3),
    lasts=st.integers(0, 40),
    sessions=st.integers(0, 7),
    which=st.integers(0, 2),
    days=st.integers(0, 60),
    more=st.builds(Dose, st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)),
)
def test_consent_never_loosens(
    visit: Visit,
    signed_ago: list[int],
    lasts: int,
    sessions: int,
    which: int,
    days: int,
    more: Dose,
) -> None:
    """After a withdrawal, past the end, for a larger plan: what was missing stays missing."""
    consents = [visit.signed(TODAY - n * DAY, id=f"c{n}") for n in sorted(signed_ago, reverse=True)]
    consents = [
        replace(c, agreed=replace(c.agreed, until=c.signed.on + lasts * DAY))  # type: ignore[type-var]
        for c in consents
    ]
    spoken = SpokenYes(TODAY, consents[-1].id, "Ana")
    before = visit.lacks(*consents, sessions_done=sessions, spoken=spoken)

    place = which % len(consents)
    taken_back = replace(consents[place], withdrawn_on=TODAY)
    others = [*consents[:place], taken_back, *consents[place + 1 :]]
    after = visit.lacks(*others, sessions_done=sessions, spoken=spoken)
    assert not (before and not after)
    if len(consents) == 1:
        assert after

    larger = visit.lacks(
        *consents, plan=grown(visit.plan, more), sessions_done=sessions, spoken=spoken
    )
    assert not (before and not larger)
    if more != Dose(0, 0, 0):
        assert larger

    day = TODAY + days * DAY
    later = visit.lacks(
        *consents,
        on=day,
        screening=replace(visit.start(), on=day),
        spoken=replace(spoken, on=day),
        sessions_done=sessions + 1,
    )
    assert not (before and not later)
    if all(c.agreed is not None and c.agreed.until < day for c in consents):
        assert later


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(decision=st.sampled_from(list(Decision)), state=st.sampled_from(list(State)))
def test_one_more_finding_never_completes_consent(
    visit: Visit, decision: Decision, state: State
) -> None:
    screening = visit.start()
    dry = screening.techniques[Technique.DRY_STATIC]
    new = Finding("X-NEW", "New", decision, state, "", (), 0, "ours", ())
    more = replace(dry, findings=(*dry.findings, new))
    worse = replace(
        screening, techniques=MappingProxyType({**screening.techniques, Technique.DRY_STATIC: more})
    )
    found = visit.lacks(visit.signed(), screening=worse)
    assert bool(found) == (decision > Decision.OK)


def test_texts_of_every_technique_differ(visit: Visit) -> None:
    texts: tuple[ConsentText, ...] = visit.texts
    assert len({text.sha256 for text in texts}) == len(Technique)
    assert isinstance(visit.answers, Answers)
