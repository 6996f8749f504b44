"""Visits and what is said in them."""

from ventosa.web.addresses import PATIENT, TREATS
from ventosa.web.policy import PUBLIC, About, Policy, route, treats_or_assists
from ventosa.web.views import assessment, hand_over

WITH_PATIENT = Policy(treats_or_assists, About.PATIENT, in_hand_over=True)
"""Also while the tablet is in the patient's hands."""

routes = [
    route("patients/<uuid:patient>/visit/", assessment.begin, "visit_begin", TREATS),
    route("visits/<uuid:visit>/assess/", assessment.assess, "assess", PATIENT),
    route("visits/<uuid:visit>/entries/", assessment.entries, "entries", PATIENT),
    route("visits/<uuid:visit>/give/", hand_over.give, "give", PATIENT),
    route("visits/<uuid:visit>/patient/", hand_over.hand_over, "hand_over", WITH_PATIENT),
    route(
        "visits/<uuid:visit>/patient/entries/",
        hand_over.hand_over_entries,
        "hand_over_entries",
        WITH_PATIENT,
    ),
    route("visits/<uuid:visit>/patient/back/", hand_over.take_back, "take_back", WITH_PATIENT),
    route("drawing.css", assessment.drawing_rules, "drawing_css", PUBLIC),
]
