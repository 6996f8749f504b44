"""The clinical content, as data: facts, rules, techniques, cups, sites, advice, evidence."""

from ventosa.knowledge.loader import SHIPPED, ZONES_RECORDED, load, load_library
from ventosa.knowledge.model import Knowledge, Library

__all__ = ["SHIPPED", "ZONES_RECORDED", "Knowledge", "Library", "load", "load_library"]
