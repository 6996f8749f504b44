"""The words and numbers of a page: names, dates, doses, tags; a template only places them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from ventosa.languages import visible
from ventosa.record import Dose, Finding, Interval, Limits, Value, Zone
from ventosa.terms import LEVELS, Decision, Side, State, Technique, Urgency, mmhg

NAME_NOT_GIVEN = "Name not given"
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMBER_WORDS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
_SAFE_LINK = re.compile(r"https?://[^\s\"'<>\\^`{|}]+\Z")


@dataclass(frozen=True, slots=True)
class PlanStanding:
    """How a plan stands where somebody accepts it: its kind, and each thing that is said of it.

    ``lines`` are a lead with a text (who accepted it, each limit passed, consent); ``passed`` says
    how many limits were passed with a reason, empty = none. ``void`` says why the plan must not be
    carried out, empty = it may: such a plan has no sheet for the person.
    """

    kind: str
    lines: tuple[tuple[str, str], ...] = ()
    passed: str = ""
    void: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonHead:
    """Who a page is about; ``None`` = not known or not given.

    ``birth_date`` may be partial ("1962", "1962-03"); ``session`` is in words ("first session").
    """

    name: str | None = None
    birth_date: str | None = None
    age_years: Interval | None = None
    sex: str | None = None
    session: str | None = None
    clinic: str | None = None


@dataclass(frozen=True, slots=True)
class TechniqueWords:
    """The name of a technique, its usual dose and its hard stop; ``None`` = has no meaning."""

    name: str
    usual: Dose
    hard_stop: Dose


@dataclass(frozen=True, slots=True)
class Tag:
    """A word with its sign: ``icon`` names the symbol, ``kind`` the ink."""

    word: str
    icon: str
    kind: str


@dataclass(frozen=True, slots=True)
class Span:
    """What is certain and, where it differs, what is possible."""

    certain: Tag
    possible: Tag | None


def tag(decision: Decision) -> Tag:
    """The tag of a decision."""
    word = "OK" if decision is Decision.OK else decision.word.capitalize()
    return Tag(word, f"i-{decision.word}", decision.word)


def urgency_tag(urgency: Urgency) -> Tag:
    """The tag of an urgency."""
    word = "No red flag" if urgency is Urgency.NONE else urgency.word.capitalize()
    kind = "avoid" if urgency >= Urgency.URGENT else "plain"
    return Tag(word, f"i-f-{urgency.word}", kind)


def span(certain: Decision, possible: Decision) -> Span:
    """The interval of a decision; one tag where both ends are equal."""
    return Span(tag(certain), None if certain == possible else tag(possible))


def finding_tag(finding: Finding, *, closes: bool, caps: bool) -> Tag:
    """The tag of a finding: a rule that only closes a place says *Closed*."""
    if finding.state is State.CLEARED:
        return Tag(f"{tag(finding.decision).word}, cleared", "i-ok", "ok")
    if finding.state is State.OPEN:
        word = (
            urgency_tag(finding.urgency).word if _is_flag(finding) else tag(finding.decision).word
        )
        return Tag(f"Open: could be {word}", "i-ask", "plain")
    if finding.decision is Decision.OK and finding.urgency > Urgency.NONE:
        return urgency_tag(finding.urgency)
    if closes and not caps and finding.decision <= Decision.MODIFY:
        return Tag("Closed", "i-zone", "avoid")
    return tag(finding.decision)


def _is_flag(finding: Finding) -> bool:
    return finding.decision is Decision.OK and finding.urgency > Urgency.NONE


# --- people and dates -----------------------------------------------------------------------


def day(value: date) -> str:
    """A date as it is written out: 24 November 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def born(birth_date: str | None) -> str:
    """A birth date in words, as exact as it is known."""
    if not birth_date:
        return "birth date not given"
    found = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", birth_date)
    if not found or not 1 <= int(found[2] or 1) <= 12:
        return f"born {birth_date}"
    year, month, month_day = found[1], found[2], found[3]
    parts = (str(int(month_day)) if month_day else "", MONTHS[int(month) - 1] if month else "")
    return " ".join(("born", *filter(None, parts), year))


def age(years: Interval | None) -> str:
    """An age in words; a partial birth date gives a range."""
    if years is None:
        return "age not known"
    return f"{years} {'year' if years.low == years.high == 1 else 'years'}"


def sex_word(sex: str | None, years: Interval | None) -> str:
    """Woman or man for an adult, female or male for a child."""
    adult = years is None or years.low >= 18
    words = {"female": "woman", "male": "man"} if adult else {"female": "female", "male": "male"}
    return words.get(sex or "", sex or "sex not known")


def head_line(person: PersonHead, on: date) -> str:
    """The line under the name: birth date, age, sex, session, date, clinic."""
    parts = (
        born(person.birth_date),
        age(person.age_years),
        sex_word(person.sex, person.age_years),
        person.session,
        day(on),
        person.clinic,
    )
    return " · ".join(filter(None, parts))


def shortened(text: str, letters: int) -> str:
    """A text of at most so many letters, cut with an ellipsis."""
    return text if len(text) <= letters else text[: letters - 1].rstrip() + "…"


def in_css(text: str) -> str:
    """A text as a CSS string: every letter that could end or leave the string is a number."""
    safe = (
        char if char.isascii() and (char.isalnum() or char == " ") else f"\\{ord(char):06x} "
        for char in text
        if char.isprintable()
    )
    return f'"{"".join(safe)}"'


# --- numbers --------------------------------------------------------------------------------


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def count_word(number: int) -> str:
    """A small number written out, capitalised; a larger one in figures."""
    return _NUMBER_WORDS[number] if 0 <= number < len(_NUMBER_WORDS) else str(number)


def amount(value: float) -> str:
    """A number without needless zeros; a true minus sign."""
    return f"{value:g}".replace("-", "−")


def suction(kpa: float) -> str:
    """A suction in both units, a positive number below ambient."""
    return f"{amount(kpa)} kPa ({mmhg(kpa)} mmHg)"


def caps(limits: Limits, quantities: Iterable[str]) -> str:
    """The caps of some quantities in one phrase: *At most 20 kPa · 5 min · 4 cups*."""
    named = set(quantities)
    values = {
        "suction_kpa": ("{} kPa", limits.suction_kpa),
        "retention_min": ("{} min", limits.retention_min),
        "kpa_min": ("{} kPa·min", limits.kpa_min),
        "cups": ("{} cup" if limits.cups == 1 else "{} cups", limits.cups),
        "repetitions": ("{} times", limits.repetitions),
    }
    parts = [
        pattern.format(amount(value))
        for name, (pattern, value) in values.items()
        if name in named and value is not None
    ]
    if "materials_excluded" in named and limits.materials_excluded:
        parts.append(f"no {' or '.join(str(m) for m in limits.materials_excluded)}")
    if not parts:
        return ""
    text = " · ".join(parts)
    return text[0].upper() + text[1:] if text.startswith("no ") else f"At most {text}"


def answer(value: Value | None) -> str:
    """An answer in words."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def phrase(identifier: str, phrases: Mapping[str, str]) -> str:
    """The words for an identifier, or the identifier read as words."""
    return phrases.get(identifier) or identifier.replace("_", " ")


def sentence(text: str) -> str:
    """A text with a capital at its start and a full stop at its end."""
    text = text.strip()
    if not text:
        return ""
    text = text[0].upper() + text[1:]
    return text if text[-1] in ".!?…:" else text + "."


def zone_place(zone: Zone) -> str:
    """Where a closed zone lies, in few words: *T12, left*."""
    side = {Side.BOTH: "both sides", Side.MIDLINE: "at the midline"}.get(zone.side, str(zone.side))
    if zone.is_disc or zone.from_level == zone.to_level:
        return f"{zone.level or zone.from_level}, {side}"
    last = zone.to_level if zone.to_level in LEVELS else "the tail bone"
    return f"{zone.from_level} to {last}, {side}"


def technique_names(
    techniques: Iterable[Technique], words: Mapping[Technique, TechniqueWords]
) -> str:
    """Technique names in the order of a report; *Every technique* for all seven."""
    named = set(techniques)
    if len(named) == len(Technique):
        return "Every technique"
    return " · ".join(words[t].name for t in Technique if t in named)


# --- references -----------------------------------------------------------------------------


def reference_label(reference: Mapping[str, Any], letters: int = 60) -> str:
    """Author and year of a CSL-JSON reference; its title, cut, where nobody is named."""
    names = _names(reference)
    year = reference_year(reference)
    if not names:
        publisher = str(reference.get("title-short") or reference.get("title") or "Untitled")
        who = shortened(publisher.strip("[]"), letters)
    elif len(names) > 2:
        who = f"{names[0]} and others"
    else:
        who = " and ".join(names)
    return f"{who} {year}".strip()


def reference_text(reference: Mapping[str, Any]) -> str:
    """A CSL-JSON reference written out, without its link."""
    names = _names(reference)
    who = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    title = str(reference.get("title") or "Untitled")
    container = str(reference.get("container-title") or reference.get("publisher") or "")
    year = reference_year(reference)
    parts = (who, year, title, container) if who else (title, container, year)
    return " ".join(sentence(part) for part in parts if part)


def reference_year(reference: Mapping[str, Any]) -> str:
    """The year of a CSL-JSON reference, or nothing."""
    issued = reference.get("issued")
    if not isinstance(issued, Mapping):
        return ""
    parts = issued.get("date-parts")
    if isinstance(parts, (list, tuple)) and parts and parts[0]:
        return str(parts[0][0])
    return str(issued.get("raw") or issued.get("literal") or "")


def reference_link(reference: Mapping[str, Any]) -> str | None:
    """The address of a reference: its DOI, else its URL; ``None`` where neither can be trusted."""
    doi = str(reference.get("DOI") or "").strip()
    link = f"https://doi.org/{doi}" if doi else str(reference.get("URL") or "").strip()
    return link if _SAFE_LINK.match(link) else None


def _names(reference: Mapping[str, Any]) -> list[str]:
    people = reference.get("author") or ()
    names = [
        str(person.get("family") or person.get("literal") or person.get("given") or "")
        for person in people
        if isinstance(person, Mapping)
    ]
    return [name for name in names if name]


def not_turning(value: object) -> object:
    """What a template shows: a person's words do not turn those after them."""
    if isinstance(value, Markup):
        return Markup(visible(value))
    return visible(value) if isinstance(value, str) else value


def running_head(person: PersonHead, on: date) -> str:
    """Return the line at the foot of every printed page: who, born when, and of which day."""
    name = shortened(person.name or NAME_NOT_GIVEN, 48)
    parts = (name, born(person.birth_date), day(on), person.clinic)
    return in_css(visible(shortened(" · ".join(filter(None, parts)), 130)))
