"""A file that whoever wrote it cannot open: closed to a public key, in chunks that hold together.

Each file has a key of its own (X25519 with a key made for it, HKDF-SHA-256), and is AES-256-GCM in
chunks of at most 1 MB. The number of a chunk and whether it is the last are its nonce, the header
its associated data: a chunk that was changed, moved, left out or cut off does not open. That the
clinic wrote the file it does not show: anybody may close a file to a public key. For that the
heads of the audit are compared with those on paper.
"""

import json
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ventosa.record import InputError
from ventosa.web.running.recovery import fingerprint, public_of

MAGIC = b"VENTOSA BACKUP 1\n"
CHUNK = 1 << 20
_TAG = 16
_MOST_HEADER = 4096


class Closing:
    """Writes bytes into a closed file; ``end`` makes it whole.

    ``file_key`` opens this one file: who just wrote it can try it once more before forgetting it.
    """

    def __init__(self, out: BinaryIO, public: bytes) -> None:
        own = X25519PrivateKey.generate()
        ephemeral = own.public_key().public_bytes_raw()
        shared = own.exchange(X25519PublicKey.from_public_bytes(public))
        self.file_key = _file_key(shared, ephemeral, public)
        header = {"key": fingerprint(public), "ephemeral": ephemeral.hex()}
        self._header = MAGIC + json.dumps(header).encode() + b"\n"
        self._out, self._number, self._waiting = out, 0, bytearray()
        self._packing = zlib.compressobj(6)
        out.write(self._header)

    def write(self, data: bytes) -> None:
        """Add bytes."""
        self._waiting += self._packing.compress(data)
        while len(self._waiting) > CHUNK:  # the last chunk is never empty
            self._close(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]

    def end(self) -> None:
        """Write the last chunk."""
        self._waiting += self._packing.flush()
        while len(self._waiting) > CHUNK:
            self._close(bytes(self._waiting[:CHUNK]), is_last=False)
            del self._waiting[:CHUNK]
        self._close(bytes(self._waiting), is_last=True)

    def _close(self, data: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        closed = AESGCM(self.file_key).encrypt(nonce, data, self._header)
        self._out.write(len(closed).to_bytes(4, "big") + closed)
        self._number += 1


def header_of(file: BinaryIO, name: str) -> tuple[bytes, str, bytes]:
    """Return a file's header, the fingerprint of the key that opens it, and its own public key.

    Raises:
        InputError: it is no backup, or one of a later form.
    """
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        later = magic.startswith(MAGIC[:15])
        raise InputError(name, "is a backup of a later program" if later else "is no backup")
    written = file.readline(_MOST_HEADER)
    try:
        header = json.loads(written)
        ephemeral = bytes.fromhex(header["ephemeral"])
        key = header["key"]
        X25519PublicKey.from_public_bytes(ephemeral)
    except (ValueError, KeyError, TypeError):
        raise InputError(name, "is damaged at its beginning") from None
    return MAGIC + written, str(key), ephemeral


def file_key(key: bytes, name: str, header: tuple[bytes, str, bytes]) -> bytes:
    """Return the key of one file, from the recovery key.

    Raises:
        InputError: the file was closed to another recovery key.
    """
    public = public_of(key)
    if header[1] != fingerprint(public):
        raise InputError(
            name, f"opens with the sheet {header[1]}, and this is the sheet {fingerprint(public)}"
        )
    own = X25519PrivateKey.from_private_bytes(key)
    shared = own.exchange(X25519PublicKey.from_public_bytes(header[2]))
    return _file_key(shared, header[2], public)


def opened(file: BinaryIO, name: str, header: bytes, key: bytes) -> Iterator[bytes]:
    """Yield what a file holds, chunk by chunk, each checked before it is handed on.

    Raises:
        InputError: a chunk was changed, or the end is missing; it names the chunk.
    """
    unpacking, number, is_last = zlib.decompressobj(), 0, False
    cipher = AESGCM(key)
    while not is_last:
        size = int.from_bytes(file.read(4), "big")
        closed = file.read(size) if _TAG <= size <= CHUNK + _TAG else b""
        if not closed or len(closed) != size:
            raise InputError(name, f"is damaged: it ends or breaks off in part {number + 1}")
        is_last = not (more := file.read(1))
        if more:
            file.seek(-1, 1)
        try:
            data = cipher.decrypt(_nonce(number, is_last=is_last), closed, header)
        except InvalidTag:
            problem = "it is cut off or changed" if is_last else "it was changed"
            raise InputError(name, f"is damaged: {problem} in part {number + 1}") from None
        number += 1
        while data:
            yield unpacking.decompress(data, CHUNK)
            data = unpacking.unconsumed_tail
    while rest := unpacking.decompress(b"", CHUNK):
        yield rest
    if not unpacking.eof:
        raise InputError(name, "is damaged: what it holds breaks off")


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _file_key(shared: bytes, ephemeral: bytes, public: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, ephemeral + public, b"ventosa backup 1").derive(shared)
