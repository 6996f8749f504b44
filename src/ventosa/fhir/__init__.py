"""The record in FHIR R4, read and written: no HTTP, no files, no clock."""

from ventosa.fhir.answered import read_answers
from ventosa.fhir.reading import read_bundle
from ventosa.fhir.writing import to_bundle

__all__ = ["read_answers", "read_bundle", "to_bundle"]
