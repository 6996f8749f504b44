"""The sizes of screen that a journey runs on."""

import os

TABLET, PORTRAIT, PHONE = (1180, 820), (820, 1180), (390, 844)
SIZES = {"tablet": TABLET, "portrait": PORTRAIT, "phone": PHONE}
SOAK = bool(os.environ.get("VENTOSA_SOAK"))
"""``make soak`` runs every journey on every size; otherwise most run on the tablet."""


def sizes(*usual: str) -> list[str]:
    """Return the sizes that a journey runs on: the usual ones, or all in a soak."""
    return list(SIZES) if SOAK else list(usual)
