"""PINs: four to eight digits that take over a tablet on which somebody is signed in.

A PIN never signs in by itself, and five wrong ones ask for the password.
"""

from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password

from ventosa.languages import western_digits
from ventosa.record import InputError
from ventosa.web import attempts
from ventosa.web.models import Membership

COMMON = frozenset(
    [
        "0852",
        "1010",
        "1122",
        "1212",
        "1313",
        "1478",
        "2580",
        "6969",
        "007007",
        "100200",
        "102030",
        "112233",
        "121212",
        "123123",
        "123321",
        "131313",
        "142536",
        "147258",
        "159357",
        "159753",
        "192837",
        "696969",
    ]
)
"""PINs that many people choose (editorial: the list is ours, and short)."""


class PinAnswer(StrEnum):
    """What came of a PIN."""

    FITS = "fits"
    WRONG = "wrong"
    PASSWORD = "password"


def pin_from(typed: str) -> str:
    """Return a PIN as it may be set.

    Raises:
        InputError: it is no PIN, or one that somebody would guess.
    """
    pin = western_digits(typed.strip())
    if not (4 <= len(pin) <= 8 and pin.isascii() and pin.isdecimal()):
        raise InputError("pin", "a PIN is four to eight digits")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    half = len(pin) // 2
    if len(set(pin)) == 1 or steps in ({1}, {9}) or pin in COMMON or pin[:half] * 2 == pin:
        raise InputError("pin", "this PIN is one of the first that somebody would guess")
    if len(pin) == 4 and 1930 <= int(pin) <= 2030:
        raise InputError("pin", "a year is easily guessed: choose another PIN")
    return pin


def hash_of(pin: str) -> str:
    """Return a PIN as it is stored."""
    return make_password(pin)


def check_pin(membership: Membership, typed: str, *, now: datetime) -> PinAnswer:
    """Return what a typed PIN comes to; every wrong one is counted, a right one starts anew."""
    id = str(membership.id)
    if not membership.pin or not attempts.count_pin(id, now=now):
        return PinAnswer.PASSWORD
    if check_password(western_digits(typed.strip())[:8], membership.pin):
        attempts.succeeded([attempts.key_of(attempts.PIN, id)], now=now)
        return PinAnswer.FITS
    return PinAnswer.PASSWORD if attempts.pin_is_held(id, now=now) else PinAnswer.WRONG
