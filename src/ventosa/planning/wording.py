"""The title and the summary of a plan, with cups and without."""

from ventosa.planning.case import Case, Choice, Tried
from ventosa.terms import Side, Technique, Urgency

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def _word(number: float | None) -> str:
    if number is not None and number == int(number) and int(number) < len(_NUMBERS):
        return _NUMBERS[int(number)]
    return f"{number:g}"


def title_of(case: Case, choice: Choice | None) -> str:
    """Return the title of a plan: what is done, or that nothing is."""
    if choice is None:
        return _title_without_cups(case)
    dose = choice.dose
    name = case.knowledge.techniques[choice.technique].file.name.replace(", static", "").lower()
    if choice.technique is Technique.MOVING:
        return f"One moving cup, {_word(dose.retention_min)} minutes a region"
    cups = f"{_word(dose.cups)} {name} {'cup' if dose.cups == 1 else 'cups'}"
    if dose.retention_min is None:
        return f"{cups}, {_word(dose.repetitions)} touches each".capitalize()
    return f"{cups}, {_word(dose.retention_min)} minutes".capitalize()


def _title_without_cups(case: Case) -> str:
    if case.screening.urgency.certain is Urgency.EMERGENCY:
        return "No cups. Emergency: call now"
    return {
        0: "No cups today: no place is free for one",
        3: "No cups yet: answers are missing",
    }.get(case.screening.exit, "No cups: another way first")


def summary_of(case: Case, tried: Tried) -> str:
    """Return one or two sentences under the title: where, and how much is covered."""
    choice = tried.choice
    if choice is None:
        return _summary_without_cups(case)
    levels = list(dict.fromkeys(p.level for p in choice.placements))
    sides = {placement.side for placement in choice.placements}
    where = " and ".join([", ".join(levels[:-1]), levels[-1]] if len(levels) > 1 else levels)
    side = "both sides" if len(sides) == 2 else f"the {next(iter(sides))}"
    if choice.image_on is not None:
        felt = Side.LEFT if choice.image_on is Side.RIGHT else Side.RIGHT
        side = f"the {felt}, where it was felt, and its mirror image on the {choice.image_on}"
    covered = ""
    if choice.cover is not None:
        covered = f" {int(choice.cover * 100)} % of the tension that was felt lies under a cup."
    how = "as near to what was felt as the closed places allow"
    if choice.by_hand:
        how = "placed by hand"
    return f"At {where} on {side}, {how}.{covered}"


def _summary_without_cups(case: Case) -> str:
    screening = case.screening
    if screening.urgency.certain is Urgency.EMERGENCY:
        return "Do not treat. What was found needs a hospital now."
    if screening.exit == 3:
        count = len(screening.ask)
        opened = "1 question is" if count == 1 else f"{count} questions are"
        until = "it is" if count == 1 else "they are"
        return (
            f"{opened} open that could forbid cups. Until {until} answered: movement, knowledge, "
            "and a doctor where named."
        )
    if screening.exit == 0:
        return (
            "A technique may be used, but no cup fits where it was felt, between the closed places "
            "and the edges of the muscle. Movement and knowledge carry the care."
        )
    return "Movement and knowledge carry the care; who should see the person is said below."
