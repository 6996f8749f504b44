"""Every English sentence that has an id, and so may have a translation."""

from ventosa.knowledge import Knowledge, Library
from ventosa.languages.catalogue import words
from ventosa.logic import Choice
from ventosa.terms import Decision, Side, Urgency, ZoneKind


def sources_of(knowledge: Knowledge, library: Library) -> dict[str, str]:
    """Return all English sentences by id, in the order in which a translator meets them.

    An overlay's own questions are among them; they stay English until somebody translates them.
    """
    return {
        **_questions(knowledge),
        **_terms(knowledge),
        **_advice(library),
        **{f"ui.{text}": text for text in (*words().words, *words().counts)},
    }


def _questions(knowledge: Knowledge) -> dict[str, str]:
    found: dict[str, str] = {}
    for group in sorted(knowledge.groups.values(), key=lambda group: group.order):
        lines = {"title": group.title, "none": group.none, "intro": group.intro}
        found |= {f"group.{group.id}.{name}": text for name, text in lines.items() if text}
    found |= {f"fact.{fact.id}": fact.question for fact in knowledge.facts.values()}
    choices = [fact.type for fact in knowledge.facts.values() if isinstance(fact.type, Choice)]
    found |= {f"choice.{word}": word for choice in choices for word in choice.words}
    found |= {f"repeat.{sentence.id}": sentence.text for sentence in knowledge.repeat}
    return found | {"repeat.anything_new": knowledge.repeat_anything_new}


def _terms(knowledge: Knowledge) -> dict[str, str]:
    """Words of the closed lists: their own word, or how the rulebook writes them."""
    found = {f"decision.{decision.word}": decision.word for decision in Decision}
    found |= {f"urgency.{urgency.word}": urgency.word for urgency in Urgency}
    for technique, table in knowledge.techniques.items():
        lines = {"title": table.file.title, "name": table.file.name, "how": table.file.how}
        found |= {f"technique.{technique}.{name}": text for name, text in lines.items()}
    found |= {f"zone.{kind}": kind.replace("_", " ") for kind in ZoneKind}
    return found | {f"side.{side}": str(side) for side in Side}


def _advice(library: Library) -> dict[str, str]:
    found: dict[str, str] = {}
    for advice in library.advice:
        if advice.audience != "practitioner":
            found[f"advice.{advice.id}"] = advice.text
            if advice.myth:
                found[f"advice.{advice.id}.myth"] = advice.myth
    for event in library.adverse_events:
        found |= {f"adverse.{event.id}": event.title, f"adverse.{event.id}.look": event.look_for}
    return found | {f"evidence.{entry.id}": entry.text for entry in library.evidence}
