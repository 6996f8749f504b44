"""Letters: drafted, printed, answered."""

from ventosa.web.addresses import PATIENT, TREATS
from ventosa.web.models import Kind
from ventosa.web.pictures import bounded
from ventosa.web.policy import route
from ventosa.web.views import letters

answer = letters.answering
routes = [
    route("visits/<uuid:visit>/letter/", letters.letter, "letter", TREATS),
    route("documents/<uuid:document>/letter/", letters.letter_print, "letter_print", PATIENT),
    route("documents/<uuid:document>/letter/pdf/", letters.letter_pdf, "letter_pdf", PATIENT),
    route("documents/<uuid:document>/answer/word/", answer(Kind.WORD), "answer_word", PATIENT),
    route(
        "documents/<uuid:document>/answer/letter/",
        bounded(answer(Kind.LETTER)),
        "answer_letter",
        PATIENT,
    ),
    # What lifts a closing is taken by somebody who treats.
    route(
        "documents/<uuid:document>/answer/clearance/",
        bounded(answer(Kind.CLEARANCE)),
        "answer_clearance",
        TREATS,
    ),
]
