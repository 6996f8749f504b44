"""Failed sign-ins, counted so that they can fill no table and keep nobody out for long.

Every name, address and device falls into one of 4096 buckets by a keyed hash: however many names a
stranger tries, there are never more rows. An attempt is counted before it is checked, so that many
at once are as slow as one after the other; a success takes its own count back. What waits is
refused before the password is hashed. The numbers are editorial: the clinic's machine decides.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from ventosa.web.models import AttemptCounter

BUCKETS = 4096
FORGET_SECONDS = 3600
"""A bucket that was left alone so long begins anew."""

PIN_TRIES = 5
PIN_HOLD_SECONDS = 12 * 3600
"""After five wrong PINs the password is needed; without it, no PIN is tried for half a day."""


@dataclass(frozen=True, slots=True)
class Kept:
    """How one kind of bucket makes wait: from how many failures on, and how long at most."""

    kind: str
    free: int
    longest_seconds: int = 900


NAME = Kept("name", 5)
ADDRESS = Kept("address", 30)
DEVICE = Kept("device", 8, 300)
CODE = Kept("code", 5)
PIN = Kept("pin", PIN_TRIES)
"""Kinds of bucket. A clinic's tablets may share one address: it is given more."""


@dataclass(frozen=True, slots=True)
class Key:
    """One bucket of one kind."""

    kept: Kept
    bucket: int


def key_of(kept: Kept, *words: str) -> Key:
    """Return the bucket of a name, an address or a device; only the clinic's secret tells which."""
    said = "\x1f".join((kept.kind, *(word.strip().casefold() for word in words)))
    secret = settings.SECRET_KEY.encode()
    digest = hmac.new(secret, said.encode("utf-8", "replace"), sha256).digest()
    return Key(kept, int.from_bytes(digest[:4], "big") % BUCKETS)


def wait_seconds(kept: Kept, failures: int) -> int:
    """Return how long to wait after so many failures: nothing, then twice as long each time."""
    over = failures - kept.free
    return 0 if over < 0 else min(2 ** min(over, 20), kept.longest_seconds)


def begin(keys: Iterable[Key], *, now: datetime) -> int:
    """Count an attempt in its buckets; return the seconds to wait, 0 = it may be checked now.

    An attempt that must wait is not counted: knocking on does not make the wait longer.
    """
    by_bucket = {key.bucket: key for key in keys}
    with transaction.atomic():
        rows = {row.bucket: row for row in _locked(by_bucket, now)}
        wait = 0
        for bucket, key in by_bucket.items():
            row = rows[bucket]
            passed = (now - row.since).total_seconds()
            if passed > FORGET_SECONDS:
                row.count = 0
            wait = max(wait, int(wait_seconds(key.kept, row.count) - passed + 0.999))
        if wait > 0:
            return wait
        for row in rows.values():
            row.count, row.since = min(row.count + 1, 1000), now
        AttemptCounter.objects.bulk_update(rows.values(), ["count", "since"])
    return 0


def succeeded(own: Iterable[Key], *, shared: Iterable[Key] = (), now: datetime) -> None:
    """Empty the buckets of whoever signed in; of shared ones only the own attempt is taken back.

    So nobody who may sign in can wipe away what was tried from the same address.
    """
    own, shared = list(own), list(shared)
    with transaction.atomic():
        rows = {row.bucket: row for row in _locked([k.bucket for k in (*own, *shared)], now)}
        for key in shared:
            rows[key.bucket].count = max(0, rows[key.bucket].count - 1)
        for key in own:
            rows[key.bucket].count = 0
        AttemptCounter.objects.bulk_update(rows.values(), ["count"])


def pin_is_held(membership_id: str, *, now: datetime) -> bool:
    """Return whether too many wrong PINs were typed: the password is needed."""
    row = AttemptCounter.objects.filter(bucket=key_of(PIN, membership_id).bucket).first()
    if row is None or (now - row.since).total_seconds() > PIN_HOLD_SECONDS:
        return False
    return row.count >= PIN_TRIES


def count_pin(membership_id: str, *, now: datetime) -> bool:
    """Count a PIN before it is checked; return whether it may be checked."""
    bucket = key_of(PIN, membership_id).bucket
    with transaction.atomic():
        (row,) = _locked([bucket], now)
        if (now - row.since).total_seconds() > PIN_HOLD_SECONDS:
            row.count = 0
        if row.count >= PIN_TRIES:
            return False
        row.count, row.since = row.count + 1, now
        row.save(update_fields=["count", "since"])
        return True


def _locked(buckets: Iterable[int], now: datetime) -> list[AttemptCounter]:
    """The rows of buckets, made where they are missing, locked in one order."""
    wanted = sorted(set(buckets))
    AttemptCounter.objects.bulk_create(
        [AttemptCounter(bucket=bucket, since=now) for bucket in wanted], ignore_conflicts=True
    )
    locked = AttemptCounter.objects.select_for_update().filter(bucket__in=wanted)
    return list(locked.order_by("bucket"))
