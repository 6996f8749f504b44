"""A page for paper: a whole sheet with its own styles, on which no script runs."""

from typing import Any

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.http import HttpRequest, HttpResponse

PRINTED = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "font-src": [NONE],
    "img-src": ["data:"],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
}
"""The page carries its styles and pictures and asks for nothing else."""


def on_paper(request: HttpRequest, html: str) -> HttpResponse:
    """Return a page for paper under the strictest policy that it can bear."""
    view: Any = csp_replace(PRINTED)(lambda request: HttpResponse(html))
    response: HttpResponse = view(request)
    return response
