"""A past decision made again, in words."""

from typing import Any

from ventosa.record import InputError
from ventosa.repeating import run_again
from ventosa.web.knowing import knowledge
from ventosa.web.models import Document
from ventosa.web.presenters.findings import difference_lines
from ventosa.web.presenters.person import person_of
from ventosa.web.scope import Scope


def again_context(scope: Scope, document: Document) -> dict[str, Any]:
    """Return the context of a decision that is made again with the knowledge at hand."""
    body, known = document.body, knowledge()
    context = {
        **person_of(scope, document.patient),
        "tab": "record",
        "document": document,
        "stage": body["stage"],
        "before": body["knowledge_version"],
        "sha_before": body["knowledge_sha256"][:12],
        "now_version": known.version,
        "sha_now": known.sha256[:12],
        "lines": [],
    }
    is_same = body["knowledge_sha256"] == known.sha256
    with_what = "with the same knowledge" if is_same else "with another knowledge"
    try:
        again = run_again(body, known)
    except InputError as error:
        return context | {
            "title": "It cannot be made again with this knowledge",
            "words": f"Stored answers and readings do not fit the knowledge at hand: {error}",
        }
    lines = difference_lines(again.differences)
    title = "It came out differently" if lines else "The same"
    words = f"The stored answers and readings were decided again, {with_what}."
    return context | {"title": title, "words": words, "lines": lines}
