"""How a tablet comes to trust the clinic: steps, the authority, and what to compare."""

from datetime import UTC, datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe

from ventosa.web import trust as trusting
from ventosa.web.lan import AUTHORITY_FILE, Authority, clinic_authority


def trust(request: HttpRequest) -> HttpResponse:
    """Return the steps for each kind of device.

    The fingerprint is shown on the clinic's own machine only: on a tablet that does not trust the
    connection yet, whoever sends a false page would send the fingerprint that fits it.
    """
    address = settings.DEPLOYMENT.address
    authority = _authority()
    is_here = request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
    devices = [
        (trusting.platform_title(platform), trusting.trust_steps(platform))
        for platform in trusting.Platform
    ]
    context = {
        "address": address,
        "code": mark_safe(trusting.qr_svg(f"{address}trust/")) if address else "",
        "authority": authority,
        "fingerprint": trusting.fingerprint(authority) if authority and is_here else "",
        "devices": devices,
        "part": "trust",
    }
    return render(request, "trust.html", context)


def certificate(request: HttpRequest) -> HttpResponse:
    """Return the authority as a tablet downloads it."""
    return _download(_known_authority().der, trusting.CERTIFICATE_TYPE, trusting.CERTIFICATE_NAME)


def profile(request: HttpRequest) -> HttpResponse:
    """Return the authority as a profile for iPad and iPhone."""
    made = trusting.mobileconfig(_known_authority(), "Ventosa")
    return _download(made, trusting.PROFILE_TYPE, trusting.PROFILE_NAME)


def _download(data: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": disposition})


def _authority() -> Authority | None:
    """The clinic's own authority; ``None`` where a certificate from elsewhere is shown, or none."""
    folder = settings.DEPLOYMENT.folder
    if folder is None or not settings.DEPLOYMENT.is_https or settings.DEPLOYMENT.is_proxied:
        return None
    if not (folder / AUTHORITY_FILE).exists():
        return None
    return clinic_authority(folder, (), datetime.now(UTC))


def _known_authority() -> Authority:
    authority = _authority()
    if authority is None:
        raise Http404
    return authority
