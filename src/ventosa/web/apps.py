"""The one Django application of the clinic."""

from django.apps import AppConfig


class ClinicConfig(AppConfig):
    """Tables carry the label ``clinic``."""

    name = "ventosa.web"
    label = "clinic"
    verbose_name = "Clinic"
