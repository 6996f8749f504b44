"""The drawn back: a frame, felt places, closed zones and cups become one SVG to scale."""

from ventosa.drawing.back import draw_back, drawn_width_mm
from ventosa.drawing.course import PainPoint, draw_course
from ventosa.drawing.map import THIRDS, bands, draw_map, draw_where, said_of, third_of
from ventosa.drawing.style import RULES
from ventosa.drawing.words import ENGLISH, describe_back

__all__ = [
    "ENGLISH",
    "RULES",
    "THIRDS",
    "PainPoint",
    "bands",
    "describe_back",
    "draw_back",
    "draw_course",
    "draw_map",
    "draw_where",
    "drawn_width_mm",
    "said_of",
    "third_of",
]
