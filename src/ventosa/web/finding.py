"""Finding a patient by what is typed: part of a name, a birth date, a telephone, a number."""

import re

from django.db.models import Q, QuerySet

from ventosa.languages import western_digits
from ventosa.matching import phone_end, plain
from ventosa.web.models import Merge, Patient, PatientWord
from ventosa.web.scope import Scope

MOST_CLOSED = 3
"""Closed records of which a search says that they are there."""


def patients(scope: Scope, typed: str) -> QuerySet[Patient]:
    """Return the patients who fit every word typed; nothing typed is everybody, by name.

    Who was merged is found by the name, birth date, telephone and number of either record.
    """
    return _fitting(scope, scope.patients().filter(is_merged=False), typed)


def closed(scope: Scope, typed: str) -> list[Patient]:
    """Return the records closed to this person that somebody is looking for who knows the person:
    by a number, a whole birth date, a telephone, or two names at least."""
    text = western_digits(typed.strip())
    if re.fullmatch(r"\d{4}-[\d-]{0,5}", text):
        is_known = len(text) == len("1962-03-14")
    else:
        is_known = bool(re.fullmatch(r"#?\d{1,7}", text) or phone_end(text))
        is_known = is_known or len(plain(text).split()) > 1
    if not is_known:
        return []
    return list(_fitting(scope, scope.closed(), typed)[:MOST_CLOSED])


def _fitting(scope: Scope, found: QuerySet[Patient], typed: str) -> QuerySet[Patient]:
    typed = western_digits(typed.strip())
    if re.fullmatch(r"\d{4}-[\d-]{0,5}", typed):
        return _either(scope, found, birth_date__startswith=typed).order_by("plain_name", "id")
    if re.fullmatch(r"#?\d{1,7}", typed):
        return _either(scope, found, number=int(typed.lstrip("#"))).order_by("plain_name", "id")
    if end := phone_end(typed):
        return _either(scope, found, phone_end=end).order_by("plain_name", "id")
    for word in plain(typed).split()[:4]:
        # A range in place of LIKE: both databases answer it from the index.
        named = PatientWord.objects.filter(
            clinic=scope.clinic, word__gte=word, word__lt=word + "zzzzzz"
        )
        found = found.filter(id__in=named.values("patient"))
    return found.order_by("plain_name", "id")


MOST_MERGED = 50
"""Records that were merged into another and are found by what they alone hold, at most."""


def _either(scope: Scope, found: QuerySet[Patient], **fits: str | int) -> QuerySet[Patient]:
    """Who fits, or keeps a record that does."""
    merges = Merge.objects.filter(clinic=scope.clinic, undone=None)
    kept = merges.filter(**{f"merged__{field}": value for field, value in fits.items()})
    ids = list(kept.values_list("kept_id", flat=True)[:MOST_MERGED])
    return found.filter(Q(**fits) | Q(id__in=ids)) if ids else found.filter(**fits)
