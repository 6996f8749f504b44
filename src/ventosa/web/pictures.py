"""Pictures that were handed in are decoded and drawn anew: only what is seen stays.

Position, camera, thumbnails and whatever else was hidden in the file are gone; colours are sRGB.
The bounds are editorial; the clinic decides.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from ventosa.record import InputError

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_BYTES = 15_000_000
MOST_PIXELS = 40_000_000
FORMATS = ("JPEG", "PNG", "WEBP")
QUALITY = 90
MEDIA_TYPE = "image/jpeg"
BESIDE = 1_000_000
"""Bytes that the other fields of a form with a picture may take."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: JPEG bytes, and its size in pixels."""

    data: bytes
    width: int
    height: int


def redrawn(data: bytes, *, field: str = "picture") -> Picture:
    """Return a picture drawn anew from what it shows.

    Raises:
        InputError: names the field, and says in words why the file is not taken.
    """
    if not data:
        raise InputError(field, "choose a file")
    if len(data) > MOST_BYTES:
        raise InputError(field, f"the file is larger than {MOST_BYTES // 1_000_000} MB")
    if data[4:8] == b"ftyp" and data[8:11] in (b"hei", b"hev", b"mif"):
        raise InputError(
            field,
            "HEIC is not taken: set the camera to JPEG (on an iPad: Settings, Camera, Formats, "
            "Most compatible)",
        )
    return _drawn(data, field)


def _drawn(data: bytes, field: str) -> Picture:
    # A picture is rare and Pillow is heavy: it is loaded where one comes.
    from PIL import Image, ImageOps, UnidentifiedImageError

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    too_many = f"has more than {MOST_PIXELS // 1_000_000} million pixels"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise InputError(field, too_many)
                opened.load()
                turned = ImageOps.exif_transpose(opened)
                plain = _srgb(turned)
    except UnidentifiedImageError:
        raise InputError(field, "is no JPEG, PNG or WebP picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(field, too_many) from None
    except (OSError, ValueError, SyntaxError, EOFError, MemoryError):
        raise InputError(field, "cannot be read to its end: the file is damaged") from None
    out = BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return Picture(out.getvalue(), plain.width, plain.height)


def _srgb(picture: "Image") -> "Image":
    """The pixels alone, in sRGB on white."""
    from PIL import Image, ImageCms

    profile = picture.info.get("icc_profile")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        seen = picture.convert("RGBA")
        ground = Image.new("RGBA", seen.size, "white")
        picture = Image.alpha_composite(ground, seen).convert("RGB")
    elif picture.mode not in ("RGB", "CMYK", "L"):
        picture = picture.convert("RGB")
    if profile:
        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            turned = ImageCms.profileToProfile(picture, given, target, outputMode="RGB")
            picture = turned or picture
        except (ImageCms.PyCMSError, OSError):
            pass  # a profile that fits no pixel says nothing: the colours stay as they are
    clean = Image.new("RGB", picture.size)
    clean.paste(picture.convert("RGB"))
    return clean


def bounded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Return a view that refuses too large a form before a byte of it is read."""
    protected = csrf_protect(view)

    @csrf_exempt  # the check reads the body: it runs inside, once the size is known
    @wraps(view)
    def run(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > MOST_BYTES + BESIDE:
            from ventosa.web.views.faults import too_large

            return too_large(request, MOST_BYTES // 1_000_000)
        response: HttpResponse = protected(request, *args, **kwargs)
        return response

    return run
