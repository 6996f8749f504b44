"""The clinic's own network: who this machine is there, and the certificates it shows.

A tablet keeps work offline, uses its camera and signs in with a passkey only over HTTPS that it
trusts. No public authority certifies a name such as ``reception.local``, so each clinic has an
**authority** of its own, made at the first start, which signs the **server certificate** and
nothing else. A clinic with a certificate from elsewhere gives that one (``given_certificate``).

The authority is limited to the names of this machine and to private addresses (critical name
constraints): whoever steals its key can play this clinic, or a device with a private address, to
a tablet that trusts it; a bank or a mail server they cannot. RFC 5280 leaves it to the program
whether limits written into a root are applied; Chrome (since 112), Firefox and OpenSSL do.

Finding the names and addresses sends nothing: a UDP socket is asked which of our addresses it
would use, and is closed. The clock is an argument: ``on`` is a moment with its time zone.
"""

import errno
import hashlib
import ipaddress
import re
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ventosa.record import InputError
from ventosa.web.certificates import (
    Address,
    check_dates,
    check_use,
    fits,
    has,
    is_open,
    key_bytes,
    names_in,
    pem,
    read_certificates,
    read_key,
    sweep,
    write_once,
    write_over,
)

AUTHORITY_FILE, SERVER_FILE = "authority.pem", "server.pem"
"""Key and certificate of each lie in one file, so that a stop between two writes parts no pair."""

AUTHORITY_DAYS = 3652
"""How long the authority lasts: ten years, because every tablet must trust the next one anew."""

SERVER_DAYS = 397
"""How long a server certificate lasts: what browsers take from a public authority (398 days), and
below the 825 days that Apple takes from one that a person added."""

RENEWED_DAYS = 30
"""A server certificate with no more days than this is issued anew at the next start."""

PRIVATE_NETWORKS: tuple[IPv4Network | IPv6Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7")
)
"""The addresses that no network shares with the internet (RFC 1918, 3927, 4193). The authority may
sign all of them: a router gives out new addresses, and tablets should not have to trust anew."""

_NEAR = ("10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.0.1", "192.0.2.1")
"""Asked for the way there only; the last is nobody's address, so it goes the default way."""

_LABEL = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Place:
    """Under which names and private addresses this machine is reached; the best name first."""

    names: tuple[str, ...]
    addresses: tuple[Address, ...] = ()
    open_addresses: tuple[Address, ...] = ()
    """Addresses that are not private: the authority may not sign them, so they are not served."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The clinic's certificate authority; ``notes`` are sentences somebody should read."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def der(self) -> bytes:
        """Return the certificate as a tablet downloads it; it is no secret."""
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def ends_on(self) -> date:
        """Return the last day of the authority (UTC)."""
        return self.certificate.not_valid_after_utc.date()

    def permits(self, name: str | Address) -> bool:
        """Return whether the authority may sign this name or address."""
        limits = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        for base in limits.permitted_subtrees or ():
            if isinstance(name, str):
                if isinstance(base, x509.DNSName) and f".{name}".endswith(f".{base.value}"):
                    return True
            elif isinstance(base.value, IPv4Network | IPv6Network) and name in base.value:
                return True
        return False


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What the server shows: two files (maybe one), for which names, until when.

    ``authority`` is ``None`` where the certificate was given. ``notes`` are sentences for the
    console and the settings page.
    """

    certificate: Path
    key: Path
    names: tuple[str, ...]
    addresses: tuple[Address, ...]
    expires_on: date
    authority: Authority | None = None
    notes: tuple[str, ...] = ()

    def sentence(self, on: datetime) -> str:
        """Return until when the certificate lasts and what is to be done about it."""
        last = self.expires_on
        if self.authority is None:
            return f"The certificate lasts until {last}. Give a new one before that day."
        renewed = last - timedelta(days=RENEWED_DAYS)
        if _utc(on).date() < renewed:
            return f"The certificate lasts until {last}; a start from {renewed} on renews it."
        return f"The certificate lasts until {last}. Stop and start the server to renew it."


def own_place() -> Place:
    """Return the names and private addresses of this machine; nothing is sent to find them.

    Raises:
        InputError: the machine has no name that a browser could open.
    """
    host = socket.gethostname()
    found = {ipaddress.ip_address(text.partition("%")[0]) for text in _own_addresses(host)}
    private = {one for one in found if any(one in network for network in PRIVATE_NETWORKS)}
    others = {one for one in found - private if not (one.is_loopback or one.is_link_local)}
    return Place(host_names(host), _in_order(private), _in_order(others))


def host_names(host: str) -> tuple[str, ...]:
    """Return the names of a machine that calls itself ``host``: ``reception.local`` first, which
    tablets find without a name server, then the bare name, then a longer name of its own.

    Raises:
        InputError: no name of letters, digits and hyphens, or the name every machine has.
    """
    full = host.lower().rstrip(".")
    label = full.partition(".")[0]
    if not _LABEL.fullmatch(label) or label == "localhost":
        raise InputError(
            "host name",
            f"{host!r} cannot be opened on a tablet: name this machine with letters a to z, "
            "digits and hyphens, or give a certificate with --cert and --key",
        )
    longer = (full,) if all(map(_LABEL.fullmatch, full.split("."))) else ()
    return tuple(dict.fromkeys((f"{label}.local", label, *longer)))


def _own_addresses(host: str) -> Iterable[str]:
    with suppress(OSError):
        yield from (str(found[4][0]) for found in socket.getaddrinfo(host, None))
    ways = [(socket.AF_INET, near) for near in _NEAR] + [(socket.AF_INET6, "fd00::1")]
    for family, near in ways:
        # Connecting a UDP socket chooses one of our addresses and sends nothing (port 9 discards).
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as asked:
            asked.connect((near, 9))
            yield str(asked.getsockname()[0])


def _in_order(addresses: Iterable[Address]) -> tuple[Address, ...]:
    return tuple(sorted(addresses, key=lambda one: (one.version, int(one))))


def why_not_listening(host: str, port: int) -> str:
    """Return why nothing can be served at a port, in words; empty = it can.

    The server shares a port on purpose between its own processes: two clinics would answer at one
    address in turn, so that it is asked before.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"{port} is in use by another program: choose another one with --port"
            return f"{port} cannot be opened ({error.strerror})"
    return ""


def clinic_authority(folder: Path, names: tuple[str, ...], on: datetime) -> Authority:
    """Return the authority kept in a folder, made there at the first call and never replaced.

    ``names``: what a new one is limited to; one that exists keeps its limits.

    Raises:
        InputError: the file is damaged, over, or dated in the future; or cannot be written.
    """
    path = folder / AUTHORITY_FILE
    if not path.exists():
        write_once(path, pem(*_new_authority(names, _utc(on))))
    return _read_authority(path, _utc(on))


def server_certificate(folder: Path, place: Place, on: datetime) -> ServerCertificate:
    """Return the clinic's server certificate for the names and addresses of this machine.

    It is issued anew where there is none that fits, and from ``RENEWED_DAYS`` before its end. A
    name that the authority may not sign is left out, and a note says so.

    Raises:
        InputError: the authority cannot be used, may sign nothing of this place, or the folder
            cannot be written.
    """
    moment = _utc(on)
    authority = clinic_authority(folder, place.names, moment)
    sweep(folder / AUTHORITY_FILE)
    sweep(folder / SERVER_FILE)
    signed = Place(
        tuple(name for name in place.names if authority.permits(name)),
        tuple(address for address in place.addresses if authority.permits(address)),
    )
    if not signed.names and not signed.addresses:
        raise InputError(str(folder / AUTHORITY_FILE), _left_out(place.names))
    path = folder / SERVER_FILE
    certificate = _still_good(path, authority, signed, moment)
    if certificate is None:
        certificate, key = _issue(authority, signed, moment)
        write_over(path, pem(certificate, key))
    left_out = tuple(name for name in place.names if name not in signed.names)
    notes = [*authority.notes, *([_left_out(left_out)] if left_out else [])]
    if place.open_addresses:
        named = " and ".join(map(str, place.open_addresses))
        notes.append(f"It is not reached at {named}: that is no private address of a clinic.")
    return ServerCertificate(
        path,
        path,
        signed.names,
        signed.addresses,
        certificate.not_valid_after_utc.date(),
        authority,
        tuple(notes),
    )


def _left_out(names: tuple[str, ...]) -> str:
    return (
        f"the clinic's authority was made for another name than {' and '.join(names)}, and tablets "
        "refuse it under this one: give the machine its old name back, or move the authority's "
        "file away and let every tablet trust a new one"
    )


def given_certificate(cert: Path, key: Path, on: datetime) -> ServerCertificate:
    """Return a certificate that somebody else issued, once it is seen to be fit for use.

    ``cert`` holds the server's certificate first, then those between it and its root (PEM).

    Raises:
        InputError: a file cannot be read, the key does not fit or has a password, a certificate
            is over or not yet valid, names no server, or was issued for another use.
    """
    chain = read_certificates(cert)
    private = read_key(key)
    leaf = chain[0]
    if not fits(private, leaf):
        raise InputError(
            str(key), f"is not the key of the first certificate in {cert.name}: the server's own"
        )
    for number, certificate in enumerate(chain, 1):
        check_dates(cert, f"certificate {number} of {len(chain)}", certificate, _utc(on))
    names, addresses = names_in(leaf)
    if not names and not addresses:
        raise InputError(
            str(cert), "names no server (no subject alternative names): browsers refuse it"
        )
    check_use(cert, leaf)
    expires_on = min(certificate.not_valid_after_utc for certificate in chain).date()
    notes = (f"Others on this machine can read {key.name}.",) if is_open(key) else ()
    return ServerCertificate(cert, key, names, addresses, expires_on, None, notes)


# --- issuing --------------------------------------------------------------------------------


def _new_authority(
    names: tuple[str, ...], on: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    # Two authorities of one clinic must not share a name, or a tablet tries the wrong one. Without
    # a common name iPadOS lists a root nowhere.
    part = hashlib.sha256(key_bytes(key.public_key())).hexdigest()[:8]
    called = _name(f"Ventosa {names[0][:40]} {part}")
    limits: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    limits += [x509.IPAddress(network) for network in PRIVATE_NETWORKS]
    builder = (
        _builder(called, called, key, on, on + timedelta(days=AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(limits, None), critical=True)
    )
    return builder.sign(key, hashes.SHA256()), key


def _issue(
    authority: Authority, place: Place, on: datetime
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    root = authority.certificate
    end = min(on + timedelta(days=SERVER_DAYS - 1), root.not_valid_after_utc)
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in place.names]
    names += [x509.IPAddress(address) for address in place.addresses]
    # The common name holds no host name: a program that still reads it must not find another one.
    builder = (
        _builder(_name("Ventosa server"), root.subject, key, on, end)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return builder.sign(authority.key, hashes.SHA256()), key


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    on: datetime,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(on - timedelta(days=1))  # a tablet's clock may run behind ours
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _utc(on: datetime) -> datetime:
    if on.tzinfo is None:
        raise ValueError("the moment needs a time zone")
    return on.astimezone(UTC)


def _read_authority(path: Path, on: datetime) -> Authority:
    problem = (
        "is not the clinic's authority as it was written: restore it from a backup, or move it "
        "away and let every tablet trust a new one"
    )
    try:
        certificate, key = read_certificates(path)[0], read_key(path)
    except InputError as error:
        raise InputError(str(path), f"{error.problem}, so it {problem}") from None
    if not (
        isinstance(key, ec.EllipticCurvePrivateKey)
        and fits(key, certificate)
        and has(certificate, x509.NameConstraints)
    ):
        raise InputError(str(path), problem)
    check_dates(path, "the clinic's authority", certificate, on)
    notes = []
    if is_open(path):
        path.chmod(0o600)
        notes.append(
            f"Others on this machine could read {path.name}, the key of the clinic's authority. "
            "It is closed again; if somebody may have copied it, make a new authority."
        )
    ends_on = certificate.not_valid_after_utc
    if ends_on < on + timedelta(days=SERVER_DAYS):
        notes.append(
            f"The clinic's authority ends on {ends_on.date()}. Before that day move {path.name} "
            "away, start again, and let every tablet trust the new one."
        )
    return Authority(certificate, key, tuple(notes))


def _still_good(
    path: Path, authority: Authority, place: Place, on: datetime
) -> x509.Certificate | None:
    """The kept certificate, or ``None`` where another must be issued; a damaged file is replaced,
    since nobody was asked to trust it."""
    try:
        certificate, key = read_certificates(path)[0], read_key(path)
        certificate.verify_directly_issued_by(authority.certificate)
        names, addresses = names_in(certificate)
    except (InputError, ValueError, TypeError, InvalidSignature):
        return None
    is_good = (
        fits(key, certificate)
        and set(names) == set(place.names)
        and set(addresses) == set(place.addresses)
        and certificate.not_valid_before_utc <= on
        and certificate.not_valid_after_utc > on + timedelta(days=RENEWED_DAYS)
        and not is_open(path)
    )
    return certificate if is_good else None
