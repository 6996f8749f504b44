"""What templates may say beside their own words; always there."""

import json
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
