"""The clinic's certificate as a tablet sees it: what is served now, not what lies in a file."""

import ssl

from cryptography import x509

SECONDS = 3.0


def served_certificate(port: int) -> x509.Certificate | None:
    """Return the certificate that this machine serves at a port; ``None`` = nobody answers there.

    The connection goes to this machine itself and nowhere else.
    """
    try:
        text = ssl.get_server_certificate(("127.0.0.1", port), timeout=SECONDS)
        return x509.load_pem_x509_certificate(text.encode())
    except (OSError, ValueError):
        return None
