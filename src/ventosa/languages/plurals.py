"""Which form of a counted sentence a number takes: plural rules of Unicode CLDR.

Source: Unicode CLDR, ``common/supplemental/plurals.xml``, cardinal rules of ar, de and en, for
whole numbers.
"""

from collections.abc import Mapping

FORMS: Mapping[str, tuple[str, ...]] = {
    "en": ("one", "other"),
    "de": ("one", "other"),
    "ar": ("zero", "one", "two", "few", "many", "other"),
}
"""The forms that a counted sentence needs in each language, all of them."""


def plural_form(language: str, count: int) -> str:
    """Return the form that a whole number takes; raises ``KeyError`` for a language not listed."""
    named = {0: "zero", 1: "one", 2: "two"}.get(count)
    if named in FORMS[language]:
        return named
    if language == "ar" and 3 <= count % 100 <= 10:
        return "few"
    if language == "ar" and count % 100 >= 11:
        return "many"
    return "other"
