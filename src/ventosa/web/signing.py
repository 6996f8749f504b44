"""What was typed and drawn on a consent page becomes the values of the core."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from ventosa.consent import (
    Consent,
    ConsentKind,
    ConsentSet,
    ConsentText,
    Method,
    Region,
    Signature,
    Signer,
    Stood,
    strokes_sha256,
)
from ventosa.languages import western_digits
from ventosa.record import Dose, InputError
from ventosa.terms import Side, Technique
from ventosa.web.documents import ConsentBody, ReadText

MOST_POINTS = 6000
"""Points of one signature; a long name has a few hundred."""

Stroke = list[tuple[float, float, float]]
_STROKES = msgspec.json.Decoder(list[list[tuple[float, float, float]]])


Typed = Mapping[str, Any]
"""The fields of a form; those that may be given several times are lists."""

LISTS = ("techniques", "sides")


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature with the strokes that it is known by; none where it was typed."""

    signature: Signature
    strokes: list[Stroke]


def set_from(typed: Typed) -> ConsentSet:
    """Return the set that a form states.

    Raises:
        InputError: names the field.
    """
    return ConsentSet(
        tuple(_technique(word) for word in typed.get("techniques", ())),
        Region(
            str(typed.get("from_level", "")),
            str(typed.get("to_level", "")),
            tuple(side for side in (Side.LEFT, Side.RIGHT) if side in typed.get("sides", ())),
        ),
        Dose(
            _number(typed, "suction_kpa"),
            _number(typed, "retention_min"),
            _whole(typed, "cups") or 0,
            _whole(typed, "repetitions"),
        ),
        _whole(typed, "sessions") or 0,
        _day(typed, "until"),
    )


def fields_of(agreed: ConsentSet) -> dict[str, Any]:
    """Return a set as the fields of its form; ``set_from`` gives it back."""
    greatest = agreed.greatest
    return {
        "techniques": [str(technique) for technique in agreed.techniques],
        "from_level": agreed.region.from_level,
        "to_level": agreed.region.to_level,
        "sides": [str(side) for side in agreed.region.sides],
        "suction_kpa": _text(greatest.suction_kpa),
        "retention_min": _text(greatest.retention_min),
        "cups": _text(greatest.cups),
        "repetitions": _text(greatest.repetitions),
        "sessions": str(agreed.sessions),
        "until": agreed.until.isoformat(),
    }


def signed_from(typed: Mapping[str, str], *, name: str, on: date) -> Signed:
    """Return the signature of a patient of this name, drawn or typed.

    Raises:
        InputError: names the field; an empty form is no signature.
    """
    drawn = typed.get("method") == "drawn"
    strokes = _strokes(typed.get("strokes", "")) if drawn else []
    sha = strokes_sha256([[(x, y) for x, y, _ in stroke] for stroke in strokes]) if drawn else None
    written = typed.get("typed_name", "").strip()
    if not drawn and not written:
        raise InputError("typed_name", "type the name of the person who agrees")
    signature = Signature(
        Signer.PATIENT,
        name,
        Method.DRAWN if drawn else Method.TYPED,
        on,
        strokes_sha256=sha,
        typed_name=None if drawn else written,
        interpreter=typed.get("interpreter", "").strip()[:120] or None,
        witness=typed.get("witness", "").strip()[:120] or None,
    )
    return Signed(signature, strokes)


def consent_of(
    signed: Signed,
    texts: Sequence[ConsentText],
    *,
    id: str,
    kind: ConsentKind,
    practitioner: str,
    knowledge_sha256: str,
    agreed: ConsentSet | None = None,
    stood: Mapping[Technique, Stood] | None = None,
) -> Consent:
    """Return the consent that was signed after these texts were read.

    Raises:
        InputError: it does not hold together; names the field.
    """
    return Consent(
        id=id,
        kind=kind,
        texts={text.about: text.sha256 for text in texts},
        language=texts[0].language,
        signed=signed.signature,
        knowledge_sha256=knowledge_sha256,
        practitioner=practitioner,
        agreed=agreed,
        stood={t: (stood or {})[t] for t in agreed.techniques} if agreed else {},
    )


def body_of(
    consent: Mapping[str, Any], signed: Signed, texts: Sequence[ConsentText]
) -> ConsentBody:
    """Return the document of a consent: all that was read, whole, and the strokes."""
    return ConsentBody(
        consent=dict(consent), texts=[_read(text) for text in texts], strokes=signed.strokes
    )


def _read(text: ConsentText) -> ReadText:
    parts: list[dict[str, Any]] = []
    for said in text.paragraphs:
        heading = text.headings[said.kind]
        if not parts or parts[-1]["heading"] != heading:
            parts.append({"heading": heading, "said": []})
        parts[-1]["said"].append([said.title, said.text])
    return ReadText(text.about, text.language, text.version, text.sha256, text.title, parts)


def _strokes(text: str) -> list[Stroke]:
    try:
        strokes = _STROKES.decode(text or "[]")
    except (msgspec.DecodeError, json.JSONDecodeError):
        raise InputError("strokes", "the signature did not arrive whole: draw it again") from None
    if sum(len(stroke) for stroke in strokes) > MOST_POINTS:
        raise InputError("strokes", "the signature is too long: clear it and draw it again")
    return strokes


def _technique(word: Any) -> Technique:
    try:
        return Technique(word)
    except ValueError:
        raise InputError("set.techniques", "names a technique that is not known") from None


def _number(typed: Typed, name: str) -> float | None:
    text = western_digits(str(typed.get(name, "")).strip()).replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise InputError(f"set.{name}", "write a number") from None


def _whole(typed: Typed, name: str) -> int | None:
    value = _number(typed, name)
    if value is None:
        return None
    if value != value or value not in range(1001):
        raise InputError(f"set.{name}", "write a whole number")
    return int(value)


def _day(typed: Typed, name: str) -> date:
    try:
        return date.fromisoformat(str(typed.get(name, "")))
    except ValueError:
        raise InputError(f"set.{name}", "choose a day") from None


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
