"""Digits as they are typed and as they are shown."""

import re
from collections.abc import Mapping

_WESTERN = "0123456789"
_SYSTEMS: Mapping[str, str] = {"latn": _WESTERN, "arab": "٠١٢٣٤٥٦٧٨٩", "arabext": "۰۱۲۳۴۵۶۷۸۹"}
DIGIT_SYSTEMS = tuple(_SYSTEMS)
"""Western, Arabic-Indic, Persian: the names of Unicode CLDR."""

_TYPED = str.maketrans(_SYSTEMS["arab"] + _SYSTEMS["arabext"], _WESTERN * 2)
_DECIMAL = re.compile(r"(?<=[0-9])٫(?=[0-9])")
_THOUSANDS = re.compile(r"(?<=[0-9])٬(?=[0-9]{3})")


def western_digits(text: str) -> str:
    """Return a typed text with Arabic-Indic and Persian digits as 0 to 9.

    Between digits the Arabic decimal sign becomes a point and the Arabic thousands sign falls away.
    An ordinary comma stays: it means one thing in English and another in German.
    """
    return _THOUSANDS.sub("", _DECIMAL.sub(".", text.translate(_TYPED)))


def written_digits(text: str, system: str) -> str:
    """Return a text with its western digits in another system (``latn``, ``arab``, ``arabext``).

    For running text only. Codes, drawings and what a field holds keep western digits.
    """
    return text.translate(str.maketrans(_WESTERN, _SYSTEMS[system]))
