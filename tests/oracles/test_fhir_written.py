"""A written record read by another program that knows FHIR R4."""

import json

import pytest

from ventosa.fhir import to_bundle
from ventosa.knowledge import load
from whole_record import whole

fhirkit = pytest.importorskip("fhirkit", reason="is installed by make oracles")


def test_another_reader_finds_nothing_wrong() -> None:
    assert fhirkit.FHIR_VERSION.startswith("4.0")
    bundle = to_bundle(whole(), load())
    for entry in bundle["entry"]:
        issues = fhirkit.validate(json.dumps(entry["resource"]))
        assert not issues, (entry["resource"]["resourceType"], issues)


def test_the_other_reader_would_have_noticed() -> None:
    broken = {"resourceType": "Observation", "status": "final", "wrong": 1}
    try:
        issues = fhirkit.validate(json.dumps(broken))
    except Exception as error:
        issues = [error]
    assert issues
