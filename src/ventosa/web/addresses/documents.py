"""Documents of a record: notes, words from outside, harm, moves."""

from ventosa.web.addresses import PATIENT, TREATS
from ventosa.web.models import Kind
from ventosa.web.pictures import bounded
from ventosa.web.policy import route
from ventosa.web.views import documents, moves

new = documents.writing
routes = [
    route("patients/<uuid:patient>/note/", new(Kind.NOTE), "note_new", PATIENT),
    route("patients/<uuid:patient>/complaint/", new(Kind.COMPLAINT), "complaint_new", PATIENT),
    route("patients/<uuid:patient>/word/", new(Kind.WORD), "word_new", PATIENT),
    route("patients/<uuid:patient>/harm/", new(Kind.ADVERSE_EVENT), "harm_new", PATIENT),
    route("patients/<uuid:patient>/marks/", new(Kind.MARKS), "marks_new", PATIENT),
    route("patients/<uuid:patient>/session/", new(Kind.SESSION), "session_new", TREATS),
    route("patients/<uuid:patient>/letter/", bounded(new(Kind.LETTER)), "letter_new", PATIENT),
    route("patients/<uuid:patient>/photo/", bounded(new(Kind.PHOTO)), "photo_new", PATIENT),
    # What lifts a closing is taken by somebody who treats.
    route(
        "patients/<uuid:patient>/clearance/",
        bounded(new(Kind.CLEARANCE)),
        "clearance_new",
        TREATS,
    ),
    route("documents/<uuid:document>/", documents.document, "document", PATIENT),
    route("documents/<uuid:document>/sign/", documents.sign, "document_sign", PATIENT),
    route("documents/<uuid:document>/add/", documents.add, "document_add", PATIENT),
    route("documents/<uuid:document>/over/", documents.heal, "document_heal", TREATS),
    route("documents/<uuid:document>/mistake/", documents.mistake, "document_mistake", TREATS),
    route("documents/<uuid:document>/picture/", documents.picture, "picture", PATIENT),
    route("documents/<uuid:document>/move/", moves.document, "document_move", TREATS),
    route("visits/<uuid:visit>/", documents.visit, "visit_read", PATIENT),
    route("visits/<uuid:visit>/move/", moves.visit, "visit_move", TREATS),
]
