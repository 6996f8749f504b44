"""A clinic's own rules: what they add stands, what they get wrong is refused, and the door."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import jsonschema_rs
import pytest
from click.testing import CliRunner, Result

from people import TODAY, disc, healthy
from ventosa.cli import ventosa
from ventosa.cli.proved import proved_knowledge
from ventosa.contract import read_answers, write_answers
from ventosa.geometry import frame_for, parse_levels
from ventosa.interview import repeat_visit
from ventosa.knowledge import SHIPPED, Knowledge, Library, load, load_library, overlaid
from ventosa.planning import frame_of, plan
from ventosa.proof.obligations import obligations
from ventosa.proof.rules import HEALTHY
from ventosa.record import Answers, Complaint, KnowledgeError, PalpatedSite, Screening
from ventosa.screening import screen
from ventosa.terms import Decision, Side, Stage, State, Technique

EXAMPLE = Path(__file__).parents[2] / "examples" / "overlay"
OKAFOR = EXAMPLE.parent / "okafor"
KNOWN = load()
DAY = ("--on", TODAY.isoformat())

ABOUT = """
id = "quay"
title = "Quay Clinic"
version = "3"
reviewed = 2026-11-01
by = "its lead"
"""
HEADER = (SHIPPED / "facts.csv").read_text("utf-8").splitlines()[0]
WAXED = "back_waxed,boolean,,true,skin_and_allergy,patient,today,plan,,,Waxed today?"
RESTED = "well_rested,boolean,,false,today,patient,today,start,,,Did you rest?"
CREAM = "back_cream,choice,none|oil,,house,patient,today,plan,,,Which cream?"
PULSE = "pulse_bpm,number,1/min 30-220,,today,practitioner,today,plan,,,Pulse now?"
HOUSE = '[[group]]\nid = "house"\ntitle = "House"\nnone = ""\norder = 95\n'


def facts(*rows: str) -> str:
    return "\n".join((HEADER, *rows)) + "\n"


def rule(rule_id: str, when: str, yes: str, no: str, *, effect: str = 'all = "avoid"') -> str:
    """The text of a rule file; ``yes`` and ``no`` are the facts of its worked examples."""
    return f"""
id = "{rule_id}"
title = "Rule {rule_id}"
kind = "practice"
when = "{when}"
because = "The clinic says so."
strength = 0
editorial = "The clinic decides."
reviewed = 2026-11-24
[decision]
{effect}
[[example]]
say = "yes"
facts = {{ {yes} }}
is = "true"
[[example]]
say = "no"
facts = {{ {no} }}
is = "false"
[[example]]
say = "not asked"
is = "unknown"
"""


WAXED_RULE = rule("Q1", "back_waxed", "back_waxed = true", "back_waxed = false")
ONE_RULE = {"overlay.toml": ABOUT, "facts.csv": facts(WAXED), "rules/q1.toml": WAXED_RULE}
SITE = '[[site]]\nid = "bl23"\nbecause = "A custom."\n'

Folder = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """Writes an overlay's files and returns its folder."""

    def write(texts: Mapping[str, str]) -> Path:
        for name, text in texts.items():
            path = tmp_path / "quay" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return tmp_path / "quay"

    return write


def screened(answers: Answers, knowledge: Knowledge, stage: Stage = Stage.PLAN) -> Screening:
    return screen(answers, None, knowledge, on=TODAY, stage=stage)


def asked(screening: Screening) -> list[str]:
    return [question.fact for question in screening.ask]


# --- proved like the shipped rules -----------------------------------------------------------


def test_the_example_is_proved() -> None:
    result = CliRunner().invoke(ventosa, ["prove", "--overlay", str(EXAMPLE)])
    assert result.exit_code == 0, result.output
    assert "proved: Nothing gets looser for anybody" in result.stdout
    assert result.stdout.splitlines()[-1].startswith("Proved, for all patients: 101 rules")


def may_have_every_technique(knowledge: Knowledge) -> bool:
    duties = [duty for duty in obligations(knowledge) if duty.law == HEALTHY]
    assert len(duties) == len(Stage)
    return all(duty.check() is None for duty in duties)


@pytest.mark.parametrize(
    ("fact", "when", "may"),
    [
        (CREAM, "back_cream == 'oil'", True),
        (CREAM, "back_cream in ['none', 'oil']", False),
        (PULSE, "pulse_bpm > 100", True),
        (PULSE, "pulse_bpm >= 30", False),
    ],
)
def test_a_healthy_person_says_what_an_added_rule_lets_pass(
    folder: Folder, fact: str, when: str, may: bool
) -> None:
    texts = {
        "overlay.toml": ABOUT,
        "facts.csv": facts(fact),
        "groups.toml": HOUSE,
        "rules/q1.toml": rule("Q1", when, "", ""),
    }
    known = overlaid(load(), folder(texts))
    assert may_have_every_technique(known) is may


# --- rules and facts -------------------------------------------------------------------------


def test_an_added_fact_is_asked_from_then_on(folder: Folder, knowledge: Knowledge) -> None:
    changed = overlaid(KNOWN, folder(ONE_RULE))
    answers = healthy(knowledge)
    assert asked(screened(answers, knowledge)) == []
    before = screened(answers, changed)
    assert asked(before) == ["back_waxed"]
    assert before.exit == 3 and not before.techniques[Technique.DRY_STATIC].may_use
    assert screened(healthy(changed, back_waxed=False), changed).exit == 0
    after = screened(healthy(changed, back_waxed=True), changed)
    assert {t.certain for t in after.techniques.values()} == {Decision.AVOID}
    assert after.techniques[Technique.FLASH].findings[0].rule == "Q1"


def test_a_fact_of_the_start_waits_for_the_start(folder: Folder, knowledge: Knowledge) -> None:
    texts = {
        "overlay.toml": ABOUT,
        "facts.csv": facts(RESTED),
        "rules/q1.toml": rule("Q1", "!well_rested", "well_rested = false", "well_rested = true"),
    }
    changed = overlaid(KNOWN, folder(texts))
    plan_ = screened(healthy(knowledge), changed)
    assert plan_.exit == 0 and plan_.before_start[-1].fact == "well_rested"
    assert asked(screened(healthy(knowledge), changed, Stage.START)) == ["well_rested"]


def test_an_answers_file_and_its_schema_know_the_added_facts(
    folder: Folder, knowledge: Knowledge
) -> None:
    texts = {
        "overlay.toml": ABOUT,
        "facts.csv": facts(CREAM, PULSE),
        "groups.toml": HOUSE,
        "rules/q1.toml": rule(
            "Q1", "back_cream == 'oil'", "back_cream = 'oil'", "back_cream = 'none'"
        ),
        "rules/q2.toml": rule("Q2", "pulse_bpm >= 120", "pulse_bpm = 130", "pulse_bpm = 70"),
    }
    changed = overlaid(KNOWN, folder(texts))
    tree = write_answers(healthy(changed, back_cream="oil", pulse_bpm=130, age_years=40))
    given = read_answers(json.dumps(tree).encode(), changed)
    assert given.facts["back_cream"] == "oil"
    rules = {f.rule for f in screened(given, changed).techniques[Technique.WET].findings}
    assert {"Q1", "Q2"} <= rules
    assert asked(screened(healthy(knowledge), changed)) == ["back_cream", "pulse_bpm"]


def test_no_sentence_of_a_repeat_visit_answers_an_added_fact(folder: Folder) -> None:
    """The sentences do not name it, so their "none of these" is no answer to it."""
    row = WAXED.replace("skin_and_allergy", "nerves_and_bladder")
    changed = overlaid(KNOWN, folder(ONE_RULE | {"facts.csv": facts(row)}))
    previous = replace(healthy(changed, back_waxed=False), answered_on=date(2026, 11, 1))
    again = repeat_visit(
        previous,
        changed,
        on=TODAY,
        none_of=[sentence.id for sentence in changed.repeat],
        anything_new=False,
    )
    assert "saddle_numbness" in again.facts
    assert "back_waxed" in asked(screened(again, changed))


def test_a_shipped_id_takes_the_place_of_the_shipped_rule(
    folder: Folder, knowledge: Knowledge
) -> None:
    text = rule("C14", "blood_donation_recent", *("blood_donation_recent = " + w for w in YES_NO))
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "rules/any-name.toml": text}))
    assert [r.id for r in changed.rules] == [r.id for r in knowledge.rules]
    answers = healthy(knowledge, blood_donation_recent=True)
    for known, decision in ((knowledge, Decision.OK), (changed, Decision.AVOID)):
        assert screened(answers, known).techniques[Technique.SILICONE].certain == decision


YES_NO = ("true", "false")


def test_an_added_rule_follows_the_shipped_ones(folder: Folder, knowledge: Knowledge) -> None:
    changed = overlaid(KNOWN, folder(ONE_RULE))
    assert changed.rules[:-1] == knowledge.rules
    assert changed.rules[-1].id == "Q1" and list(changed.facts)[-1] == "back_waxed"


# --- numbers ---------------------------------------------------------------------------------


def test_a_lowered_number_is_todays_limit(folder: Folder, knowledge: Knowledge) -> None:
    """An overlay without a rule of its own."""
    lower = "[dry_static.usual]\nsuction_kpa = 30\n"
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "limits.toml": lower}))
    assert len(changed.rules) == len(knowledge.rules)
    answers = healthy(knowledge)

    def limit(known: Knowledge, technique: Technique) -> float | None:
        return screened(answers, known).techniques[technique].limits.suction_kpa

    assert (limit(knowledge, Technique.DRY_STATIC), limit(changed, Technique.DRY_STATIC)) == (
        40,
        30,
    )
    assert limit(changed, Technique.PULSATILE) == limit(knowledge, Technique.PULSATILE)


def test_a_lowered_column_lowers_what_shipped_rules_cap(
    folder: Folder, knowledge: Knowledge
) -> None:
    lower = "[dry_static.start]\nretention_min = 4\n[flash.hard_stop]\nrepetitions = 10\n"
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "limits.toml": lower}))
    limits = screened(healthy(knowledge, first_session=True), changed).techniques
    assert limits[Technique.DRY_STATIC].limits.retention_min == 4
    assert limits[Technique.DRY_STATIC].limits.suction_kpa == 20
    assert limits[Technique.SILICONE].limits.retention_min == 5


def test_a_number_below_the_floor_closes_the_technique(
    folder: Folder, knowledge: Knowledge
) -> None:
    lower = "[pulsatile.usual]\nsuction_kpa = 9\n"
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "limits.toml": lower}))
    found = screened(healthy(knowledge), changed).techniques
    assert found[Technique.PULSATILE].certain is Decision.AVOID
    assert found[Technique.DRY_STATIC].certain is Decision.OK


# --- places ----------------------------------------------------------------------------------


def planned(answers: Answers, known: Knowledge, library: Library) -> list[tuple[str, float]]:
    proposed = plan(screened(answers, known), answers, known, library)
    return [(p.level, p.lateral_mm) for p in proposed.placements]


def test_no_cup_stands_on_a_closed_site(
    folder: Folder, knowledge: Knowledge, library: Library
) -> None:
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "closed.toml": SITE}))
    answers = replace(
        healthy(knowledge), complaint=Complaint(sites=(PalpatedSite("L2", Side.BOTH, 2, 2),))
    )
    frame = frame_of(screened(answers, knowledge), knowledge)
    x, y = 1.5 * frame.cun_mm, frame.level_mm("L2")

    def nearest_rim(known: Knowledge) -> float:
        proposed = plan(screened(answers, known), answers, known, load_library(known))
        return min(
            (
                ((p.lateral_mm - x) ** 2 + (p.y_mm - y) ** 2) ** 0.5 - p.inner_diameter_mm / 2 - 3
                for p in proposed.placements
            ),
            default=1000.0,
        )

    assert nearest_rim(knowledge) < 0, "without the overlay a cup stands on BL23"
    assert nearest_rim(changed) >= 10


@pytest.mark.parametrize("site", ["bl23", "BL11", "BL52", "bl28", "GV4"])
@pytest.mark.parametrize("height_cm", [100, 155, 172, 230])
def test_a_closed_site_holds_the_point_on_every_back(
    folder: Folder, knowledge: Knowledge, site: str, height_cm: float
) -> None:
    text = f'[[site]]\nid = "{site}"\nbecause = "A custom."\n'
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "closed.toml": text}))
    (zone,) = changed.rules[-1].closes
    point = next(s for s in load_library(knowledge).sites if s.id == site.upper())
    assert point.level and point.cun_lateral is not None
    levels = parse_levels(knowledge.texts["geometry/levels.csv"])
    for sex in ("female", "male", None):
        frame = frame_for(sex, height_cm, None, levels)
        x, y = point.cun_lateral * frame.cun_mm, frame.level_mm(point.level)
        for side in (Side.LEFT, Side.RIGHT):
            assert frame.distance_to_zone(side, x, y, zone) == 0


def test_a_closed_place_says_why_and_asks_nothing(folder: Folder, knowledge: Knowledge) -> None:
    places = (
        '[[zone]]\nid = "low"\ntitle = "Low back"\nbecause = "A custom."\n'
        'from_level = "L4"\nto_level = "S4"\n'
        '[[zone]]\nid = "spot"\ntitle = "A spot"\nbecause = "A scarred wall."\nside = "left"\n'
        'level = "T6"\nlateral_mm = 40\nradius_mm = 15\n'
    )
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "closed.toml": places}))
    found = screened(healthy(knowledge), changed).techniques[Technique.MOVING]
    assert [c.rule for c in found.closed_zones] == ["closed-low", "closed-spot"]
    assert found.closed_zones[1].zone.radius_mm == 15
    said = {f.rule: f for f in found.findings}
    assert said["closed-spot"].because == "A scarred wall."
    assert said["closed-spot"].editorial == "Quay Clinic: its lead decides."
    assert said["closed-low"].state is State.TRUE and found.certain is Decision.MODIFY
    for answers in (Answers(), replace(healthy(knowledge), zones=None), healthy(knowledge)):
        assert asked(screened(answers, changed)) == asked(screened(answers, knowledge))
    unseen = screened(replace(healthy(knowledge), zones=None), changed)
    zones = unseen.techniques[Technique.MOVING].closed_zones
    assert {"Z00", "closed-low", "closed-spot"} <= {closed.rule for closed in zones}


def test_a_closed_place_stands_beside_what_was_drawn(folder: Folder, knowledge: Knowledge) -> None:
    changed = overlaid(KNOWN, folder({"overlay.toml": ABOUT, "closed.toml": SITE}))
    answers = replace(healthy(knowledge), zones=(disc("scar"),))
    rules = {c.rule for c in screened(answers, changed).techniques[Technique.FIRE].closed_zones}
    assert rules == {"closed-bl23", "L06s"}


# --- what the whole is called ----------------------------------------------------------------


def test_version_and_hash_cover_both(folder: Folder, knowledge: Knowledge) -> None:
    place = folder(ONE_RULE)
    changed = load(overlay=place)
    assert changed.version == f"{knowledge.version}+quay 3"
    assert changed.reviewed == date(2026, 11, 1), "as old as its oldest part"
    assert screened(Answers(), changed).knowledge_sha256 == changed.sha256
    hashes = {knowledge.sha256, changed.sha256}
    folder({"rules/q1.toml": WAXED_RULE + "\n# seen"})
    hashes.add(load(overlay=place).sha256)
    copy = place.parent / "copy"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    assert load(copy, place).sha256 in hashes
    (copy / "groups.toml").write_text((copy / "groups.toml").read_text("utf-8") + "\n", "utf-8")
    hashes.add(load(copy, place).sha256)
    assert len(hashes) == 4


def test_what_no_overlay_reads_may_stand_beside_it(folder: Folder) -> None:
    place = folder(ONE_RULE)
    hash_ = load(overlay=place).sha256
    folder({"README.md": "Ours.", ".gitignore": "*.bak", "rules/.keep": ""})
    assert load(overlay=place).sha256 == hash_


# --- a folder that is wrong is refused -------------------------------------------------------


def refusal(place: Path) -> KnowledgeError:
    with pytest.raises(KnowledgeError) as caught:
        overlaid(KNOWN, place)
    return caught.value


def about(**changes: str) -> str:
    lines = dict(line.split(" = ", 1) for line in ABOUT.strip().splitlines()) | changes
    return "".join(f"{key} = {value}\n" for key, value in lines.items() if value)


def one_fact(**changes: str) -> str:
    """The fact's row with some cells changed."""
    row = dict(zip(HEADER.split(","), WAXED.split(","), strict=True)) | changes
    return facts(",".join(row.values()))


@dataclass(frozen=True)
class Wrong:
    """An overlay that is refused: its changed files, and what the refusal names."""

    texts: Mapping[str, str | None] = field(default_factory=dict)
    file: str = ""
    says: tuple[str, ...] = ()


def replacing(shipped: str, before: str, after: str, *says: str) -> Wrong:
    text = (SHIPPED / "rules" / shipped).read_text("utf-8")
    assert before in text
    return Wrong({f"rules/{shipped}": text.replace(before, after)}, "rules/", says)


def limits(text: str, *says: str) -> Wrong:
    return Wrong({"limits.toml": text}, "limits.toml", says)


def closed(text: str, *says: str) -> Wrong:
    return Wrong({"closed.toml": text}, "closed.toml", says)


def row(*says: str, **changes: str) -> Wrong:
    return Wrong({"facts.csv": one_fact(**changes)}, "facts.csv", says)


def table(text: str, *says: str) -> Wrong:
    return Wrong({"facts.csv": text}, "facts.csv", says)


def edited(old: str, new: str, *says: str) -> Wrong:
    assert old in WAXED_RULE
    return Wrong({"rules/q1.toml": WAXED_RULE.replace(old, new)}, "rules/q1.toml", says)


def named(*says: str, **changes: str) -> Wrong:
    return Wrong({"overlay.toml": about(**changes)}, "overlay.toml", says)


def beside(name: str, text: str, *says: str) -> Wrong:
    return Wrong({name: text}, name, says)


NO_FILE = ("is not a file of an overlay",)
BAND = '[[zone]]\nid = "a"\ntitle = "A"\nbecause = "B"\n'

WRONG = {
    "no overlay.toml": Wrong({"overlay.toml": None}, "overlay.toml", ("is missing",)),
    "no id": named("id", id=""),
    "id with a space": named("id", id='"a b"'),
    "id with a slash": named("id", id='"../a"'),
    "version as a number": named("version", "str", version="3"),
    "version with a line": named("version", version='"3\\n4"'),
    "nobody decides": named("by", by='" "'),
    "no date": named("reviewed", reviewed='"soon"'),
    "unknown key": named("owner", owner='"me"'),
    "not TOML": beside("overlay.toml", "id = ", "not TOML"),
    "unknown file": beside("facts.cvs", "", *NO_FILE),
    "another part of knowledge": Wrong({"techniques/fire.toml": ""}, "techniques", NO_FILE),
    "knowledge.toml": beside("knowledge.toml", "", *NO_FILE),
    "a rule that ends otherwise": beside("rules/q2.tml", "", *NO_FILE),
    "a rule in a folder": Wrong({"rules/old/q2.toml": ""}, "rules/old", NO_FILE),
    "a hidden data file": beside("rules/.q2.toml", "", *NO_FILE),
    "data in a hidden folder": beside(".git/q2.toml", "", *NO_FILE),
    # facts
    "header": table("fact,type\nwaxed,boolean\n", "header"),
    "a short row": table(facts(WAXED, "late,boolean"), "line 3", "11 columns"),
    "a long row": table(facts(WAXED + ",more"), "line 2", "11 columns"),
    "an open quote": table(facts(WAXED, '"late,boolean'), "not CSV"),
    "a fact twice": table(facts(WAXED, WAXED), "back_waxed", "twice"),
    "a shipped fact": table(
        facts(WAXED, WAXED.replace("back_waxed", "fever")), "fever", "is shipped"
    ),
    "a shipped zone": row("zone_scar", "is shipped", fact="zone_scar"),
    "no name": row("is not a name", fact=""),
    "a capital": row("is not a name", fact="Waxed"),
    "a name that is a word": row("is not a name", fact="zones"),
    "a name for SQL": row("is not a name", fact="back_waxed; drop"),
    "a word of SQL": row("order", "word of SQL", fact="order"),
    "two words of SQL": row("current_date", "word of SQL", fact="current_date"),
    "a long name": row("is not a name", fact="a" * 51),
    "an end of a number": row("age_years_low", "end of a number", fact="age_years_low"),
    "unknown type": row("back_waxed", "nummer", type="nummer"),
    "one word to choose": row("back_waxed", "different words", type="choice", unit_or_values="a|a"),
    "bounds": row("back_waxed", "bounds", type="number", unit_or_values="kg 20", riskier=""),
    "bounds upside down": row("back_waxed", "bounds", type="number", unit_or_values="kg 30-20"),
    "bounds not finite": row("bounds", type="number", unit_or_values="kg 0-nan", riskier=""),
    "riskier of a number": row(
        "riskier", type="number", unit_or_values="kg 20-30", riskier="higher"
    ),
    "riskier of a yes or no": row("riskier", riskier="high"),
    "holds": row("back_waxed", "always", holds="always"),
    "holds visit": row("back_waxed", "write today", holds="visit"),
    "stage": row("back_waxed", "later", stage="later"),
    "who": row("back_waxed", "mother", who_knows="mother"),
    "sensitive": row("back_waxed", "sensitive", sensitive="maybe"),
    "no question": row("back_waxed", "question", question=""),
    "no such screen": row("back_waxed", "stands on no screen: 'yard'", group="yard"),
    "detail of nothing": row("back_waxed", "unknown fact 'nothing'", detail_of="nothing"),
    "a fact that no rule reads": table(facts(WAXED, RESTED), "well_rested", "read by no rule"),
    # groups
    "a shipped screen": beside("groups.toml", HOUSE.replace('"house"', '"today"'), "today", "used"),
    "a screen twice": beside("groups.toml", HOUSE + HOUSE, "house", "used"),
    "a repeat sentence": beside("groups.toml", HOUSE + "repeat = []\n", "repeat"),
    "a screen that needs what is not": beside(
        "groups.toml", HOUSE + 'only_if = "nothing"\n', "house.only_if", "not a declared fact"
    ),
    # references
    "a shipped reference": beside(
        "references.json", '[{"id": "S21", "type": "book", "title": "T"}]', "S21", "is shipped"
    ),
    "no list": beside("references.json", "{}", "CSL-JSON"),
    "no title": beside("references.json", '[{"id": "Q", "type": "book"}]', "[0]", "title"),
    "authors in one text": beside(
        "references.json",
        '[{"id": "Q", "type": "book", "title": "T", "author": "Me"}]',
        "[0].author",
    ),
    # rules
    "when": edited('when = "back_waxed"', 'when = "back_vaxed"', "when", "not a declared fact"),
    "half a sentence": edited(
        'when = "back_waxed"', 'when = "back_waxed &&"', "when", "cannot read"
    ),
    "mixed stages": edited(
        '"back_waxed"', '"back_waxed && !consent_given"', "when", "mixes facts of stage"
    ),
    "a screen for some": edited(
        '"back_waxed"', '"back_waxed && buttock_pain"', "when", "buttock_pain"
    ),
    "a bare detail": edited(
        '"back_waxed"', '"back_waxed && inr > 3"', "when", "without anticoagulant"
    ),
    "misspelt key": edited("because", "becaus", "becaus"),
    "no source, no mark": edited('editorial = "The', '# "The', "sources", "editorial"),
    "unknown source": edited("strength", 'sources = ["Q9"]\nstrength', "sources", "Q9"),
    "a path as id": edited('id = "Q1"', 'id = "../Q1"', "id"),
    "technique": edited('all = "avoid"', 'hovering = "avoid"', "decision.hovering"),
    "decides nothing": edited('all = "avoid"', "", "decision", "decides nothing"),
    "refer without clearance": edited('all = "avoid"', 'all = "refer"', "clearance"),
    "an example less": edited('is = "false"', 'is = "true"', "example", "false"),
    "example of nothing": edited(
        "back_waxed = true", "back_vaxed = true", "example.facts", "back_vaxed"
    ),
    "example of another kind": edited(
        "back_waxed = true", "back_waxed = 3", "example.facts.back_waxed"
    ),
    "example of half a number": edited(
        "back_waxed = true", "age_years = {low = 3}", "example.facts.age_years"
    ),
    "a cap that is no number": edited(
        "[decision]", "[caps]\nsuction_kpa = nan\n[decision]", "caps.suction_kpa"
    ),
    "a cap of nothing": edited("[decision]", "[caps]\ncups = 0\n[decision]", "caps.cups"),
    "a zone that is none": edited(
        "[decision]", '[[closes]]\nfrom_level = "L5"\nto_level = "L1"\n[decision]', "closes"
    ),
    "a rule twice": beside("rules/q2.toml", WAXED_RULE, "id", "already used"),
    "a rule with a like id": Wrong(
        {"rules/q2.toml": WAXED_RULE.replace('"Q1"', '"rf_10"')}, "rules/", ("rf_10", "RF-10")
    ),
    "a rule with the id of a closed place": Wrong(
        {"rules/q2.toml": WAXED_RULE.replace('"Q1"', '"closed-bl23"'), "closed.toml": SITE},
        "rules/",
        ("closed-bl23",),
    ),
    # limits
    "unknown technique": limits("[hovering.usual]\ncups = 2\n", "hovering", "not a technique"),
    "unknown column": limits("[wet.most]\ncups = 2\n", "most"),
    "unknown quantity": limits("[wet.usual]\npunctures = 2\n", "punctures"),
    "a quantity it has not": limits("[flash.usual]\nsuction_kpa = 5\n", "flash.usual.suction_kpa"),
    "a column it has not": limits("[moving.least]\nsuction_kpa = 5\n", "moving.least", "avoided"),
    "no number": limits("[wet.usual]\nsuction_kpa = nan\n", "wet.usual.suction_kpa", "above 0"),
    "endless": limits("[wet.usual]\nsuction_kpa = inf\n", "wet.usual.suction_kpa", "above 0"),
    "below nothing": limits("[wet.usual]\ncups = -2\n", "wet.usual.cups", "above 0"),
    "half a cup": limits("[wet.usual]\ncups = 1.5\n", "cups"),
    "a word": limits('[wet.usual]\ncups = "few"\n', "cups"),
    "a higher hard stop": limits(
        "[dry_static.hard_stop]\nsuction_kpa = 51\n", "hard_stop.suction_kpa", "hard stop of 50"
    ),
    "a number above the hard stop": limits(
        "[wet.usual]\nsuction_kpa = 31\n", "wet.usual.suction_kpa", "hard stop of 30"
    ),
    "a hard stop below the usual": limits(
        "[dry_static.hard_stop]\nsuction_kpa = 35\n", "dry_static.usual.suction_kpa", "of 35"
    ),
    # closed places
    "another posture": replacing(
        "c39h-hernia.toml", 'posture = "side_lying"', "", "C39h.posture", "side_lying"
    ),
    "somebody else clears": replacing(
        "rf-11a-fracture.toml", "a doctor who has examined the person", "anybody", "clearance.by"
    ),
    "later than shipped": replacing(
        "rf-11a-fracture.toml", 'within = "today"', 'within = "2 weeks"', "within", "today"
    ),
    "a sentence of advice lost": replacing(
        "rf-11a-fracture.toml", "Arrange a picture of the spine on the same day.", "Rest.", "advice"
    ),
    "no such site": closed(SITE.replace("bl23", "bl99"), "bl99", "no named point"),
    "a site without a level": closed(SITE.replace("bl23", "bl30"), "bl30", "no named point"),
    "a site never cupped": closed(SITE.replace("bl23", "l-01"), "l-01", "no named point"),
    "a site twice": closed(SITE + SITE, "closed-bl23", "stands twice"),
    "no reason": closed('[[site]]\nid = "bl23"\n', "because"),
    "an empty reason": closed(SITE.replace("A custom.", " "), "because"),
    "neither band nor disc": closed(BAND, "zone a", "either a disc"),
    "a band upside down": closed(BAND + 'from_level = "L5"\nto_level = "L1"\n', "zone a"),
    "a level that is none": closed(BAND + 'from_level = "L9"\nto_level = "S1"\n', "zone a", "L9"),
    "a side that is none": closed(BAND + 'side = "front"\n', "side"),
    "a disc of nothing": closed(
        BAND + 'level = "T5"\nlateral_mm = 20\nradius_mm = nan\n', "zone a", "radius_mm"
    ),
    "an unknown key": closed(BAND + "radius = 20\n", "radius"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_a_wrong_overlay_is_refused_with_file_and_field(folder: Folder, wrong: Wrong) -> None:
    texts = {name: text for name, text in (ONE_RULE | wrong.texts).items() if text is not None}
    place = folder(texts)
    error = refusal(place)
    assert Path(error.file) == place / wrong.file
    for word in wrong.says:
        assert word in str(error), str(error)


def test_an_overlay_that_says_nothing_is_refused(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no knowledge" in str(refusal(tmp_path / "empty"))
    assert "is not a folder" in str(refusal(tmp_path / "nowhere"))
    place = folder({"overlay.toml": ABOUT})
    assert "is not a folder" in str(refusal(place / "overlay.toml"))
    assert "no rule, limit or closed place" in str(refusal(place))
    folder({"limits.toml": "[wet.usual]\n", "closed.toml": "", "references.json": "[]"})
    assert "no rule, limit or closed place" in str(refusal(place))


def test_a_file_that_cannot_be_read_is_refused(folder: Folder) -> None:
    place = folder(ONE_RULE)
    (place / "rules" / "q2.toml").symlink_to(place / "nowhere")
    assert "rules/q2.toml: cannot be read" in str(refusal(place))
    (place / "rules" / "q2.toml").unlink()
    (place / "rules" / "q2.toml").write_bytes(b"id = '\xff'")
    assert "not UTF-8" in str(refusal(place))


def test_a_folder_that_may_not_be_read_is_not_taken_for_empty(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(ONE_RULE)
    listed = Path.iterdir

    def iterdir(path: Path) -> Any:
        if path.name == "rules":
            raise PermissionError(13, "Permission denied")
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    assert "can be read (Permission denied)" in str(refusal(place))


# --- the door --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loosening:
    """What the prover finds where something gets looser."""

    text: str


@dataclass
class Prover:
    """Stands in for the proof; counts how often it was asked."""

    finds: Loosening | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, shipped: Knowledge, changed: Knowledge) -> Loosening | None:
        self.asked.append((shipped.version, changed.version))
        return self.finds


@pytest.fixture
def prover(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Prover:
    found = Prover()
    monkeypatch.setattr("ventosa.proof.difference.loosening", found)
    monkeypatch.setenv("VENTOSA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VENTOSA_CODES", str(tmp_path / "no-codes"))
    monkeypatch.delenv("VENTOSA_OVERLAY", raising=False)
    return found


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache" / "proved").glob("*"))


def call(*words: str) -> Result:
    return CliRunner().invoke(ventosa, list(words))


def refused(result: Result, *says: str) -> None:
    """Exit 2, one sentence, nothing on standard output."""
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("ventosa: ") and result.stderr.count("\n") == 1
    for word in says:
        assert word in result.stderr, result.stderr


def test_an_overlay_is_proved_once(
    folder: Folder, knowledge: Knowledge, prover: Prover, tmp_path: Path
) -> None:
    place, cache = folder(ONE_RULE), tmp_path / "cache" / "proved"
    first = proved_knowledge(knowledge, place, cache)
    assert prover.asked == [(knowledge.version, f"{knowledge.version}+quay 3")]
    assert proved_knowledge(knowledge, place, cache).sha256 == first.sha256
    assert len(prover.asked) == len(kept(tmp_path)) == 1


def test_another_overlay_program_proof_or_base_is_proved_anew(
    folder: Folder,
    knowledge: Knowledge,
    prover: Prover,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    place, cache = folder(ONE_RULE), tmp_path / "cache" / "proved"

    def times(shipped: Knowledge = knowledge) -> int:
        proved_knowledge(shipped, place, cache)
        return len(prover.asked)

    assert times() == 1
    folder({"rules/q1.toml": WAXED_RULE + "# seen"})
    assert times() == 2
    assert times(replace(knowledge, sha256="0" * 64)) == 3
    monkeypatch.setattr("ventosa.proof.PROOF_VERSION", "next")
    assert times() == 4
    monkeypatch.setattr("ventosa.cli.proved.__version__", "99")
    assert times() == 5 and times() == 5
    assert len(kept(tmp_path)) == 5


@pytest.mark.parametrize("content", [b"", b"Proved.\n", b"\xff", "another"])
def test_a_changed_proof_only_costs_the_proof(
    folder: Folder, knowledge: Knowledge, prover: Prover, tmp_path: Path, content: bytes | str
) -> None:
    place, cache = folder(ONE_RULE), tmp_path / "cache" / "proved"
    proved_knowledge(knowledge, place, cache)
    (proof,) = kept(tmp_path)
    sentence = proof.read_bytes()
    if isinstance(content, str):  # the proof of another overlay under this one's name
        content = sentence.replace(proof.name.encode(), b"0" * 64)
    proof.write_bytes(content)
    proved_knowledge(knowledge, place, cache)
    assert len(prover.asked) == 2
    assert proof.read_bytes() == sentence


def test_a_cache_that_cannot_be_written_only_costs_the_proof(
    folder: Folder, knowledge: Knowledge, prover: Prover, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    for _ in range(2):
        changed = proved_knowledge(knowledge, folder(ONE_RULE), tmp_path / "file" / "proved")
        assert changed.rules[-1].id == "Q1"
    assert len(prover.asked) == 2


def test_a_loosening_overlay_is_refused_with_a_person_and_never_kept(
    folder: Folder, prover: Prover, tmp_path: Path
) -> None:
    prover.finds = Loosening("Dry cupping was avoid\nfor a man of 40 with a fever.")
    place = str(folder(ONE_RULE))
    for times in (1, 2):
        result = call("screen", *DAY, "--overlay", place)
        refused(result, place, "loosens", "avoid for a man of 40 with a fever.", "`ventosa diff")
        assert len(prover.asked) == times
    assert kept(tmp_path) == []


def test_worked_examples_that_fail_are_refused_before_anything_is_proved(
    folder: Folder, prover: Prover, tmp_path: Path
) -> None:
    text = WAXED_RULE.replace('"back_waxed"', '"!back_waxed"')
    result = call("screen", *DAY, "--overlay", str(folder(ONE_RULE | {"rules/q1.toml": text})))
    refused(result, "rules/", "Q1.example", "'yes' is false, not true")
    assert prover.asked == [] and kept(tmp_path) == []


def test_a_kept_proof_loads_no_solver(folder: Folder, prover: Prover, tmp_path: Path) -> None:
    """The first call proves with the real solver, in a process of its own."""
    place = str(folder(ONE_RULE))
    script = (
        "import sys; from ventosa.cli.inputs import knowledge_from\n"
        f"knowledge_from(None, {place!r})\n"
        "print('z3' in sys.modules, 'ventosa.rulebook' in sys.modules)"
    )

    def loaded() -> str:
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
        return done.stdout.strip()

    assert loaded() == "True True"
    assert len(kept(tmp_path)) == 1
    assert loaded() == "False False"


def test_what_is_looser_is_found_and_what_is_tighter_is_not(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real proof, once each way; the proof itself has its own tests."""
    monkeypatch.setenv("VENTOSA_CACHE", str(tmp_path / "cache"))
    looser = {"overlay.toml": ABOUT, "limits.toml": "[dry_static.start]\nsuction_kpa = 25\n"}
    place = str(folder(looser))
    refused(call("screen", *DAY, "--overlay", place), "dry_static suction_kpa", "20 becomes 25")
    assert kept(tmp_path) == []
    assert call("screen", *DAY, "--overlay", str(EXAMPLE)).exit_code == 3
    assert len(kept(tmp_path)) == 1


# --- the command line ------------------------------------------------------------------------


def every_command(group: click.Group) -> list[click.Command]:
    found = []
    for command in group.commands.values():
        found += every_command(command) if isinstance(command, click.Group) else [command]
    return found


def test_every_command_that_reads_knowledge_takes_an_overlay() -> None:
    for command in every_command(ventosa):
        names = {option for parameter in command.params for option in parameter.opts}
        assert "--overlay" in names or "--knowledge" not in names, command.name


def test_the_environment_may_name_it(
    folder: Folder, prover: Prover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VENTOSA_OVERLAY", str(folder(ONE_RULE)))
    tree = json.loads(call("screen", *DAY).stdout)
    assert "back_waxed" in {question["fact"] for question in tree["ask"]}
    assert tree["knowledge"]["version"].endswith("+quay 3")


def test_an_error_names_the_folder_it_stands_in(
    folder: Folder, prover: Prover, tmp_path: Path
) -> None:
    place = folder(ONE_RULE)
    copy = tmp_path / "copy"
    shutil.copytree(SHIPPED, copy, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    both = ("--knowledge", str(copy), "--overlay", str(place))
    assert call("screen", *DAY, *both).exit_code == 3
    folder({"limits.toml": "[hovering.usual]\n"})
    refused(call("screen", *DAY, *both), f"ventosa: {place}/limits.toml: hovering")
    (copy / "groups.toml").write_text("", "utf-8")
    refused(call("screen", *DAY, *both), f"ventosa: {copy}/groups.toml: ")
    refused(call("screen", *DAY, "--overlay", str(place / "nowhere")), "nowhere", "not a folder")
    refused(call("screen", *DAY, "--overlay", str(place / "facts.csv")), "not a folder")


def test_the_interview_asks_the_added_fact(folder: Folder, prover: Prover, tmp_path: Path) -> None:
    place = str(folder(ONE_RULE))
    answers = tmp_path / "answers.json"
    answers.write_text(json.dumps(write_answers(healthy(KNOWN))), "utf-8")
    words = ["ask", "--answers", str(answers), *DAY, "--overlay", place]
    result = CliRunner().invoke(ventosa, words, input="n\n")
    assert "Waxed today?" in result.stderr
    assert result.exit_code == 0
    assert json.loads(result.stdout)["facts"]["back_waxed"] is False
    listed = call("ask", "--list", "--overlay", place).stdout
    assert re.search(r"back_waxed +true \| false +Waxed today\?", listed)


def test_the_other_commands_know_it(folder: Folder, prover: Prover, tmp_path: Path) -> None:
    place = folder(
        ONE_RULE | {"closed.toml": SITE, "limits.toml": "[wet.usual]\nsuction_kpa = 9\n"}
    )
    words = ("--overlay", str(place), "--out", str(tmp_path / "out"))
    assert call("rulebook", *words).exit_code == 0
    written = {p.name: p.read_text("utf-8") for p in (tmp_path / "out").rglob("*.md")}
    assert "With the rules of Quay Clinic. On them its lead decides." in written["README.md"]
    assert "Rule Q1" in written["q1.md"] and "`back_waxed`" in written["facts.md"]
    assert "L2 to L2, both, 20 to 47 mm beside the midline" in written["closed-bl23.md"]
    assert "9 kPa" in written["techniques.md"]
    assert call("schemas", *words).exit_code == 0
    schema = json.loads((tmp_path / "out" / "answers.schema.json").read_text("utf-8"))
    validator = jsonschema_rs.validator_for(schema, validate_formats=True)
    given = {"schema": "ventosa/answers/1", "facts": {"back_waxed": True}}
    assert validator.is_valid(given)
    given["facts"] = {"back_vaxed": True}
    assert not validator.is_valid(given)
    rule_file = str(place / "rules" / "q1.toml")
    assert "3 examples, 0 failed" in call("try", rule_file, "--overlay", str(place)).stdout
    refused(call("try", rule_file), "'back_waxed' is not a declared fact")
    codes = tmp_path / "codes.csv"
    columns = (SHIPPED / "codes" / "codes.csv").read_text("utf-8").splitlines()[0]
    codes.write_text(f"{columns}\nback_waxed,urn:quay:codes,wax,exact,wax,condition,own\n", "utf-8")
    words = ("codes", "import", str(codes), "--codes", str(tmp_path / "kept"))
    refused(call(*words), "back_waxed")
    assert call(*words, "--overlay", str(place)).exit_code == 0


# --- the shipped example ---------------------------------------------------------------------


def test_the_example_is_an_overlay_whose_examples_hold(
    knowledge: Knowledge, prover: Prover, tmp_path: Path
) -> None:
    changed = proved_knowledge(knowledge, EXAMPLE, tmp_path)
    assert len(changed.rules) == len(knowledge.rules) + 5
    assert len(changed.facts) == len(knowledge.facts) + 3


def test_a_plan_under_the_example_says_what_the_house_says(prover: Prover, tmp_path: Path) -> None:
    tree = json.loads((OKAFOR / "answers.json").read_text("utf-8"))
    answers = tmp_path / "answers.json"

    def page(**more: Any) -> str:
        answers.write_text(json.dumps(tree | {"facts": tree["facts"] | more}), "utf-8")
        out = tmp_path / "plan.html"
        words = (str(OKAFOR / "bundle.json"), "--answers", str(answers), *DAY, "--out", str(out))
        result = call("plan", *words, "--overlay", str(EXAMPLE))
        assert result.exit_code == (0 if more else 3), result.stderr
        return out.read_text("utf-8")

    assert "Was your back shaved or waxed since yesterday?" in page()
    written = page(waxed_back=False, back_cream="none")
    assert "The practitioners of this house leave the base of the neck alone." in written
    assert "2026.11+harbour 1" in written
