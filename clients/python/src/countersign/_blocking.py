"""Requests that block the calling thread, over the standard library's http.client."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
import threading
import urllib.parse
import urllib.request
from typing import Any, Dict, Optional, Set, Tuple

from ._wire import Answer, Core, Request, broken, read_answer
from .errors import CountersignError


class BlockingHttp:
    """A connection for each request, so that threads, forks and pauses of hours need no care.

    The proxies that the environment names (HTTPS_PROXY, NO_PROXY …) are used, as urllib does.
    """

    def __init__(self, core: Core, context: Optional[ssl.SSLContext]) -> None:
        self._core = core
        self._context = context or (ssl.create_default_context() if core.secure else None)
        self._sockets: Set[socket.socket] = set()
        self._lock = threading.Lock()
        self._closed = False

    def send(self, request: Request) -> Answer:
        """
        :raises CountersignError: NETWORK where the connection breaks or the answer takes longer than it may
        """
        connection, path, headers = self._prepare(request)
        opened: Any = None
        try:
            connection.connect()
            # Kept beside the connection, which lets go of it before the answer is read to its end.
            opened = connection.sock
            self._keep(opened)
            self._ask(connection, request, path, headers)
            return read_answer(connection.getresponse())
        except (OSError, http.client.HTTPException) as error:
            raise broken(self._core, error) from None
        finally:
            with self._lock:
                self._sockets.discard(opened)
            connection.close()

    def close(self) -> None:
        """Breaks what is under way, in whichever thread."""
        with self._lock:
            self._closed = True
            sockets = list(self._sockets)
        for each in sockets:
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # It broke by itself.

    def _keep(self, opened: socket.socket) -> None:
        with self._lock:
            if self._closed:
                raise CountersignError("CLIENT_CLOSED", "The client is closed.")
            self._sockets.add(opened)

    @staticmethod
    def _ask(
        connection: http.client.HTTPConnection, request: Request, path: str, headers: Dict[str, str]
    ) -> None:
        try:
            connection.request(request.method, path, request.body, headers)
        except (BrokenPipeError, ConnectionResetError):
            # A server may refuse what is too large before it has read it all: its answer says why.
            pass

    def _prepare(
        self, request: Request
    ) -> Tuple[http.client.HTTPConnection, str, Dict[str, str]]:
        core = self._core
        headers = request.all_headers(core.authority)
        path = core.prefix + request.path
        proxy = proxy_for(core)
        host, port = (core.host, core.port) if proxy is None else (proxy.host, proxy.port)
        if not core.secure:
            if proxy is not None:
                path = f"http://{core.authority}{path}"
                headers.update(proxy.headers)
            return http.client.HTTPConnection(host, port, timeout=request.timeout), path, headers
        secure = http.client.HTTPSConnection(host, port, timeout=request.timeout, context=self._context)
        if proxy is not None:
            secure.set_tunnel(core.host, core.port, proxy.headers)
        return secure, path, headers


class Proxy:
    def __init__(self, url: str) -> None:
        parts = urllib.parse.urlsplit(url if "://" in url else f"http://{url}")
        self.host = parts.hostname or ""
        self.port = parts.port or 80
        self.headers: Dict[str, str] = {}
        if parts.username is not None:
            user = urllib.parse.unquote(parts.username)
            password = urllib.parse.unquote(parts.password or "")
            word = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["Proxy-Authorization"] = f"Basic {word}"


def proxy_for(core: Core) -> Optional[Proxy]:
    """
    :raises CountersignError: BAD_CONFIGURATION where the environment names something that is no proxy
    """
    if urllib.request.proxy_bypass(core.authority):
        return None
    url = urllib.request.getproxies().get("https" if core.secure else "http")
    if not url:
        return None
    try:
        proxy = Proxy(url)
    except ValueError:
        proxy = None
    if proxy is None or not proxy.host:
        raise CountersignError("BAD_CONFIGURATION", "The environment names a proxy that is no URL.")
    return proxy
