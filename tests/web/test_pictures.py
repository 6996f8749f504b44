"""Pictures: drawn anew, bounded, consented to, served as bytes that nothing runs."""

import re
import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from cast import Cast
from recorded import key, word, write
from ventosa.record import InputError
from ventosa.web.documents import NoteBody
from ventosa.web.models import Document, Kind, Patient
from ventosa.web.pictures import MOST_BYTES, redrawn
from ventosa.web.words import word_id


def jpeg(size: tuple[int, int] = (40, 30), **more: Any) -> bytes:
    from PIL import Image

    out = BytesIO()
    Image.new("RGB", size, (200, 120, 90)).save(out, more.pop("format", "JPEG"), **more)
    return out.getvalue()


def with_position() -> bytes:
    from PIL import Image

    exif = Image.Exif()
    exif[0x010F] = "SECRETCAMERA"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif[0x0112] = 6  # turned on its side
    return jpeg(exif=exif)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is huge."""

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A small PNG whose hidden text opens to 100 MB."""
    made = jpeg(format="PNG")
    data = b"k\0\0" + zlib.compress(b"\0" * 100_000_000)
    body = b"zTXt" + data
    chunk = struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
    return made[:33] + chunk + made[33:]


def test_a_picture_keeps_what_is_seen_and_nothing_else() -> None:
    from PIL import Image

    given = with_position() + b"<script>alert(1)</script>"
    kept = redrawn(given)
    assert (kept.width, kept.height) == (30, 40)  # turned upright
    for secret in (b"SECRETCAMERA", b"script", b"Exif"):
        assert secret in given and secret not in kept.data
    opened = Image.open(BytesIO(kept.data))
    assert opened.format == "JPEG" and not opened.getexif()


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_other_formats_are_drawn_anew(format: str) -> None:
    assert redrawn(jpeg(format=format)).data[:2] == b"\xff\xd8"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "choose a file"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "is no JPEG"),
        (b"GIF89a" + b"\0" * 40, "is no JPEG"),
        (b"%PDF-1.7\n" + b"\0" * 40, "is no JPEG"),
        (b"PK\x03\x04" + b"\0" * 40, "is no JPEG"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, "HEIC"),
        (bomb(30_000, 30_000), "million pixels"),
        (bomb(8_000, 6_000), "million pixels"),
        (jpeg((400, 300))[:900], "damaged"),
        (text_bomb(), "damaged"),
        (b"\xff\xd8\xff" + b"x" * MOST_BYTES, "larger than 15 MB"),
    ],
    ids=["empty", "svg", "gif", "pdf", "zip", "heic", "bomb", "48MP", "cut", "ztxt", "large"],
)
def test_what_is_no_picture_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words):
        redrawn(data)


def consented(cast: Cast, patient: Patient) -> None:
    """The person signs the text about photos, as it is shown."""
    client = cast.client("carol")
    path = f"/patients/{patient.id}/consent/photo/"
    page = client.get(path).content.decode()
    found = re.findall(r'<input type="hidden" name="(key|read|sha256)" value="([^"]*)"', page)
    fields = {"method": "typed", "typed_name": patient.name, **dict(found)}
    assert client.post(path, fields).status_code == 302


def upload(client: Client, path: str, data: bytes, **more: Any) -> Any:
    return client.post(path, {"picture": SimpleUploadedFile("../../x.svg", data), **more})


def test_a_photo_needs_the_persons_own_consent_that_stands(cast: Cast) -> None:
    from ventosa.consent import ConsentKind
    from ventosa.web.actions import consents

    patient, client = cast.patient(), cast.client("alice")
    path = reverse("photo_new", args=[patient.id])
    assert upload(client, path, jpeg()).status_code == 422
    consented(cast, patient)
    assert upload(client, path, with_position(), title="After").status_code == 302
    consents.withdraw(cast.scope("alice"), patient=patient, kind=ConsentKind.PHOTO, key=key())
    refused = upload(client, path, jpeg((60, 50)))
    assert refused.status_code == 422 and "taken back" in refused.content.decode()
    assert Document.objects.filter(kind=Kind.PHOTO).count() == 1


def test_a_photo_is_served_as_bytes_that_nothing_runs(cast: Cast) -> None:
    patient, client = cast.patient(), cast.client("alice")
    consented(cast, patient)
    upload(client, reverse("photo_new", args=[patient.id]), with_position())
    document = Document.objects.get(kind=Kind.PHOTO)
    path = reverse("picture", args=[document.id])
    answer = client.get(path)
    assert answer["Content-Type"] == "image/jpeg" and answer.content[:2] == b"\xff\xd8"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'inline; filename="picture.jpg"'
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert cast.client("mallory").get(path).status_code == 404
    assert "<img" in client.get(reverse("document", args=[document.id])).content.decode()
    assert "<img" not in client.get(reverse("chart", args=[patient.id])).content.decode()
    note = write(cast, patient, Kind.NOTE, NoteBody(text="x"))
    assert client.get(reverse("picture", args=[note.id])).status_code == 404


def test_too_large_a_form_is_refused_before_it_is_read(cast: Cast) -> None:
    patient = cast.patient()
    consented(cast, patient)
    path = reverse("photo_new", args=[patient.id])
    answer = cast.client("alice").generic(
        "POST", path, b"", "multipart/form-data; boundary=b", CONTENT_LENGTH=str(MOST_BYTES * 2)
    )
    assert answer.status_code == 413


def test_a_form_with_a_picture_still_needs_its_token(cast: Cast) -> None:
    patient = cast.patient()
    consented(cast, patient)
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice.user, "allauth.account.auth_backends.AuthenticationBackend")
    answer = upload(client, reverse("photo_new", args=[patient.id]), jpeg())
    assert answer.status_code == 403 and not Document.objects.filter(kind=Kind.PHOTO).exists()


def test_a_scan_of_the_letter_stands_beside_the_clearance(cast: Cast) -> None:
    patient, client = cast.patient(), cast.client("alice")
    said = write(cast, patient, Kind.WORD, word(cast))
    form = {"clears": word_id(said.id), "by": "Dr Marsh", "in_writing": "yes"}
    scan = SimpleUploadedFile("letter.jpg", jpeg())
    path = reverse("clearance_new", args=[patient.id])
    assert client.post(path, {**form, "scan": scan}).status_code == 302
    document = Document.objects.get(kind=Kind.CLEARANCE)
    assert client.get(reverse("picture", args=[document.id])).status_code == 200
