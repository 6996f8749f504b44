"""Consent: asked for, read, signed, said, taken back; languages signed off."""

from ventosa.web.addresses import OWNER, PATIENT, TREATS
from ventosa.web.policy import About, Policy, practises, route, treats_or_assists
from ventosa.web.views import consent

WITH_PATIENT = Policy(practises, About.PATIENT, in_hand_over=True)
"""Also while the tablet is in the patient's hands."""

AT_ANY_TIME = Policy(treats_or_assists, About.PATIENT, in_hand_over=True)
"""A no is heard from whoever holds the tablet."""

routes = [
    route("visits/<uuid:visit>/consent/", consent.consent, "consent", PATIENT),
    route("visits/<uuid:visit>/consent/set/", consent.ask, "consent_set", TREATS),
    route("visits/<uuid:visit>/consent/give/", consent.hand, "consent_hand", TREATS),
    route("visits/<uuid:visit>/consent/sign/", consent.sign, "consent_sign", WITH_PATIENT),
    route("visits/<uuid:visit>/consent/done/", consent.done, "consent_done", WITH_PATIENT),
    route("visits/<uuid:visit>/consent/spoken/", consent.spoken, "consent_spoken", TREATS),
    route("visits/<uuid:visit>/begin/check/", consent.check, "session_check", TREATS),
    route("patients/<uuid:patient>/consent/photo/", consent.photo, "consent_photo", PATIENT),
    route(
        "patients/<uuid:patient>/consent/teaching/", consent.teaching, "consent_teaching", PATIENT
    ),
    route(
        "patients/<uuid:patient>/consent/withdraw/",
        consent.withdraw,
        "consent_withdraw",
        AT_ANY_TIME,
    ),
    route("documents/<uuid:document>/consent/", consent.paper, "consent_print", PATIENT),
    route("documents/<uuid:document>/consent/undo/", consent.undo, "consent_undo", PATIENT),
    route("settings/languages/consent/", consent.languages, "settings_consent", OWNER),
]
