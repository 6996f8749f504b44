"""GNU Health 5, run as its users run it: its own environment, its own database, two workers."""

import base64
import http.client
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "build" / "gnuhealth"
DATABASE, PASSWORD = "gnuhealth", "bench-only"


class Peer:
    """A client of the peer's JSON-RPC, with one connection kept open."""

    def __init__(self, port: int) -> None:
        self.http = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.session = ""
        self.context: dict[str, Any] = {}

    def sign_in(self) -> None:
        """Sign in as its administrator."""
        user, key = self.call("common.db.login", "admin", {"password": PASSWORD}, "en")
        raw = f"admin:{user}:{key}".encode()
        self.session = f"Session {base64.b64encode(raw).decode()}"
        self.context = self.call("model.res.user.get_preferences", True, {})

    def call(self, method: str, *parameters: Any) -> Any:
        """Return what a remote call answers."""
        body = json.dumps({"id": 1, "method": method, "params": list(parameters)})
        headers = {"Content-Type": "application/json"}
        if self.session:
            headers["Authorization"] = self.session
        self.http.request("POST", f"/{DATABASE}/", body, headers)
        answer = json.loads(self.http.getresponse().read())
        if isinstance(answer, dict) and "error" in answer:
            raise RuntimeError(f"{method}: {str(answer['error'])[:400]}")
        return answer["result"] if isinstance(answer, dict) else answer


@contextmanager
def served(socket_folder: str, user: str, port: int) -> Iterator[Peer]:
    """A filled database's server: two workers, debug off."""
    folder = Path(socket_folder) / "peer"
    folder.mkdir(exist_ok=True)
    config = folder / "trytond.conf"
    config.write_text(
        f"[database]\nuri = postgresql://{user}@/\n[session]\ntimeout = 86400\nmax_age = 86400\n"
        f"[web]\nlisten = 127.0.0.1:{port}\n"
    )
    (folder / "password").write_text(PASSWORD)
    environment = {
        **os.environ,
        "PGHOST": socket_folder,
        "PGUSER": user,
        "TRYTONPASSFILE": str(folder / "password"),
        "TRYTOND_CONFIG": str(config),
        "TRYTOND_DATABASE_NAMES": DATABASE,
    }
    admin = [HERE / "bin" / "trytond-admin", "-c", config, "-d", DATABASE, "-v"]
    log = (folder / "log").open("w")

    def run(*more: str) -> None:
        subprocess.run(
            [*admin, *more], env=environment, check=True, stdout=log, stderr=subprocess.STDOUT
        )

    subprocess.run(["createdb", "-h", socket_folder, "-U", user, DATABASE], check=True)
    run("--all", "--email", "bench@example.org", "--password")
    run("-u", "health", "health_nursing", "--activate-dependencies")
    command = [HERE / "bin" / "granian", "--interface", "wsgi", "--workers", "2"]
    command += ["--blocking-threads", "1", "--host", "127.0.0.1", "--port", str(port)]
    server = subprocess.Popen(
        [*command, "trytond.application:app"], env=environment, stdout=log, stderr=log
    )
    try:
        peer = Peer(port)
        for _ in range(120):
            try:
                peer.sign_in()
                break
            except (OSError, http.client.HTTPException, json.JSONDecodeError):
                peer.http.close()
                time.sleep(0.5)
        yield peer
    finally:
        server.terminate()
        server.wait(20)
        log.close()
