"""How people come to be here: the owner adds them; nobody signs up."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClinicAccounts(DefaultAccountAdapter):  # type: ignore[misc]
    """No sign-up, and no letter is ever sent."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: object) -> None:
        """Send nothing: nothing leaves the machine."""
