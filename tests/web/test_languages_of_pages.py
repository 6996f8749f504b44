"""Pages in other languages: who chooses, what stays English and says so, what never mirrors."""

import re
from pathlib import Path

import pytest
from addresses import with_password
from django.urls import reverse

from accepted import accept, assessed
from cast import Cast
from ventosa import drawing, web
from ventosa.consent import consent_sources
from ventosa.knowledge import load, load_library
from ventosa.languages import Standing, said, sources_of
from ventosa.languages.catalogue import TRANSLATED, catalogue, words
from ventosa.record import InputError
from ventosa.web.actions import consents, people
from ventosa.web.knowing import consent_texts
from ventosa.web.models import AuditRow, Encounter, User
from ventosa.web.presenters import hand_over
from ventosa.web.presenters.speaking import SCRIPT_WORDS, spoken, spoken_day

WEB = Path(web.__file__).parent
TEMPLATES, STATIC = WEB / "templates", WEB / "static" / "ventosa"
LITERAL = re.compile(r"""\{%\s*(?:t|t_plain|t_count)\s+(?:"([^"]*)"|'([^']*)')""")
IN_A_PATIENTS_HANDS = (
    "base.html",
    "idle.html",
    "assess/hand_over.html",
    "assess/screen.html",
    "assess/card.html",
    "assess/take_back.html",
    "consent/sign.html",
    "consent/text.html",
    "consent/done.html",
    "consent/line.html",
)
SIGNED_WITH = (
    "Technique", "Region", "Suction", "Time on", "Cups", "Repetitions", "Sessions", "Until",
    "up to {n}", "up to {n} kPa", "up to {n} min", "{from} to {to}, {sides}", "left and right",
    "None of these", "Yes", "No", "Not sure", "I would rather say it",
)  # fmt: skip


def said_by(template: str) -> set[str]:
    """The words that a template puts through the catalogue."""
    found = LITERAL.finditer((TEMPLATES / template).read_text("utf-8"))
    return {match[1] or match[2] for match in found}


def choose(language: str) -> None:
    User.objects.update(language=language)


# --- nothing is forgotten -------------------------------------------------------------------


def test_every_word_of_a_template_is_listed_for_translators() -> None:
    knowledge = load()
    known = {*sources_of(knowledge, load_library(knowledge)).values(), *words().counts}
    for path in TEMPLATES.rglob("*.html"):
        name = path.relative_to(TEMPLATES).as_posix()
        assert said_by(name) - known == set(), f"{name}: not in en.toml"


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_a_patient_is_shown_has_an_entry(language: str) -> None:
    """Without one the patient would be shown English; a stale one is English and says so."""
    shown = {*SIGNED_WITH, *hand_over.WORDS.values(), "This was not written. Answer it again."}
    for name in IN_A_PATIENTS_HANDS:
        shown |= said_by(name)
    knowledge = load()
    ids = {text: key for key, text in sources_of(knowledge, load_library(knowledge)).items()}
    units = {fact.unit for fact in knowledge.facts.values()} - {"", "1", "mm", "mmHg"}
    for english in shown | units:
        key = f"ui.{english}"
        entries = catalogue(language).sentences
        assert key in entries or ids.get(english) in entries, f"{language}.toml lacks {english!r}"
    for key in consent_sources(knowledge, load_library(knowledge)):
        assert key in catalogue(language).sentences, f"{language}.toml lacks {key!r}"


def test_what_scripts_say_is_listed_and_said_by_a_script() -> None:
    scripts = "".join(path.read_text("utf-8") for path in STATIC.glob("*.js"))
    for english in re.findall(r'inWords\("([^"]+)"', scripts):
        assert english in SCRIPT_WORDS, f"{english!r} is said by a script and not handed to it"
    assert set(SCRIPT_WORDS) <= set(words().words)


def test_styles_name_the_sides_of_a_line_and_not_of_a_screen() -> None:
    physical = re.compile(
        r"(?:margin|padding|border)-(?:left|right)|(?:^|[\s;{])(?:left|right)\s*:"
        r"|text-align:\s*(?:left|right)|float:\s*(?:left|right)", re.MULTILINE
    )  # fmt: skip
    for path in STATIC.glob("*.css"):
        assert physical.search(path.read_text("utf-8")) is None, path.name


# --- who chooses ----------------------------------------------------------------------------


def test_a_person_chooses_the_language_of_the_own_pages(cast: Cast) -> None:
    client = cast.client("alice")
    assert '<html lang="en" dir="ltr">' in client.get("/you/").content.decode()
    page = client.post("/you/language/", {"language": "ar"}, follow=True).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert spoken("Your pages are in this language from now on.", "ar").text in page
    (row,) = AuditRow.objects.filter(what="language_chosen")
    assert (row.who, row.detail) == (cast.alice.id, {"language": "ar"})
    assert '<html lang="en" dir="ltr">' in cast.client("bob").get("/").content.decode()


def test_a_language_that_is_not_there_changes_nothing(cast: Cast) -> None:
    client = cast.client("alice")
    page = client.post("/you/language/", {"language": "fr"}, follow=True).content.decode()
    assert "Not changed" in page and '<html lang="en" dir="ltr">' in page
    with pytest.raises(InputError):
        people.choose_language(cast.scope("alice"), language="")
    assert not AuditRow.objects.filter(what="language_chosen").exists()


@pytest.mark.parametrize(("language", "direction"), [("de", "ltr"), ("ar", "rtl")])
def test_the_patients_language_is_that_of_the_hand_over(
    cast: Cast, language: str, direction: str
) -> None:
    with_password(cast.alice)
    visit, client = cast.visit(cast.patient(language=language)), cast.client("alice")
    client.post(reverse("give", args=[visit.id]))
    page = client.get(reverse("hand_over", args=[visit.id])).content.decode()
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert page.count(spoken("Not yet read by a clinician", language).text) == 1
    assert 'lang="en"' not in page
    back = client.get(reverse("take_back", args=[visit.id])).content.decode()
    assert "For the practitioner, Alice." in back  # the practitioner's page, in that language


def test_the_thanks_after_signing_are_in_the_patients_language(cast: Cast) -> None:
    visit = assessed(cast, cast.patient(language="de"))
    accept(cast, visit)
    with_password(cast.alice)
    client = cast.client("alice")
    client.post(reverse("consent_hand", args=[visit.id]))
    path = f"/visits/{visit.id}/consent/sign/"
    page = client.get(path).content.decode()
    assert '<html lang="en" dir="ltr">' in page and "There is no text in Deutsch" in page
    form = dict(re.findall(r'name="(key|read|sha256)" value="([^"]+)"', page))
    form |= {"method": "typed", "typed_name": "Daniel Okafor", "interpreter": "Ruth Adler"}
    done = client.get(client.post(path, form)["Location"])
    assert spoken("Thank you. Hand the tablet back.", "de").text in done.content.decode()


def test_a_consent_is_read_in_the_language_that_the_clinic_signed_off(cast: Cast) -> None:
    texts = consent_texts("ar")
    consents.sign_off(
        cast.scope("alice"),
        language="ar",
        sha256=texts.sha256,
        read_by="R",
        training="T",
        on=cast.scope("alice").today,
    )
    visit = assessed(cast, cast.patient(language="ar"))
    accept(cast, visit)
    page = cast.client("alice").get(f"/visits/{visit.id}/consent/sign/").content.decode()
    assert '<html lang="ar" dir="rtl">' in page and 'lang="en"' not in page
    assert texts.texts[0].title in page
    assert spoken("The words around the text are not yet read by a clinician.", "ar").text in page
    assert ">من L1 إلى L4، يساراً ويميناً<" in page and ">حتى 20 كيلوباسكال<" in page


# --- what a page shows ----------------------------------------------------------------------


def pages(cast: Cast) -> tuple[Encounter, list[str]]:
    visit = assessed(cast)
    accept(cast, visit)
    here, person = f"/visits/{visit.id}", f"/patients/{visit.patient_id}"
    return visit, [
        "/", "/patients/", "/patients/new/", "/patients/new/from-record/", f"{person}/",
        f"{person}/details/", f"{here}/assess/", f"{here}/plan/", f"{here}/consent/", "/you/",
    ]  # fmt: skip


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_word_of_the_catalogue_stays_english(cast: Cast, language: str) -> None:
    _, addresses = pages(cast)
    choose(language)
    client = cast.client("alice")
    for address in addresses:
        page = client.get(address).content.decode()
        assert page.count(f'class="lab draft" lang="{language}"') == 1, address
        page = re.sub(r"<(script|bdi|option|title)\b.*?</\1>|<span lang=\"en\".*?</span>", "", page)
        texts = {text.strip() for text in re.findall(r">([^<>]+)<", page)}
        texts |= set(re.findall(r'aria-label="([^"]+)"', page))
        left = {text for text in texts if text in words().words and len(text) > 3}
        kept = {text for text in left if spoken(text, language).text != text}
        assert kept == set(), f"{address} in {language}"


def test_what_is_not_translated_says_that_it_is_english(cast: Cast) -> None:
    visit, _ = pages(cast)
    choose("ar")
    page = cast.client("alice").get(f"/visits/{visit.id}/plan/").content.decode()
    assert '<span lang="en" dir="ltr">Walk every day at a pace' in page
    assert said("technique.dry_static.name", "Dry, static", "ar").text in page
    settings = cast.client("alice").get("/settings/").content.decode()
    assert '<html lang="ar" dir="rtl">' in settings
    assert '<main class="page" id="main" tabindex="-1" lang="en" dir="ltr">' in settings


def test_a_map_names_its_sides_and_does_not_mirror(cast: Cast) -> None:
    visit, _ = pages(cast)
    choose("ar")
    page = cast.client("alice").get(f"/visits/{visit.id}/assess/").content.decode()
    assert '<div id="maps" class="maps" dir="ltr">' in page
    sides = re.findall(r'<text class="vm-side" x="(-?)[\d.]+" y="14">([^<]+)</text>', page)
    left, right = spoken("Left", "ar").text, spoken("Right", "ar").text
    assert set(sides) == {("-", left), ("", right)}
    assert f'<option value="L3:left">{left}, L3</option>' in page


def test_words_of_a_drawing_are_listed() -> None:
    for language in TRANSLATED:
        for english in drawing.ENGLISH.values():
            assert spoken(english, language).standing is Standing.DRAFT, english


def test_braces_that_somebody_typed_are_only_braces(cast: Cast) -> None:
    visit = cast.visit(cast.patient(name="Ada {n} [x]"))
    choose("de")
    client = cast.client("alice")
    client.post(f"/visits/{visit.id}/entries/", {"key": "k", "goal": "To {walk} [far]"})
    page = client.get(f"/visits/{visit.id}/assess/").content.decode()
    assert "Ada {n} [x]" in page and "To {walk} [far]" in page


def test_a_day_is_written_as_its_language_writes_it(cast: Cast) -> None:
    today = cast.scope("alice").today.replace(year=2026, month=3, day=14)
    assert spoken_day(today, "j M Y", "en") == "14 Mar 2026"
    assert spoken_day(today, "j M Y", "de") == "14. März 2026"
    assert spoken_day(today, "l, j F", "ar") == "السبت، 14 مارس"


def test_a_date_in_figures_keeps_its_order_from_right_to_left(cast: Cast) -> None:
    cast.patient()
    choose("ar")
    page = cast.client("alice").get("/patients/").content.decode()
    assert '<bdi dir="ltr">1972-03-14</bdi>' in page
    choose("en")
    assert '<bdi dir="ltr">' not in cast.client("alice").get("/patients/").content.decode()
