"""What templates may say beside their own words; always there."""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import is_aware, localtime

from ventosa.languages import counted, visible
from ventosa.web.ids import new_id
from ventosa.web.presenters.speaking import PLACES, spoken, spoken_day

register = template.Library()

_SENSE = re.compile(r" \[[a-z ]+\]$")


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """Return a sign of the set; it says nothing to a screen reader."""
    return format_html(
        '<svg class="i {}" aria-hidden="true"><use href="{}#i-{}"></use></svg>',
        extra,
        static("ventosa/icons.svg"),
        name,
    )


@register.simple_tag
def submission() -> SafeString:
    """Return the hidden field that makes a form that is sent twice write once."""
    return format_html('<input type="hidden" name="key" value="{}">', new_id().hex)


@register.filter
def shown(value: Any) -> str:
    """Return a text with signs of direction shown in place of obeyed."""
    return visible(str(value))


@register.filter
def as_json(value: Any) -> str:
    """Return a value as JSON, for a data attribute that a script reads."""
    return json.dumps(value)


@register.simple_tag(takes_context=True)
def t(context: Any, english: Any, **values: Any) -> SafeString:
    """Return words of a page in its language; where they are not there, the English, marked so.

    A sense that keeps two words apart, ``none [way in]``, is never shown.
    """
    return _marked(english, context.get("language", "en"), values)


@register.simple_tag(takes_context=True)
def t_plain(context: Any, english: Any, **values: Any) -> SafeString:
    """Return words of a page in its language, for an attribute, a title or an option."""
    return _plain(english, context.get("language", "en"), values)


def _marked(english: Any, language: str, values: Mapping[str, Any]) -> SafeString:
    shown = spoken(str(english), language)
    text = _filled(shown.text if shown.language != "en" else english, values)
    if shown.language == language:
        return text
    return format_html('<span lang="{}" dir="{}">{}</span>', shown.language, shown.direction, text)


def _plain(english: Any, language: str, values: Mapping[str, Any]) -> SafeString:
    shown = spoken(str(english), language)
    return _filled(shown.text if shown.language != "en" else english, values)


class Words(template.Node):
    """Words that stand in a template: looked up once a language and not on every page."""

    def __init__(self, english: SafeString, say: Callable[..., SafeString]) -> None:
        self.say = cache(lambda language: say(english, language, {}))

    def render(self, context: Any) -> SafeString:
        """Return them in the language of the page."""
        return self.say(context.get("language", "en"))


def _once(name: str, say: Callable[..., SafeString]) -> None:
    """Let a tag look up words that stand in a template once; others are looked up each time."""
    each_time = register.tags[name]

    def compiled(parser: Any, token: Any) -> template.Node:
        _, *bits = token.split_contents()
        if len(bits) == 1 and re.fullmatch(r'"[^"\\]*"', bits[0]):
            return Words(SafeString(bits[0][1:-1]), say)
        node: template.Node = each_time(parser, token)
        return node

    register.tag(name, compiled)


_once("t", _marked)
_once("t_plain", _plain)


@register.simple_tag(takes_context=True)
def t_known(context: Any, said: Any) -> SafeString:
    """Return words in the page's language where they are the program's, else as somebody wrote."""
    language = context.get("language", "en")
    shown = spoken(str(said), language)
    return conditional_escape(shown.text if shown.language == language != "en" else said)


@register.simple_tag(takes_context=True)
def t_all(context: Any, several: Any, between: str = ", ") -> SafeString:
    """Return several words one after the other; ``between`` begins with a space where it is one."""
    lead = " " if between.startswith(" ") else ""
    return SafeString(f"{lead}{t(context, between.strip())} ".join(t(context, w) for w in several))


@register.simple_tag(takes_context=True)
def t_count(context: Any, english: str, count: int) -> SafeString:
    """Return a counted sentence in the form that its number takes."""
    language = context.get("language", "en")
    shown = counted(str(english), count, language)
    if shown.language == language:
        return conditional_escape(shown.text)
    return format_html(
        '<span lang="{}" dir="{}">{}</span>', shown.language, shown.direction, shown.text
    )


@register.simple_tag(takes_context=True)
def day(context: Any, when: Any, form: str) -> str:
    """Return a day in the page's language; ``form`` is how English writes it."""
    if isinstance(when, datetime) and is_aware(when):
        when = localtime(when)
    return spoken_day(when, str(form), context.get("language", "en"))


@register.simple_tag(takes_context=True)
def as_written(context: Any, value: Any) -> SafeString:
    """Return a date in figures or a number, which in a page from right to left would turn round."""
    if context.get("direction", "ltr") == "ltr":
        return conditional_escape(value)
    return format_html('<bdi dir="ltr">{}</bdi>', value)


@register.filter
def bdi(value: Any) -> SafeString:
    """Return a name whose direction is its own, whatever stands around it."""
    return format_html("<bdi>{}</bdi>", value)


def _filled(text: Any, values: Mapping[str, Any]) -> SafeString:
    """Words with values in their places; without values a brace is only a brace."""
    is_ours = isinstance(text, SafeString)  # stands in a template, and may carry its sense
    safe = conditional_escape(_SENSE.sub("", text) if is_ours and "[" in text else text)
    if not values:
        return safe
    return SafeString(PLACES.sub(lambda place: conditional_escape(values[place[0][1:-1]]), safe))


@register.inclusion_tag("consent/line.html", takes_context=True)
def consent_line(context: Any) -> Any:
    """Return what was agreed, to be taken back in one tap; stands on every page of a person."""
    from ventosa.web.presenters.consent import standing_line

    request = context["request"]
    kept = {name: context.get(name) for name in ("patient", "language", "csrf_token")}
    lines = standing_line(request.scope, context["patient"])
    return {**kept, **lines, "here": request.path}
