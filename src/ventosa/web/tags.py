"""What templates may say beside their own words; always there."""

import json
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ventosa.languages import ui
from ventosa.web.ids import new_id

register = template.Library()

BIDI = {
    **{chr(c): f"[U+{c:04X}]" for c in range(0x202A, 0x202F)},
    **{chr(c): f"[U+{c:04X}]" for c in range(0x2066, 0x206A)},
    **{chr(c): f"[U+{c:04X}]" for c in (0x200E, 0x200F, 0x061C)},
}
"""Signs that turn the direction of what follows: they are shown, not obeyed."""


@register.simple_tag
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
    return "".join(BIDI.get(sign, sign) for sign in str(value))


@register.filter
def as_json(value: Any) -> str:
    """Return a value as JSON, for a data attribute that a script reads."""
    return json.dumps(value)


@register.simple_tag(takes_context=True)
def t(context: Any, english: str) -> SafeString:
    """Return words of a page in its language; where they are not there, the English, marked so."""
    language = context.get("language", "en")
    shown = ui(str(english), language)
    if shown.language == language:
        return format_html("{}", shown.text)
    text = '<span lang="{}" dir="{}">{}</span>'
    return format_html(text, shown.language, shown.direction, shown.text)


@register.simple_tag(takes_context=True)
def t_plain(context: Any, english: str) -> str:
    """Return words of a page in its language, for an attribute or a title."""
    return ui(str(english), context.get("language", "en")).text


@register.inclusion_tag("consent/line.html", takes_context=True)
def consent_line(context: Any) -> Any:
    """Return what was agreed, to be taken back in one tap; stands on every page of a person."""
    from ventosa.web.presenters.consent import standing_line

    request = context["request"]
    kept = {name: context.get(name) for name in ("patient", "language", "csrf_token")}
    lines = standing_line(request.scope, context["patient"])
    return {**kept, **lines, "here": request.path}
