"""The recovery key: what opens a clinic's backups, and how a person copies it from paper.

It is 32 bytes (X25519). On paper they are eight lines of eight signs: four bytes and a check of
them each, in an alphabet without I, L, O and U, so that a slip of the pen is found in its line.
"""

import re
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from ventosa.record import InputError

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's signs: what is read as I or L is a 1, as O a 0."""

LINES, BYTES_A_LINE = 8, 4

_READ_AS = str.maketrans("ILO", "110")
_LINE = re.compile(r"(?<![0-9A-Za-z])([1-8])\s*[.:)]?\s+([0-9A-Za-z]{4})[\s-]*([0-9A-Za-z]{4})\b")


def new_key() -> bytes:
    """Return a new recovery key."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public_of(key: bytes) -> bytes:
    """Return the half of a recovery key that closes backups and opens none."""
    return X25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()


def fingerprint(public: bytes) -> str:
    """Return the name of a key, as it stands on its sheet and on every backup: eight signs."""
    X25519PublicKey.from_public_bytes(public)
    return _signs(sha256(b"ventosa recovery key" + public).digest()[:5])


def lines(key: bytes) -> tuple[str, ...]:
    """Return a key as it is printed: lines of two groups of four signs."""
    parts = (key[n * BYTES_A_LINE : (n + 1) * BYTES_A_LINE] for n in range(LINES))
    written = (_signs(part + _check(number, part)) for number, part in enumerate(parts, 1))
    return tuple(f"{line[:4]}-{line[4:]}" for line in written)


def read_line(number: int, text: str) -> bytes:
    """Return the bytes of one line of a sheet as somebody typed it.

    Raises:
        InputError: a sign is missing or wrong; it names the line and repeats nothing of it.
    """
    signs = re.sub(r"[\s-]", "", text).upper().translate(_READ_AS)
    if len(signs) != 8 or set(signs) - set(ALPHABET):
        raise InputError(f"line {number}", "has eight signs: digits, and letters but no U")
    value = 0
    for sign in signs:
        value = value * 32 + ALPHABET.index(sign)
    data = value.to_bytes(5, "big")
    if data[4:] != _check(number, data[:4]):
        raise InputError(f"line {number}", "is not as on the sheet: one sign or more is wrong")
    return data[:4]


def read_sheet(text: str) -> bytes:
    """Return the key from a text that holds its eight numbered lines, as the sheet or its code.

    Raises:
        InputError: a line is missing, there twice, or wrong.
    """
    found: dict[int, bytes] = {}
    for number, first, second in _LINE.findall(re.sub(r"<[^>]*>", " ", text)):
        part = read_line(int(number), first + second)
        if found.setdefault(int(number), part) != part:
            raise InputError(f"line {number}", "is there twice, with different signs")
    missing = [str(n) for n in range(1, LINES + 1) if n not in found]
    if missing:
        raise InputError("recovery sheet", f"lacks line {', '.join(missing)}")
    return b"".join(found[n] for n in range(1, LINES + 1))


def _check(number: int, part: bytes) -> bytes:
    return sha256(b"ventosa line %d " % number + part).digest()[:1]


def _signs(data: bytes) -> str:
    value, signs = int.from_bytes(data, "big"), ""
    for _ in range(len(data) * 8 // 5):
        value, place = divmod(value, 32)
        signs = ALPHABET[place] + signs
    return signs
