"""The vocabulary: closed lists of words, their order, and the units at every border.

Words follow STRICTOC 2020 (sessions) and HL7 FHIR R4 (records); see ``GLOSSARY.md``.
"""

from enum import IntEnum, StrEnum

MMHG_PER_KPA = 1 / 0.133322
"""mmHg in one kPa (1 mmHg = 0.133322 kPa)."""


class Technique(StrEnum):
    """A way of cupping, in the order in which a report lists them."""

    DRY_STATIC = "dry_static"
    SILICONE = "silicone"
    PULSATILE = "pulsatile"
    MOVING = "moving"
    FLASH = "flash"
    FIRE = "fire"
    WET = "wet"

    # Every lookup of the hot path is by technique; the hash of its word is the fast one.
    __hash__ = str.__hash__


class _Graded(IntEnum):
    """Words with an order: they compare by gravity, mildest first, and print as their word."""

    @property
    def word(self) -> str:
        return self.name.lower()

    def __str__(self) -> str:
        return self.name.lower()


class Decision(_Graded):
    """What may be done with a technique today; a graver one compares greater."""

    OK = 0
    MODIFY = 1
    REFER = 2
    AVOID = 3


class Urgency(_Graded):
    """How soon a doctor must see the person; a graver one compares greater."""

    NONE = 0
    ROUTINE = 1
    URGENT = 2
    EMERGENCY = 3


class State(StrEnum):
    """How a finding stands: its condition holds, is still open, or holds and was cleared."""

    TRUE = "true"
    OPEN = "open"
    CLEARED = "cleared"


class Stage(StrEnum):
    """When a rule counts: for the plan, or only at the start of a session."""

    PLAN = "plan"
    START = "start"


class DoseClass(StrEnum):
    """A named column of caps in every technique's table (``screening.md`` 4)."""

    USUAL = "usual"
    START = "start"
    LEAST = "least"


class Side(StrEnum):
    """A side of the person's body: the person's own left is the viewer's left from behind."""

    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    MIDLINE = "midline"


class CupKind(StrEnum):
    """How a cup makes its suction."""

    PUMP = "pump"
    SILICONE = "silicone"
    GLASS_FIRE = "glass_fire"
    BAMBOO = "bamboo"
    ELECTRIC = "electric"


class Material(StrEnum):
    """What a cup is made of; also what a rule may exclude."""

    GLASS = "glass"
    PLASTIC = "plastic"
    SILICONE = "silicone"
    BAMBOO = "bamboo"
    RUBBER = "rubber"
    OIL = "oil"
    ADHESIVE = "adhesive"


CUP_MATERIALS = (
    Material.GLASS,
    Material.PLASTIC,
    Material.SILICONE,
    Material.BAMBOO,
    Material.RUBBER,
)


class ZoneKind(StrEnum):
    """What was found on the skin, or closed by hand."""

    BROKEN_SKIN = "broken_skin"
    SKIN_INFECTION = "skin_infection"
    ECZEMA = "eczema"
    SCAR = "scar"
    VARICOSE_VEIN = "varicose_vein"
    LESION = "lesion"
    SUSPICIOUS_LESION = "suspicious_lesion"
    HERPES = "herpes"
    UNFADED_MARK = "unfaded_mark"
    SURGERY = "surgery"
    INJURY = "injury"
    PORT = "port"
    IRRADIATED_SKIN = "irradiated_skin"
    OEDEMA = "oedema"
    NUMB_AREA = "numb_area"
    DEVICE = "device"
    NO_GO = "no_go"


class Channel(StrEnum):
    """How a word from outside came: by a call, on paper, as a message, face to face, or through
    the person who is treated."""

    PHONE = "phone"
    LETTER = "letter"
    MESSAGE = "message"
    IN_PERSON = "in_person"
    PATIENT = "patient"


LEVELS = (
    "C7",
    *(f"T{n}" for n in range(1, 13)),
    *(f"L{n}" for n in range(1, 6)),
    "S1",
    "S2",
)
"""Levels of the spine that have a place on the drawn back, top to bottom."""

TAIL_BONE = "S4"
"""A level that is only the lower end of a zone: down to the tail bone."""


def mmhg(kpa: float) -> int:
    """Suction in whole mmHg for a suction in kPa."""
    return round(kpa * MMHG_PER_KPA)
