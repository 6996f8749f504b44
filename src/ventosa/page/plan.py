"""The plan page: one self-contained HTML file for the practitioner, with a sheet for the person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ventosa.drawing import ENGLISH, draw_back, drawn_width_mm
from ventosa.geometry import Frame
from ventosa.page import doses, findings, questions, sentences, words
from ventosa.page.findings import Card
from ventosa.page.patient import SAFETY_NET, PatientSheet, patient_sheet
from ventosa.page.sentences import PAPER_SOURCES, Lines, References, Source
from ventosa.page.words import PersonHead, PlanStanding, TechniqueWords
from ventosa.record import InputError, PalpatedSite, Plan, Regimen, Said, Screening
from ventosa.terms import Technique, Urgency

PAPER_QUESTIONS = 3
PAPER_FINDINGS = 4
PAPER_LETTERS = 980
PAPER_AROUND_LETTERS = 330
PAPER_LINE = 200
"""How much of each part the one printed sheet holds; the rest is named and stays on the page."""
PAPER_DRAWING_MM = 58
PAPER_SMALL_DRAWING_MM = 56
CLOSE_LETTERS = 900
TIGHT_LETTERS = 1500


@dataclass(frozen=True, slots=True)
class Before:
    """A check at the start of a session with its answer, ``None`` where nobody answered yet."""

    question: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A fact on which record and answer differ, and what was used."""

    fact: str
    record: str
    answer: str
    used: str
    why: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What the separate checker said; ``kind`` is the ink."""

    kind: str
    lead: str
    text: str


def plan_page(
    plan: Plan,
    screening: Screening,
    *,
    person: PersonHead,
    frame: Frame,
    sites: Sequence[PalpatedSite],
    techniques: Mapping[Technique, TechniqueWords],
    to_ask: Sequence[Said] = (),
    broken_limits: Sequence[str] | None = None,
    phrases: Mapping[str, str] | None = None,
    standing: PlanStanding | None = None,
) -> str:
    """The whole page as HTML: style, icons and drawings inside, no script, no outside request.

    ``techniques`` names all seven. ``to_ask`` holds questions the person may want to ask; without
    it four stand there. ``broken_limits`` is what the separate checker found, ``None`` where it
    was not asked. ``phrases`` gives words for ids of facts and advice. ``standing`` says who
    accepted it; ``None`` = a proposal. Raises ``InputError`` where a technique has no words.
    """
    parts = plan_parts(
        plan,
        screening,
        person=person,
        frame=frame,
        sites=sites,
        techniques=techniques,
        broken_limits=broken_limits,
        phrases=phrases,
    )
    context = {
        **parts,
        "css": _css(),
        "standing": standing or PlanStanding("Proposed plan"),
        "running_head": Markup(words.running_head(person, screening.on)),
        "sheet": _sheet(plan, screening, person, to_ask, frame, parts["has_zones"]),
    }
    return _environment().get_template("plan.html.j2").render(context)


def plan_parts(
    plan: Plan,
    screening: Screening,
    *,
    person: PersonHead,
    frame: Frame,
    sites: Sequence[PalpatedSite],
    techniques: Mapping[Technique, TechniqueWords],
    broken_limits: Sequence[str] | None = None,
    phrases: Mapping[str, str] | None = None,
    styled: bool = True,
    labels: Mapping[str, str] = ENGLISH,
) -> dict[str, Any]:
    """The parts of the page by name, in words and ready to be placed by any template.

    Arguments and errors are those of ``plan_page``. With ``styled=False`` the drawings hold no
    style of their own, for a page that has the rules of a drawing as a style sheet; ``labels`` are
    the words on them.
    """
    _check_words(techniques)
    phrases = phrases or {}
    refs = sentences.references(plan.references)
    before = () if plan.technique is None else _before(screening)
    said = _sentences(plan, refs, _letters_left(screening, before))
    decided, still_open = findings.findings(
        plan, screening, techniques, refs, phrases, PAPER_FINDINGS
    )
    evidence = refs.of(plan.evidence.sources)
    referral_first = screening.urgency.certain >= Urgency.URGENT or plan.technique is None
    open_questions = questions.asks(screening, techniques, PAPER_QUESTIONS)
    return {
        **_heading(person, screening),
        "plan": plan,
        "basis": _basis(plan),
        "evidence_sources": evidence,
        "outside": [words.sentence(words.phrase(x, phrases)) for x in screening.outside_studied],
        "referral_first": referral_first,
        "end_is_taller": referral_first or len(open_questions) >= PAPER_QUESTIONS,
        "before": before,
        "techniques": findings.technique_rows(plan, screening, techniques),
        "conflicts": _conflicts(screening, phrases),
        "references": sentences.marked(refs, _cited_on_paper(said, decided, evidence)),
        "checked": _checked(broken_limits),
        "density": _density(said),
        **_figure(plan, screening, frame, sites, labels, styled=styled),
        **_dosing(plan, screening, techniques),
        **_asking(plan, screening, open_questions, phrases),
        **_deciding(decided, still_open),
        **_session(plan, refs, said),
    }


def _heading(person: PersonHead, screening: Screening) -> dict[str, Any]:
    return {
        "person": person.name or words.NAME_NOT_GIVEN,
        "head": words.head_line(person, screening.on),
        "urgency": questions.urgency_line(screening),
        "version": screening.knowledge_version,
        "sha256": screening.knowledge_sha256,
    }


def _sheet(
    plan: Plan,
    screening: Screening,
    person: PersonHead,
    to_ask: Sequence[Said],
    frame: Frame,
    has_zones: bool,
) -> PatientSheet:
    scale = _paper_scale(frame, PAPER_SMALL_DRAWING_MM)
    course = _course(plan.regimen)
    return patient_sheet(
        plan, screening, person, to_ask, scale, course, frame=frame, has_zones=has_zones
    )


def _letters_left(screening: Screening, before: Sequence[Before]) -> int:
    """How many letters of advice fit on the one sheet beside what always stands there."""
    taken = sum(len(check.question) for check in before)
    taken += PAPER_LINE * (len(screening.conflicts) + len(screening.outside_studied))
    return max(0, PAPER_LETTERS - taken)


def _figure(
    plan: Plan,
    screening: Screening,
    frame: Frame,
    sites: Sequence[PalpatedSite],
    labels: Mapping[str, str],
    *,
    styled: bool,
) -> dict[str, Any]:
    zones = [closed.zone for closed in findings.closed_zones(plan, screening)]
    title = f"The back: {plan.title}"
    cups = plan.placements
    drawn = partial(draw_back, frame, zones=zones, placements=cups, title=title, styled=styled)
    drawn = partial(drawn, words=labels)
    back, sheet = drawn(sites=sites, prefix="back"), drawn(prefix="sheet")
    return {
        "drawings": {"back": Markup(back), "sheet": Markup(sheet)},
        "has_zones": bool(zones),
        "caption": _caption(plan, frame),
        "frame_origin": words.sentence(plan.frame.origin),
        "paper_scale": _paper_scale(frame, PAPER_DRAWING_MM),
        "key": _key(sites, bool(zones)),
        "cups": doses.cup_rows(plan.placements),
        "cups_note": _cups_note(plan),
        "one_size": len({cup.inner_diameter_mm for cup in plan.placements}) == 1,
    }


def _dosing(
    plan: Plan, screening: Screening, techniques: Mapping[Technique, TechniqueWords]
) -> dict[str, Any]:
    if plan.technique is None:
        return {"doses": (), "product": doses.dose_product(plan.dose, None)}
    chosen = screening.techniques[plan.technique].limits
    return {
        "doses": doses.dose_cells(plan, chosen, techniques[plan.technique]),
        "product": doses.dose_product(plan.dose, chosen),
    }


def _asking(
    plan: Plan, screening: Screening, asked: Sequence[Any], phrases: Mapping[str, str]
) -> dict[str, Any]:
    return {
        "asks": asked,
        "asks_note": questions.ask_note(screening, plan),
        "asks_more": _asks_more(len(asked)),
        "unresolved": [
            (words.sentence(words.phrase(u.fact, phrases)), words.sentence(u.resolved_by))
            for u in screening.unresolved
        ],
    }


def _deciding(decided: Sequence[Card], still_open: Sequence[Card]) -> dict[str, Any]:
    return {
        "decided": decided,
        "decided_note": _decided_note(len(decided), len(still_open)),
        "decided_more": _titles_more([card.title for card in decided if not card.on_paper]),
        "still_open": still_open,
        "still_open_paper": _titles_more([card.title for card in still_open], "still open"),
    }


def _session(plan: Plan, refs: References, said: Mapping[str, Lines]) -> dict[str, Any]:
    return {
        "referral": said["referral"],
        "around": said["around"],
        "course": _course(plan.regimen),
        "session": (said["preparation"], said["monitor"], said["aftercare"], said["expect"]),
        "steps": (said["step_up"], said["stop_rule"]),
        "safety_net": said["safety_net"],
        "why": [
            (w.choice.replace("_", " ").capitalize(), words.sentence(w.because), refs.of(w.sources))
            for w in plan.why
        ],
    }


def _check_words(techniques: Mapping[Technique, TechniqueWords]) -> None:
    missing = [technique.value for technique in Technique if technique not in techniques]
    if missing:
        raise InputError("techniques", f"no words for {', '.join(missing)}")


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("ventosa.page", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=words.not_turning,
    )


@cache
def _css() -> Markup:
    room = files("ventosa.page")
    return Markup(
        "\n".join(
            room.joinpath(name).read_text("utf-8") for name in ("styles/tokens.css", "plan.css")
        )
    )


_HEADINGS = {
    "referral": "Referral",
    "monitor": "During",
    "stop_rule": "Stop",
    "aftercare": "After",
    "expect": "To expect",
    "preparation": "Preparation",
    "step_up": "Step up",
}
"""The parts of the session, those that keep a person safe first: they keep most on paper."""


def _sentences(plan: Plan, refs: References, letters: int) -> dict[str, Lines]:
    net = [item for item in plan.referral if item.kind == SAFETY_NET]
    parts: dict[str, Sequence[Said]] = {
        name: getattr(plan, name) for name in _HEADINGS if name != "referral"
    }
    parts = {"referral": [item for item in plan.referral if item.kind != SAFETY_NET], **parts}
    own = {
        name: [item for item in items if not sentences.for_person(item)]
        for name, items in parts.items()
    }
    kept = sentences.share(own, letters)
    around = sentences.share({"around": plan.co_interventions}, PAPER_AROUND_LETTERS)["around"]
    heading = "Around the cups" if plan.technique else "In place of cups"
    said = {
        name: sentences.said(_HEADINGS[name], items, refs, kept[name])
        for name, items in parts.items()
    }
    return said | {
        "around": sentences.said(heading, plan.co_interventions, refs, around),
        "safety_net": sentences.said("When to call", net, refs, 0),
    }


def _cited_on_paper(
    said: Mapping[str, Lines], decided: Sequence[Card], evidence: Sequence[Source]
) -> list[Source]:
    lines = [x.sources for part in said.values() for x in part.lines if x.on_paper]
    cards = [card.sources for card in decided if card.on_paper]
    return [source for sources in (evidence, *lines, *cards) for source in sources[:PAPER_SOURCES]]


def _density(said: Mapping[str, Lines]) -> str:
    weight = sum(part.weight for part in said.values())
    if weight > TIGHT_LETTERS:
        return "tight"
    return "close" if weight > CLOSE_LETTERS else "roomy"


def _caption(plan: Plan, frame: Frame) -> str:
    sizes = sorted({cup.inner_diameter_mm for cup in plan.placements})
    inside = f" Cups {' and '.join(words.amount(s) for s in sizes)} mm inside;" if sizes else ""
    distances = " distances run from the midline to the centre of the cup." if sizes else ""
    return (
        f"Seen from behind, to scale.{inside}{distances} "
        f"A level may be {frame.error_mm:.0f} mm off: feel for it."
    )


def _paper_scale(frame: Frame, width_mm: float) -> str:
    return f"On paper 1\N{NO-BREAK SPACE}:\N{NO-BREAK SPACE}{drawn_width_mm(frame) / width_mm:.1f}."


def _key(sites: Sequence[PalpatedSite], anything_closed: bool) -> tuple[tuple[str, str], ...]:
    densities = {1: "slight", 2: "clear", 3: "marked"}
    found = sorted({site.tension for site in sites if site.tension})
    key = [(f"tension-{grade}", densities[grade]) for grade in found]
    if key:
        key[-1] = (key[-1][0], f"{key[-1][1]} tension")
    if any(site.tenderness for site in sites):
        key.append(("tender", "tenderness, 1 to 3"))
    if anything_closed:
        key.append(("closed", "closed"))
    return tuple(key)


def _cups_note(plan: Plan) -> str:
    if plan.technique is None:
        return "No cups today."
    parts = [plan.posture.replace("_", " ").capitalize()]
    if plan.cover is not None:
        parts.append(f"{int(plan.cover * 100)} % of the tension that was felt lies under a cup")
    return words.sentence(". ".join(filter(None, parts)))


def _basis(plan: Plan) -> str:
    return " · ".join(
        filter(None, (f"{plan.evidence.certainty.capitalize()} certainty", plan.evidence.basis))
    )


def _asks_more(number: int) -> str:
    left = number - PAPER_QUESTIONS
    return f"{words.count(left, 'more question')} on the full page." if left > 0 else ""


def _decided_note(decided: int, still_open: int) -> str:
    note = words.count(decided, "finding")
    if decided > 1:
        note += " · gravest first"
    return note + (f" · {still_open} still open" if still_open else "")


def _titles_more(titles: Sequence[str], what: str = "more") -> str:
    if not titles:
        return ""
    named = "; ".join(words.shortened(title, 48) for title in titles[:6])
    tail = f"; and {len(titles) - 6} others" if len(titles) > 6 else ""
    return f"{len(titles)} {what}: {named}{tail}."


def _before(screening: Screening) -> tuple[Before, ...]:
    return tuple(
        Before(check.question, None if check.answer is None else words.answer(check.answer))
        for check in screening.before_start
    )


def _course(regimen: Regimen | None) -> str:
    if regimen is None:
        return ""
    return (
        f"{words.count(regimen.sessions, 'session')}, at most {regimen.per_week} a week, at least "
        f"{words.count(regimen.min_days_between, 'day')} apart. Look again after "
        f"{words.count(regimen.review_after_sessions, 'session')} or "
        f"{words.count(regimen.review_after_weeks, 'week')}; stop for review at "
        f"{words.count(regimen.stop_after_sessions, 'session')}."
    )


def _conflicts(screening: Screening, phrases: Mapping[str, str]) -> tuple[Disagreement, ...]:
    return tuple(
        Disagreement(
            words.sentence(words.phrase(conflict.fact, phrases)).rstrip("."),
            words.answer(conflict.record),
            words.answer(conflict.answer),
            words.answer(conflict.used),
            words.sentence(conflict.why),
        )
        for conflict in screening.conflicts
    )


def _checked(broken: Sequence[str] | None) -> Checked:
    if broken is None:
        return Checked("plain", "Not checked.", "The separate checker was not asked.")
    if not broken:
        return Checked("ok", "Checked.", "0 limits broken.")
    text = f"{words.count(len(broken), 'limit')} broken: {'; '.join(broken)}"
    return Checked("avoid", "Checked.", words.sentence(text))
