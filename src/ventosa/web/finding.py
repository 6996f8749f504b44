"""Finding a patient by what is typed: part of a name, a birth date, a telephone, a number."""

import re

from django.db.models import QuerySet

from ventosa.languages import western_digits
from ventosa.matching import phone_end, plain
from ventosa.web.models import Patient, PatientWord
from ventosa.web.scope import Scope


def patients(scope: Scope, typed: str) -> QuerySet[Patient]:
    """Return the patients who fit every word typed; nothing typed is everybody, by name."""
    found = scope.patients().filter(is_merged=False)
    typed = western_digits(typed.strip())
    if re.fullmatch(r"\d{4}-[\d-]{0,5}", typed):
        return found.filter(birth_date__startswith=typed).order_by("plain_name", "id")
    if re.fullmatch(r"#?\d{1,7}", typed):
        return found.filter(number=int(typed.lstrip("#"))).order_by("plain_name", "id")
    if end := phone_end(typed):
        return found.filter(phone_end=end).order_by("plain_name", "id")
    for word in plain(typed).split()[:4]:
        # A range in place of LIKE: both databases answer it from the index.
        named = PatientWord.objects.filter(
            clinic=scope.clinic, word__gte=word, word__lt=word + "zzzzzz"
        )
        found = found.filter(id__in=named.values("patient"))
    return found.order_by("plain_name", "id")
