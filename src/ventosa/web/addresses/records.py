"""One person twice, imported bundles, who read what."""

from django.urls import URLPattern

routes: list[URLPattern] = []
