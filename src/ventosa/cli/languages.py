"""What each language has: read by a clinician, draft, stale, missing."""

import click

from ventosa.cli.inputs import knowledge_from
from ventosa.consent import consent_sources
from ventosa.knowledge import load_library
from ventosa.languages import Coverage, missing_and_stale, sources_of
from ventosa.languages.catalogue import TRANSLATED, catalogue, part_of, seal_of


def run_languages(language: str | None, knowledge: str | None, overlay: str | None) -> None:
    """Print a line for each language; for a named one also its lacks and the seals of its parts."""
    known = knowledge_from(knowledge, overlay)
    library = load_library(known)
    sources = sources_of(known, library) | consent_sources(known, library)
    for code in TRANSLATED if language is None else (language,):
        _print_counts(missing_and_stale(code, sources))
    if language is not None:
        _print_lacks(missing_and_stale(language, sources))
        _print_seals(language)


def _print_counts(found: Coverage) -> None:
    click.echo(
        f"{found.language}  {found.sources} sentences: {len(found.read)} read, "
        f"{len(found.draft)} draft, {len(found.stale)} stale, {len(found.missing)} missing"
    )


def _print_lacks(found: Coverage) -> None:
    lacks = {"stale": found.stale, "missing": found.missing, "unused": found.unused}
    for word, keys in lacks.items():
        for key in keys:
            click.echo(f"  {word:8} {key}")


def _print_seals(language: str) -> None:
    kept = catalogue(language)
    for part in dict.fromkeys(part_of(key) for key in kept.sentences):
        state = "read" if part in kept.read else "draft"
        click.echo(f"  {state:8} {part:10} {seal_of(kept.sentences, part)}")
