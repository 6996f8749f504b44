"""The clinic's own network: its authority, its server certificate, and how a tablet trusts them."""

import hashlib
import ipaddress
import os
import plistlib
import re
import socket
import ssl
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from ventosa.record import InputError
from ventosa.web import certificates
from ventosa.web.lan import (
    AUTHORITY_FILE,
    SERVER_FILE,
    Authority,
    Place,
    clinic_authority,
    given_certificate,
    host_names,
    own_place,
    server_certificate,
)
from ventosa.web.trust import Platform, fingerprint, mobileconfig, qr_svg, trust_steps

ON = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
NAMES = ("reception.local", "reception")
ADDRESS = ipaddress.ip_address("192.168.1.20")
PLACE = Place(NAMES, (ADDRESS,))
LOOPBACK = socket.inet_ntoa(socket.INADDR_LOOPBACK.to_bytes(4, "big"))


def certificate_in(folder: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / SERVER_FILE).read_bytes())


def verify(
    authority: Authority, leaf: x509.Certificate, name: str | certificates.Address, on: datetime
) -> None:
    subject = x509.DNSName(name) if isinstance(name, str) else x509.IPAddress(name)
    store = Store([authority.certificate])
    PolicyBuilder().store(store).time(on).build_server_verifier(subject).verify(leaf, [])


def signed_by(
    authority: Authority, *names: x509.GeneralName, is_authority: bool = False
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    """What a thief of the authority's key would make."""
    key = ec.generate_private_key(ec.SECP256R1())
    root = authority.key.public_key()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "thief")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(authority.certificate.not_valid_before_utc)
        .not_valid_after(authority.certificate.not_valid_before_utc + timedelta(days=90))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate, key


# --- the authority --------------------------------------------------------------------------


def test_an_authority_may_sign_for_this_clinic_only(tmp_path: Path) -> None:
    authority = clinic_authority(tmp_path, NAMES, ON)
    found = authority.certificate.extensions
    basic = found.get_extension_for_class(x509.BasicConstraints)
    assert (basic.critical, basic.value.ca, basic.value.path_length) == (True, True, 0)
    usage = found.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.key_cert_sign
    assert not usage.value.digital_signature and not usage.value.crl_sign
    limits = found.get_extension_for_class(x509.NameConstraints)
    assert limits.critical
    permitted = {base.value for base in limits.value.permitted_subtrees or ()}
    assert set(NAMES) < permitted
    nets = {base for base in permitted if not isinstance(base, str)}
    assert len(nets) == 5 and all(net.is_private for net in nets)
    assert isinstance(authority.key.curve, ec.SECP256R1)
    assert authority.ends_on.year == 2036


@pytest.mark.parametrize(
    "name",
    [
        x509.DNSName("bank.example"),
        x509.DNSName("other.local"),
        x509.DNSName("xreception.local"),
        x509.IPAddress(ipaddress.ip_address("8.8.8.8")),
        x509.IPAddress(ipaddress.ip_address("2001:db8::1")),
    ],
    ids=lambda name: str(name.value),
)
def test_another_name_under_a_stolen_key_is_refused(tmp_path: Path, name: x509.GeneralName) -> None:
    authority = clinic_authority(tmp_path, NAMES, ON)
    leaf, _ = signed_by(authority, name)
    assert not authority.permits(name.value)
    with pytest.raises(VerificationError, match="name constraints"):
        verifier = PolicyBuilder().store(Store([authority.certificate])).time(ON)
        verifier.build_server_verifier(name).verify(leaf, [])  # type: ignore[arg-type]


def test_the_same_thief_is_accepted_for_the_clinics_own_name(tmp_path: Path) -> None:
    """So that what refuses above is the limit, and nothing else about that certificate."""
    authority = clinic_authority(tmp_path, NAMES, ON)
    verify(authority, signed_by(authority, x509.DNSName("reception.local"))[0], NAMES[0], ON)


def test_an_authority_is_kept_and_never_replaced(tmp_path: Path) -> None:
    first = clinic_authority(tmp_path, NAMES, ON)
    kept = (tmp_path / AUTHORITY_FILE).read_bytes()
    again = clinic_authority(tmp_path, ("other.local", "other"), ON + timedelta(days=400))
    assert again.certificate == first.certificate
    assert (tmp_path / AUTHORITY_FILE).read_bytes() == kept
    certificates.write_once(tmp_path / AUTHORITY_FILE, b"another start, a moment later")
    assert (tmp_path / AUTHORITY_FILE).read_bytes() == kept
    assert [path.name for path in tmp_path.iterdir()] == [AUTHORITY_FILE]


def test_where_a_folder_knows_no_links_it_is_still_never_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    kept = clinic_authority(tmp_path, NAMES, ON).certificate
    certificates.write_once(tmp_path / AUTHORITY_FILE, b"another")
    assert clinic_authority(tmp_path, NAMES, ON).certificate == kept


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[:300], lambda data: b"x"])
def test_a_damaged_authority_is_refused_and_left_alone(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    server_certificate(tmp_path, PLACE, ON)
    path = tmp_path / AUTHORITY_FILE
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(InputError, match="backup"):
        server_certificate(tmp_path, PLACE, ON)
    assert path.read_bytes() == damaged


def test_an_authority_with_the_key_of_another_is_refused(tmp_path: Path) -> None:
    for name in ("a", "b"):
        clinic_authority(tmp_path / name, NAMES, ON)
    key, _, _ = (tmp_path / "a" / AUTHORITY_FILE).read_bytes().partition(b"-----BEGIN CERT")
    _, begin, rest = (tmp_path / "b" / AUTHORITY_FILE).read_bytes().partition(b"-----BEGIN CERT")
    (tmp_path / "b" / AUTHORITY_FILE).write_bytes(key + begin + rest)
    with pytest.raises(InputError, match="as it was written"):
        clinic_authority(tmp_path / "b", NAMES, ON)


def test_a_clock_outside_the_authority_is_said(tmp_path: Path) -> None:
    clinic_authority(tmp_path, NAMES, ON)
    with pytest.raises(InputError, match="ended on 2036"):
        clinic_authority(tmp_path, NAMES, ON + timedelta(days=3700))
    with pytest.raises(InputError, match="is the clock right"):
        clinic_authority(tmp_path, NAMES, ON - timedelta(days=30))
    with pytest.raises(ValueError, match="time zone"):
        clinic_authority(tmp_path, NAMES, ON.replace(tzinfo=None))


def test_the_end_of_the_authority_is_announced_a_year_before(tmp_path: Path) -> None:
    assert server_certificate(tmp_path, PLACE, ON).notes == ()
    late = server_certificate(tmp_path, PLACE, ON + timedelta(days=3500))
    assert late.authority is not None
    assert late.expires_on == late.authority.ends_on
    assert "authority ends on 2036" in " ".join(late.notes)


# --- files ----------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="Windows keeps no such bits")


@posix
def test_keys_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        server_certificate(tmp_path / "clinic", PLACE, ON)
    finally:
        os.umask(before)
    for name in (AUTHORITY_FILE, SERVER_FILE):
        assert stat.S_IMODE((tmp_path / "clinic" / name).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "clinic").stat().st_mode) == 0o700


@posix
def test_an_authority_that_others_could_read_is_closed_and_said(tmp_path: Path) -> None:
    server_certificate(tmp_path, PLACE, ON)
    (tmp_path / AUTHORITY_FILE).chmod(0o644)
    found = server_certificate(tmp_path, PLACE, ON)
    assert "could read authority.pem" in " ".join(found.notes)
    assert stat.S_IMODE((tmp_path / AUTHORITY_FILE).stat().st_mode) == 0o600
    assert server_certificate(tmp_path, PLACE, ON).notes == ()


@pytest.mark.parametrize("step", ["fsync", "link", "unlink", "replace"])
def test_a_stop_in_the_middle_of_writing_is_recovered_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    class Killed(BaseException):
        """The process ends here: nothing after it runs."""

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if step in ("link", "unlink"):
            patched.setattr(Path, "unlink", killed)
        if step != "unlink":
            patched.setattr(Path if step == "replace" else os, step, killed)
        with pytest.raises(Killed):
            server_certificate(tmp_path, PLACE, ON)
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    found = server_certificate(tmp_path, PLACE, ON)
    assert found.authority is not None
    verify(found.authority, certificate_in(tmp_path), NAMES[0], ON)
    assert {path.name for path in tmp_path.iterdir()} == {AUTHORITY_FILE, SERVER_FILE}


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "clinic").write_text("a file, not a folder")
    with pytest.raises(InputError, match="cannot be written"):
        server_certificate(tmp_path / "clinic", PLACE, ON)


# --- the server certificate -----------------------------------------------------------------


def test_a_server_certificate_is_what_browsers_accept(tmp_path: Path) -> None:
    found = server_certificate(tmp_path, PLACE, ON)
    leaf = certificate_in(tmp_path)
    assert (found.names, found.addresses) == (NAMES, (ADDRESS,))
    assert certificates.names_in(leaf) == (NAMES, (ADDRESS,))
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=397)
    assert found.expires_on == leaf.not_valid_after_utc.date()
    uses = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(uses) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert found.authority is not None
    for name in (*NAMES, ADDRESS):
        verify(found.authority, leaf, name, ON)
        verify(found.authority, leaf, name, ON - timedelta(hours=20))
    with pytest.raises(VerificationError):
        verify(found.authority, leaf, "other.local", ON)
    with pytest.raises(VerificationError):
        verify(clinic_authority(tmp_path / "other", NAMES, ON), leaf, NAMES[0], ON)


def test_a_certificate_is_kept_until_thirty_days_before_its_end(tmp_path: Path) -> None:
    first = server_certificate(tmp_path, PLACE, ON)
    issued = certificate_in(tmp_path)
    last = issued.not_valid_after_utc
    early = last - timedelta(days=31)
    server_certificate(tmp_path, PLACE, early)
    assert certificate_in(tmp_path) == issued
    assert f"a start from {last.date() - timedelta(days=30)} on renews it" in first.sentence(early)
    assert "Stop and start" in first.sentence(last - timedelta(days=29))
    renewed = server_certificate(tmp_path, PLACE, last - timedelta(days=30))
    assert certificate_in(tmp_path) != issued
    assert renewed.expires_on > first.expires_on
    assert renewed.authority is not None and first.authority is not None
    assert renewed.authority.certificate == first.authority.certificate


def test_a_certificate_is_issued_anew_when_an_address_changes(tmp_path: Path) -> None:
    server_certificate(tmp_path, PLACE, ON)
    issued = certificate_in(tmp_path)
    other = ipaddress.ip_address("10.4.0.9")
    found = server_certificate(tmp_path, Place(NAMES, (other,)), ON)
    assert found.addresses == (other,)
    assert found.authority is not None
    verify(found.authority, certificate_in(tmp_path), other, ON)
    with pytest.raises(VerificationError):
        verify(found.authority, certificate_in(tmp_path), ADDRESS, ON)
    assert certificate_in(tmp_path) != issued


def test_the_order_of_addresses_is_no_change(tmp_path: Path) -> None:
    two = (ADDRESS, ipaddress.ip_address("10.4.0.9"))
    server_certificate(tmp_path, Place(NAMES, two), ON)
    issued = certificate_in(tmp_path)
    server_certificate(tmp_path, Place(NAMES, two[::-1]), ON)
    assert certificate_in(tmp_path) == issued


def test_a_damaged_server_certificate_is_issued_anew(tmp_path: Path) -> None:
    server_certificate(tmp_path, PLACE, ON)
    (tmp_path / SERVER_FILE).write_bytes(b"")
    found = server_certificate(tmp_path, PLACE, ON)
    assert found.authority is not None
    verify(found.authority, certificate_in(tmp_path), NAMES[0], ON)


def test_a_certificate_of_an_earlier_authority_is_issued_anew(tmp_path: Path) -> None:
    server_certificate(tmp_path, PLACE, ON)
    (tmp_path / AUTHORITY_FILE).unlink()
    found = server_certificate(tmp_path, PLACE, ON)
    assert found.authority is not None
    verify(found.authority, certificate_in(tmp_path), NAMES[0], ON)


def test_a_machine_with_a_new_name_keeps_its_addresses_and_says_so(tmp_path: Path) -> None:
    server_certificate(tmp_path, PLACE, ON)
    found = server_certificate(tmp_path, Place(("desk.local", "desk"), (ADDRESS,)), ON)
    assert (found.names, found.addresses) == ((), (ADDRESS,))
    assert "made for another name than desk.local and desk" in " ".join(found.notes)
    with pytest.raises(InputError, match="every tablet trust a new one"):
        server_certificate(tmp_path, Place(("desk.local", "desk")), ON)


# --- over a real connection -----------------------------------------------------------------


@contextmanager
def serving(certificate: Path, key: Path) -> Iterator[int]:
    """A TLS server on the loopback; gives its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listener = socket.create_server((LOOPBACK, 0))
    listener.settimeout(10)

    def answer() -> None:
        connection, _ = listener.accept()
        connection.settimeout(10)
        try:
            with context.wrap_socket(connection, server_side=True) as wrapped:
                wrapped.sendall(b"clinic")
        except OSError:
            connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join(15)
        listener.close()


def answer_to(port: int, name: str, authority: Authority | None) -> bytes:
    context = ssl.create_default_context(cadata=authority.der if authority else None)
    with (
        socket.create_connection((LOOPBACK, port), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname=name) as wrapped,
    ):
        return wrapped.recv(6)


@pytest.mark.parametrize("name", [*NAMES, str(ADDRESS)])
def test_a_client_that_trusts_the_authority_connects(tmp_path: Path, name: str) -> None:
    found = server_certificate(tmp_path, PLACE, datetime.now(UTC))
    with serving(found.certificate, found.key) as port:
        assert answer_to(port, name, found.authority) == b"clinic"


def test_a_client_without_the_authority_is_refused(tmp_path: Path) -> None:
    found = server_certificate(tmp_path, PLACE, datetime.now(UTC))
    refused = pytest.raises(ssl.SSLCertVerificationError, match="local issuer certificate")
    with serving(found.certificate, found.key) as port, refused:
        answer_to(port, NAMES[0], None)


def test_a_client_that_asks_for_another_name_is_refused(tmp_path: Path) -> None:
    found = server_certificate(tmp_path, PLACE, datetime.now(UTC))
    refused = pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch")
    with serving(found.certificate, found.key) as port, refused:
        answer_to(port, "other.local", found.authority)


def test_a_thief_of_the_authority_cannot_play_a_bank(tmp_path: Path) -> None:
    authority = clinic_authority(tmp_path, NAMES, datetime.now(UTC))
    stolen = tmp_path / "stolen.pem"
    stolen.write_bytes(certificates.pem(*signed_by(authority, x509.DNSName("bank.example"))))
    refused = pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree")
    with serving(stolen, stolen) as port, refused:
        answer_to(port, "bank.example", authority)


# --- a certificate from elsewhere -----------------------------------------------------------


def made(
    folder: Path,
    names: list[x509.GeneralName],
    *,
    use: x509.ObjectIdentifier | None = ExtendedKeyUsageOID.SERVER_AUTH,
    password: bytes | None = None,
) -> tuple[Path, Path]:
    """A certificate and an RSA key as a public authority would give them."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "clinic.example")])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ON - timedelta(days=10))
        .not_valid_after(ON + timedelta(days=80))
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if use is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([use]), critical=False)
    cert, private = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    private.chmod(0o600)
    return cert, private


HERE: list[x509.GeneralName] = [x509.DNSName("clinic.example"), x509.IPAddress(ADDRESS)]


def test_a_given_certificate_says_for_whom_and_until_when(tmp_path: Path) -> None:
    cert, key = made(tmp_path, HERE)
    found = given_certificate(cert, key, ON)
    assert (found.certificate, found.key) == (cert, key)
    assert (found.names, found.addresses) == (("clinic.example",), (ADDRESS,))
    assert found.expires_on == (ON + timedelta(days=80)).date()
    assert found.authority is None and found.notes == ()
    assert found.sentence(ON) == (
        "The certificate lasts until 2027-02-12. Give a new one before that day."
    )


def test_the_end_of_a_chain_is_that_of_its_first_to_end(tmp_path: Path) -> None:
    cert, key = made(tmp_path, HERE)
    authority = clinic_authority(tmp_path, NAMES, ON - timedelta(days=3652 - 20))
    with cert.open("ab") as file:
        file.write(authority.certificate.public_bytes(Encoding.PEM))
    assert given_certificate(cert, key, ON).expires_on == (ON + timedelta(days=20)).date()
    with pytest.raises(InputError, match="certificate 2 of 2 ended"):
        given_certificate(cert, key, ON + timedelta(days=21))


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    cert, _ = made(tmp_path, HERE)
    (tmp_path / "other").mkdir()
    _, key = made(tmp_path / "other", HERE)
    with pytest.raises(InputError, match="is not the key of the first certificate"):
        given_certificate(cert, key, ON)


@pytest.mark.parametrize(
    ("days", "problem"), [(81, "ended on 2027-02-12"), (-11, "begins on 2026-11-14")]
)
def test_a_given_certificate_out_of_its_time_is_refused(
    tmp_path: Path, days: int, problem: str
) -> None:
    with pytest.raises(InputError, match=problem):
        given_certificate(*made(tmp_path, HERE), ON + timedelta(days=days))


def test_a_given_certificate_without_names_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names no server"):
        given_certificate(*made(tmp_path, []), ON)


def test_a_given_certificate_for_another_use_is_refused(tmp_path: Path) -> None:
    use = ExtendedKeyUsageOID.EMAIL_PROTECTION
    with pytest.raises(InputError, match="not issued for a server"):
        given_certificate(*made(tmp_path, HERE, use=use), ON)
    assert given_certificate(*made(tmp_path, HERE, use=None), ON).names


def test_a_key_with_a_password_is_refused_without_repeating_it(tmp_path: Path) -> None:
    cert, key = made(tmp_path, HERE, password=b"sesame-9")
    with pytest.raises(InputError, match="protected by a password") as caught:
        given_certificate(cert, key, ON)
    assert "sesame" not in str(caught.value)


def test_files_that_are_not_what_they_should_be_are_named(tmp_path: Path) -> None:
    cert, key = made(tmp_path, HERE)
    with pytest.raises(InputError, match=r"key\.pem: holds no certificate"):
        given_certificate(key, key, ON)
    with pytest.raises(InputError, match=r"cert\.pem: holds no private key"):
        given_certificate(cert, cert, ON)
    with pytest.raises(InputError, match=r"gone\.pem: cannot be read"):
        given_certificate(tmp_path / "gone.pem", key, ON)


@posix
def test_a_given_key_that_others_can_read_is_said_and_left(tmp_path: Path) -> None:
    cert, key = made(tmp_path, HERE)
    key.chmod(0o644)
    assert given_certificate(cert, key, ON).notes == ("Others on this machine can read key.pem.",)
    assert stat.S_IMODE(key.stat().st_mode) == 0o644


# --- who this machine is --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("reception", ("reception.local", "reception")),
        ("Marias-Mac.local", ("marias-mac.local", "marias-mac")),
        ("desk.clinic.lan", ("desk.local", "desk", "desk.clinic.lan")),
        ("desk.7.lan", ("desk.local", "desk")),
    ],
)
def test_names_of_a_machine(host: str, names: tuple[str, ...]) -> None:
    assert host_names(host) == names


@pytest.mark.parametrize("host", ["", "local" + "host", "-desk", "front_desk", "практика", "42"])
def test_a_machine_without_a_name_to_open_is_refused(host: str) -> None:
    with pytest.raises(InputError, match="--cert and --key"):
        host_names(host)


def test_addresses_are_private_and_found_without_sending(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    class Socket:
        """Knows its way to the clinic's network and to a public one; cannot send."""

        def __init__(self, family: int, kind: int) -> None:
            assert kind == socket.SOCK_DGRAM
            self.family, self.near = family, ""

        def __enter__(self) -> "Socket":
            return self

        def __exit__(self, *_: object) -> None:
            return

        def connect(self, where: tuple[str, int]) -> None:
            if where[0].startswith("10."):
                raise OSError("no way there")
            asked.append(where[0])
            self.near = where[0]

        def getsockname(self) -> tuple[str, int]:
            known = {"192.168.0.1": "192.168.1.20", "192.0.2.1": "203.0.113.5"}
            return known.get(self.near, "fd12::20" if ":" in self.near else LOOPBACK), 9

    told = [(0, 0, 0, "", (text, 0)) for text in (LOOPBACK, "fe80::1%eth0", "192.168.1.20")]
    monkeypatch.setattr(socket, "gethostname", lambda: "reception")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: told)
    monkeypatch.setattr(socket, "socket", Socket)
    public = ipaddress.ip_address("203.0.113.5")
    assert own_place() == Place(NAMES, (ADDRESS, ipaddress.ip_address("fd12::20")), (public,))
    assert "192.0.2.1" in asked


def test_this_machine_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "reception")
    place = own_place()
    assert place.names == NAMES
    assert not [address for address in place.addresses if address.is_loopback]


def test_an_address_that_is_not_served_is_said(tmp_path: Path) -> None:
    place = Place(NAMES, (ADDRESS,), (ipaddress.ip_address("203.0.113.5"),))
    found = server_certificate(tmp_path, place, ON)
    assert found.addresses == (ADDRESS,)
    assert any("not reached at 203.0.113.5" in note for note in found.notes)


# --- trust ----------------------------------------------------------------------------------


def test_a_fingerprint_is_that_of_the_downloaded_file(tmp_path: Path) -> None:
    authority = clinic_authority(tmp_path, NAMES, ON)
    text = fingerprint(authority)
    assert re.fullmatch(r"([0-9A-F]{4} ){15}[0-9A-F]{4}", text)
    assert text.replace(" ", "").lower() == hashlib.sha256(authority.der).hexdigest()
    assert x509.load_der_x509_certificate(authority.der) == authority.certificate


@pytest.mark.parametrize("platform", Platform)
def test_nobody_trusts_before_comparing_or_signs_in_before_trusting(platform: Platform) -> None:
    steps = trust_steps(platform)
    compared = next(n for n, step in enumerate(steps) if "server's own screen" in step)
    assert "Sign in nowhere yet" in steps[0]
    assert any("fingerprint" in step for step in steps[:compared])
    assert "opens without a warning" in steps[-1]
    trusted = r"full trust|Always Trust|Tick Trust|Trusted Root|Import the file"
    if platform is not Platform.ANDROID:  # shows a fingerprint only of what is installed
        assert not re.search(trusted, " ".join(steps[:compared]))
        assert re.search(trusted, " ".join(steps[compared:]))


def test_an_ipad_is_told_both_places() -> None:
    text = " ".join(trust_steps(Platform.IPAD))
    first = text.index("Settings > General > VPN & Device Management")
    assert first < text.index("Settings > General > About > Certificate Trust Settings")


def test_a_code_needs_no_inline_style() -> None:
    svg = qr_svg("https://reception.local:8443/?a=1&b=<2>")
    root = ElementTree.fromstring(svg)
    assert root.get("class") == "qr" and "width" not in root.attrib
    assert not [part for part in root.iter() if "style" in part.attrib or "style" in part.tag]
    assert "<script" not in svg
    assert svg != qr_svg("https://reception.local:8444/")


def test_a_profile_carries_the_authority_and_the_clinics_name(tmp_path: Path) -> None:
    authority = clinic_authority(tmp_path, NAMES, ON)
    profile = mobileconfig(authority, "Praxis <Nord> & Süd\x07")
    found = plistlib.loads(profile)
    assert found["PayloadType"] == "Configuration"
    assert found["PayloadDisplayName"] == "Praxis <Nord> & Süd"
    (root,) = found["PayloadContent"]
    assert root["PayloadType"] == "com.apple.security.root"
    assert root["PayloadContent"] == authority.der
    assert root["PayloadUUID"] != found["PayloadUUID"]
    assert mobileconfig(authority, "Praxis <Nord> & Süd") == profile
    other = clinic_authority(tmp_path / "other", NAMES, ON)
    assert plistlib.loads(mobileconfig(other, "x"))["PayloadUUID"] != found["PayloadUUID"]
    key = (tmp_path / AUTHORITY_FILE).read_bytes()
    secret = load_pem_private_key(key, None).private_bytes(
        Encoding.DER, PrivateFormat.PKCS8, NoEncryption()
    )
    assert secret not in profile and b"PRIVATE" not in profile
    assert "private_value" not in repr(authority) and "key=" not in repr(authority)
