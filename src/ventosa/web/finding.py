"""Finding a patient by what is typed: part of a name, a birth date, a telephone, a number."""

import re
from collections.abc import Collection
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ventosa.languages import western_digits
from ventosa.matching import phone_end, plain
from ventosa.web.models import Merge, Patient, PatientWord
from ventosa.web.scope import Scope

MOST_CLOSED = 3
"""Closed records of which a search says that they are there."""


def patients(
    scope: Scope, typed: str, *, most: int, beside: Collection[UUID] = ()
) -> list[Patient]:
    """Return patients who fit every word typed, by name; nothing typed is everybody.

    Who was merged is found by the name, birth date, telephone and number of either record. Nobody
    of ``beside`` is named.
    """
    found = scope.unmerged().exclude(id__in=list(beside))
    return _fitting(scope, found, typed, most)


def closed(scope: Scope, typed: str) -> list[Patient]:
    """Return the records closed to this person that somebody is looking for who knows the person:
    by a number, a whole birth date, a telephone, or two names at least."""
    text = western_digits(typed.strip())
    if re.fullmatch(r"\d{4}-[\d-]{0,5}", text):
        is_known = len(text) == len("1962-03-14")
    else:
        is_known = bool(re.fullmatch(r"#?\d{1,7}", text) or phone_end(text))
        is_known = is_known or len(plain(text).split()) > 1
    return _fitting(scope, scope.closed(), typed, MOST_CLOSED) if is_known else []


def _fitting(scope: Scope, found: QuerySet[Patient], typed: str, most: int) -> list[Patient]:
    typed = western_digits(typed.strip())
    if re.fullmatch(r"\d{4}-[\d-]{0,5}", typed):
        found = _either(scope, found, birth_date__startswith=typed)
    elif re.fullmatch(r"#?\d{1,7}", typed):
        found = _either(scope, found, number=int(typed.lstrip("#")))
    elif end := phone_end(typed):
        found = _either(scope, found, phone_end=end)
    elif some := sorted(plain(typed).split()[:4], key=len, reverse=True):
        return _named(scope, found, some, most)
    return list(found.order_by("plain_name", "id")[:most])


def _named(scope: Scope, found: QuerySet[Patient], some: list[str], most: int) -> list[Patient]:
    """Who is named so. The index of words is read in its order until so many are found: of a name
    that thousands bear no more is read than of a rare one."""

    def words(word: str) -> QuerySet[PatientWord]:
        # A range in place of LIKE: both databases answer it from the index.
        return PatientWord.objects.filter(
            clinic=scope.clinic, word__gte=word, word__lt=word + "zzzzzz"
        )

    longest, *others = some
    fits = found.filter(id=OuterRef("patient"))
    for word in others:
        fits = fits.filter(Exists(words(word).filter(patient=OuterRef("id"))))
    rows = words(longest).filter(Exists(fits)).select_related("patient").order_by("word", "id")
    named = {row.patient_id: row.patient for row in rows[: 2 * most]}  # two words of one may fit
    return sorted(list(named.values())[:most], key=lambda one: (one.plain_name, one.id))


MOST_MERGED = 50
"""Records that were merged into another and are found by what they alone hold, at most."""


def _either(scope: Scope, found: QuerySet[Patient], **fits: str | int) -> QuerySet[Patient]:
    """Who fits, or keeps a record that does."""
    merges = Merge.objects.filter(clinic=scope.clinic, undone=None)
    kept = merges.filter(**{f"merged__{field}": value for field, value in fits.items()})
    ids = list(kept.values_list("kept_id", flat=True)[:MOST_MERGED])
    return found.filter(Q(**fits) | Q(id__in=ids)) if ids else found.filter(**fits)
