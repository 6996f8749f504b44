"""How a tablet comes to trust the clinic's authority, and what it needs for that.

The clinic speaks plain HTTP to its own machine only, so the authority's certificate can reach a
tablet in two ways: on a stick (it is no secret), or from the page itself, whose warning is passed
**once**. What comes that way may come from anybody on the network, therefore:

* What is compared is the fingerprint that the tablet's *own settings* show of what it has received,
  with the fingerprint on the *server's own screen*. A fingerprint on the page that was just
  opened proves nothing: whoever sends a false page sends a fingerprint that fits it.
* All of it is compared. Another certificate that agrees in a few groups can be made on purpose.
* Nobody signs in before the certificate is trusted and the page opens without a warning.

The comparison protects from a machine on the network that answers in the server's place at that
first visit; trust protects from it at every later one. Neither protects from somebody who sits at
the server, has a copy of the authority's key, or holds the tablet.

A code on the screen (``qr_svg``) carries the address only. It could hold the whole certificate,
but no tablet opens a certificate from a code.
"""

import plistlib
import uuid
from enum import StrEnum

import segno
from cryptography.hazmat.primitives import hashes

from ventosa.web.lan import Authority

CERTIFICATE_TYPE, CERTIFICATE_NAME = "application/x-x509-ca-cert", "ventosa-authority.crt"
"""Content type and file name under which ``Authority.der`` is downloaded."""

PROFILE_TYPE, PROFILE_NAME = "application/x-apple-aspen-config", "ventosa.mobileconfig"
"""Content type and file name under which ``mobileconfig`` is downloaded."""

_UUIDS = uuid.UUID("6f1f6b0e-8f0b-5d1c-9f3a-7a5d1d0c2b11")


class Platform(StrEnum):
    """What the device is; Firefox keeps its own list of authorities on most of them."""

    IPAD = "ipad"
    ANDROID = "android"
    WINDOWS = "windows"
    MACOS = "macos"
    LINUX = "linux"
    FIREFOX = "firefox"


_TITLES = {
    Platform.IPAD: "iPad and iPhone",
    Platform.ANDROID: "Android",
    Platform.WINDOWS: "Windows, with Edge or Chrome",
    Platform.MACOS: "Mac, with Safari or Chrome",
    Platform.LINUX: "Linux, with Chromium or Chrome",
    Platform.FIREFOX: "Firefox on a computer",
}

_COMPARE = (
    "Compare it with the fingerprint on the server's own screen, all groups of it. If one differs, "
    "stop: remove the file and find out who answered."
)

_STEPS = {
    Platform.IPAD: (
        "Open the clinic's address in Safari. At the warning tap Show Details, then visit this "
        "website. Sign in nowhere yet.",
        "Tap Download certificate and allow the download of the profile.",
        "Open Settings > General > VPN & Device Management and tap the downloaded profile, then "
        "More Details and the certificate. Its details end with the SHA-256 fingerprint.",
        _COMPARE,
        "Tap Install and enter the passcode of the device. It says that the profile is not "
        "verified, because no company signed it.",
        "Open Settings > General > About > Certificate Trust Settings and switch on full trust for "
        "the certificate whose name begins with Ventosa.",
    ),
    Platform.ANDROID: (
        "Open the clinic's address in Chrome. At the warning tap Advanced, then proceed. Sign in "
        "nowhere yet.",
        "Tap Download certificate and keep the file.",
        "Open Settings > Security & privacy > More security & privacy > Encryption & credentials > "
        "Install a certificate > CA certificate, tap Install anyway, and choose the file. The "
        "names differ between makers: search the settings for CA certificate.",
        "In the same place open Trusted credentials > User and tap the certificate whose name "
        "begins with Ventosa. It shows the SHA-256 fingerprint.",
        _COMPARE,
        "Android now says that the network may be monitored. It says so of every authority that a "
        "person has added. Firefox for Android does not use it: work in Chrome.",
    ),
    Platform.WINDOWS: (
        "Open the clinic's address in Edge or Chrome. At the warning choose Advanced, then "
        "continue. Sign in nowhere yet.",
        "Download the certificate.",
        f"Open PowerShell in the folder of the file and type: Get-FileHash {CERTIFICATE_NAME}. "
        "The hash is the SHA-256 fingerprint. (The thumbprint that Windows shows is another.)",
        _COMPARE,
        "Open the file, choose Install Certificate, Current User, Place all certificates in the "
        "following store, Browse, Trusted Root Certification Authorities. Finish and confirm.",
    ),
    Platform.MACOS: (
        "Open the clinic's address in Safari. At the warning choose Show Details, then visit this "
        "website. Sign in nowhere yet.",
        "Download the certificate and open the file: Keychain Access adds it to the login "
        "keychain, not trusted yet.",
        "In Keychain Access open the certificate whose name begins with Ventosa. Its details end "
        "with the SHA-256 fingerprint.",
        _COMPARE,
        "In the same window open Trust, set When using this certificate to Always Trust, close it "
        "and enter the password of the Mac.",
    ),
    Platform.LINUX: (
        "Open the clinic's address. At the warning choose Advanced, then proceed. Sign in nowhere "
        "yet.",
        "Download the certificate.",
        f"Open a terminal in the folder of the file and type: sha256sum {CERTIFICATE_NAME}. The "
        "sum is the SHA-256 fingerprint.",
        _COMPARE,
        "Open Settings > Privacy and security > Security > Manage certificates. Import the file "
        "under Installed by you, Trusted certificates; in older versions under Authorities, with "
        "trust for identifying websites.",
    ),
    Platform.FIREFOX: (
        "Open the clinic's address. At the warning choose Advanced, then accept the risk. Sign in "
        "nowhere yet.",
        "Download the certificate. Firefox may offer to trust it at once: choose View there.",
        "Otherwise open Settings > Privacy & Security > Certificates > View Certificates > "
        "Authorities > Import, choose the file, and choose View. It shows the SHA-256 fingerprint.",
        _COMPARE,
        "Tick Trust this CA to identify websites and confirm. Under Servers delete the exception "
        "that was made for the clinic's address.",
    ),
}

_LAST = (
    "Close the page and open the address again. It opens without a warning. If it does not, sign "
    "in nowhere."
)


def platform_title(platform: Platform) -> str:
    """Return what a device of this platform is called on a page."""
    return _TITLES[platform]


def trust_steps(platform: Platform) -> tuple[str, ...]:
    """Return what somebody does on the device, step by step, until it trusts the clinic."""
    return (*_STEPS[platform], _LAST)


def fingerprint(authority: Authority) -> str:
    """Return the SHA-256 fingerprint of the certificate: sixteen groups of four hexadecimal
    digits, to be read aloud. It is also the SHA-256 of the downloaded file."""
    digits = authority.certificate.fingerprint(hashes.SHA256()).hex().upper()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def qr_svg(url: str) -> str:
    """Return a code that a camera reads as ``url``, as SVG to be put into a page.

    Black on white also on a dark page, with its quiet edge; sized by the style sheet through its
    class ``qr``; without inline styles.
    """
    return segno.make(url, error="m", micro=False).svg_inline(
        omitsize=True, svgclass="qr", lineclass=None, light="#fff", title=f"Code for {url}"
    )


def mobileconfig(authority: Authority, clinic_name: str) -> bytes:
    """Return an Apple profile that installs the authority under the clinic's name.

    It is not signed, and full trust is still switched on by hand (``trust_steps``): only a managed
    device is spared that. The same authority always makes the same profile.
    """
    clinic = "".join(letter for letter in clinic_name if letter.isprintable()).strip() or "Ventosa"
    mark = fingerprint(authority).replace(" ", "").lower()
    name = f"org.ventosa.authority.{mark[:16]}"

    def payload(kind: str, identifier: str, said: dict[str, object]) -> dict[str, object]:
        return {
            "PayloadType": kind,
            "PayloadVersion": 1,
            "PayloadIdentifier": identifier,
            "PayloadUUID": str(uuid.uuid5(_UUIDS, f"{kind} {mark}")).upper(),
            "PayloadDisplayName": clinic,
            **said,
        }

    root = payload(
        "com.apple.security.root",
        f"{name}.root",
        {"PayloadContent": authority.der, "PayloadCertificateFileName": CERTIFICATE_NAME},
    )
    said = "The certificate authority of this clinic. It is limited to the clinic's own server."
    return plistlib.dumps(
        payload("Configuration", name, {"PayloadDescription": said, "PayloadContent": [root]})
    )
