"""Identifiers: UUID version 7 (RFC 9562), made by whoever writes, sorted by time."""

import os
import time
from uuid import UUID


def new_id() -> UUID:
    """Return a new identifier: 48 bits of milliseconds, then chance."""
    milliseconds = time.time_ns() // 1_000_000
    chance = int.from_bytes(os.urandom(10), "big")
    number = (milliseconds << 80) | chance
    number = (number & ~(0xF << 76)) | (0x7 << 76)
    number = (number & ~(0x3 << 62)) | (0x2 << 62)
    return UUID(int=number)


def id_from(text: str) -> UUID | None:
    """Return the identifier that a form or an address holds, ``None`` where it holds none."""
    try:
        return UUID(text)
    except ValueError:
        return None
