"""The plan of a visit."""

from django.urls import URLPattern

routes: list[URLPattern] = []
