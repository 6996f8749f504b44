"""Ventosa: cupping therapy in back-pain care, from the first question to the last session."""

__version__ = "0.1.0"
