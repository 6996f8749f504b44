"""What of a plan or a session is needed to draw or to repeat it, as JSON for storage.

The shape is closed: an unknown key is an error. It holds no sentence of the plan and no name.
"""

import re
from typing import Annotated, Any, Literal

import msgspec

from ventosa.record import Cupping, Dose, InputError, Placement
from ventosa.terms import LEVELS, Side, Technique

PLACEMENTS_SCHEMA = "ventosa/placements/1"
MAX_BYTES = 100_000
"""Largest stored text; six cups are about 1 kB."""

_Level = Annotated[str, msgspec.Meta(pattern=f"^({'|'.join(LEVELS)})$")]
_Lateral = Annotated[float, msgspec.Meta(ge=0, le=300)]
_Down = Annotated[float, msgspec.Meta(ge=-100, le=1000)]
_Suction = Annotated[float, msgspec.Meta(gt=0, le=100)]
_Minutes = Annotated[float, msgspec.Meta(gt=0, le=60)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=100)]
_Path = Annotated[list[tuple[_Lateral, _Down]], msgspec.Meta(min_length=2, max_length=100)]


class _Dose(msgspec.Struct, forbid_unknown_fields=True):
    suction_kpa: _Suction | None
    retention_min: _Minutes | None
    cups: _Count
    repetitions: _Count | None


class _Placement(msgspec.Struct, forbid_unknown_fields=True):
    level: _Level
    side: Literal["left", "right"]
    lateral_mm: _Lateral
    y_mm: _Down
    inner_diameter_mm: Annotated[float, msgspec.Meta(ge=15, le=150)]
    suction_kpa: _Suction | None
    retention_min: _Minutes | None
    site: Annotated[str, msgspec.Meta(max_length=50)] | None
    path: _Path | None


class _Cupping(msgspec.Struct, forbid_unknown_fields=True):
    schema: Literal["ventosa/placements/1"]
    technique: Technique
    dose: _Dose
    placements: Annotated[list[_Placement], msgspec.Meta(max_length=100)]


def write_placements(cupping: Cupping) -> dict[str, Any]:
    """Return the JSON object of technique, dose and cups; reading it gives them back."""
    written: dict[str, Any] = msgspec.to_builtins(cupping)
    return {"schema": PLACEMENTS_SCHEMA} | written


def read_placements(data: bytes) -> Cupping:
    """Return technique, dose and cups from a JSON text.

    Raises:
        InputError: names the path; never the value that was refused.
    """
    if len(data) > MAX_BYTES:
        raise InputError("", f"is larger than {MAX_BYTES:,} bytes")
    try:
        raw = msgspec.json.decode(data, type=_Cupping)
    except msgspec.ValidationError as error:
        problem, _, where = str(error).partition(" - at `")
        path = where.rstrip("`").removeprefix("$").removeprefix(".")
        # What stands in quotes may be what was stored.
        raise InputError(path, re.split(r"[`']", problem)[0].strip() or "is refused") from None
    except (msgspec.DecodeError, RecursionError):
        raise InputError("", "is not JSON") from None
    dose = Dose(raw.dose.suction_kpa, raw.dose.retention_min, raw.dose.cups, raw.dose.repetitions)
    return Cupping(raw.technique, dose, tuple(_placement(cup) for cup in raw.placements))


def _placement(cup: _Placement) -> Placement:
    return Placement(
        cup.level,
        Side(cup.side),
        cup.lateral_mm,
        cup.y_mm,
        cup.inner_diameter_mm,
        cup.suction_kpa,
        cup.retention_min,
        cup.site,
        None if cup.path is None else tuple(cup.path),
    )
