"""The interview in a terminal: screen by screen, with undo, and nothing lost.

A list of yes-or-no questions is answered by the numbers that are yes; what is not named is a no
only after "none of the others" was said on purpose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import click

from ventosa.cli.inputs import (
    answers_from,
    as_json,
    day_from,
    knowledge_from,
    record_from,
    write_whole,
)
from ventosa.contract import write_answers
from ventosa.contract.answers import read_value
from ventosa.interview import Screen, answer, next_screen, not_riskier, repeat_visit
from ventosa.knowledge import Knowledge
from ventosa.logic import Boolean, Choice, Number
from ventosa.record import (
    Answers,
    Complaint,
    InputError,
    PalpatedSite,
    PatientRecord,
    Question,
    Screening,
    Value,
    Zone,
)
from ventosa.screening import screen
from ventosa.terms import LEVELS, TAIL_BONE, Side, Stage, ZoneKind

_YES, _NO, _UNSURE = ("y", "yes"), ("n", "no"), ("?", "not sure")
_HELP = "b = back one screen, q = stop and keep what was answered"


class _Back(Exception):
    """The person wants the last screen again."""


class _Stop(Exception):
    """The person stops; what was answered is kept."""


@dataclass(frozen=True, slots=True)
class _Case:
    knowledge: Knowledge
    record: PatientRecord | None
    on: date
    stage: Stage

    def screen(self, answers: Answers) -> Screening:
        return screen(answers, self.record, self.knowledge, on=self.on, stage=self.stage)


def list_questions(folder: str | None) -> None:
    """Print every question with its id and answers."""
    known = knowledge_from(folder)
    for group in sorted(known.groups.values(), key=lambda g: g.order):
        click.echo(group.title)
        for fact in known.facts.values():
            if fact.group == group.id and fact.zone is None and fact.id != "zones_recorded":
                click.echo(f"  {fact.id:32} {_kind_words(fact.type):24} {fact.question}")


def _kind_words(kind: Boolean | Choice | Number) -> str:
    match kind:
        case Choice(words):
            return " | ".join(words)
        case Number(low, high):
            return f"{low:g} to {high:g}"
    return "true | false"


def run_ask(
    bundle: str | None,
    answers: str | None,
    previous: str | None,
    on: str | None,
    stage: str,
    out: str | None,
    folder: str | None,
    codes: str,
) -> int:
    """Ask, keep every screen's answers, and return the screening's exit code."""
    known = knowledge_from(folder)
    day = day_from(on)
    case = _Case(known, record_from(bundle, known, Path(codes), day), day, Stage(stage))
    if answers is not None and previous is not None:
        raise InputError("--previous", "give either --answers (go on) or --previous (a new visit)")
    given = answers_from(answers if previous is None else previous, known)
    target = None if out is None else Path(out)
    try:
        if previous is not None:
            given = _repeat(case, given)
        given = replace(given, answered_on=given.answered_on or day)
        finished = _interview(case, given, target)
    except (click.Abort, EOFError, KeyboardInterrupt):
        kept = f" What was answered is kept in {target}." if target and target.exists() else ""
        _say(f"\nStopped.{kept}")
        return 1
    _keep(finished, target)
    if target is None:
        click.echo(as_json(write_answers(finished)))
    return case.screen(finished).exit


def _interview(case: _Case, given: Answers, target: Path | None) -> Answers:
    """Screens until nothing more can change the outcome; the last ones can be taken back."""
    _say(f"Answers are kept after every screen{f' in {target}' if target else ''}. {_HELP}.")
    done: list[Answers] = []
    while True:
        try:
            step = _next(case, given)
            if step is None:
                return given
            asked = step
        except _Stop:
            return given
        except _Back:
            given = done.pop() if done else given
            continue
        done.append(given)
        given = asked
        _keep(given, target)


def _next(case: _Case, given: Answers) -> Answers | None:
    if given.complaint is None:
        return _ask_complaint(case, given)
    screening = case.screen(given)
    on_screen = next_screen(screening, case.knowledge)
    if on_screen is not None:
        left = len({question.group for question in screening.ask})
        return _ask_screen(case, given, on_screen, left)
    if not given.complaint.sites:
        return _ask_sites(given)
    return None


def _keep(given: Answers, target: Path | None) -> None:
    if target is not None:
        write_whole(target, as_json(write_answers(given)) + "\n")


def _say(text: str) -> None:
    click.echo(text, err=True)


def _read(text: str) -> str:
    """One line from the person; ``b`` and ``q`` mean the same everywhere."""
    line: str = click.prompt(text, default="", show_default=False, err=True).strip().lower()
    if line == "b":
        raise _Back
    if line == "q":
        raise _Stop
    return line


# --- repeat visit and complaint -------------------------------------------------------------


def _repeat(case: _Case, previous: Answers) -> Answers:
    _say(f"Repeat visit. Last answers: {previous.answered_on or 'without a date'}.")
    none_of = []
    for sentence in case.knowledge.repeat:
        if not _yes_or_none(sentence.text):
            none_of.append(sentence.id)
    new = _yes_or_none(case.knowledge.repeat_anything_new)
    return repeat_visit(previous, case.knowledge, on=case.on, none_of=none_of, anything_new=new)


def _yes_or_none(text: str) -> bool:
    while True:
        line = click.prompt(f"{text} [y / none]", err=True).strip().lower()
        if line in _YES:
            return True
        if line in ("none", "n", "no"):
            return False
        _say("Answer y, or none.")


def _ask_complaint(case: _Case, given: Answers) -> Answers:
    _say("\nThe pain")
    now = _number("Pain now, 0 to 10 (enter = not asked)", 10)
    week = _number("Pain in the last week, on average, 0 to 10 (enter = not asked)", 10)
    onset = _day("When did this pain begin? A date as 2026-09-30 (enter = not known)", case.on)
    goal = _read("What do you want to do again? (enter = not asked)") or None
    return replace(given, complaint=Complaint(now, week, onset, goal))


def _number(text: str, high: int) -> int | None:
    while True:
        line = _read(text)
        if not line:
            return None
        if line.isdigit() and int(line) <= high:
            return int(line)
        _say(f"A whole number from 0 to {high}.")


def _day(text: str, latest: date) -> date | None:
    while True:
        line = _read(text)
        if not line:
            return None
        try:
            day = date.fromisoformat(line)
        except ValueError:
            _say("A date such as 2026-09-30.")
            continue
        if day <= latest:
            return day
        _say(f"A date not after {latest}.")


# --- one screen of questions ----------------------------------------------------------------


def _ask_screen(case: _Case, given: Answers, on_screen: Screen, left: int) -> Answers:
    group = on_screen.group
    _say(f"\n{group.title}   ({left} {'screen' if left == 1 else 'screens'} left, at most)")
    if group.intro:
        _say(group.intro)
    listed = [q for q in on_screen.questions if q.fact in on_screen.can_be_none]
    for question in on_screen.questions:
        if question.fact == "zones":
            given = replace(given, zones=_ask_zones())
        elif question not in listed:
            given = answer(given, {question.fact: _ask_one(case, question)})
    return answer(given, _ask_list(case, listed)) if listed else given


def _ask_list(case: _Case, listed: list[Question]) -> Mapping[str, Value | None]:
    if len(listed) == 1:
        return {listed[0].fact: _ask_one(case, listed[0])}
    for number, question in enumerate(listed, 1):
        hint = f"  ({question.already})" if question.already else ""
        _say(f"  {number:2}  {question.text}{hint}")
    while True:
        line = _read("Numbers that are yes (?3 = not sure about 3), or none")
        if line in ("none", "n", "no"):
            return {q.fact: not_riskier(case.knowledge.facts[q.fact]) for q in listed}
        picked = _picked(line, len(listed))
        if picked is None:
            _say("Numbers such as 2 5 ?7, or the word none. Nothing is taken as a no.")
            continue
        return _with_others(case, listed, *picked)


def _picked(line: str, count: int) -> tuple[set[int], set[int]] | None:
    yes: set[int] = set()
    unsure: set[int] = set()
    for word in line.replace(",", " ").split():
        number = word.removeprefix("?")
        if not number.isdigit() or not 1 <= int(number) <= count:
            return None
        (unsure if word.startswith("?") else yes).add(int(number))
    return (yes, unsure) if yes or unsure else None


def _with_others(
    case: _Case, listed: list[Question], yes: set[int], unsure: set[int]
) -> Mapping[str, Value | None]:
    given: dict[str, Value | None] = {}
    others = []
    for number, question in enumerate(listed, 1):
        if number in yes:
            given[question.fact] = _yes(case, question)
        elif number in unsure:
            given[question.fact] = None
        else:
            others.append(question)
    if others and _read("None of the others? [y / no]") in _YES:
        return given | {q.fact: not_riskier(case.knowledge.facts[q.fact]) for q in others}
    for question in others:
        given[question.fact] = _ask_one(case, question)
    return given


def _yes(case: _Case, question: Question) -> Value | None:
    """A yes to a listed question; one with several words is asked which."""
    if isinstance(case.knowledge.facts[question.fact].type, Boolean):
        return True
    return _ask_one(case, question)


def _ask_one(case: _Case, question: Question) -> Value | None:
    fact = case.knowledge.facts[question.fact]
    hint = f" ({question.already})" if question.already else ""
    offered = " / ".join(question.choices[:-1])
    while True:
        line = _read(f"{question.text}{hint} [{offered}, ? = not sure]")
        if line in _UNSURE:
            return None
        try:
            return read_value(fact.id, fact, _typed(fact.type, line))
        except InputError as error:
            _say(f"{error.problem.capitalize()}.")


def _typed(kind: Boolean | Choice | Number, line: str) -> object:
    if isinstance(kind, Boolean):
        return True if line in _YES else False if line in _NO else line
    if isinstance(kind, Number):
        try:
            return float(line.replace(",", "."))
        except ValueError:
            return line
    return line


# --- the map --------------------------------------------------------------------------------


def _ask_zones() -> tuple[Zone, ...]:
    _say("Look at the whole back. Kinds: " + ", ".join(ZoneKind))
    _say("Write one finding a line: scar left L3 40 15 (level, mm from midline, radius in mm)")
    _say("or a band: surgery both L4-S1. An empty line ends the list.")
    zones: list[Zone] = []
    while True:
        line = _read(f"Finding {len(zones) + 1} (enter = no more)")
        if not line:
            if zones or _read("Nothing found on the whole back? [y / no]") in _YES:
                return tuple(zones)
            continue
        try:
            zones.append(zone_from(line))
        except InputError as error:
            _say(f"{error.problem.capitalize()}.")


def zone_from(line: str) -> Zone:
    """Return the zone of a line such as ``scar left L3 40 15`` or ``surgery both L4-S1``.

    Raises:
        InputError: the line is not a zone.
    """
    words = line.split()
    form = "write kind, side, level, mm from midline, radius; or kind, side, L4-S1"
    try:
        kind, side = ZoneKind(words[0]), Side(words[1])
        numbers = [float(word) for word in words[3:]]
        place = words[2].upper()
    except (ValueError, IndexError):
        raise InputError("", form) from None
    if "-" in place:
        first, _, last = place.partition("-")
        low, high = (*numbers, None, None)[:2]
        return Zone(
            kind,
            side,
            from_level=first,
            to_level=last,
            lateral_from_mm=low,
            lateral_to_mm=high,
        )
    if len(numbers) != 2:
        raise InputError("", form)
    return Zone(kind, side, level=place, lateral_mm=numbers[0], radius_mm=numbers[1])


def _ask_sites(given: Answers) -> Answers:
    _say("\nPalpation: one place a line: L4 both 2 1 (level, side, tension 0-3, tenderness 0-3)")
    _say(f"Levels {LEVELS[0]} to {LEVELS[-1]} ({TAIL_BONE} only as the end of a band).")
    sites: list[PalpatedSite] = []
    while True:
        line = _read(f"Place {len(sites) + 1} (enter = no more)")
        if not line:
            complaint = given.complaint or Complaint()
            if not sites:
                raise _Stop
            return replace(given, complaint=replace(complaint, sites=tuple(sites)))
        try:
            sites.append(site_from(line))
        except InputError as error:
            _say(f"{error.problem.capitalize()}.")


def site_from(line: str) -> PalpatedSite:
    """Return the palpated site of a line such as ``L4 both 2 1`` or ``T7 left 1 0 45``.

    Raises:
        InputError: the line is not a palpated site.
    """
    words = line.split()
    try:
        level, side = words[0].upper(), Side(words[1])
        tension, tenderness = int(words[2]), int(words[3])
        lateral = float(words[4]) if len(words) > 4 else None
    except (ValueError, IndexError):
        raise InputError("", "write level, side, tension 0-3, tenderness 0-3") from None
    return PalpatedSite(level, side, tension, tenderness, lateral)
