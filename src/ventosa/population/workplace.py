"""The hidden folder beside an output in which everything is made before it takes its place.

A run that ends early takes the folder with it; one that is killed leaves it behind, and the next
run for the same output clears it away. A lock that dies with its process tells the two apart.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from ventosa.record import InputError

_LOCK = "running"


@contextmanager
def workplace(out: Path) -> Iterator[Path]:
    """Make a hidden folder beside an output and remove it in the end; raises ``OSError``."""
    prefix = f".{out.name}."
    _clear(out.parent, prefix)
    folder = Path(tempfile.mkdtemp(prefix=prefix, suffix=".part", dir=out.parent))
    try:
        with (folder / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def put(placed: Mapping[Path, Path]) -> None:
    """Let files take their places, all or none; one that was there keeps its permissions.

    Raises:
        InputError: names the place that cannot be written.
    """
    waiting: dict[Path, Path] = {}
    try:
        for made, out in placed.items():
            # A place on another disk is copied to: the rename afterwards is at once.
            beside = out.with_name(f".{out.name}.{made.parent.name}")
            waiting[beside] = out
            shutil.move(made, beside)
            if out.exists():
                beside.chmod(out.stat().st_mode)
        for beside, out in waiting.items():
            beside.replace(out)
    except OSError as error:
        raise InputError(str(out), f"cannot be written ({error.strerror})") from None
    finally:
        for beside in waiting:
            beside.unlink(missing_ok=True)


def _clear(parent: Path, prefix: str) -> None:
    """Remove the folders of runs that were killed."""
    for folder in parent.iterdir():
        if not (folder.name.startswith(prefix) and folder.name.endswith(".part")):
            continue
        with suppress(OSError), (folder / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
