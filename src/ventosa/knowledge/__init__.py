"""The clinical content, as data: facts, rules, techniques, cups, sites, advice, evidence."""

from ventosa.knowledge.facts import ZONES_RECORDED
from ventosa.knowledge.loader import SHIPPED, load, load_library
from ventosa.knowledge.model import Knowledge, Library
from ventosa.knowledge.overlay import overlaid

__all__ = ["SHIPPED", "ZONES_RECORDED", "Knowledge", "Library", "load", "load_library", "overlaid"]
