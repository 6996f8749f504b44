"""Saved sets of cups in words."""

from typing import Any

from ventosa.web import belongings
from ventosa.web.models import CupSet
from ventosa.web.scope import Scope


def sets_page(scope: Scope) -> dict[str, Any]:
    """Return the context of the list of sets."""
    return {"part": "patients", "rows": [_row(one) for one in belongings.cup_sets(scope)]}


def _row(one: CupSet) -> dict[str, Any]:
    """A set with how many cups it holds, of which size, at which levels."""
    sizes = sorted({float(cup["inner_diameter_mm"]) for cup in one.cups}, reverse=True)
    levels = dict.fromkeys(str(cup["level"]) for cup in one.cups)
    return {
        "set": one,
        "count": len(one.cups),
        "sizes": ", ".join(f"{size:g}" for size in sizes),
        "levels": ", ".join(levels),
    }
