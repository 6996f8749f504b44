"""Certificates and keys as files: what is wrong is said, and a file is written whole or not."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from ventosa.record import InputError

Address = IPv4Address | IPv6Address

_MOST_BYTES = 1_000_000


def read_certificates(path: Path) -> tuple[x509.Certificate, ...]:
    """Return the certificates of a PEM file, in its order; at least one.

    Raises:
        InputError: the file cannot be read or holds none.
    """
    try:
        return tuple(x509.load_pem_x509_certificates(_bytes(path)))
    except ValueError:
        raise InputError(str(path), "holds no certificate that can be read (PEM)") from None


def read_key(path: Path) -> PrivateKeyTypes:
    """Return the private key of a PEM file.

    Raises:
        InputError: the file cannot be read, holds no key, or one with a password.
    """
    try:
        return load_pem_private_key(_bytes(path), password=None)
    except TypeError:
        raise InputError(
            str(path), "is protected by a password: the server starts alone and needs it without"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise InputError(str(path), "holds no private key that can be read (PEM)") from None


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_MOST_BYTES)
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from None


def check_dates(path: Path, which: str, certificate: x509.Certificate, on: datetime) -> None:
    """Raise ``InputError`` where a certificate is over or has not begun at ``on``."""
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if on > last:
        raise InputError(str(path), f"{which} ended on {last.date()}")
    if on < first:
        raise InputError(
            str(path),
            f"{which} begins on {first.date()}, today is {on.date()}: is the clock right?",
        )


def check_use(path: Path, leaf: x509.Certificate) -> None:
    """Raise ``InputError`` where a certificate was issued for something other than a server."""
    if not has(leaf, x509.ExtendedKeyUsage):
        return
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    if not {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE} & {*uses}:
        raise InputError(str(path), "was not issued for a server (extended key usage)")


def has(certificate: x509.Certificate, kind: type[x509.ExtensionType]) -> bool:
    """Return whether a certificate carries an extension of this kind."""
    return any(isinstance(found.value, kind) for found in certificate.extensions)


def names_in(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[Address, ...]]:
    """Return the names and the addresses a certificate is for; browsers read no others."""
    if not has(certificate, x509.SubjectAlternativeName):
        return (), ()
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = found.get_values_for_type(x509.IPAddress)
    return tuple(found.get_values_for_type(x509.DNSName)), tuple(
        address for address in addresses if isinstance(address, IPv4Address | IPv6Address)
    )


def key_bytes(key: PublicKeyTypes) -> bytes:
    """Return a public key as bytes that are the same for the same key."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fits(key: PrivateKeyTypes, certificate: x509.Certificate) -> bool:
    """Return whether this is the private key of a certificate."""
    return key_bytes(key.public_key()) == key_bytes(certificate.public_key())


def is_open(path: Path) -> bool:
    """Return whether others on this machine may read or change a file.

    Always false on Windows, which keeps no such bits: there the folder's permissions count.
    """
    return os.name == "posix" and bool(path.stat().st_mode & 0o077)


def pem(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return key and certificate as one PEM file."""
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


def write_once(path: Path, data: bytes) -> None:
    """Write a secret file whole, or leave the one that is there.

    Raises:
        InputError: the place cannot be written.
    """
    temporary = _written_beside(path, data)
    try:
        _link(temporary, path)
    except OSError as error:
        raise InputError(str(path), f"cannot be written ({error.strerror})") from None
    finally:
        temporary.unlink(missing_ok=True)


def _link(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)  # fails where the file exists; renaming would replace it
    except OSError:
        # Another start was first, or (on a memory stick) the folder knows no links.
        if not path.exists():
            temporary.replace(path)


def write_over(path: Path, data: bytes) -> None:
    """Write a secret file whole, in place of the one that is there.

    Raises:
        InputError: the place cannot be written; then the old file stays.
    """
    temporary = _written_beside(path, data)
    try:
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise InputError(str(path), f"cannot be written ({error.strerror})") from None


def sweep(path: Path) -> None:
    """Remove the secrets that a stop in the middle of writing ``path`` has left beside it."""
    for left in path.parent.glob(f".{path.name}.*"):
        with suppress(OSError):
            left.unlink()


def _written_beside(path: Path, data: bytes) -> Path:
    """A file that only its owner may read, safe on the disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise InputError(str(path), f"cannot be written ({error.strerror})") from None
    return temporary
