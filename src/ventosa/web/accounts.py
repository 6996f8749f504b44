"""How people come to be here and sign in: the owner adds them; nobody signs up."""

from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, TypeVar, cast

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from cryptography.fernet import Fernet
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from ventosa.web import attempts, devices
from ventosa.web.models import User
from ventosa.web.trust import qr_svg

WRONG = "The name and the password do not fit together. Nothing else is said, on purpose."
WAIT = (
    "Too many attempts. Wait {minutes} and try again; a longer wait than 15 minutes is not asked."
)

TOLD = {
    "account/messages/password_changed.txt": "The password was changed.",
    "account/messages/password_set.txt": "The password was set.",
    "mfa/messages/totp_activated.txt": "From now on a code is asked for after the password.",
    "mfa/messages/totp_deactivated.txt": "The code is not asked for any more.",
    "mfa/messages/webauthn_added.txt": "The passkey was added.",
    "mfa/messages/webauthn_removed.txt": "The passkey was removed.",
}
"""What is said of a change, by the name of its letter."""

View = TypeVar("View", bound=Callable[..., Any])


def fresh_sign_in(view: View) -> View:
    """Ask once more for password, passkey or code before what would outlast the sign-in."""
    return cast(View, reauthentication_required(app="ventosa")(view))


def wait_words(seconds: int) -> str:
    """Return the sentence that asks to wait."""
    minutes = -(-seconds // 60)
    return WAIT.format(minutes="a minute" if minutes == 1 else f"{minutes} minutes")


def must_wait(seconds: int) -> ValidationError:
    """Return the refusal of an attempt that comes too early."""
    return ValidationError(wait_words(seconds), code="wait")


class ClinicAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up, no letter is ever sent, and attempts are counted in buckets of our own."""

    error_messages = {  # noqa: RUF012
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": WRONG,
        "incorrect_password": "This is not your password.",
        "enter_current_password": "Type the password you have now.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: object) -> None:
        """Send nothing: nothing leaves the machine."""

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """Send nothing."""

    def is_safe_url(self, url: str) -> bool:
        """Return whether a page is of this clinic: a path, and no other host."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Return the person of a name and password, ``None`` where they do not fit.

        Raises:
            ValidationError: too many attempts of this name, address or device; it says how long
                to wait, and is the same for a name that nobody has.
        """
        now, name = datetime.now(UTC), str(credentials.get("username", ""))
        own, shared = _keys(request, name)
        wait = attempts.begin([*own, *shared], now=now)
        if wait:
            raise must_wait(wait)
        user = super().authenticate(request, **credentials)
        if user is not None:
            pins = user.memberships.values_list("id", flat=True)
            held = [attempts.key_of(attempts.PIN, str(id)) for id in pins]
            attempts.succeeded([*own, *held], shared=shared, now=now)
        return user

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> Any:
        """Remember the device, and lead to the page that was asked for."""
        devices.remember(request, user.username)
        return super().post_login(request, user, **more)

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: Any = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say what happened, in our words; of most things the page itself tells."""
        said = TOLD.get(message_template or "", str(message or ""))
        if said:
            messages.add_message(request, level, said)


def _keys(request: HttpRequest, name: str) -> tuple[list[attempts.Key], list[attempts.Key]]:
    """The buckets of an attempt: those of the person alone, and those shared with others."""
    if device := devices.known_device(request, name):
        return [attempts.key_of(attempts.DEVICE, device, name)], []
    address = str(request.META.get("REMOTE_ADDR", ""))
    name_key = attempts.key_of(attempts.NAME, name)
    address_key = attempts.key_of(attempts.ADDRESS, address)
    return [name_key], [] if address_key.bucket == name_key.bucket else [address_key]


class ClinicCodes(DefaultMFAAdapter):  # type: ignore[misc]
    """Codes, recovery codes and passkeys; a secret is not readable in the database."""

    error_messages = {  # noqa: RUF012
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "This did not fit. Nothing was changed; try once more.",
    }

    def _cipher(self) -> Fernet:
        key = sha256(b"ventosa.codes:" + settings.SECRET_KEY.encode()).digest()
        return Fernet(urlsafe_b64encode(key))

    def encrypt(self, text: str) -> str:
        """Return a secret as it is stored."""
        return self._cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Return a stored secret."""
        return self._cipher().decrypt(encrypted_text.encode()).decode()

    def build_totp_svg(self, url: str) -> str:
        """Return the code that an app reads, as SVG without inline styles."""
        return qr_svg(url)

    def generate_authenticator_name(self, user: User, type: Any) -> str:
        """Return a first name for a passkey."""
        return "Passkey"

    def _get_site_name(self) -> str:
        return "Ventosa"


class _Counted(forms.Form):
    """A form with a code that is counted before it is checked."""

    user: User

    def clean_code(self) -> str:
        """Return the code that fits; too many wrong ones make wait."""
        now = datetime.now(UTC)
        keys = [attempts.key_of(attempts.CODE, str(self.user.pk))]
        wait = attempts.begin(keys, now=now)
        if wait:
            raise must_wait(wait)
        code: str = super().clean_code()  # type: ignore[misc]
        attempts.succeeded(keys, now=now)
        return code


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    """The second step of a sign-in."""


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """A code asked for once more."""


class FirstCodeForm(_Counted, ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app."""
