"""Signs that turn the direction of what follows them."""

BIDI = {
    c: f"[U+{c:04X}]"
    for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
}
"""Signs that turn the direction of what follows: they are shown, not obeyed."""


def visible(text: str) -> str:
    """Return a text with signs of direction shown in place of obeyed."""
    return text.translate(BIDI)
