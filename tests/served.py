"""A demo clinic in a process of its own, that can be killed and started again."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit


class Clinic:
    """A served demo clinic in a process of its own, and a browser before it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.cookies = folder, port, dict[str, str]()

    def start(self) -> None:
        command = [sys.executable, "-m", "ventosa", "serve", "--demo", "--folder", str(self.folder)]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        told = ""
        for line in self.process.stdout:
            told += line
            if "Started worker" in line:
                break
        found = re.search(r"http://\S+(/demo/\S+/)", told)
        assert found is not None, told
        for _ in range(100):
            try:
                self.cookies = {}
                assert self.ask("GET", found[1])[0] == 302
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError("it did not answer")

    def kill(self) -> None:
        """End server and workers at once, as a power cut does: the group that was started here."""
        group = self.process.pid
        assert group > 1
        if self.process.poll() is None and os.getpgid(group) == group != os.getpgrp():
            os.killpg(group, signal.SIGKILL)
        self.process.wait(10)

    def ask(self, method: str, path: str, form: dict[str, str] | str = "") -> tuple[int, str, str]:
        """Return status, text and where it leads."""
        http = HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        body = form
        if isinstance(form, dict):
            body, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        elif form:
            headers |= {"Content-Type": "application/json", "X-CSRFToken": self.token}
        try:
            http.request(method, path, str(body), headers)
            answer = http.getresponse()
            text = answer.read().decode()
        finally:
            http.close()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text, urlsplit(answer.headers.get("Location", "")).path

    def read_token(self) -> None:
        """Take the token that a form of this session carries."""
        page = self.ask("GET", "/patients/new/")[1]
        found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert found is not None, page[:500]
        self.token = found[1]

    def rows(self, statement: str) -> list[tuple[str, ...]]:
        """What the database file holds."""
        base = sqlite3.connect(self.folder / "clinic.sqlite3", timeout=20)
        try:
            return base.execute(statement).fetchall()
        finally:
            base.close()


def served(folder: Path) -> Iterator[Clinic]:
    """Serve a demo clinic in a folder on a port of its own, and end it."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    made = Clinic(folder, port)
    made.start()
    yield made
    made.kill()
