"""A page of the record as PDF. It is set in the worker: its library and Pango are heavy.

Both are optional. Where one is missing the same page is offered for the browser's own print.
"""

import re
from functools import cache
from importlib.util import find_spec

from ventosa.record import OutOfRange
from ventosa.web.working import worker

_TOKEN = re.compile(r"var\(--[\w-]+,([^()]*)\)")
_HALO = re.compile(r"paint-order:stroke;stroke:[^;}]*;stroke-width:[^;}]*;?")


@cache
def can_print() -> bool:
    """Return whether this machine can set a PDF; asked of the worker once."""
    if find_spec("weasyprint") is None:
        return False
    try:
        return worker.run(_is_whole)
    except OutOfRange:
        return False


def pdf_of(page: str) -> bytes:
    """Return a page as PDF. It reaches for nothing: pictures stand in the page itself.

    Raises:
        OutOfRange: it was not set in the time there is.
    """
    return worker.run(_set, with_inks(page))


def with_inks(page: str) -> str:
    """Return a page whose drawings name their inks and whose letters have no halo.

    The setter knows no tokens inside a drawing, and would paint a halo over its letter.
    """
    return _HALO.sub("", _TOKEN.sub(r"\1", page))


def _is_whole() -> bool:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):  # OSError: Pango is not there
        return False
    return True


def _set(page: str) -> bytes:
    import weasyprint
    from weasyprint.urls import URLFetcher

    fetcher = URLFetcher(allowed_protocols=("data",), allow_redirects=False)
    html = weasyprint.HTML(string=page, url_fetcher=fetcher, base_url=None)
    data: bytes = html.write_pdf()
    return data
