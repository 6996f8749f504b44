"""The places that a clinic closes for everybody, each as a rule that always stands."""

import math
from collections.abc import Mapping
from types import MappingProxyType

from ventosa.knowledge.facts import ZONES_RECORDED
from ventosa.knowledge.files import (
    ClosedFile,
    ClosedZoneTable,
    ExampleTable,
    OverlayFile,
    RuleFile,
    SiteFile,
)
from ventosa.knowledge.folder import entries_of, table_of
from ventosa.knowledge.model import Effect, Knowledge, Rule
from ventosa.logic import parse
from ventosa.record import InputError, KnowledgeError, Zone
from ventosa.terms import Decision, Side, Stage, Technique, ZoneKind

CLOSED = "closed.toml"

_ALWAYS = f"{ZONES_RECORDED} || !{ZONES_RECORDED}"
"""True once the back was looked at. Until then it is open like everything: the whole back is
closed, and the one question is asked anyway."""

_CUN_MM = (13.57, 31.211)
"""One back-cun at 100 and at 230 cm, the heights that a back is drawn for (``geometry``)."""

_EXAMPLES = (
    ExampleTable("The back was looked at, whatever was found", "true", zones=()),
    ExampleTable("Nobody has looked at the back", "unknown"),
)

_MODIFY = Effect(Decision.MODIFY, Decision.MODIFY, None)


def closing_rules(
    texts: Mapping[str, str], knowledge: Knowledge, about: OverlayFile
) -> tuple[Rule, ...]:
    """Return a rule for every closed place of an overlay; raises ``KnowledgeError``."""
    table = table_of(texts, CLOSED, ClosedFile) if CLOSED in texts else ClosedFile()
    points = _points(knowledge) if table.site else {}
    rules = []
    for site in table.site:
        point = points.get(site.id.casefold())
        if point is None:
            raise KnowledgeError(CLOSED, f"site {site.id}", "is no named point on a level")
        title = f"{point.id} is closed"
        rules.append(_rule(point.id.lower(), title, site.because, _around(point), about))
    for zone in table.zone:
        rules.append(_rule(zone.id, zone.title, zone.because, _zone(zone), about))
    ids = [rule.id for rule in rules]
    for rule_id in ids:
        if ids.count(rule_id) > 1:
            raise KnowledgeError(CLOSED, rule_id, "stands twice")
    return tuple(rules)


def _points(knowledge: Knowledge) -> dict[str, SiteFile]:
    sites = (site for _, site in entries_of(knowledge.texts, "sites", SiteFile))
    return {s.id.casefold(): s for s in sites if s.level is not None and s.cun_lateral is not None}


def _around(point: SiteFile) -> Zone:
    """The smallest band that holds the point on every back: its level, from where the point lies
    on the smallest person to where it lies on the tallest."""
    assert point.level is not None and point.cun_lateral is not None
    least, most = (point.cun_lateral * cun for cun in _CUN_MM)
    return Zone(
        ZoneKind.NO_GO,
        Side.BOTH,
        from_level=point.level,
        to_level=point.level,
        lateral_from_mm=float(math.floor(least)),
        lateral_to_mm=float(math.ceil(most)),
    )


def _zone(table: ClosedZoneTable) -> Zone:
    try:
        return Zone(
            ZoneKind.NO_GO,
            Side(table.side),
            level=table.level,
            lateral_mm=table.lateral_mm,
            radius_mm=table.radius_mm,
            from_level=table.from_level,
            to_level=table.to_level,
            lateral_from_mm=table.lateral_from_mm,
            lateral_to_mm=table.lateral_to_mm,
        )
    except InputError as error:
        raise KnowledgeError(CLOSED, f"zone {table.id}", str(error)) from None


def _rule(place: str, title: str, because: str, zone: Zone, about: OverlayFile) -> Rule:
    file = RuleFile(
        id=f"closed-{place}",
        title=title,
        reviewed=about.reviewed,
        editorial=f"{about.title}: {about.by} decides.",
        kind="site",
        when=_ALWAYS,
        because=because,
        strength=0,
        decision={"all": "modify"},
        example=_EXAMPLES,
    )
    return Rule(
        file=file,
        when=parse(_ALWAYS),
        stage=Stage.PLAN,
        effects=MappingProxyType(dict.fromkeys(Technique, _MODIFY)),
        red_flag=None,
        covers=frozenset(),
        closes=(zone,),
        closes_drawn=frozenset(),
        excludes=(),
    )
