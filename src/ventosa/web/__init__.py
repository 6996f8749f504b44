"""The clinic: the second door, and the only room that knows Django.

Nothing here decides. ``models`` store, ``actions`` write, ``views`` fetch in scope and call the
core, ``presenters`` choose words, templates place them.
"""
