"""The record in FHIR R4: no HTTP, no files, no clock."""

from ventosa.fhir.reading import read_bundle

__all__ = ["read_bundle"]
