"""Does a Kafka broker answer there? One request over a bare socket, with an honest time limit.

The Kafka clients retry for long, hide the cause, and may hang in a TLS handshake with a broker
that speaks plain text; this tells in one try what is wrong.
"""

import socket
import ssl
import struct

_CORRELATION = 1
_CLIENT = b"churnstream-probe"
_API_VERSIONS_KEY = 18
_REQUEST = struct.pack(
    f">hhih{len(_CLIENT)}s", _API_VERSIONS_KEY, 0, _CORRELATION, len(_CLIENT), _CLIENT
)


def probe(address: str, timeout: float, context: ssl.SSLContext | None = None) -> None:
    """Return when a broker at ``host:port`` answers an ApiVersions request.

    With ``context`` the connection is encrypted first. ``timeout`` in seconds holds for each
    step. Raises OSError (`ssl.SSLError` is one) with the cause.
    """
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    with socket.create_connection((host, int(port)), timeout) as plain:
        if context is None:
            _exchange(plain)
            return
        with context.wrap_socket(plain, server_hostname=host) as encrypted:
            _exchange(encrypted)


def _exchange(connection: socket.socket) -> None:
    connection.sendall(struct.pack(">i", len(_REQUEST)) + _REQUEST)
    head = b""
    while len(head) < 8:
        received = connection.recv(8 - len(head))
        if not received:
            raise ConnectionResetError("the connection was closed without an answer")
        head += received
    if struct.unpack(">ii", head)[1] != _CORRELATION:
        raise ConnectionError("the answer is not that of a Kafka broker")
