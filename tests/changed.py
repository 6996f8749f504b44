"""Knowledge with one rule changed, for the tests of what must notice it."""

from typing import Any

import msgspec

from ventosa.knowledge import Knowledge
from ventosa.knowledge.rulefile import read_rule


def with_rule(knowledge: Knowledge, rule_id: str, **fields: Any) -> Knowledge:
    """The same knowledge with some fields of one rule file changed."""
    file = msgspec.structs.replace(knowledge.rule(rule_id).file, **fields)
    return knowledge.with_rule(
        read_rule(f"{rule_id}.toml", file, knowledge.facts, knowledge.techniques)
    )


def without_rule(knowledge: Knowledge, rule_id: str) -> Knowledge:
    """The same knowledge with one rule dropped."""
    return knowledge.with_rules(rule for rule in knowledge.rules if rule.id != rule_id)
