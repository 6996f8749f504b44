"""Things that a clinic lists once and changes seldom: places, cups, prices, beginnings of notes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ventosa.record import Cup, InputError
from ventosa.terms import CUP_MATERIALS, CupKind, Material
from ventosa.web.models import Bed, CupStock, NoteTemplate, Price, Room, Row, Site
from ventosa.web.models.clinic import SuctionKnown
from ventosa.web.money import amount_from
from ventosa.web.typed import Field

Check = Callable[[dict[str, Any]], dict[str, Any]]


def _as_it_is(given: dict[str, Any]) -> dict[str, Any]:
    return given


@dataclass(frozen=True, slots=True)
class Thing:
    """One kind of thing: its word in addresses and the audit, its fields, and what checks them.

    ``ends`` names the column that says it is not used any more; nothing is ever deleted.
    """

    word: str
    model: type[Row]
    title: str
    one: str
    fields: tuple[Field, ...]
    ends: str = "is_retired"
    ended: str = "Retired"
    parent: "Thing | None" = None
    check: Check = _as_it_is


def _cups(given: dict[str, Any]) -> dict[str, Any]:
    """The core says which cups there are.

    Raises:
        InputError: no such cup exists.
    """
    Cup(
        CupKind(given["kind"]),
        Material(given["material"]),
        float(given["inner_diameter_mm"]),
        given["count"],
    )
    return given


def _price(given: dict[str, Any]) -> dict[str, Any]:
    currency = str(given["currency"]).upper()
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise InputError("currency", "three letters, as EUR")
    amount = given["amount"]
    number = amount if isinstance(amount, int) else amount_from(str(amount), currency)
    return {**given, "currency": currency, "amount": number}


NAME = Field("name", "Name")
KINDS = {
    CupKind.PUMP: "pump",
    CupKind.SILICONE: "silicone, squeezed",
    CupKind.GLASS_FIRE: "glass, with fire",
    CupKind.BAMBOO: "bamboo",
    CupKind.ELECTRIC: "electric pump",
}

KNOWN = tuple(SuctionKnown.choices)

CUPS = Thing(
    "cups",
    CupStock,
    "Cups",
    "cups",
    (
        Field("kind", "Kind", "choice", choices=tuple((k.value, w) for k, w in KINDS.items())),
        Field("material", "Material", "choice", choices=tuple((m.value, m) for m in CUP_MATERIALS)),
        Field("inner_diameter_mm", "Inner diameter, mm", "number", least=15, most=150),
        Field("count", "How many", "number", least=1, most=1000),
        Field("suction_known", "How its suction is known", "choice", choices=KNOWN),
        Field("maker", "Maker", is_needed=False),
    ),
    check=_cups,
)
PRICES = Thing(
    "price",
    Price,
    "Prices",
    "price",
    (
        Field("name", "What is charged"),
        Field("amount", "Amount", hint="as 45.00", most=12),
        Field("currency", "Currency", hint="three letters, as EUR", most=3),
    ),
    check=_price,
)
TEMPLATES = Thing(
    "template",
    NoteTemplate,
    "Beginnings of notes",
    "beginning",
    (NAME, Field("text", "Text", "area", most=4000)),
)
SITES = Thing(
    "site",
    Site,
    "Places",
    "site",
    (
        NAME,
        Field("address", "Address", is_needed=False, most=300),
        Field("order", "Place in the list", "number", least=0, most=999),
    ),
    ends="is_closed",
    ended="Closed",
)
ROOMS = Thing("room", Room, "Rooms", "room", (NAME,), "is_closed", "Closed", SITES)
BEDS = Thing("bed", Bed, "Beds", "bed", (NAME,), "is_closed", "Closed", ROOMS)

THINGS = (CUPS, PRICES, TEMPLATES, SITES, ROOMS, BEDS)


def values_of(thing: Thing, row: Row) -> Mapping[str, Any]:
    """Return what stands in the fields of a row, as its form shows it."""
    values = {field.name: getattr(row, field.name) for field in thing.fields}
    if isinstance(row, Price):
        from ventosa.web.money import amount_words

        values["amount"] = amount_words(row.amount, row.currency).split(" ")[0]
    return values
