"""Record out: the whole record of one person becomes a FHIR R4 (4.0.1) bundle."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ventosa.fhir.answered import write_answers
from ventosa.fhir.elements import (
    OWN,
    Resource,
    coded,
    extension,
    moment,
    own,
    part_of,
    pruned,
    ref,
    uuid_of,
    who,
)
from ventosa.fhir.kinds import Around, resources_of
from ventosa.knowledge.model import Knowledge
from ventosa.record.whole import Author, Contact, Person, WholeRecord, Written

AMBULATORY = ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "AMB")
AUTHORS_SIGNATURE = ("urn:iso-astm:E1762-95:2013", "1.2.840.10065.1.12.1.1")

WITHOUT_SUBJECT = ("details",)
"""Kinds that the Patient resource itself says."""


def to_bundle(
    record: WholeRecord, knowledge: Knowledge, events: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a collection bundle of everything in the record.

    ``events`` names the kinds of harm. What the reader of this room reads of the person comes back
    the same; answers come back whole through ``read_answers``.
    """
    patient = record.person.id
    around = _around(record, events or {})
    resources = [
        *_people(record),
        *_encounters(record),
        *(r for visit in record.visits for r in write_answers(visit, patient, knowledge)),
    ]
    for one in record.written:
        if one.kind in WITHOUT_SUBJECT:
            continue
        made = resources_of(one, around)
        resources += made
        if made:
            resources.append(_provenance(one, made))
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": moment(record.taken_at),
        "entry": [{"fullUrl": f"urn:uuid:{r['id']}", "resource": r} for r in resources],
    }


def _around(record: WholeRecord, events: Mapping[str, str]) -> Around:
    standing = [one for one in record.written if one.struck is None]
    plans = [one for one in standing if one.kind == "plan"]
    overrides: dict[str, list[Any]] = defaultdict(list)
    for one in plans:
        overrides[str(one.body["screening"])] += one.body.get("overrides", [])
    harms = [one for one in standing if one.kind == "adverse_event"]
    return Around(
        patient=record.person.id,
        kept=record.kept,
        newest_plan=max(plans, key=lambda one: one.at).id if plans else None,
        overrides=overrides,
        is_over=frozenset(h.adds_to for h in harms if h.adds_to and h.body.get("healed")),
        taken_back=_taken_back(standing),
        events=events,
    )


def _taken_back(written: Sequence[Written]) -> frozenset[str]:
    """What a no took back: all of its kind, signed by then; of an unknown one, all."""
    signed = {one.body["consent"]["id"]: one for one in written if one.kind == "consent"}
    back: set[str] = set()
    for no in (one for one in written if one.kind == "withdrawal"):
        named = signed.get(no.body["consent"])
        back |= {
            id
            for id, one in signed.items()
            if one.at <= no.at
            and (named is None or one.body["consent"]["kind"] == named.body["consent"]["kind"])
        }
    return frozenset(back)


def _people(record: WholeRecord) -> Iterator[Resource]:
    person = record.person
    yield _patient(person)
    for name, contact in (("in-need", person.in_need), ("doctor", person.doctor)):
        if contact.name or contact.phone:
            yield _contact(person, name, contact)
    authors = [visit.practitioner for visit in record.visits]
    authors += [one.author for one in record.written]
    authors += [one.signed.by for one in record.written if one.signed]
    yield from _practitioners(authors)


def _patient(person: Person) -> Resource:
    telecom = [
        {"system": system, "value": value}
        for system, value in (("phone", person.phone), ("email", person.email))
        if value
    ]
    number = {"system": f"{OWN}record-number", "value": str(person.number)}
    return pruned(
        {
            "resourceType": "Patient",
            "id": uuid_of(person.id),
            "extension": [extension("remarks", valueString=person.remarks)]
            if person.remarks
            else [],
            "identifier": [number],
            "name": [{"text": person.name}],
            "telecom": telecom,
            "gender": person.sex or "unknown",
            "birthDate": person.birth_date,
            "address": [{"text": person.address}] if person.address else [],
            "communication": [{"language": coded("urn:ietf:bcp:47", person.language)}],
        }
    )


def _contact(person: Person, name: str, contact: Contact) -> Resource:
    """The family doctor is a practitioner; who is called in need is a related person."""
    head: Resource = {
        "id": part_of(person.id, name),
        "name": [{"text": contact.name}] if contact.name else [],
        "telecom": [{"system": "phone", "value": contact.phone}] if contact.phone else [],
    }
    if name == "doctor":
        practice = [{"code": {"text": contact.relation}}] if contact.relation else []
        return pruned({"resourceType": "Practitioner", **head, "qualification": practice})
    relation = own("contact", name, contact.relation or "to be called in need")
    return pruned(
        {
            "resourceType": "RelatedPerson",
            **head,
            "patient": ref(person.id),
            "relationship": [relation],
        }
    )


def _practitioners(authors: Sequence[Author]) -> Iterator[Resource]:
    for author in {one.id: one for one in authors}.values():
        yield pruned(
            {
                "resourceType": "Practitioner",
                "id": uuid_of(author.id),
                "name": [{"text": author.name}] if author.name else [],
            }
        )


def _encounters(record: WholeRecord) -> Iterator[Resource]:
    system, code = AMBULATORY
    for visit in record.visits:
        yield {
            "resourceType": "Encounter",
            "id": uuid_of(visit.id),
            "status": "finished",
            "class": {"system": system, "code": code},
            "subject": ref(record.person.id),
            "participant": [{"individual": who(visit.practitioner)}],
            "period": {"start": visit.on.isoformat(), "end": visit.on.isoformat()},
            "serviceProvider": {"display": record.clinic},
        }


def _provenance(one: Written, made: Sequence[Resource]) -> Resource:
    """Who wrote it and when, its signature, and which knowledge decided."""
    system, code = AUTHORS_SIGNATURE
    signature = []
    if one.signed is not None:
        signature = [
            {
                "extension": [extension("sha256", valueString=one.signed.sha256)],
                "type": [{"system": system, "code": code}],
                "when": moment(one.signed.at),
                "who": who(one.signed.by),
            }
        ]
    sha = one.body.get("knowledge_sha256")
    rules = {"identifier": {"system": f"{OWN}knowledge-sha256", "value": sha}}
    return pruned(
        {
            "resourceType": "Provenance",
            "id": part_of(one.id, "provenance"),
            "target": [ref(r["id"]) for r in made],
            "occurredDateTime": one.on.isoformat(),
            "recorded": moment(one.at),
            "agent": [{"who": who(one.author)}],
            "entity": [{"role": "source", "what": rules}] if sha else [],
            "signature": signature,
        }
    )
