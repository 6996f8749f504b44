"""A screen of questions in a reader's language: cards, their answers, and why each is asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ventosa.assessing import RATHER_SAY, Asked, Assessed
from ventosa.knowledge.model import Fact, Knowledge
from ventosa.languages import Rendered, said, ui
from ventosa.logic import Boolean, Choice
from ventosa.page.words import Span, Tag, span, urgency_tag
from ventosa.record import Question, Screening
from ventosa.terms import Urgency


@dataclass(frozen=True, slots=True)
class Option:
    """One answer that can be tapped; ``value`` is its JSON."""

    value: str
    words: Rendered


@dataclass(frozen=True, slots=True)
class Why:
    """What a question could still bring: for a technique from where to where, or how urgent."""

    name: str
    span: Span | None
    urgency: Tag | None


@dataclass(frozen=True, slots=True)
class Card:
    """One question. ``kind`` is ``choice``, ``number`` or ``zones``; ``opens`` are its details."""

    field: str
    text: Rendered
    kind: str
    options: tuple[Option, ...]
    saw: str
    is_private: bool
    unit: str = ""
    low: str = ""
    high: str = ""
    hint: str = ""
    why: tuple[Why, ...] = ()
    opens: tuple["Card", ...] = ()

    @property
    def anchor(self) -> str:
        """The question's place on the page; other pages lead to it."""
        return f"q-{self.field.removeprefix('fact:')}"


@dataclass(frozen=True, slots=True)
class Screenful:
    """What stands on one screen; ``none`` is the JSON of what "none of these" answers."""

    title: Rendered | None
    cards: tuple[Card, ...]
    sentence: str
    sentence_text: Rendered | None
    none_field: str
    none: str
    none_words: Rendered
    left: int

    @property
    def is_single(self) -> bool:
        """One question that is answered by a tap."""
        return len(self.cards) == 1 and self.cards[0].kind == "choice" and not self.cards[0].opens

    @property
    def renderings(self) -> list[Rendered]:
        """Every sentence on the screen, to see how far each was read."""
        cards = [*self.cards, *(detail for card in self.cards for detail in card.opens)]
        found = [card.text for card in cards]
        return [*found, *(r for r in (self.title, self.sentence_text) if r is not None)]


def seen(assessed: Assessed) -> dict[str, str]:
    """Return for each field the keys of the entries in sight, as the next one names them."""
    sight = {field: entry.key for field, entry in assessed.current.items()}
    for differing in assessed.differing:
        sight[differing.field] = fitting(entry.key for entry in differing.entries)
    return sight


def steps_of(assessed: Assessed, knowledge: Knowledge, left: int) -> list[bool]:
    """Return the screens done and to do, at most twelve."""
    fields = [field.partition(":") for field in assessed.current]
    groups = {knowledge.facts[name].group for kind, _, name in fields if kind == "fact"}
    done = len(groups) + sum(kind == "repeat" for kind, _, _ in fields)
    total = max(done + left, 1)
    shown = min(total, 12)
    filled = round(shown * done / total)
    return [n < filled for n in range(shown)]


def fitting(keys: Any) -> str:
    """Return as many keys as one entry can name; the rest is settled by the next."""
    taken: list[str] = []
    for key in dict.fromkeys(keys):
        if len(" ".join([*taken, key])) <= 64:
            taken.append(key)
    return " ".join(taken)


def screenful(
    asked: Asked,
    screening: Screening,
    knowledge: Knowledge,
    sight: Mapping[str, str],
    *,
    language: str = "en",
    is_patient: bool = False,
) -> Screenful:
    """Return what is asked now, ready to be placed."""
    none = ui("None of these", language)
    if asked.sentence is not None:
        text = said(f"repeat.{asked.sentence.id}", asked.sentence.text, language)
        field = f"repeat:{asked.sentence.id}"
        return Screenful(None, (), field, text, "", "", none, asked.left)
    if asked.screen is None:
        return Screenful(None, (), "", None, "", "", none, asked.left)
    group = asked.screen.group
    cards = tuple(
        _card_of(question, asked.details, screening, knowledge, sight, language, is_patient)
        for question in asked.screen.questions
    )
    words = said(f"group.{group.id}.none", group.none, language) if group.none else none
    # A screen without these words holds numbers and duties: "none of these" means nothing there.
    can = list(asked.screen.can_be_none) if group.none else []
    return Screenful(
        said(f"group.{group.id}.title", group.title, language),
        cards,
        "",
        None,
        f"none:{group.id}",
        json.dumps(can) if can else "",
        words,
        asked.left,
    )


def _card_of(
    question: Question,
    details: Mapping[str, Sequence[Fact]],
    screening: Screening,
    knowledge: Knowledge,
    sight: Mapping[str, str],
    language: str,
    is_patient: bool,
) -> Card:
    if question.fact not in knowledge.facts:
        text = said("fact.zones_recorded", question.text, language)
        return Card("zones", text, "zones", (), sight.get("zones", ""), False)
    opens = tuple(
        card_of_fact(fact, sight, language, is_patient) for fact in details.get(question.fact, ())
    )
    card = card_of_fact(knowledge.facts[question.fact], sight, language, is_patient)
    why = () if is_patient else _why(question, screening, knowledge)
    return Card(
        card.field, card.text, card.kind, card.options, card.saw, card.is_private,
        card.unit, card.low, card.high, question.already or "", why, opens,
    )  # fmt: skip


def card_of_fact(
    fact: Fact, sight: Mapping[str, str], language: str = "en", is_patient: bool = False
) -> Card:
    """Return a question without what it could bring."""
    field = f"fact:{fact.id}"
    text = said(f"fact.{fact.id}", fact.question, language)
    options: list[Option] = []
    low = high = ""
    if isinstance(fact.type, Boolean):
        options = [Option("true", ui("Yes", language)), Option("false", ui("No", language))]
    elif isinstance(fact.type, Choice):
        options = [Option(json.dumps(w), said(f"choice.{w}", w, language)) for w in fact.type.words]
    else:
        low, high = f"{fact.type.low:g}", f"{fact.type.high:g}"
    options.append(Option("null", ui("Not sure", language)))
    if is_patient:
        options.append(Option(json.dumps(RATHER_SAY), ui("I would rather say it", language)))
    return Card(
        field, text, "choice" if not low else "number", tuple(options), sight.get(field, ""),
        fact.sensitive, "" if fact.unit == "1" else fact.unit, low, high,
    )  # fmt: skip


def _why(question: Question, screening: Screening, knowledge: Knowledge) -> tuple[Why, ...]:
    found = []
    if question.could_urgency > Urgency.NONE:
        found.append(Why("A doctor", None, urgency_tag(question.could_urgency)))
    for technique, gravest in question.could_decide.items():
        name = knowledge.techniques[technique].file.name
        found.append(Why(name, span(screening.techniques[technique].certain, gravest), None))
    for technique in question.could_limit:
        if technique not in question.could_decide:
            found.append(
                Why(f"Dose or places of {knowledge.techniques[technique].file.name}", None, None)
            )
    return tuple(found)
