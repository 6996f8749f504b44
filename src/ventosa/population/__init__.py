"""The same rules over many people, as one query."""
