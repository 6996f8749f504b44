"""Behind a proxy on this machine that ends HTTPS: requests are read as they reached the proxy.

Only a clinic that was started so believes it. It listens on loopback alone, and of the addresses
passed on it takes the last: that one was written by the proxy, those before it by anybody.
"""

from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def behind_proxy(application: Application) -> Application:
    """Return an application whose requests come over HTTPS, from where the proxy says."""

    def run(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ["wsgi.url_scheme"] = "https"
        environ["REMOTE_ADDR"] = last_hop(environ.get("HTTP_X_FORWARDED_FOR", ""))
        return application(environ, start_response)

    return run


def last_hop(passed_on: str) -> str:
    """Return the address that the proxy itself wrote; empty = it wrote none."""
    try:
        return str(ip_address(passed_on.rpartition(",")[2].strip()))
    except ValueError:
        return ""
