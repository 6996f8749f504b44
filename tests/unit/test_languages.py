"""Translations remember their source: what is stale or missing is shown in English."""

import hashlib
import re
from functools import cache

import pytest
from click.testing import CliRunner

from ventosa.cli import ventosa
from ventosa.consent import consent_sources
from ventosa.knowledge import load, load_library
from ventosa.languages import (
    Standing,
    counted,
    languages,
    missing_and_stale,
    said,
    signed_off,
    sources_of,
    ui,
    western_digits,
    written_digits,
)
from ventosa.languages.catalogue import TRANSLATED, catalogue, catalogue_of, seal_of, words
from ventosa.languages.plurals import plural_form
from ventosa.record import InputError, KnowledgeError

FEVER = "Do you have a fever or chills?"
CORE = ("group", "fact", "choice", "repeat", "decision", "urgency", "technique", "zone", "side")
READ_ALOUD = ("adverse", "evidence", "advice", "consent")
"""Parts of which a text to agree to is made."""


@cache
def sources() -> dict[str, str]:
    knowledge = load()
    library = load_library(knowledge)
    return sources_of(knowledge, library) | consent_sources(knowledge, library)


def file(entries: str, more: str = "") -> str:
    head = 'language = "de"\nname = "Deutsch"\ndirection = "ltr"\ndigits = "latn"\n'
    return f"{head}{entries}\n{more}"


def entry(key: str = "fact.fever", source: str = "0" * 16, rest: str = 'text = "Fieber?"') -> str:
    return f'[[sentence]]\nid = "{key}"\nsource = "{source}"\n{rest}\n'


# --- what is shown --------------------------------------------------------------------------


def test_a_draft_is_shown_in_its_own_language_and_direction() -> None:
    shown = said("fact.fever", FEVER, "ar")
    assert (shown.text, shown.language) == ("هل لديك حُمّى أو قشعريرة؟", "ar")
    assert (shown.direction, shown.standing) == ("rtl", Standing.DRAFT)
    assert said("fact.fever", FEVER, "de").direction == "ltr"


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_changed_source_is_shown_in_place_of_its_stale_translation(language: str) -> None:
    changed = "Do you have a fever, chills or sweats at night?"
    shown = said("fact.fever", changed, language)
    assert shown.text == changed
    assert (shown.language, shown.direction, shown.standing) == ("en", "ltr", Standing.STALE)


def test_what_nobody_translated_is_shown_in_english_and_says_so() -> None:
    shown = said("fact.a_clinics_own", "Do you dive?", "ar")
    assert (shown.text, shown.language, shown.direction) == ("Do you dive?", "en", "ltr")
    assert shown.standing is Standing.MISSING
    assert ui("Words no page has", "de").standing is Standing.MISSING


def test_english_is_its_own_source() -> None:
    shown = said("fact.fever", FEVER, "en")
    assert (shown.text, shown.language, shown.standing) == (FEVER, "en", Standing.SOURCE)


def test_a_language_that_is_not_there_is_refused() -> None:
    for ask in (lambda: said("fact.fever", FEVER, "fr"), lambda: signed_off("fr", "fact")):
        with pytest.raises(InputError, match="en, ar, de"):
            ask()


# --- coverage -------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("key", [key for key in sources() if key.startswith(CORE + READ_ALOUD)])
def test_every_question_and_word_has_an_entry(key: str, language: str) -> None:
    """A stale one may stay until somebody translates it anew: it is shown in English meanwhile."""
    assert key in catalogue(language).sentences, f"{key} has no entry in {language}.toml"
    shown = said(key, sources()[key], language)
    if shown.standing is Standing.STALE:
        assert shown.text == sources()[key]
    else:
        assert shown.language == language


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_entry_speaks_of_a_sentence_that_is_gone(language: str) -> None:
    assert missing_and_stale(language, sources()).unused == ()


def test_coverage_counts_each_source_once_and_names_what_lacks() -> None:
    given = {"fact.fever": FEVER, "fact.diabetes": "Changed?", "fact.new": "New?"}
    found = missing_and_stale("de", given)
    assert (found.draft, found.stale) == (("fact.fever",), ("fact.diabetes",))
    assert (found.missing, found.read, found.sources) == (("fact.new",), (), 3)
    assert "fact.hernia" in found.unused


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_keeps_the_places_and_never_shouts(language: str) -> None:
    for key, sentence in catalogue(language).sentences.items():
        wanted = set(re.findall(r"\{[a-z]+\}", sources()[key]))
        for form, text in sentence.forms.items():
            # "One cup" may say its number in a word.
            may_drop = {"{n}"} if form in ("zero", "one", "two") else set()
            found = set(re.findall(r"\{[a-z]+\}", text))
            assert wanted - may_drop <= found <= wanted, f"{language} {key} {form}"
            assert "!" not in text, f"{language} {key}"


def test_counted_sentences_have_all_their_forms() -> None:
    for english in words().counts:
        for language in TRANSLATED:
            assert len(catalogue(language).sentences[f"ui.{english}"].forms) > 1


def test_both_ends_of_a_question_pair_stay_apart() -> None:
    """Words whose mix-up would harm differ from each other in every language."""
    for language in TRANSLATED:
        for pair in (("Yes", "No"), ("Left", "Right"), ("I agree", "I do not agree")):
            assert len({ui(text, language).text for text in pair}) == 2
        decisions = [key for key in sources() if key.startswith("decision.")]
        assert len({said(k, sources()[k], language).text for k in decisions}) == 4


# --- who has read it ------------------------------------------------------------------------


def test_nothing_is_signed_off_before_somebody_has_read_it() -> None:
    by_code = {language.code: language for language in languages()}
    assert list(by_code) == ["en", "ar", "de"]
    for code in TRANSLATED:
        assert (by_code[code].state, by_code[code].read_by) == (Standing.DRAFT, "")
        assert not signed_off(code, "fact")
    assert signed_off("en", "fact")
    assert by_code["ar"].name == "العربية"


def test_a_part_is_read_under_a_name_until_one_of_its_sentences_changes() -> None:
    entries = entry() + entry("ui.Yes", rest='text = "Ja"')
    seal = seal_of(catalogue_of("de.toml", file(entries)).sentences, "fact")
    reading = f'[[read]]\npart = "fact"\nby = "Dr. A. Beispiel"\non = 2026-11-24\nseal = "{seal}"'
    kept = catalogue_of("de.toml", file(entries, reading))
    assert (kept.read, kept.language.read_by) == ({"fact"}, "Dr. A. Beispiel")
    assert kept.language.state is Standing.DRAFT  # the words of the pages are still unread

    other_part = entries.replace("Ja", "Jawohl")
    assert catalogue_of("de.toml", file(other_part, reading)).read == {"fact"}
    for changed in (
        entries.replace("Fieber?", "Husten?"),
        entries.replace("0" * 16, "1" * 16, 1),
        entries + entry("fact.hernia"),
    ):
        assert catalogue_of("de.toml", file(changed, reading)).read == frozenset()


def test_a_language_is_read_once_all_its_parts_are() -> None:
    seal = seal_of(catalogue_of("de.toml", file(entry())).sentences, "fact")
    reading = f'[[read]]\npart = "fact"\nby = "B"\non = 2026-11-24\nseal = "{seal}"'
    language = catalogue_of("de.toml", file(entry(), reading)).language
    assert (language.state, language.read_by) == (Standing.READ, "B")


# --- a broken file --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("entries", "problem"),
    [
        (entry(rest='text = "a"\ntext_ = "b"'), "unknown field"),
        (entry() + entry(), "fact.fever: stands twice"),
        (entry(source="0123"), "fact.fever: source is not 16 hex"),
        (entry(source="0" * 15 + "G"), "fact.fever: source is not 16 hex"),
        (entry(rest='text = " "'), "fact.fever: has no text"),
        (entry(rest=""), "fact.fever: has no text"),
        (entry(rest='text = "Fieber? "'), "begins or ends with a space"),
        (entry(rest=r'text = "Fie\u202Eber"'), r"fact.fever: .*U\+202E"),
        (entry(rest=r'text = "Fie\u2066ber"'), r"U\+2066"),
        (entry(rest=r'text = "Fie\u200Fber"'), r"U\+200F"),
        (entry(rest=r'text = "Fie\u061Cber"'), r"U\+061C"),
        (entry(rest=r'text = "Fie\nber"'), r"U\+000A"),
        (entry(key="fever"), "fever: is not an id"),
        (entry(rest='plural = {one = "a"}'), "plural must have one, other"),
        (entry(rest='text = "a"\nplural = {one = "a", other = "b"}'), "both a text and plural"),
        (entry() + '[[read]]\npart = "x"\nby = "B"\non = 2026-11-24\nseal = ""', "is no part"),
        (entry() + '[[read]]\npart = "fact"\nby = " "\non = 2026-11-24\nseal = ""', "who read it"),
    ],
)
def test_a_broken_catalogue_is_refused_with_file_and_entry(entries: str, problem: str) -> None:
    with pytest.raises(KnowledgeError, match=problem) as refused:
        catalogue_of("de.toml", file(entries))
    assert refused.value.file == "de.toml"


def test_the_hash_is_of_the_english_text() -> None:
    expected = hashlib.sha256(FEVER.encode()).hexdigest()[:16]
    assert catalogue("ar").sentences["fact.fever"].source == expected


# --- numbers --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {"one": [1], "other": [0, 2, 11, 21]}),
        ("de", {"one": [1], "other": [0, 2, 101]}),
        (
            "ar",
            {
                "zero": [0],
                "one": [1],
                "two": [2],
                "few": [3, 10, 103, 110],
                "many": [11, 26, 99, 111],
                "other": [100, 101, 102, 200],
            },
        ),
    ],
)
def test_plural_forms_are_those_of_cldr(language: str, forms: dict[str, list[int]]) -> None:
    for form, numbers in forms.items():
        assert {plural_form(language, number) for number in numbers} == {form}


def test_a_count_takes_its_form_and_the_digits_of_the_language() -> None:
    left = "{n} questions left, at most"
    assert counted(left, 1, "ar").text == "بقي سؤال واحد على الأكثر"
    assert counted(left, 2, "ar").text == "بقي سؤالان على الأكثر"
    assert counted(left, 3, "ar").text == "بقيت ٣ أسئلة على الأكثر"
    assert counted(left, 12, "ar", digits="latn").text == "بقي 12 سؤالاً على الأكثر"
    assert counted(left, 1, "de").text == "höchstens noch 1 Frage"
    assert counted(left, 1, "en").text == "1 question left, at most"


def test_a_value_is_put_in_its_place_and_not_read_again() -> None:
    since = counted("{n} entries wait since {time}", 12, "en", {"time": "{n}"})
    assert since.text == "12 entries wait since {n}"
    assert ui("Session {n} of {total}", "de", {"n": "3", "total": "4"}).text == "Sitzung 3 von 4"
    with pytest.raises(InputError, match="total"):
        ui("Session {n} of {total}", "de", {"n": "3"})


def test_a_sentence_that_is_not_counted_is_refused() -> None:
    with pytest.raises(KnowledgeError, match="not a counted sentence"):
        counted("Yes", 1, "ar")
    with pytest.raises(InputError, match="negative"):
        counted("{n} cups", -1, "en")


@pytest.mark.parametrize(
    ("typed", "western"),
    [
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
        ("٣٧٫٥", "37.5"),
        ("١٬٢٠٠", "1200"),
        ("120", "120"),
        ("37,5", "37,5"),
        ("٫٥", "٫5"),
        ("", ""),
    ],
)
def test_digits_of_every_hand_are_read(typed: str, western: str) -> None:
    assert western_digits(typed) == western


def test_digits_are_written_as_asked_and_read_back() -> None:
    assert written_digits("L4 · 12", "arabext") == "L۴ · ۱۲"
    for system in ("latn", "arab", "arabext"):
        assert western_digits(written_digits("90817", system)) == "90817"


# --- the command ----------------------------------------------------------------------------


def test_the_command_says_what_each_language_has() -> None:
    done = CliRunner().invoke(ventosa, ["languages"])
    assert done.exit_code == 0
    found = missing_and_stale("ar", sources())
    line = next(line for line in done.output.splitlines() if line.startswith("ar"))
    counts = [len(found.read), len(found.draft), len(found.stale), len(found.missing)]
    assert [int(n) for n in re.findall(r"\d+", line)] == [len(sources()), *counts]


def test_the_command_gives_the_seal_of_each_part() -> None:
    done = CliRunner().invoke(ventosa, ["languages", "de"])
    assert f"fact {seal_of(catalogue('de').sentences, 'fact')}" in re.sub(" +", " ", done.output)
    refused = CliRunner().invoke(ventosa, ["languages", "fr"])
    assert refused.exit_code == 2
