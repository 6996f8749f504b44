"""The log: one JSON object a line. Of a request it says which page, how it ended and how long.

Never a path, a query, a body, a name or who asked: an address holds identifiers, and a message of
an error may repeat what somebody typed.
"""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

log = logging.getLogger("ventosa.requests")


class Lines(logging.Formatter):
    """Writes a record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        said = {"at": at, "level": record.levelname.lower(), **getattr(record, "said", {})}
        if "said" not in record.__dict__:
            said |= {"from": record.name, "message": record.getMessage()}
        return json.dumps(said, ensure_ascii=True)


class RequestLog:
    """Leaves a line for every request but those for style sheets and scripts."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not log.isEnabledFor(logging.INFO):
            return self.get_response(request)
        begun = time.perf_counter()
        response = self.get_response(request)
        took = round((time.perf_counter() - begun) * 1000, 1)
        match = request.resolver_match
        known = match is not None and match.url_name
        said = {
            "page": match.url_name if match is not None and known else "unknown",
            "method": request.method if request.method in _METHODS else "other",
            "status": response.status_code,
            "ms": took,
        }
        level = logging.WARNING if response.status_code >= 500 else logging.INFO
        log.log(level, "request", extra={"said": said})
        return response


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
