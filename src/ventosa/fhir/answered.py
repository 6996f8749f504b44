"""The answers of a visit as FHIR, and back: a questionnaire of the project's own facts.

Beside it stand the few answers for which a public code was seen and that mean neither more nor less
than the answer: measured numbers, pregnancy, pain.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from ventosa.codes import LOINC, SNOMED
from ventosa.fhir.bundle import open_bundle
from ventosa.fhir.elements import (
    OWN,
    Resource,
    coded,
    own,
    part_of,
    pruned,
    quantity,
    ref,
    uuid_of,
    who,
)
from ventosa.knowledge.model import Knowledge
from ventosa.record import Answers, InputError, Interval, PalpatedSite, Value, Zone
from ventosa.record.whole import Attended

QUESTIONNAIRE = f"{OWN}questionnaire:screening"
NOT_KNOWN = {"system": f"{OWN}absent", "code": "asked-not-known", "display": "asked and not known"}

NUMBERS: Mapping[str, tuple[str, str, str]] = {
    "systolic_bp_mmhg": ("8480-6", "mmHg", "mm[Hg]"),
    "diastolic_bp_mmhg": ("8462-4", "mmHg", "mm[Hg]"),
    "inr": ("6301-6", "INR", "{INR}"),
    "platelets_10e9_l": ("777-3", "10^9/L", "10*9/L"),
    "haemoglobin_g_dl": ("718-7", "g/dL", "g/dL"),
    "weight_kg": ("29463-7", "kg", "kg"),
    "height_cm": ("8302-2", "cm", "cm"),
    "gestation_weeks": ("18185-9", "wk", "wk"),
}
"""LOINC code and unit of each measured fact; all of them stand in ``knowledge/codes``."""

PREGNANT: Mapping[str, str] = {"yes": "77386006", "no": "60001007", "possible": "146799005"}
"""SNOMED CT: the answers of the pregnancy status, as ``knowledge/codes`` has them."""

PAIN = "72514-3"
PREGNANCY = "82810-3"


def write_answers(visit: Attended, patient: str, knowledge: Knowledge) -> Iterator[Resource]:
    """What was answered in a visit: every answer as asked, then those that have a code."""
    answers = visit.answers
    if answers.facts:
        yield pruned(
            {
                "resourceType": "QuestionnaireResponse",
                "id": part_of(visit.id, "answers"),
                "questionnaire": QUESTIONNAIRE,
                "status": "completed",
                "subject": ref(patient),
                "encounter": ref(visit.id),
                "authored": visit.on.isoformat(),
                "author": who(visit.practitioner),
                "item": [
                    _item(fact, value, knowledge) for fact, value in sorted(answers.facts.items())
                ],
            }
        )
    for fact, value in sorted(answers.facts.items()):
        yield from _coded(fact, value, visit, patient)
    yield from _complaint(answers, visit, patient)


def read_answers(data: bytes) -> Mapping[str, Mapping[str, Value | None]]:
    """The answers that ``write_answers`` wrote, by visit.

    Raises:
        InputError: the bytes are no bundle, or an answer has another shape.
    """
    found: dict[str, dict[str, Value | None]] = {}
    for entry in open_bundle(data):
        if entry.type != "QuestionnaireResponse":
            continue
        tree = msgspec.json.decode(entry.raw)
        if tree.get("questionnaire") != QUESTIONNAIRE:
            continue
        try:
            visit = tree["encounter"]["reference"].removeprefix("urn:uuid:")
            found[visit] = {item["linkId"]: _value(item) for item in tree["item"]}
        except (KeyError, TypeError, AttributeError, IndexError):
            raise InputError(f"{entry.path}.item", "is not as Ventosa writes answers") from None
    return found


def _item(fact: str, value: Value | None, knowledge: Knowledge) -> Resource:
    known = knowledge.facts.get(fact)
    item: Resource = {"linkId": fact, "text": known.question if known is not None else fact}
    if value is None:
        return {**item, "answer": [{"valueCoding": NOT_KNOWN}]}
    if isinstance(value, bool):
        return {**item, "answer": [{"valueBoolean": value}]}
    if isinstance(value, str):
        return {**item, "answer": [{"valueCoding": {"system": f"{OWN}answer", "code": value}}]}
    if value.low == value.high:
        return {**item, "answer": [{"valueDecimal": value.low}]}
    ends = {"low": value.low, "high": value.high}
    return {
        **item,
        "item": [
            {"linkId": f"{fact}.{name}", "text": name, "answer": [{"valueDecimal": end}]}
            for name, end in ends.items()
        ],
    }


def _value(item: Mapping[str, Any]) -> Value | None:
    if "item" in item:
        low, high = (float(one["answer"][0]["valueDecimal"]) for one in item["item"])
        return Interval(low, high)
    answer = item["answer"][0]
    if "valueBoolean" in answer:
        return bool(answer["valueBoolean"])
    if "valueDecimal" in answer:
        return Interval(float(answer["valueDecimal"]), float(answer["valueDecimal"]))
    coding = answer["valueCoding"]
    return None if coding["system"] == NOT_KNOWN["system"] else str(coding["code"])


def observation(id: str, visit: Attended, patient: str, code: Resource, **value: Any) -> Resource:
    """An observation of a visit, with its one value."""
    return pruned(
        {
            "resourceType": "Observation",
            "id": uuid_of(id),
            "status": "final",
            "code": code,
            "subject": ref(patient),
            "encounter": ref(visit.id),
            "effectiveDateTime": visit.on.isoformat(),
            "performer": [who(visit.practitioner)],
            **value,
        }
    )


def _coded(fact: str, value: Value | None, visit: Attended, patient: str) -> Iterator[Resource]:
    id = part_of(visit.id, fact)
    if fact in NUMBERS and isinstance(value, Interval) and value.low == value.high:
        code, unit, ucum = NUMBERS[fact]
        number = quantity(value.low, unit, ucum)
        yield observation(id, visit, patient, coded(LOINC, code), valueQuantity=number)
    elif fact == "pregnant" and value in PREGNANT:
        said = coded(SNOMED, PREGNANT[str(value)], f"pregnant: {value}")
        code_ = coded(LOINC, PREGNANCY)
        yield observation(id, visit, patient, code_, valueCodeableConcept=said)


def pain(id: str, visit: Attended, patient: str, value: int, when: str) -> Resource:
    """A pain of 0 to 10; ``when`` says which of several it is."""
    code = coded(LOINC, PAIN, f"Pain, {when}")
    number = quantity(value, "{score}", "{score}")
    return observation(id, visit, patient, code, valueQuantity=number)


def _complaint(answers: Answers, visit: Attended, patient: str) -> Iterator[Resource]:
    complaint = answers.complaint
    if complaint is not None:
        for name, value, when in (
            ("pain_now", complaint.pain_now, "now"),
            ("pain_week", complaint.pain_week, "over the last week"),
        ):
            if value is not None:
                yield pain(part_of(visit.id, name), visit, patient, value, when)
        for number, site in enumerate(complaint.sites):
            yield _felt(part_of(visit.id, f"site-{number}"), visit, patient, site)
    for number, zone in enumerate(answers.zones or ()):
        code = own("zone", str(zone.kind), f"Closed place: {zone.kind.replace('_', ' ')}")
        place = {"text": place_of(zone)}
        id = part_of(visit.id, f"zone-{number}")
        yield observation(id, visit, patient, code, bodySite=place, valueBoolean=True)


def _felt(id: str, visit: Attended, patient: str, site: PalpatedSite) -> Resource:
    grades = {"tension": site.tension, "tenderness": site.tenderness}
    return observation(
        id,
        visit,
        patient,
        own("observation", "palpation", "What was felt, 0 to 3"),
        bodySite=own("level", site.level, f"{site.level}, {site.side}"),
        component=[
            {"code": own("observation", name, name), "valueInteger": grade}
            for name, grade in grades.items()
        ],
    )


def place_of(zone: Zone) -> str:
    """Where a zone lies, in words."""
    if zone.is_disc:
        return f"{zone.level}, {zone.side}, {zone.lateral_mm:g} mm out, {zone.radius_mm:g} mm round"
    return f"{zone.from_level} to {zone.to_level}, {zone.side}"
