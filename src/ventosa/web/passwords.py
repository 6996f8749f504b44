"""Passwords and PINs under Argon2id.

19 MiB, 2 passes, 1 lane: the first choice of OWASP's Password Storage Cheat Sheet. Django's default
of 100 MiB and 8 lanes would let a few sign-ins at once exhaust a small machine.
"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id19(Argon2PasswordHasher):
    """Argon2id with 19 MiB of memory, 2 passes and 1 lane."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
