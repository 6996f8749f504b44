"""The drawn back: a frame, felt places, closed zones and cups become one SVG to scale."""

from ventosa.drawing.back import draw_back, drawn_width_mm
from ventosa.drawing.words import ENGLISH, describe_back

__all__ = ["ENGLISH", "describe_back", "draw_back", "drawn_width_mm"]
