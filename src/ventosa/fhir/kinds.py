"""What each kind of document becomes in FHIR R4."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ventosa.codes import LOINC
from ventosa.fhir.answered import PAIN
from ventosa.fhir.elements import (
    Resource,
    attached,
    coded,
    extension,
    moment,
    own,
    part_of,
    plain,
    pruned,
    quantity,
    ref,
    uuid_of,
    who,
)
from ventosa.record.whole import KeptBytes, Written

CONSENT_DOCUMENT = "59284-0"
"""LOINC, as HL7's own examples of Consent have it."""

CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
OUTCOME = "http://terminology.hl7.org/CodeSystem/adverse-event-outcome"

SEVERITY = {"avoid": "high", "refer": "high", "modify": "moderate", "ok": "low"}
"""How grave a finding is to a reader who knows only three words (editorial)."""


@dataclass(frozen=True, slots=True)
class Around:
    """What the documents of a record must know of each other."""

    patient: str
    kept: Mapping[str, KeptBytes]
    newest_plan: str | None
    overrides: Mapping[str, Sequence[Mapping[str, Any]]]
    """Overrides by the screening that they depart from."""
    is_over: frozenset[str]
    """Harms of which somebody wrote later that they are over."""
    taken_back: frozenset[str]
    """Consents that were taken back."""
    events: Mapping[str, str]
    """Names of kinds of harm."""


def resources_of(one: Written, around: Around) -> list[Resource]:
    """The resources of one document; one that was entered in error becomes a struck note."""
    if one.struck is not None:
        return [_document(one, around, plain(_told(one)), status="entered-in-error")]
    write = WRITERS.get(one.kind)
    return list(write(one, around)) if write else [_document(one, around, plain(_told(one)))]


def _told(one: Written) -> str:
    """The body line by line, for a reader who knows no shape of it."""
    lines = [f"{key}: {value}" for key, value in one.body.items() if value not in (None, "")]
    return "\n".join([*lines, *([f"in error: {one.struck.reason}"] if one.struck else [])])


def _head(one: Written, around: Around, type: str, part: str = "") -> Resource:
    id = part_of(one.id, part) if part else uuid_of(one.id)
    return {"resourceType": type, "id": id, "subject": ref(around.patient)}


def _visit(one: Written) -> Resource | None:
    return ref(one.visit) if one.visit else None


def _document(
    one: Written, around: Around, content: Resource | None, *, status: str = "current"
) -> Resource:
    """A document reference; what only adds to another names it."""
    related = [ref(one.visit)] if one.visit else []
    context = {"encounter": related, "related": [ref(one.adds_to)] if one.adds_to else []}
    return pruned(
        {
            **_head(one, around, "DocumentReference"),
            "status": status,
            "type": own("document", one.kind, one.title),
            "date": moment(one.at),
            "author": [who(one.author)],
            "description": one.body.get("title") or one.body.get("other") or one.title,
            "content": [{"attachment": content or {"title": one.title}}],
            "context": pruned(context),
        }
    )


def _text(one: Written, around: Around) -> Iterator[Resource]:
    """Notes and letters, with the picture of the paper where there is one."""
    document = _document(one, around, plain(str(one.body.get("text", ""))))
    scan = around.kept.get(str(one.body.get("scan", "")))
    if scan is not None:
        document["content"].append({"attachment": attached(scan.media_type, scan.data, "Scan")})
    yield document


def _bytes(one: Written, around: Around) -> Iterator[Resource]:
    """Photos and imported bundles."""
    kept = around.kept.get(str(one.body.get("sha256", "")))
    title = str(one.body.get("title", "")) or one.title
    yield _document(
        one, around, attached(kept.media_type, kept.data, title) if kept else {"title": title}
    )


def _complaint(one: Written, around: Around) -> Iterator[Resource]:
    yield pruned(
        {
            **_head(one, around, "Condition"),
            "code": {"text": one.body["title"]},
            "encounter": _visit(one),
            "onsetDateTime": one.body.get("onset_date"),
            "recordedDate": moment(one.at),
            "recorder": who(one.author),
        }
    )


def cup_of(cup: Mapping[str, Any]) -> Resource:
    """A cup as an extension: where it stood and how strong."""
    parts = [
        ("level", "valueString", cup.get("level")),
        ("side", "valueString", cup.get("side")),
        ("site", "valueString", cup.get("site")),
        ("lateral", "valueQuantity", quantity(cup.get("lateral_mm"), "mm", "mm")),
        ("below_c7", "valueQuantity", quantity(cup.get("y_mm"), "mm", "mm")),
        ("diameter", "valueQuantity", quantity(cup.get("inner_diameter_mm"), "mm", "mm")),
        ("suction", "valueQuantity", quantity(cup.get("suction_kpa"), "kPa", "kPa")),
        ("retention", "valueQuantity", quantity(cup.get("retention_min"), "min", "min")),
    ]
    told = [{"url": name, type: value} for name, type, value in parts if value not in (None, "")]
    return extension("cup", extension=told) if told else extension("cup", valueString="a cup")


def _session(one: Written, around: Around) -> Iterator[Resource]:
    body = one.body
    cups = body.get("cups", [])
    levels = list(dict.fromkeys((c["level"], c.get("side", "")) for c in cups if c.get("level")))
    yield pruned(
        {
            **_head(one, around, "Procedure"),
            "extension": [cup_of(cup) for cup in cups],
            "status": "completed",
            "code": own("technique", body["technique"], f"Cupping: {_words(body['technique'])}"),
            "encounter": _visit(one),
            "performedDateTime": one.on.isoformat(),
            "recorder": who(one.author),
            "performer": [{"actor": who(one.author)}],
            "bodySite": [own("level", level, f"{level}, {side}") for level, side in levels],
            "note": [{"text": body["text"]}] if body.get("text") else [],
        }
    )
    measured = [
        ("pain_before", coded(LOINC, PAIN, "Pain, before the session"), "{score}", "{score}"),
        ("pain_after", coded(LOINC, PAIN, "Pain, after the session"), "{score}", "{score}"),
        ("suction_kpa", own("observation", "suction", "Suction below ambient"), "kPa", "kPa"),
        ("retention_min", own("observation", "retention", "Time a cup stayed"), "min", "min"),
    ]
    for name, code, unit, ucum in measured:
        value = quantity(body.get(name), unit, ucum)
        if value is not None:
            yield _observed(one, around, code, part=name, valueQuantity=value)
    harmed = own("observation", "harmed", "Harm in the session")
    yield _observed(one, around, harmed, part="harmed", valueBoolean=bool(body.get("harmed")))


def _observed(
    one: Written, around: Around, code: Resource, *, part: str = "", **value: Any
) -> Resource:
    return pruned(
        {
            **_head(one, around, "Observation", part),
            "partOf": [ref(one.id)] if part else [],
            "status": "final",
            "code": code,
            "encounter": _visit(one),
            "effectiveDateTime": one.on.isoformat(),
            "performer": [who(one.author)],
            **value,
        }
    )


def _marks(one: Written, around: Around) -> Iterator[Resource]:
    body = one.body
    grade = {"code": own("observation", "grade", "Grade, 0 to 4"), "valueInteger": body["grade"]}
    after = {"code": own("observation", "days_after"), "valueInteger": body["days_after"]}
    note = [{"text": body["text"]}] if body.get("text") else []
    code = own("observation", "marks", "Marks of cups")
    yield _observed(one, around, code, component=[grade, after], note=note)


def _harm(one: Written, around: Around) -> Iterator[Resource]:
    body = one.body
    if one.adds_to is not None:
        yield _document(one, around, plain(_told(one)))
        return
    over = body.get("healed") or one.id in around.is_over
    yield pruned(
        {
            **_head(one, around, "AdverseEvent"),
            "extension": [
                extension("grade", valueInteger=body["grade"]),
                *([extension("text", valueString=body["text"])] if body.get("text") else []),
            ],
            "actuality": "actual",
            "event": own("adverse-event", body["event"], around.events.get(body["event"], "")),
            "encounter": _visit(one),
            "date": one.on.isoformat(),
            "recordedDate": moment(one.at),
            "outcome": coded(OUTCOME, "resolved" if over else "ongoing"),
            "recorder": who(one.author),
        }
    )


def _consent(one: Written, around: Around) -> Iterator[Resource]:
    consent = one.body["consent"]
    back = consent["id"] in around.taken_back
    agreed = consent.get("agreed") or {}
    until = {"period": {"end": agreed["until"]}} if agreed.get("until") else {}
    yield _agreed(
        one, around, "inactive" if back else "active", consent["kind"], {"type": "permit", **until}
    )


def _spoken(one: Written, around: Around) -> Iterator[Resource]:
    yield _agreed(one, around, "active", "spoken", {"type": "permit"})


def _withdrawal(one: Written, around: Around) -> Iterator[Resource]:
    yield _agreed(one, around, "active", "withdrawn", {"type": "deny"})


def _agreed(one: Written, around: Around, status: str, what: str, provision: Resource) -> Resource:
    body = {key: value for key, value in one.body.items() if key != "strokes"}
    return pruned(
        {
            "resourceType": "Consent",
            "id": uuid_of(one.id),
            "status": status,
            "scope": coded(CONSENT_SCOPE, "treatment"),
            "category": [coded(LOINC, CONSENT_DOCUMENT), own("consent", what, one.title)],
            "patient": ref(around.patient),
            "dateTime": moment(one.at),
            "performer": [ref(around.patient)],
            "sourceAttachment": plain("\n".join(f"{key}: {body[key]}" for key in body)),
            "policyRule": {"text": "What was read and agreed to stands in the attachment."},
            "provision": provision,
        }
    )


def _plan(one: Written, around: Around) -> Iterator[Resource]:
    plan = {**one.body["plan"].get("cupping", {}), **one.body["plan"]}
    activities = []
    if plan.get("technique"):
        code = own("technique", plan["technique"], f"Cupping: {_words(plan['technique'])}")
        activities.append((code, plan.get("summary", "")))
    for said in plan.get("co_interventions", ()):
        activities.append(({"text": said.get("title") or said["text"]}, said["text"]))
    evidence = (plan.get("evidence") or {}).get("text", "")
    yield pruned(
        {
            **_head(one, around, "CarePlan"),
            "extension": [cup_of(cup) for cup in plan.get("placements", ())],
            "status": "active" if one.id == around.newest_plan else "unknown",
            "intent": "plan",
            "title": plan.get("title"),
            "description": plan.get("summary"),
            "encounter": _visit(one),
            "created": moment(one.at),
            "author": who(one.author),
            "activity": [
                {"detail": pruned({"code": code, "status": "unknown", "description": words})}
                for code, words in activities
            ],
            "note": [{"text": evidence}] if evidence else [],
        }
    )


def _screening(one: Written, around: Around) -> Iterator[Resource]:
    """Each rule that held or was open, once, as grave as it was for any technique."""
    told = one.body["screening"]
    found: dict[str, Mapping[str, Any]] = {}
    flags = told.get("urgency", {}).get("findings", [])
    of_techniques = [f for t in told.get("techniques", {}).values() for f in t["findings"]]
    for finding in [*flags, *of_techniques]:
        there = found.get(finding["rule"])
        if there is None or _GRAVER.index(finding["decision"]) > _GRAVER.index(there["decision"]):
            found[finding["rule"]] = finding
    departures = around.overrides.get(one.id, ())
    for rule, finding in found.items():
        state = own("finding-state", finding["state"], finding["state"])
        yield pruned(
            {
                "resourceType": "DetectedIssue",
                "id": part_of(one.id, rule),
                "extension": [extension("state", valueCodeableConcept=state)],
                "status": "final" if finding["state"] != "open" else "preliminary",
                "code": own("rule", rule, finding["title"]),
                "severity": SEVERITY[finding["decision"]],
                "patient": ref(around.patient),
                "identifiedDateTime": moment(one.at),
                "author": who(one.author),
                "detail": finding["because"],
                "mitigation": [
                    {"action": {"text": _departed(o)}}
                    for o in departures
                    if rule in o.get("rules", ())
                ],
            }
        )


_GRAVER = ("ok", "modify", "refer", "avoid")


def _departed(override: Mapping[str, Any]) -> str:
    return "; ".join(f"{key.replace('_', ' ')}: {value}" for key, value in override.items())


def _word(one: Written, around: Around) -> Iterator[Resource]:
    body = one.body
    where = [f"{key} {value}" for key, value in (body.get("zone") or {}).items()]
    limits = [
        ("techniques", ", ".join(body.get("techniques") or ())),
        ("zone", ", ".join(where)),
        ("until", body.get("until")),
    ]
    yield _heard(one, around, body["text"], limits, medium=own("channel", body["how"]))


def _clearance(one: Written, around: Around) -> Iterator[Resource]:
    body = one.body
    limits = [
        ("techniques", ", ".join(body.get("techniques") or ())),
        ("until", body.get("until")),
    ]
    told = f"Clears {body['covers']}"
    scan = around.kept.get(str(body.get("scan", "")))
    yield _heard(one, around, told, limits, scan=scan)


def _heard(
    one: Written,
    around: Around,
    text: str,
    limits: Sequence[tuple[str, Any]],
    *,
    medium: Resource | None = None,
    scan: KeptBytes | None = None,
) -> Resource:
    payload: list[Resource] = [{"contentString": text}]
    payload += [{"contentString": f"{name}: {value}"} for name, value in limits if value]
    if scan is not None:
        payload.append({"contentAttachment": attached(scan.media_type, scan.data, "Scan")})
    return pruned(
        {
            **_head(one, around, "Communication"),
            "status": "completed",
            "category": [own("communication", one.kind, one.title)],
            "medium": [medium] if medium else [],
            "encounter": _visit(one),
            "sent": one.body["on"],
            "received": moment(one.at),
            "recipient": [who(one.author)],
            "sender": {"display": one.body["by"]},
            "payload": payload,
        }
    )


def _words(word: str) -> str:
    return word.replace("_", " ")


WRITERS: Mapping[str, Callable[[Written, Around], Iterator[Resource]]] = {
    "complaint": _complaint,
    "import": _bytes,
    "screening": _screening,
    "plan": _plan,
    "session": _session,
    "marks": _marks,
    "adverse_event": _harm,
    "photo": _bytes,
    "letter": _text,
    "note": _text,
    "consent": _consent,
    "spoken": _spoken,
    "withdrawal": _withdrawal,
    "word": _word,
    "clearance": _clearance,
}
"""A kind that is not here becomes a document of its words."""
