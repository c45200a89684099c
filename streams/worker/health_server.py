"""``/metrics``, ``/health/live`` and ``/health/ready`` over HTTP.

The server has threads of its own: it answers also while the event loop is stuck, which is just
what somebody would like to know then.
"""

import json
import socket
import time
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from types import TracebackType
from typing import Any, Self
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

from streams.errors import ChurnstreamError
from streams.metrics import Metrics
from streams.worker.health import Health, NotReady, Ready, liveness, readiness

Headers = list[tuple[str, str]]
Respond = Callable[[str, Headers], Any]
STOP_WITHIN = 0.05
"""How long `HealthServer.stop` may take (s)."""
_PAGES = "/metrics, /health/live, /health/ready"


class HealthServerError(ChurnstreamError):
    """The address of the health server cannot be used."""


class HealthServer:
    """The HTTP server of one worker, from ``start`` to ``stop``; a context manager.

    ``port`` 0 takes any free port; afterwards ``port`` tells which. ``clock`` is the monotonic
    clock that feeds ``health``.
    """

    def __init__(
        self,
        health: Health,
        metrics: Metrics,
        *,
        host: str,
        port: int,
        stall_limit: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.host = host
        self.port = port
        self._health = health
        self._metrics = metrics
        self._stall_limit = stall_limit
        self._clock = clock
        self._metrics_page = make_wsgi_app(metrics.registry)
        self._server: WSGIServer | None = None

    def start(self) -> None:
        """Listen and answer in the background. Raises `HealthServerError` if the port is taken."""
        try:
            family, *_, address = socket.getaddrinfo(
                self.host, self.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
            )[0]
            server = _server_class(family)((str(address[0]), self.port), _Handler)
        except OSError as error:
            raise HealthServerError(
                f"metrics and health cannot listen on {self.host}:{self.port} "
                f"({error.strerror or error}); set CHURNSTREAM_METRICS_PORT to a free port "
                "(0: any) or CHURNSTREAM_METRICS_HOST to an address of this machine"
            ) from None
        server.set_app(self._answer)
        self.port = int(server.server_address[1])
        self._server = server
        Thread(target=server.serve_forever, args=(STOP_WITHIN,), name="health", daemon=True).start()

    def stop(self) -> None:
        """Stop answering and free the port. Safe to call twice."""
        server, self._server = self._server, None
        if server is not None:
            server.shutdown()
            server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _answer(self, environ: dict[str, Any], respond: Respond) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if environ.get("REQUEST_METHOD") != "GET":
            return _json(respond, "405 Method Not Allowed", {"error": "only GET"})
        if path == "/metrics":
            self._metrics.ready(self._verdict(readiness) == Ready())
            page: Iterable[bytes] = self._metrics_page(environ, respond)
            return page
        if path == "/health/live":
            return _report(respond, "live", self._verdict(liveness), self._details())
        if path == "/health/ready":
            return _report(respond, "ready", self._verdict(readiness), self._details())
        return _json(respond, "404 Not Found", {"error": f"no such page; there are {_PAGES}"})

    def _verdict(self, judge: Callable[..., Ready | NotReady]) -> Ready | NotReady:
        return judge(self._health.status, self._clock(), self._stall_limit)

    def _details(self) -> dict[str, object]:
        status = self._health.status
        return {"partitions": status.partitions, "lag": status.lag, "to_recover": status.to_recover}


class _Handler(WSGIRequestHandler):
    timeout = 10
    """Seconds after which a client that does not ask is dropped (it holds a thread)."""

    def log_message(self, format: str, *args: object) -> None:
        """A line for every probe would drown the log."""


def _server_class(family: int) -> type[WSGIServer]:
    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        address_family = family

        def server_bind(self) -> None:
            """Bind without asking the name service for this machine's name, which may hang."""
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]
            self.setup_environ()

    return Server


def _report(
    respond: Respond, name: str, verdict: Ready | NotReady, details: dict[str, object]
) -> Iterable[bytes]:
    reasons = list(verdict.reasons) if isinstance(verdict, NotReady) else []
    status = "503 Service Unavailable" if reasons else "200 OK"
    return _json(respond, status, {name: not reasons, "reasons": reasons, **details})


def _json(respond: Respond, status: str, body: dict[str, object]) -> Iterable[bytes]:
    content = json.dumps(body).encode() + b"\n"
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
    respond(status, [*headers, ("Cache-Control", "no-store")])
    return [content]
