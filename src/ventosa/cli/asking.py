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
    STANDARD_INPUT,
    answers_from,
    as_json,
    check_place,
    day_from,
    knowledge_from,
    record_from,
    within,
    write_whole,
)
from ventosa.cli.typed import picked_from, site_from, zone_from
from ventosa.contract import write_answers
from ventosa.contract.answers import MOST_GOAL, read_value
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
from ventosa.terms import LEVELS, TAIL_BONE, Stage, ZoneKind

_YES, _NO, _UNSURE = ("y", "yes"), ("n", "no"), ("?", "not sure")
_HELP = "b = back one screen, q = stop and keep what was answered"


class _Back(Exception):
    """The person wants the last screen again."""


class _Stop(Exception):
    """The person stops; what was answered is kept."""


class _Interrupted(Exception):
    """Input ended or was broken off; ``given`` is what was answered until then."""

    def __init__(self, given: Answers) -> None:
        super().__init__()
        self.given = given


_ENDS = (click.Abort, EOFError, KeyboardInterrupt, UnicodeDecodeError)
"""How typed input ends before the interview does; the last is input that is not UTF-8."""


@dataclass(frozen=True, slots=True)
class _Case:
    knowledge: Knowledge
    record: PatientRecord | None
    on: date
    stage: Stage

    def screen(self, answers: Answers) -> Screening:
        return screen(answers, self.record, self.knowledge, on=self.on, stage=self.stage)


def list_questions(folder: str | None, overlay: str | None) -> None:
    """Print every question with its id and answers."""
    known = knowledge_from(folder, overlay)
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
    overlay: str | None,
    codes: str,
) -> int:
    """Ask, keep every screen's answers, and return the screening's exit code; 1 if broken off."""
    if STANDARD_INPUT in (bundle, answers, previous):
        raise InputError(STANDARD_INPUT, "standard input is where the answers are typed")
    if answers is not None and previous is not None:
        raise InputError("--previous", "give either --answers (go on) or --previous (a new visit)")
    known = knowledge_from(folder, overlay)
    day = day_from(on)
    case = _Case(known, record_from(bundle, known, Path(codes), day), day, Stage(stage))
    target = None if out is None else Path(out)
    if target is not None:
        check_place(target)
    given = _given(case, answers, previous)
    ended = False
    try:
        if previous is not None:
            given = _repeat(case, given)
        given = _interview(case, replace(given, answered_on=day), target)
    except _Interrupted as interrupted:
        given, ended = interrupted.given, True
    except _ENDS:  # in the sentences of a repeat visit: the earlier answers stand as they were
        _say("\nStopped. Nothing was changed.")
        return 1
    _keep(given, target)
    if target is None:
        click.echo(as_json(write_answers(given)).encode())
    if ended:
        _say(f"\nStopped. What was answered is kept{f' in {target}' if target else ' above'}.")
        return 1
    return case.screen(given).exit


def _given(case: _Case, answers: str | None, previous: str | None) -> Answers:
    """The answers to begin with: of this visit, of the last one, or none."""
    given = answers_from(answers if previous is None else previous, case.knowledge)
    earlier = given.answered_on
    if answers is not None and earlier not in (None, case.on):
        # Answered today into answers of another day, nothing would count and all be asked again.
        problem = f"are of {earlier}, not of {case.on}: a new visit begins with --previous"
        raise InputError(answers, problem)
    if previous is not None and earlier is not None and earlier > case.on:
        raise InputError(previous, f"answered_on lies after {case.on}")
    try:
        case.screen(replace(given, answered_on=case.on))  # what cannot be is told before the work
    except InputError as error:
        raise within(answers or previous or "", error) from None
    return given


def _interview(case: _Case, given: Answers, target: Path | None) -> Answers:
    """Screens until nothing more can change the outcome; the last ones can be taken back."""
    _say(f"Answers are kept after every screen{f' in {target}' if target else ''}. {_HELP}.")
    done: list[Answers] = []
    while True:
        try:
            asked = _next(case, given)
        except _Stop:
            return given
        except _Back:
            given = done.pop() if done else given
            continue
        except _ENDS:
            raise _Interrupted(given) from None
        if asked is None:
            return given
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
    return _read_as_typed(text).lower()


def _read_as_typed(text: str) -> str:
    line: str = click.prompt(text, default="", show_default=False, err=True).strip()
    if line.lower() == "b":
        raise _Back
    if line.lower() == "q":
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
        if line == "q":
            raise click.Abort
        _say("Answer y, or none; q = stop.")


def _ask_complaint(case: _Case, given: Answers) -> Answers:
    _say("\nThe pain")
    now = _number("Pain now, 0 to 10 (enter = not asked)", 10)
    week = _number("Pain in the last week, on average, 0 to 10 (enter = not asked)", 10)
    onset = _day("When did this pain begin? A date as 2026-09-30 (enter = not known)", case.on)
    return replace(given, complaint=Complaint(now, week, onset, _goal()))


def _goal() -> str | None:
    while True:
        goal = _read_as_typed("What do you want to do again? (enter = not asked)")
        if len(goal) <= MOST_GOAL and goal.isprintable():
            return goal or None
        _say(f"One line of text, at most {MOST_GOAL} characters.")


def _number(text: str, high: int) -> int | None:
    while True:
        line = _read(text)
        if not line:
            return None
        if line.isdecimal() and len(line) < 4 and int(line) <= high:
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
        picked = picked_from(line, len(listed))
        if picked is None:
            _say("Numbers such as 2 5 ?7, or the word none. Nothing is taken as a no.")
            continue
        return _with_others(case, listed, *picked)


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
        line = _read(f"Finding {len(zones) + 1} (enter = no more, none = nothing found)")
        if line in ("none", "nothing") and not zones:
            return ()
        if not line:
            if zones or _read("Nothing found on the whole back? [y / no]") in _YES:
                return tuple(zones)
            continue
        try:
            zones.append(zone_from(line))
        except InputError as error:
            _say(f"{error.problem.capitalize()}.")


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
