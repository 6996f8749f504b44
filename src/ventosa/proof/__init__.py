"""The rules, handed to a solver: what can never happen, to anybody.

``obligations`` are the laws; each is proved for all patients or fails with one. ``difference`` says
for whom a change of the knowledge changes what, and whether it loosens anything. The solver is
loaded with those modules, not here.
"""

PROOF_VERSION = "1"
"""Raised when what is proved changes: an older proof of an overlay no longer counts."""
