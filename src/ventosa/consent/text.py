"""The text that a person reads before signing: one for each technique, photos and teaching apart.

It says what the knowledge files carry, word for word, and little else. Sentences that no file
carries are marked editorial. It holds no promise: benefit is said as the evidence files say it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ventosa.consent.agreed import ConsentKind
from ventosa.knowledge.files import AdviceFile, File
from ventosa.knowledge.model import Knowledge, Library
from ventosa.record import InputError, KnowledgeError, Said
from ventosa.terms import Technique

SOURCE_LANGUAGE = "en"
"""The language in which the texts are written; every other one is a translation."""

OURS = "This sentence is ours; the clinic's medical lead decides."

HEADINGS = {
    "done": "What is done",
    "felt": "What you may feel and see",
    "harm": "What can go wrong",
    "evidence": "What trials say",
    "else": "What else could be done",
    "say": "You decide",
    "recorded": "What is written down",
}
"""The parts of a text, in order (``Said.kind``), with their headings."""

_PART_OF = {
    "expect_marks": "felt",
    "expect_colour": "felt",
    "expect_fading": "felt",
    "expect_harm": "harm",
    "expect_uncertainty": "evidence",
    "expect_natural_course": "else",
    "expect_to_move": "else",
    "expect_choice": "say",
}
"""Where a sentence of what to expect stands; any other one stands with what can go wrong."""

_PLAN_BESIDE = (
    "Your plan beside this text says how many cups, where, how strong and for how long. You agree "
    "up to the greatest numbers named there and no further."
)
_PULL = "You feel a pull on the skin. It should not hurt. Say at once when it does."
_NO_NUMBER = "Other harm than this may happen too."
_FIT = "These need no cups. The practitioner says which of them fit you."
_WITHDRAW = (
    "You need not give a reason. You can take your agreement back on any later day by saying so; "
    "from then on no cup is set until you agree anew."
)
_RECORD = (
    "We write down what was done and seen: technique, places, suction, minutes, marks, harm, what "
    "you told us, and this agreement with your signature. Photos and teaching are asked for apart."
)


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A text to agree to. ``technique`` is ``None`` where it is about photos or teaching.

    ``sha256`` is over language, title, headings and sentences, not over their sources;
    ``version`` is the knowledge version with the first eight digits of the hash.
    """

    technique: Technique | None
    kind: ConsentKind
    language: str
    version: str
    sha256: str
    title: str
    paragraphs: tuple[Said, ...]
    headings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType(HEADINGS))
    """The parts by kind, headed in the text's own language."""

    @property
    def about(self) -> str:
        """What the text is about, as a consent names it: the technique, else the kind."""
        return str(self.technique or self.kind)


def consent_text(
    technique: Technique,
    knowledge: Knowledge,
    library: Library,
    language: str = SOURCE_LANGUAGE,
    *,
    translated: Mapping[str, str] | None = None,
) -> ConsentText:
    """Return the text of one technique.

    ``translated`` maps English sentences to the language; a text is never half translated.

    Raises:
        InputError: a sentence has no translation.
        KnowledgeError: a sentence that the text must say is in no file.
    """
    title = f"{knowledge.techniques[technique].file.title}: what you are asked to agree to"
    paragraphs = [
        *_done(technique, knowledge),
        *_advised(technique, library),
        *_expected(technique, library),
        *_harm(technique, library),
        *_evidence(technique, library),
        *_else(library),
        _ours("say", _WITHDRAW),
        _ours("recorded", _RECORD),
    ]
    order = list(HEADINGS)
    said = tuple(sorted(paragraphs, key=lambda entry: order.index(entry.kind)))
    return _made(
        technique, ConsentKind.TREATMENT, knowledge, title, said, language, translated or {}
    )


def purpose_text(
    kind: ConsentKind,
    knowledge: Knowledge,
    language: str = SOURCE_LANGUAGE,
    *,
    translated: Mapping[str, str] | None = None,
) -> ConsentText:
    """Return the text about photos or about teaching; all of it is editorial.

    Raises:
        InputError: the kind is a treatment, or a sentence has no translation.
    """
    if kind not in _PURPOSES:
        raise InputError("kind", "a treatment has one text for each technique")
    title, sentences = _PURPOSES[kind]
    said = tuple(_ours(part, text) for part, text in sentences)
    return _made(None, kind, knowledge, title, said, language, translated or {})


def sentences(texts: Iterable[ConsentText]) -> tuple[str, ...]:
    """Return everything that a person reads in these texts, each sentence once."""
    return tuple(dict.fromkeys(words for text in texts for words in _read(text)))


def _read(text: ConsentText) -> Iterator[str]:
    yield text.title
    for said in text.paragraphs:
        yield from (words for words in (HEADINGS[said.kind], said.title, said.text) if words)


_PURPOSES = {
    ConsentKind.PHOTO: (
        "Photos of your back",
        (
            ("done", "We photograph the skin of your back before or after a session."),
            ("done", "The photos show how marks fade and whether the skin is well."),
            ("say", "You may say no. Your care stays the same."),
            ("say", "You can take this back on any day by saying so; no new photo is made then."),
            ("recorded", "Photos are kept in your record here. Only those who treat you see them."),
        ),
    ),
    ConsentKind.TEACHING: (
        "Teaching with what was recorded about you",
        (
            ("done", "We show what was recorded about you to people who learn or study cupping."),
            ("done", "Your name, birth date and face are left out."),
            ("say", "You may say no. Your care stays the same."),
            ("say", "You can take this back on any day by saying so; it is not shown after that."),
            ("recorded", "This covers photos only if you agreed to photos as well."),
        ),
    ),
}


def _ours(part: str, text: str) -> Said:
    return Said(text, (), OURS, "", part, "patient")


def _carried(entry: File, part: str, text: str, title: str = "") -> Said:
    return Said(text, entry.sources, entry.editorial, title, part, "patient")


def _done(technique: Technique, knowledge: Knowledge) -> Iterator[Said]:
    file = knowledge.techniques[technique].file
    yield _carried(file, "done", file.how)
    yield _ours("done", _PLAN_BESIDE)


def _expected(technique: Technique, library: Library) -> Iterator[Said]:
    yield _ours("felt", _PULL)
    for event in library.adverse_events:
        if event.expected and _concerns(event.techniques, technique):
            yield _carried(event, "felt", event.look_for, event.title)


def _harm(technique: Technique, library: Library) -> Iterator[Said]:
    """Every harm of the technique, at the place first; no number, because no file carries one."""
    for scope in ("local", "systemic"):
        for event in library.adverse_events:
            concerned = _concerns(event.techniques, technique)
            if event.scope == scope and not event.expected and concerned:
                yield _carried(event, "harm", event.look_for, event.title)
    yield _ours("harm", _NO_NUMBER)


def _evidence(technique: Technique, library: Library) -> Iterator[Said]:
    entries = {entry.id: entry for entry in library.evidence}
    own = [entry for entry in library.evidence if technique in entry.techniques]
    if not own or "long_term" not in entries:
        raise KnowledgeError("evidence/", str(technique), "the consent text must say it")
    for entry in (*own, entries["long_term"]):
        yield _carried(entry, "evidence", entry.text)
        sure = f"How sure we are of this: {entry.certainty} certainty ({entry.basis})."
        yield _carried(entry, "evidence", sure)


def _else(library: Library) -> Iterator[Said]:
    yield _ours("else", _FIT)
    for entry in library.co_interventions:
        if entry.with_cups and entry.kind != "education":
            yield _carried(entry, "else", f"{entry.title}.")


def _advised(technique: Technique, library: Library) -> Iterator[Said]:
    """What a person may expect, where no condition of the person decides whether it is said."""
    entries = [entry for entry in library.advice if entry.kind == "expect"]
    absent = sorted(set(_PART_OF) - {entry.id for entry in entries})
    if absent:
        raise KnowledgeError("advice/", absent[0], "is missing: the consent text must say it")
    for entry in entries:
        if _is_for(entry, technique):
            yield _carried(entry, _PART_OF.get(entry.id, "harm"), entry.text)


def _is_for(entry: AdviceFile, technique: Technique) -> bool:
    told = entry.audience != "practitioner"
    return told and entry.when is None and _concerns(entry.techniques, technique)


def _concerns(techniques: Iterable[str] | None, technique: Technique) -> bool:
    return techniques is None or technique in tuple(techniques)


def _made(
    technique: Technique | None,
    kind: ConsentKind,
    knowledge: Knowledge,
    title: str,
    said: tuple[Said, ...],
    language: str,
    translated: Mapping[str, str],
) -> ConsentText:
    if language != SOURCE_LANGUAGE:
        title, said = _in_language(title, said, language, translated)
    headings = {part: translated.get(text, text) for part, text in HEADINGS.items()}
    read = [language, title, [[headings[s.kind], s.title, s.text] for s in said]]
    text = json.dumps(read, ensure_ascii=False, separators=(",", ":"))
    sha = hashlib.sha256(text.encode()).hexdigest()
    return ConsentText(
        technique,
        kind,
        language,
        f"{knowledge.version}-{sha[:8]}",
        sha,
        title,
        said,
        MappingProxyType(headings),
    )


def _in_language(
    title: str, said: tuple[Said, ...], language: str, translated: Mapping[str, str]
) -> tuple[str, tuple[Said, ...]]:
    wanted = {
        title,
        *(entry.text for entry in said),
        *(entry.title for entry in said if entry.title),
    }
    wanted |= {HEADINGS[entry.kind] for entry in said}
    absent = [text for text in wanted if not translated.get(text, "").strip()]
    if absent:
        count = f"{len(absent)} of {len(wanted)} sentences"
        raise InputError("language", f"no consent text in {language!r}: {count} are untranslated")
    return translated[title], tuple(
        replace(
            entry,
            text=translated[entry.text],
            title=translated[entry.title] if entry.title else "",
        )
        for entry in said
    )
