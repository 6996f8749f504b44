"""The recovery key on paper, and the file that only it opens."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventosa.record import InputError
from ventosa.web.running import recovery, sealed

KEYS = st.binary(min_size=32, max_size=32)


@given(KEYS)
def test_a_key_comes_back_from_its_lines(key: bytes) -> None:
    text = "\n".join(f"{n}. {line}" for n, line in enumerate(recovery.lines(key), 1))
    assert recovery.read_sheet(text) == key
    assert recovery.read_sheet(text.lower()) == key


def test_signs_that_look_alike_are_read_as_what_they_are() -> None:
    key = bytes(32)
    line = recovery.lines(key)[0]
    assert "0" in line
    assert recovery.read_line(1, line.replace("0", "O").replace("1", "l")) == key[:4]


def test_a_slip_of_the_pen_is_found_in_its_line() -> None:
    """Of 256 wrong lines one passes its check by chance; the name of the key finds that one."""
    key, found, all_ = recovery.new_key(), 0, 0
    for number, line in enumerate(recovery.lines(key), 1):
        for place, sign in enumerate(line):
            for other in recovery.ALPHABET:
                if sign == "-" or other == sign:
                    continue
                all_ += 1
                try:
                    recovery.read_line(number, line[:place] + other + line[place + 1 :])
                except InputError as error:
                    assert f"line {number}" in str(error) and line not in str(error)
                    found += 1
    assert found / all_ > 0.98


@pytest.mark.parametrize("text", ["", "1. AAAA-AAAA", "1. S1W4-RCTU"])
def test_a_sheet_that_lacks_a_line_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="line"):
        recovery.read_sheet(text)


# --- the file -------------------------------------------------------------------------------------


def closed(data: bytes, public: bytes) -> bytes:
    out = io.BytesIO()
    closing = sealed.Closing(out, public)
    for start in range(0, len(data), 70_000):
        closing.write(data[start : start + 70_000])
    closing.end()
    return out.getvalue()


def opened(file: bytes, key: bytes) -> bytes:
    source = io.BytesIO(file)
    header = sealed.header_of(source, "x")
    return b"".join(sealed.opened(source, "x", header[0], sealed.file_key(key, "x", header)))


@pytest.mark.parametrize("size", [0, 1, sealed.CHUNK - 1, sealed.CHUNK, 3 * sealed.CHUNK + 17])
def test_what_was_closed_opens(size: int) -> None:
    key, data = recovery.new_key(), os.urandom(size)
    assert opened(closed(data, recovery.public_of(key)), key) == data


def test_much_that_packs_well_opens_too() -> None:
    key, data = recovery.new_key(), b"ventosa " * 2_000_000
    file = closed(data, recovery.public_of(key))
    assert len(file) < 100_000
    assert opened(file, key) == data


@pytest.fixture(scope="module")
def three_chunks() -> tuple[bytes, bytes]:
    key = recovery.new_key()
    return key, closed(os.urandom(2 * sealed.CHUNK + 99), recovery.public_of(key))


def test_a_byte_that_changed_is_found_wherever_it_is(three_chunks: tuple[bytes, bytes]) -> None:
    key, file = three_chunks
    places = [*range(0, 200, 3), sealed.CHUNK, len(file) - 1, len(file) - sealed.CHUNK // 2]
    for place in places:
        wrong = bytearray(file)
        wrong[place] ^= 1
        with pytest.raises(InputError):
            opened(bytes(wrong), key)


def test_a_part_that_is_missing_doubled_or_moved_is_found(
    three_chunks: tuple[bytes, bytes],
) -> None:
    key, file = three_chunks
    begins = file.index(b"\n", len(sealed.MAGIC)) + 1
    head, size = file[:begins], 4 + sealed.CHUNK + 16
    one, two, rest = (
        file[begins : begins + size],
        file[begins + size : begins + 2 * size],
        file[begins + 2 * size :],
    )
    assert opened(head + one + two + rest, key)
    for wrong in (one + rest, two + one + rest, one + two, one + one + two + rest, b"", one[:-1]):
        with pytest.raises(InputError, match="damaged"):
            opened(head + wrong, key)
    with pytest.raises(InputError, match="damaged"):
        opened(file + b"\0", key)


def test_another_key_is_named_and_refused(three_chunks: tuple[bytes, bytes]) -> None:
    _, file = three_chunks
    other = recovery.new_key()
    with pytest.raises(InputError) as refused:
        opened(file, other)
    assert recovery.fingerprint(recovery.public_of(other)) in str(refused.value)


def test_what_the_clinic_keeps_opens_nothing(three_chunks: tuple[bytes, bytes]) -> None:
    """The public half in place of the key: its name does not fit, and it opens nothing."""
    key, file = three_chunks
    public = recovery.public_of(key)
    with pytest.raises(InputError):
        opened(file, public)
    header = sealed.header_of(io.BytesIO(file), "x")
    with pytest.raises(InputError, match="damaged"):
        b"".join(sealed.opened(io.BytesIO(file[len(header[0]) :]), "x", header[0], public))


def test_no_backup_and_a_later_one_are_told_apart() -> None:
    with pytest.raises(InputError, match="is no backup"):
        sealed.header_of(io.BytesIO(b"SQLite format 3\0" * 9), "x")
    with pytest.raises(InputError, match="later program"):
        sealed.header_of(io.BytesIO(sealed.MAGIC.replace(b"1", b"2") + b"{}"), "x")
