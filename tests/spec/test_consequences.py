"""The table of consequences means what ``decide`` means, for all kinds of partial answers."""

from hypothesis import given, settings
from hypothesis import strategies as st
from test_laws import KNOWLEDGE, clearances, outcome_of, parts, people, stages

from people import TODAY
from ventosa.record import Clearance, Value
from ventosa.screening.consequences import Bringer, consequences
from ventosa.screening.decision import QUANTITIES
from ventosa.terms import Decision, Stage, Technique, Urgency

TABLE = consequences(KNOWLEDGE)


@settings(max_examples=150, deadline=None)
@given(st.data(), people(), clearances, stages)
def test_the_table_of_consequences_agrees_with_the_decision(
    data: st.DataObject, whole: dict[str, Value], words: tuple[Clearance, ...], stage: Stage
) -> None:
    values = data.draw(parts(whole))
    outcome = outcome_of(values, words, stage)
    truths = KNOWLEDGE.compiled.truths(KNOWLEDGE.compiled.pack(values))
    counts = [
        truth if rule.stage is Stage.PLAN or stage is Stage.START else False
        for rule, truth in zip(KNOWLEDGE.rules, truths, strict=True)
    ]
    worded = {word.covers for word in words if word.on == TODAY}

    def cleared(index: int) -> bool:
        rule = KNOWLEDGE.rules[index]
        if rule.file.clearance is None:
            return False
        if rule.red_flag is not None and (not rule.red_flag.clearable or counts[index] is not True):
            return False
        return rule.id in worded

    def brought(bringers: tuple[Bringer, ...], *, certainly: bool) -> bool:
        return any(
            (b.even_cleared or not cleared(b.rule))
            and (counts[b.rule] is True if certainly else counts[b.rule] is not False)
            for b in bringers
        )

    for technique in Technique:
        mine, verdict = TABLE.techniques[technique], outcome.verdicts[technique]
        for decision, bringers in mine.decisions.items():
            assert brought(bringers, certainly=True) == (verdict.certain >= decision)
            assert brought(bringers, certainly=False) == (verdict.possible >= decision)
        for name in QUANTITIES:
            standing = [
                cap.value
                for cap in mine.caps[name]
                if any(counts[index] is not False for index in cap.rules)
            ]
            assert getattr(verdict.caps, name) == next(iter(standing), getattr(mine.usual, name))
    for urgency, bringers in TABLE.urgencies.items():
        assert brought(bringers, certainly=True) == (outcome.urgency[0] >= urgency)
        assert brought(bringers, certainly=False) == (outcome.urgency[1] >= urgency)
    closed = {z for z, rules in TABLE.zones.items() if any(counts[i] is not False for i in rules)}
    assert closed == set(outcome.closed)
    excluded = {
        m for m, rules in TABLE.materials.items() if any(counts[i] is not False for i in rules)
    }
    assert excluded == set(outcome.materials)


def test_the_table_names_every_grade() -> None:
    for technique in Technique:
        assert set(TABLE.techniques[technique].decisions) == set(Decision) - {Decision.OK}
        assert not TABLE.techniques[technique].always_avoided
    assert set(TABLE.urgencies) == set(Urgency) - {Urgency.NONE}
