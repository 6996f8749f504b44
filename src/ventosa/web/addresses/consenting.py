"""Consent: read, signed, said, withdrawn."""

from django.urls import URLPattern

routes: list[URLPattern] = []
