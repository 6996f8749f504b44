"""Whatever a person types is harmless on paper: it is printed as it is written and nothing else."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accepted import accept, assessed
from cast import Cast
from recorded import signed_by, write
from ventosa.web.documents import NoteBody
from ventosa.web.models import Document, Kind

pytestmark = pytest.mark.journey
TYPED = "</title><script>document.title='zqx'</script>{{7|add:7}}\u202egnp.exe\u2066 =1+1"
PRINTED = "</title><script>document.title='zqx'</script>{{7|add:7}}[U+202E]gnp.exe[U+2066] =1+1"
"""The signs of direction are printed by their names, everything else as it was typed."""


def test_what_was_typed_is_printed_and_nothing_is_run(
    tablets: Callable[..., Any], cast: Cast, tmp_path: Path
) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext: Debian's poppler-utils")
    patient = cast.patient(name=TYPED)
    visit = assessed(cast, patient)
    accept(cast, visit)
    signed_by(cast.client("alice"), visit, TYPED)
    note = write(cast, patient, Kind.NOTE, NoteBody(text=TYPED, title=TYPED))
    consent = Document.objects.get(kind=Kind.CONSENT)
    tablet = tablets(cast, "alice")
    for path in (
        f"/visits/{visit.id}/plan/print/",
        f"/documents/{consent.id}/consent/",
        f"/documents/{note.id}/",
        f"/patients/{patient.id}/access/",
    ):
        page = tablet.open(path)
        assert page.title() != "zqx"
        pdf = page.pdf(prefer_css_page_size=True)
        assert not re.search(rb"/(JavaScript|JS|Launch|EmbeddedFile|OpenAction)\b", pdf), path
        text = words_of(pdf, tmp_path)
        assert "".join(PRINTED.split()) in text, path
        assert not {"\u202e", "\u2066"} & set(text), path
    assert tablet.wrong == [] and tablet.outside == []


def words_of(pdf: bytes, folder: Path) -> str:
    """The words of a PDF without spaces: lines are broken where the paper ends."""
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    done = subprocess.run(["pdftotext", str(file), "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode().split())
