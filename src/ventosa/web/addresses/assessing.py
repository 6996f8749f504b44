"""Visits and what is said in them."""

from ventosa.web.addresses import PATIENT, TREATS
from ventosa.web.policy import route
from ventosa.web.views import assessment

routes = [
    route("patients/<uuid:patient>/visit/", assessment.begin, "visit_begin", TREATS),
    route("visits/<uuid:visit>/assess/", assessment.assess, "assess", PATIENT),
    route("visits/<uuid:visit>/entries/", assessment.entries, "entries", PATIENT),
]
