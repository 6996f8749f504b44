"""The parts of FHIR R4 resources that are read; every other element is skipped unread."""

import msgspec
from msgspec import Raw


class Part(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What every projection is: immutable, and named in FHIR as in ``camelCase``."""


class Coding(Part, frozen=True, gc=False, rename="camel"):
    """A code of a code system."""

    system: str | None = None
    code: str | None = None


class Concept(Part, frozen=True, gc=False, rename="camel"):
    """A CodeableConcept; its text is never read."""

    coding: tuple[Coding, ...] | None = None

    def has(self, *codes: str) -> bool:
        return any(c.code in codes for c in self.coding or ())


class Period(Part, frozen=True, gc=False, rename="camel"):
    """A span of time; either end may be open."""

    start: str | None = None
    end: str | None = None


class Reference(Part, frozen=True, gc=False, rename="camel"):
    """A pointer to another resource."""

    reference: str | None = None


class Quantity(Part, frozen=True, gc=False, rename="camel"):
    """A number with its unit."""

    value: float | None = None
    comparator: str | None = None
    unit: str | None = None
    code: str | None = None


class HumanName(Part, frozen=True, gc=False, rename="camel"):
    """A name of a person."""

    use: str | None = None
    text: str | None = None
    family: str | None = None
    given: tuple[str | None, ...] | None = None


class Patient(Part, frozen=True, gc=False, rename="camel"):
    """The person."""

    id: str | None = None
    name: tuple[HumanName, ...] | None = None
    gender: str | None = None
    birth_date: str | None = None
    deceased_boolean: bool | None = None
    deceased_date_time: str | None = None


class Condition(Part, frozen=True, gc=False, rename="camel"):
    """A problem or diagnosis."""

    id: str | None = None
    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    subject: Reference | None = None
    onset_date_time: str | None = None
    onset_period: Period | None = None
    recorded_date: str | None = None
    abatement_date_time: str | None = None
    abatement_period: Period | None = None
    abatement_age: Raw = Raw()
    abatement_range: Raw = Raw()
    abatement_string: str | None = None


class AllergyReaction(Part, frozen=True, gc=False, rename="camel"):
    """One reaction to a substance."""

    substance: Concept | None = None


class AllergyIntolerance(Part, frozen=True, gc=False, rename="camel"):
    """An allergy, an intolerance, or the statement that none is known."""

    id: str | None = None
    clinical_status: Concept | None = None
    verification_status: Concept | None = None
    code: Concept | None = None
    patient: Reference | None = None
    recorded_date: str | None = None
    reaction: tuple[AllergyReaction, ...] | None = None


class Duration(Part, frozen=True, gc=False, rename="camel"):
    """How long a supply lasts."""

    value: float | None = None
    code: str | None = None
    unit: str | None = None


class Dispense(Part, frozen=True, gc=False, rename="camel"):
    """What may be handed out on a prescription."""

    expected_supply_duration: Duration | None = None


class MedicationUse(Part, frozen=True, gc=False, rename="camel"):
    """A MedicationRequest or a MedicationStatement: their elements do not clash."""

    id: str | None = None
    contained: tuple[Raw, ...] | None = None
    status: str | None = None
    intent: str | None = None
    do_not_perform: bool | None = None
    medication_codeable_concept: Concept | None = None
    medication_reference: Reference | None = None
    subject: Reference | None = None
    authored_on: str | None = None
    date_asserted: str | None = None
    effective_date_time: str | None = None
    effective_period: Period | None = None
    dispense_request: Dispense | None = None


class Ingredient(Part, frozen=True, gc=False, rename="camel"):
    """A part of a medication."""

    item_codeable_concept: Concept | None = None


class Medication(Part, frozen=True, gc=False, rename="camel"):
    """A medication that others refer to."""

    id: str | None = None
    code: Concept | None = None
    ingredient: tuple[Ingredient, ...] | None = None


class Component(Part, frozen=True, gc=False, rename="camel"):
    """One of several results of an observation."""

    code: Concept | None = None
    value_quantity: Quantity | None = None


class Observation(Part, frozen=True, gc=False, rename="camel"):
    """A measurement or a finding."""

    id: str | None = None
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    focus: tuple[Reference, ...] | None = None
    effective_date_time: str | None = None
    effective_instant: str | None = None
    effective_period: Period | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_date_time: str | None = None
    component: tuple[Component, ...] | None = None


class Procedure(Part, frozen=True, gc=False, rename="camel"):
    """Something that was done."""

    id: str | None = None
    status: str | None = None
    code: Concept | None = None
    subject: Reference | None = None
    performed_date_time: str | None = None
    performed_period: Period | None = None


class Device(Part, frozen=True, gc=False, rename="camel"):
    """A device of the person."""

    id: str | None = None
    status: str | None = None
    type: Concept | None = None
    patient: Reference | None = None


class Head(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """What any resource says of itself."""

    resource_type: str | None = None
    id: str | None = None


class EntryPart(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """One entry of a bundle; the resource is kept as bytes until its type is known."""

    full_url: str | None = None
    resource: Raw = Raw()


class Bundle(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """A bundle of any type."""

    resource_type: str | None = None
    entry: tuple[EntryPart, ...] | None = None
