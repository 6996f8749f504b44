"""Amounts as people write them, in the smallest unit of their currency."""

import re

from ventosa.languages import western_digits
from ventosa.record import InputError

NO_PARTS = frozenset(
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ]
)
THOUSAND_PARTS = frozenset(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"])
"""Currencies with no smaller unit, and with one of a thousand (ISO 4217); others have hundreds."""


def digits_of(currency: str) -> int:
    """Return how many digits follow the point in a currency."""
    if currency in NO_PARTS:
        return 0
    return 3 if currency in THOUSAND_PARTS else 2


def amount_from(typed: str, currency: str) -> int:
    """Return an amount in the smallest unit of its currency.

    Raises:
        InputError: it is no amount, or has more digits after the point than the currency.
    """
    digits = digits_of(currency)
    text = western_digits(typed.strip()).replace(",", ".").replace("٫", ".")
    found = re.fullmatch(r"(\d{1,7})(?:\.(\d{1,3}))?", text)
    if found is None or len(found[2] or "") > digits:
        example = "45" if digits == 0 else "45." + "500"[:digits]
        raise InputError("amount", f"write it as {example}")
    return int(found[1] + (found[2] or "").ljust(digits, "0"))


def amount_words(amount: int, currency: str) -> str:
    """Return an amount with its currency; the point stands where the currency has it."""
    digits = digits_of(currency)
    whole, part = divmod(amount, 10**digits)
    return f"{whole} {currency}" if digits == 0 else f"{whole}.{part:0{digits}} {currency}"
