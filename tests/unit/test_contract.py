"""The JSON contract: what an answers file may hold, what comes out, and the published schemas."""

import json
import math
from datetime import date, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from people import EVERY_TECHNIQUE, TODAY, disc, healthy, person
from ventosa.contract import read_answers, write_answers, write_plan, write_screening
from ventosa.contract.answers import MAX_BYTES, MOST_GOAL
from ventosa.contract.schemas import schema_files
from ventosa.knowledge import Knowledge, Library, load
from ventosa.logic import Boolean, Choice
from ventosa.planning import plan
from ventosa.record import (
    Answers,
    Clearance,
    Complaint,
    Cup,
    InputError,
    Interval,
    PalpatedSite,
    PatientRecord,
    Reading,
    Zone,
)
from ventosa.record.answers import MADE_OF
from ventosa.screening import screen
from ventosa.terms import (
    CUP_MATERIALS,
    LEVELS,
    TAIL_BONE,
    CupKind,
    Material,
    Side,
    Stage,
    Technique,
    ZoneKind,
)

SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"
SAID = "Zuckerrübe"
"""A word that stands for what a person said: no error repeats it."""

DISC = {"kind": "scar", "side": "left", "level": "L3", "lateral_mm": 40, "radius_mm": 15}
BAND = {"kind": "surgery", "side": "both", "from_level": "L4", "to_level": "S4"}
SITE = {"level": "L4", "side": "both", "tension": 2, "tenderness": 1}
CUP = {"kind": "pump", "material": "plastic", "inner_diameter_mm": 45, "count": 6}
CLEARANCE = {"covers": "C06", "by": "Dr Osei", "on": "2026-11-20"}


def read(tree: Any, knowledge: Knowledge) -> Answers:
    data = tree if isinstance(tree, bytes) else json.dumps(tree).encode()
    return read_answers(data, knowledge)


def refusal(tree: Any, knowledge: Knowledge) -> InputError:
    with pytest.raises(InputError) as caught:
        read(tree, knowledge)
    return caught.value


def schema(name: str) -> jsonschema_rs.Validator:
    text = (SCHEMAS / f"{name}.schema.json").read_text("utf-8")
    return jsonschema_rs.validator_for(json.loads(text), validate_formats=True)


# --- what is read ---------------------------------------------------------------------------

ALL_KEYS = {
    "schema": "ventosa/answers/1",
    "answered_on": "2026-11-24",
    "facts": {
        "fever": False,
        "anticoagulant": None,
        "sex": "female",
        "age_years": 64,
        "inr": {"low": 2, "high": 3},
    },
    "zones": [DISC, BAND | {"lateral_from_mm": 0, "lateral_to_mm": 50}],
    "clearances": [CLEARANCE | {"until": "2027-01-01", "techniques": ["dry_static"]}],
    "complaint": {
        "pain_now": 6,
        "pain_week": 5,
        "onset_date": "2026-10-01",
        "goal": SAID,
        "sites": [SITE | {"lateral_mm": 45}],
    },
    "practitioner": {"techniques": ["dry_static", "wet"]},
    "cups": [CUP],
}


def test_every_key_is_read(knowledge: Knowledge) -> None:
    assert read(ALL_KEYS, knowledge) == Answers(
        answered_on=date(2026, 11, 24),
        facts={
            "fever": False,
            "anticoagulant": None,
            "sex": "female",
            "age_years": Interval(64, 64),
            "inr": Interval(2, 3),
        },
        zones=(
            Zone(ZoneKind.SCAR, Side.LEFT, level="L3", lateral_mm=40, radius_mm=15),
            Zone(
                ZoneKind.SURGERY,
                Side.BOTH,
                from_level="L4",
                to_level="S4",
                lateral_from_mm=0,
                lateral_to_mm=50,
            ),
        ),
        clearances=(
            Clearance(
                "C06",
                "Dr Osei",
                date(2026, 11, 20),
                date(2027, 1, 1),
                (Technique.DRY_STATIC,),
            ),
        ),
        complaint=Complaint(
            6, 5, date(2026, 10, 1), SAID, (PalpatedSite("L4", Side.BOTH, 2, 1, 45),)
        ),
        techniques=(Technique.DRY_STATIC, Technique.WET),
        cups=(Cup(CupKind.PUMP, "plastic", 45, 6),),  # type: ignore[arg-type]
    )


def test_every_key_may_be_left_out(knowledge: Knowledge) -> None:
    assert read({}, knowledge) == Answers()
    for key in ALL_KEYS:
        read({k: v for k, v in ALL_KEYS.items() if k != key}, knowledge)


def test_absent_zones_are_not_empty_zones(knowledge: Knowledge) -> None:
    assert read({}, knowledge).zones is None
    assert read({"zones": None}, knowledge).zones is None
    assert read({"zones": []}, knowledge).zones == ()


def test_without_a_list_all_but_fire_and_wet_are_offered(knowledge: Knowledge) -> None:
    usual = {t for t in Technique if t not in (Technique.FIRE, Technique.WET)}
    for tree in ({}, {"practitioner": None}, {"practitioner": {}}):
        assert set(read(tree, knowledge).techniques) == usual
    assert read({"practitioner": {"techniques": []}}, knowledge).techniques == ()


def test_every_fact_is_read_in_its_own_type_and_in_no_other(knowledge: Knowledge) -> None:
    for fact in knowledge.facts.values():
        if fact.zone is not None or fact.id == "zones_recorded":
            refusal({"facts": {fact.id: True}}, knowledge)
            continue
        if isinstance(fact.type, Boolean):
            good, bad = [True, False, None], [0, 1, "yes", "true", 1.0, [], {}]
        elif isinstance(fact.type, Choice):
            good, bad = [*fact.type.words, None], [True, 1, "other word", "", [], {}]
        else:
            low, high = fact.type.low, fact.type.high
            good = [low, high, {"low": low, "high": high}, None]
            bad = [low - 0.5, high + 1, True, "5", [low], {}, {"low": low}, 10**400, -1e308]
            bad += [{"low": high, "high": low}, {"low": low, "high": None}]
            bad += [{"low": low, "high": high, "middle": low}, {"low": False, "high": high}]
        for value in good:
            assert fact.id in read({"facts": {fact.id: value}}, knowledge).facts
        for value in bad:
            assert refusal({"facts": {fact.id: value}}, knowledge).path == f"facts.{fact.id}"


# --- what is refused ------------------------------------------------------------------------


def within(key: str, entry: Any) -> dict[str, Any]:
    return {key: [entry]}


def site(**changes: Any) -> dict[str, Any]:
    return {"complaint": {"sites": [SITE | changes]}}


REFUSED: list[tuple[str, Any, str]] = [
    # an unknown key at every depth
    ("top", {SAID: 1}, "answers"),
    ("fact", {"facts": {"fevr": True}}, "facts.fevr"),
    ("map is no fact", {"facts": {"zones_recorded": True}}, "facts.zones_recorded"),
    ("zone key", within("zones", DISC | {"size": 1}), "zones[0]"),
    ("clearance key", within("clearances", CLEARANCE | {"dose": 1}), "clearances[0]"),
    ("complaint key", {"complaint": {"pain": 3}}, "complaint"),
    ("site key", site(depth=1), "complaint.sites[0]"),
    ("practitioner key", {"practitioner": {"name": SAID}}, "practitioner"),
    ("cup key", within("cups", CUP | {"colour": "red"}), "cups[0]"),
    # a wrong type
    ("schema", {"schema": "ventosa/answers/2"}, "schema"),
    ("schema null", {"schema": None}, "schema"),
    ("facts null", {"facts": None}, "facts"),
    ("facts list", {"facts": []}, "facts"),
    ("zones object", {"zones": {}}, "zones"),
    ("zone text", {"zones": ["scar"]}, "zones[0]"),
    ("clearances null", {"clearances": None}, "clearances"),
    ("complaint list", {"complaint": []}, "complaint"),
    ("goal number", {"complaint": {"goal": 5}}, "complaint.goal"),
    ("sites null", {"complaint": {"sites": None}}, "complaint.sites"),
    ("practitioner list", {"practitioner": ["wet"]}, "practitioner"),
    ("cups text", {"cups": SAID}, "cups"),
    ("pain half", {"complaint": {"pain_now": 4.5}}, "complaint.pain_now"),
    ("pain yes", {"complaint": {"pain_now": True}}, "complaint.pain_now"),
    ("pain text", {"complaint": {"pain_week": SAID}}, "complaint.pain_week"),
    ("count half", within("cups", CUP | {"count": 2.5}), "cups[0].count"),
    ("count yes", within("cups", CUP | {"count": True}), "cups[0].count"),
    # out of range, and huge
    ("pain 11", {"complaint": {"pain_now": 11}}, "complaint.pain_now"),
    ("pain -1", {"complaint": {"pain_week": -1}}, "complaint.pain_week"),
    ("pain huge", {"complaint": {"pain_now": 10**400}}, "complaint.pain_now"),
    ("goal long", {"complaint": {"goal": SAID * 100}}, "complaint.goal"),
    ("by long", within("clearances", CLEARANCE | {"by": SAID * 100}), "clearances[0].by"),
    ("tension 4", site(tension=4), "complaint.sites[0].tension"),
    ("tenderness -1", site(tenderness=-1), "complaint.sites[0].tenderness"),
    ("site far out", site(lateral_mm=201), "complaint.sites[0].lateral_mm"),
    ("site inside out", site(lateral_mm=-1), "complaint.sites[0].lateral_mm"),
    ("cup small", within("cups", CUP | {"inner_diameter_mm": 14}), "cups[0].inner_diameter_mm"),
    ("cup large", within("cups", CUP | {"inner_diameter_mm": 151}), "cups[0].inner_diameter_mm"),
    ("no cups", within("cups", CUP | {"count": 0}), "cups[0].count"),
    ("cups below none", within("cups", CUP | {"count": -2}), "cups[0].count"),
    ("too many cups", within("cups", CUP | {"count": 10**30}), "cups[0].count"),
    # words outside their lists
    ("cup of oil", within("cups", CUP | {"material": "oil"}), "cups[0].material"),
    ("cup of steel", within("cups", CUP | {"material": SAID}), "cups[0].material"),
    ("cup kind", within("cups", CUP | {"kind": SAID}), "cups[0].kind"),
    ("technique", {"practitioner": {"techniques": [SAID]}}, "practitioner.techniques[0]"),
    (
        "technique twice",
        {"practitioner": {"techniques": ["wet", "moving", "wet"]}},
        "practitioner.techniques",
    ),
    (
        "cleared twice",
        within("clearances", CLEARANCE | {"techniques": ["wet", "wet"]}),
        "clearances[0].techniques",
    ),
    ("covers", within("clearances", CLEARANCE | {"covers": SAID}), "clearances[0].covers"),
    ("site side", site(side="midline"), "complaint.sites[0].side"),
    ("site level", site(level=SAID), "complaint.sites[0].level"),
    ("site at tail bone", site(level=TAIL_BONE), "complaint.sites[0].level"),
    ("small letter", site(level="l4"), "complaint.sites[0].level"),
    ("T13", within("zones", DISC | {"level": "T13"}), "zones[0].level"),
    ("C6", within("zones", BAND | {"from_level": "C6"}), "zones[0].from_level"),
    ("from the tail bone", within("zones", BAND | {"from_level": "S4"}), "zones[0].from_level"),
    ("zone kind", within("zones", DISC | {"kind": SAID}), "zones[0].kind"),
    ("zone side", within("zones", DISC | {"side": SAID}), "zones[0].side"),
    # zones that are none
    ("neither", within("zones", {"kind": "scar", "side": "left"}), "zones[0]"),
    ("disc and band", within("zones", DISC | BAND), "zones[0]"),
    ("half a disc", within("zones", {k: DISC[k] for k in list(DISC)[:4]}), "zones[0]"),
    ("half a band", within("zones", {k: BAND[k] for k in list(BAND)[:3]}), "zones[0]"),
    ("disc with bounds", within("zones", DISC | {"lateral_to_mm": 50}), "zones[0]"),
    (
        "band upside down",
        within("zones", BAND | {"from_level": "L5", "to_level": "L1"}),
        "zones[0].to_level",
    ),
    (
        "band inside out",
        within("zones", BAND | {"lateral_from_mm": 60, "lateral_to_mm": 50}),
        "zones[0].lateral_to_mm",
    ),
    ("radius below zero", within("zones", DISC | {"radius_mm": -5}), "zones[0].radius_mm"),
    ("radius zero", within("zones", DISC | {"radius_mm": 0}), "zones[0].radius_mm"),
    ("radius huge", within("zones", DISC | {"radius_mm": 10**400}), "zones[0].radius_mm"),
    ("zone inside out", within("zones", DISC | {"lateral_mm": -1}), "zones[0].lateral_mm"),
    # a required key that is missing
    ("zone without side", within("zones", {"kind": "scar"}), "zones[0]"),
    ("clearance by nobody", within("clearances", {"covers": "C06", "on": "2026-11-20"}), ""),
    ("cup without size", within("cups", {"kind": "pump", "material": "glass", "count": 1}), ""),
    # dates
    ("30 February", {"answered_on": "2026-02-30"}, "answered_on"),
    ("year 0", {"answered_on": "0000-01-01"}, "answered_on"),
    ("with a time", {"answered_on": "2026-11-24T08:00:00Z"}, "answered_on"),
    ("number", {"answered_on": 20261124}, "answered_on"),
    ("other order", {"complaint": {"onset_date": "24.11.2026"}}, "complaint.onset_date"),
    ("month only", {"complaint": {"onset_date": "2026-11"}}, "complaint.onset_date"),
    ("cleared on", within("clearances", CLEARANCE | {"on": SAID}), "clearances[0].on"),
    ("until", within("clearances", CLEARANCE | {"until": "2026-13-01"}), "clearances[0].until"),
    # what is not text
    ("half a character", {"complaint": {"goal": "\ud800"}}, "complaint.goal"),
    ("a null character", {"complaint": {"goal": "a\0b"}}, "complaint.goal"),
    ("an escape", within("clearances", CLEARANCE | {"by": "\x1b[31m"}), "clearances[0].by"),
]
BEYOND_A_SCHEMA = {
    "year 0",
    "band upside down",
    "band inside out",
    "half a character",
    "a null character",
    "an escape",
}
"""Refusals that no JSON schema can say."""


@pytest.mark.parametrize(("tree", "path"), [r[1:] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_a_wrong_file_is_refused_with_its_path(tree: Any, path: str, knowledge: Knowledge) -> None:
    error = refusal(tree, knowledge)
    assert error.path.startswith(path)
    assert error.problem
    assert len(str(error)) < 400


@pytest.mark.parametrize("tree", [r[1] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_an_error_does_not_repeat_a_value(tree: Any, knowledge: Knowledge) -> None:
    told = str(refusal(tree, knowledge))
    is_a_key = isinstance(tree, dict) and SAID in tree
    assert is_a_key or SAID not in told


@pytest.mark.parametrize(("name", "tree"), [r[:2] for r in REFUSED], ids=[r[0] for r in REFUSED])
def test_the_schema_refuses_what_the_program_refuses(name: str, tree: Any) -> None:
    if name in BEYOND_A_SCHEMA:
        return
    assert not schema("answers").is_valid(tree)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not JSON"),
        (b"   ", "not JSON"),
        (b"{", "not JSON"),
        (b"{'facts': {}}", "not JSON"),
        (b'{"facts": {},}', "not JSON"),
        (b"{} {}", "not JSON"),
        (b'{"complaint": {"goal": "\xff"}}', "UTF-8"),
        ("{}".encode("utf-16"), "UTF-8"),
        (b"\xef\xbb\xbf{}", "byte order mark"),
        (b"[]", "one JSON object"),
        (b"null", "one JSON object"),
        (b"1", "one JSON object"),
        (b'"x"', "one JSON object"),
        (b'{"facts": {"age_years": NaN}}', "NaN"),
        (b'{"facts": {"age_years": Infinity}}', "Infinity"),
        (b'{"zones": [{"radius_mm": -Infinity}]}', "Infinity"),
        (b'{"facts": {"age_years": 1e999}}', "between 0 and 120"),
        (b'{"facts": {"age_years": %s}}' % (b"9" * 4000), "between 0 and 120"),
        (b'{"facts": {"age_years": %s}}' % (b"9" * 5000), "number"),
        (b'{"facts": {}, "facts": {}}', "twice"),
        (b'{"facts": {"fever": true, "fever": false}}', "twice"),
        (b'{"facts": {"age_years": {"low": 1, "low": 2, "high": 3}}}', "twice"),
        (b'{"complaint": {"sites": [{"level": "L4", "level": "L5", "side": "left"}]}}', "twice"),
        (b'{"zones": [{"kind": "scar", "kind": "scar"}]}', "twice"),
        (b"[" * 100_000, "deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "deeply"),
        (b'{"facts":{"age_years":' + b"[" * 100_000 + b"]" * 100_000 + b"}}", "deeply"),
        (b'{"complaint":{"goal":"' + b"x" * 2_000_000 + b'"}}', "larger"),
    ],
    ids=range(28),
)
def test_what_is_not_an_answers_file_is_refused(
    data: bytes, says: str, knowledge: Knowledge
) -> None:
    assert says in str(refusal(data, knowledge))


def test_the_largest_file_is_read_and_one_byte_more_is_not(knowledge: Knowledge) -> None:
    full = b"{" + b" " * (MAX_BYTES - 2) + b"}"
    assert read(full, knowledge) == Answers()
    refusal(full + b" ", knowledge)


def test_many_keys_are_refused_at_once(knowledge: Knowledge) -> None:
    """A file of small keys, the last twice, costs no more than any other of its size."""
    keys = "".join(f'"{number}":1,' for number in range(80_000))
    assert "twice" in str(refusal(f'{{{keys}"79999":1}}'.encode(), knowledge))


def test_days_in_the_future_are_refused_by_the_screening(knowledge: Knowledge) -> None:
    late = (TODAY + timedelta(days=1)).isoformat()
    for tree, path in (
        ({"answered_on": late}, "answered_on"),
        ({"complaint": {"onset_date": late}}, "complaint.onset_date"),
        ({"clearances": [CLEARANCE | {"on": late}]}, "clearances[0].on"),
        ({"clearances": [CLEARANCE | {"until": "2026-11-19"}]}, "clearances[0].until"),
    ):
        with pytest.raises(InputError) as caught:
            screen(read(tree, knowledge), None, knowledge, on=TODAY)
        assert caught.value.path == path


# --- there and back -------------------------------------------------------------------------

LOADED = load()
_DAYS = st.dates(date(1950, 1, 1), TODAY)
_MM = st.floats(0, 200, allow_nan=False) | st.integers(0, 200).map(float)
_WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=MOST_GOAL // 5
)


def _value(fact_id: str) -> st.SearchStrategy[Any]:
    kind = LOADED.facts[fact_id].type
    if isinstance(kind, Boolean):
        return st.none() | st.booleans()
    if isinstance(kind, Choice):
        return st.none() | st.sampled_from(kind.words)
    ends = st.tuples(*[st.floats(kind.low, kind.high)] * 2) | st.integers(
        math.ceil(kind.low), int(kind.high)
    ).map(lambda n: (float(n), float(n)))
    return st.none() | ends.map(lambda e: Interval(min(e), max(e)))


_FACTS = [f.id for f in LOADED.facts.values() if f.zone is None and f.id != "zones_recorded"]
_KIND, _SIDE = st.sampled_from(ZoneKind), st.sampled_from(Side)
_TECHNIQUES = st.permutations(Technique).flatmap(
    lambda every: st.integers(0, len(every)).map(lambda n: tuple(every[:n]))
)


@st.composite
def zones(draw: st.DrawFn) -> Zone:
    kind, side = draw(_KIND), draw(_SIDE)
    if draw(st.booleans()):
        radius = draw(st.floats(1, 300))
        return Zone(kind, side, draw(st.sampled_from(LEVELS)), draw(_MM), radius)
    ends = sorted(draw(st.tuples(*[st.integers(0, len(LEVELS) - 1)] * 2)))
    low, high = sorted(draw(st.tuples(_MM, _MM)))
    lower = TAIL_BONE if draw(st.booleans()) else LEVELS[ends[1]]
    bounds = draw(st.sampled_from([(None, None), (low, None), (None, high), (low, high)]))
    return Zone(
        kind,
        side,
        from_level=LEVELS[ends[0]],
        to_level=lower,
        lateral_from_mm=bounds[0],
        lateral_to_mm=bounds[1],
    )


_SITES = st.builds(
    PalpatedSite,
    st.sampled_from(LEVELS),
    st.sampled_from([Side.LEFT, Side.RIGHT, Side.BOTH]),
    st.integers(0, 3),
    st.integers(0, 3),
    st.none() | _MM,
)
_ANSWERS = st.builds(
    Answers,
    answered_on=st.none() | _DAYS,
    facts=st.lists(st.sampled_from(_FACTS), unique=True, max_size=12).flatmap(
        lambda names: st.fixed_dictionaries({name: _value(name) for name in names}).map(
            MappingProxyType
        )
    ),
    zones=st.none() | st.lists(zones(), max_size=4).map(tuple),
    clearances=st.lists(
        st.builds(
            Clearance,
            st.sampled_from([*_FACTS, *(rule.id for rule in LOADED.rules)]),
            _WORDS.filter(str.strip),
            _DAYS,
            st.none() | st.dates(TODAY, date(2030, 1, 1)),
            st.none() | _TECHNIQUES,
        ),
        max_size=3,
    ).map(tuple),
    complaint=st.none()
    | st.builds(
        Complaint,
        st.none() | st.integers(0, 10),
        st.none() | st.integers(0, 10),
        st.none() | _DAYS,
        st.none() | _WORDS,
        st.lists(_SITES, max_size=4).map(tuple),
    ),
    techniques=_TECHNIQUES,
    cups=st.none()
    | st.lists(
        st.builds(
            lambda kind, material, size, count: Cup(kind, MADE_OF.get(kind, material), size, count),
            st.sampled_from(CupKind),
            st.sampled_from(CUP_MATERIALS),
            st.floats(15, 150),
            st.integers(1, 1000),
        ),
        max_size=4,
    ).map(tuple),
)
ANSWERS_SCHEMA = schema("answers")


@given(_ANSWERS)
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_back_and_fits_the_schema(answers: Answers) -> None:
    written = write_answers(answers)
    assert read_answers(json.dumps(written).encode(), LOADED) == answers
    assert list(ANSWERS_SCHEMA.iter_errors(written)) == []
    assert write_answers(read_answers(json.dumps(written).encode(), LOADED)) == written


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*ALL_KEYS, *DISC, *BAND, *SITE, *CUP, "x"]), inner)
        ),
        max_leaves=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_no_json_at_all_breaks_the_reader(tree: Any) -> None:
    data = json.dumps(tree).encode()
    try:
        read_answers(data, LOADED)
    except InputError:
        return
    assert ANSWERS_SCHEMA.is_valid(tree)


# --- the published schemas ------------------------------------------------------------------


def test_the_published_schemas_are_those_of_the_program(knowledge: Knowledge) -> None:
    """Written anew by ``schema_files``, one text a file, after a change of facts or outputs."""
    files = schema_files(knowledge)
    assert {path.name for path in SCHEMAS.iterdir()} == set(files)
    for name, text in files.items():
        assert (SCHEMAS / name).read_text("utf-8") == text, f"docs/schemas/{name} is out of date"
        jsonschema_rs.meta.validate(json.loads(text))


def test_the_schemas_are_closed(knowledge: Knowledge) -> None:
    for name, text in schema_files(knowledge).items():
        for node in _objects(json.loads(text)):
            is_reference = set(node.get("required", ())) == {"id", "type", "title"}
            assert "additionalProperties" in node or is_reference, (name, node)


def _objects(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for item in node for found in _objects(item)]
    if not isinstance(node, dict):
        return []
    here = [node] if node.get("type") == "object" else []
    return here + [found for item in node.values() for found in _objects(item)]


def test_the_examples_of_this_chapter_fit_the_answers_schema() -> None:
    assert list(schema("answers").iter_errors(ALL_KEYS)) == []
    for tree in ({}, {"zones": None}, {"zones": []}, {"practitioner": {}}, {"cups": None}):
        assert schema("answers").is_valid(tree)


# The keys of ``docs/screening.md`` 6: a key may be added, none may be lost or renamed.
SCREENING_KEYS = {
    "": "schema on stage knowledge facts conflicts urgency techniques before_start "
    "outside_studied unresolved ask exit",
    "knowledge": "version sha256",
    "facts.*": "value source on",
    "conflicts.*": "fact record answer used",
    "urgency": "certain possible findings",
    "techniques": "dry_static silicone pulsatile moving flash fire wet",
    "techniques.*": "certain possible may_use offered limits findings closed_zones",
    "techniques.*.limits": "suction_kpa retention_min kpa_min cups repetitions "
    "materials_excluded by",
    "techniques.*.findings.*": "rule decision state because sources editorial advice",
    "techniques.*.closed_zones.*": "kind side rule",
    "before_start.*": "fact question answer",
    "unresolved.*": "fact resolved_by",
    "ask.*": "fact group question choices could",
    "ask.*.could": "techniques urgency limits",
}
PLAN_KEYS = {
    "": "technique dose placements frame preparation monitor regimen step_up stop_rule "
    "co_interventions aftercare expect evidence refused why references",
    "dose": "suction_kpa retention_min cups repetitions",
    "placements.*": "level side lateral_mm y_mm inner_diameter_mm suction_kpa retention_min "
    "site path",
    "frame": "origin scale_mm error_mm",
    "regimen": "sessions per_week min_days_between review_after_sessions stop_after_sessions",
}


def at(tree: Any, path: str) -> list[Any]:
    found = [tree]
    for step in path.split(".") if path else ():
        if step == "*":
            found = [x for f in found for x in (f.values() if isinstance(f, dict) else f)]
        else:
            found = [f[step] for f in found]
    return found


def has_keys(tree: Any, keys: dict[str, str]) -> None:
    for path, names in keys.items():
        found = at(tree, path)
        assert found, f"the example has nothing at {path}"
        for entry in found:
            assert set(names.split()) <= set(entry), path


def _messy(knowledge: Knowledge) -> tuple[Answers, PatientRecord]:
    """A person with a conflict, a clearance, a drawn zone, an open and an unknown question."""
    answers = person(
        knowledge,
        {"antiplatelet": True, "age_years": {"low": 64, "high": 66}, "diabetes": None},
        zones=(disc("scar"),),
    )
    facts = {k: v for k, v in answers.facts.items() if k != "latex_allergy"}
    answers = Answers(
        TODAY,
        facts,
        answers.zones,
        (Clearance("C07", "Dr Osei", TODAY),),
        answers.complaint,
        EVERY_TECHNIQUE,
    )
    old = Reading("latex_allergy", True, "AllergyIntolerance/3", None, stale="undated")
    riskier = Reading("osteoporosis", True, "Condition/7", date(2020, 1, 1))
    return answers, PatientRecord("Bundle/1", SAID, "1962", (old, riskier))


def test_a_screening_has_every_key_of_the_contract(knowledge: Knowledge) -> None:
    answers, record = _messy(knowledge)
    for stage in Stage:
        out = write_screening(screen(answers, record, knowledge, on=TODAY, stage=stage))
        has_keys(out, SCREENING_KEYS)
        assert list(schema("screening").iter_errors(out)) == []
        assert json.loads(json.dumps(out, allow_nan=False)) == out


def test_the_screening_of_nobody_fits_the_schema(knowledge: Knowledge) -> None:
    out = write_screening(screen(Answers(), None, knowledge, on=TODAY))
    assert list(schema("screening").iter_errors(out)) == []
    assert out["exit"] == 3


def test_a_plan_has_every_key_of_the_contract(knowledge: Knowledge, library: Library) -> None:
    answers = healthy(knowledge)
    screening = screen(answers, None, knowledge, on=TODAY)
    out = write_plan(plan(screening, answers, knowledge, library), screening)
    # This person has no conflict, no unknown and no drawn zone: those keys stand in the chapter
    # on the screening, which a plan holds whole.
    assert set(write_screening(screening)) <= set(out)
    has_keys(out, PLAN_KEYS)
    assert list(schema("plan").iter_errors(out)) == []
    assert out["schema"] == "ventosa/plan/1"
    assert out["exit"] == 0


@pytest.mark.parametrize(
    "changes", [{"bladder_bowel_change": True}, {"koebner_disease": True}, {"diabetes": None}]
)
def test_a_plan_without_cups_fits_the_schema(
    changes: dict[str, Any], knowledge: Knowledge, library: Library
) -> None:
    answers = person(knowledge, changes)
    screening = screen(answers, None, knowledge, on=TODAY)
    out = write_plan(plan(screening, answers, knowledge, library), screening)
    assert list(schema("plan").iter_errors(out)) == []


@pytest.mark.parametrize("technique", Technique)
def test_a_plan_of_every_technique_fits_the_schema(
    technique: Technique, knowledge: Knowledge, library: Library
) -> None:
    whole = healthy(knowledge)
    cups = tuple(Cup(kind, MADE_OF.get(kind, Material.PLASTIC), 45, 6) for kind in CupKind)
    sites = tuple(PalpatedSite(level, Side.BOTH, 2, 2) for level in ("L2", "L4"))
    complaint = Complaint(sites=sites)
    answers = Answers(TODAY, whole.facts, whole.zones, (), complaint, (technique,), cups)
    screening = screen(answers, None, knowledge, on=TODAY)
    out = write_plan(plan(screening, answers, knowledge, library), screening)
    assert out["technique"] == technique
    assert list(schema("plan").iter_errors(out)) == []


def test_a_plan_says_4_where_no_cup_fits(knowledge: Knowledge, library: Library) -> None:
    """The exit code in the JSON is that of the program, not that of the screening."""
    whole = Zone(ZoneKind.NO_GO, Side.BOTH, from_level="C7", to_level="S4")
    answers = person(knowledge, {}, zones=(whole,))
    screening = screen(answers, None, knowledge, on=TODAY)
    out = write_plan(plan(screening, answers, knowledge, library), screening)
    assert (screening.exit, out["technique"], out["exit"]) == (0, None, 4)
    assert list(schema("plan").iter_errors(out)) == []
