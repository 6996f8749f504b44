"""Documents of a record: notes, words from outside, harm, moves."""

from django.urls import URLPattern

routes: list[URLPattern] = []
