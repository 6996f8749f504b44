"""Signing in and out, who is at this tablet, a person's own ways in, and closed records.

Only the views of allauth that are used here have an address.
"""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn

from ventosa.web.addresses import PATIENT, SELF, TREATS
from ventosa.web.policy import ENTRANCE, About, Policy, route, works_here
from ventosa.web.views import access, emergency, inviting

AT_THE_TABLET = Policy(works_here, About.SELF, in_hand_over=True)
WHOEVER_SIGNED_IN = Policy(works_here, About.SELF, anywhere=True)

routes = [
    route("account/login/", account.login, "account_login", ENTRANCE),
    route("account/logout/", account.logout, "account_logout", ENTRANCE),
    route("account/start/<str:person>/<str:token>/", access.start, "start", ENTRANCE),
    route("account/second/", mfa.authenticate, "mfa_authenticate", ENTRANCE),
    route("account/passkey/", webauthn.login_webauthn, "mfa_login_webauthn", ENTRANCE),
    route("account/again/", account.reauthenticate, "account_reauthenticate", SELF),
    route("account/again/code/", mfa.reauthenticate, "mfa_reauthenticate", SELF),
    route(
        "account/again/passkey/",
        webauthn.reauthenticate_webauthn,
        "mfa_reauthenticate_webauthn",
        SELF,
    ),
    route("account/switch/", access.switch, "switch", SELF),
    route("account/stay/", access.stay, "stay", AT_THE_TABLET),
    route("you/", access.me, "me", SELF),
    route("you/pin/", access.pin, "pin", SELF),
    route("you/language/", access.language, "language", SELF),
    route("you/clinic/", access.clinic, "clinic_switch", SELF),
    route("you/invitations/", inviting.invitations, "invitations", WHOEVER_SIGNED_IN),
    route("you/password/", account.password_change, "account_change_password", SELF),
    route("you/password/first/", account.password_set, "account_set_password", SELF),
    route("you/ways/", access.codes, "mfa_index", SELF),
    route("you/code/", totp.activate_totp, "mfa_activate_totp", SELF),
    route("you/code/off/", totp.deactivate_totp, "mfa_deactivate_totp", SELF),
    route("you/recovery/", recovery.view_recovery_codes, "mfa_view_recovery_codes", SELF),
    route(
        "you/recovery/new/", recovery.generate_recovery_codes, "mfa_generate_recovery_codes", SELF
    ),
    route("you/passkeys/", webauthn.list_webauthn, "mfa_list_webauthn", SELF),
    route("you/passkeys/new/", webauthn.add_webauthn, "mfa_add_webauthn", SELF),
    route("you/passkeys/<int:pk>/remove/", webauthn.remove_webauthn, "mfa_remove_webauthn", SELF),
    route("patients/<uuid:patient>/emergency/", emergency.open_record, "emergency_open", TREATS),
    route("patients/<uuid:patient>/team/", emergency.team, "team", PATIENT),
    route("patients/<uuid:patient>/team/add/", emergency.team_add, "team_add", TREATS),
    route("patients/<uuid:patient>/team/leave/", emergency.team_leave, "team_leave", TREATS),
    route("patients/<uuid:patient>/privacy/", emergency.privacy, "record_privacy", TREATS),
]
