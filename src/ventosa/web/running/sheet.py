"""The recovery sheet: the key that opens a clinic's backups, on a page to print."""

from collections.abc import Sequence
from datetime import datetime

import segno
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from ventosa.web.running.recovery import fingerprint, lines, public_of


def code_text(key: bytes) -> str:
    """Return what the sheet's code holds: the eight lines, to be read by a camera."""
    numbered = (f"{number}. {line}" for number, line in enumerate(lines(key), 1))
    return "VENTOSA RECOVERY KEY\n" + "\n".join(numbered)


def sheet(key: bytes, heads: Sequence[tuple[str, str]], on: datetime) -> str:
    """Return the sheet as a page of its own, for A4; ``heads``: where each clinic's audit ends."""
    code = segno.make(code_text(key), error="m", micro=False)
    svg = code.svg_inline(omitsize=True, svgclass="qr", lineclass=None, light="#fff")
    context = {
        "lines": list(enumerate(lines(key), 1)),
        "name": fingerprint(public_of(key)),
        "heads": heads,
        "made": on.date(),
        "code": mark_safe(svg),
        "empty": range(6),
        "language": "en",
    }
    return render_to_string("paper/recovery.html", context)


def on_terminal(key: bytes) -> str:
    """Return the same for a terminal: the lines, and the code in blocks."""
    import io

    drawn = io.StringIO()
    segno.make(code_text(key), error="l", micro=False).terminal(drawn, compact=True)
    written = "\n".join(f"    {number}.  {line}" for number, line in enumerate(lines(key), 1))
    return f"{drawn.getvalue()}\n{written}\n"
