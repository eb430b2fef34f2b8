"""Requests in asyncio.

Threads around the blocking client would need one per wait: a thousand waits, a thousand threads, none of which a cancelled
task could end. A keep-alive HTTP client of our own would be a parser of our own. So this is neither: a request is written to
a connection of its own, the bytes that come back are collected until the answer is complete, and http.client reads them.
Cancelling closes the connection at once; a wait costs a socket and a few kilobytes.

A connection goes straight to core_url: unlike the blocking client, this one knows no proxies.
"""

from __future__ import annotations

import asyncio
import io
import re
import ssl
from http.client import parse_headers
from typing import Optional

from ._wire import LONGEST_ANSWER, Answer, Core, Request, broken, parse_answer
from .errors import CountersignError


class AsyncHttp:
    def __init__(self, core: Core, context: Optional[ssl.SSLContext]) -> None:
        self._core = core
        self._context = context or (ssl.create_default_context() if core.secure else None)

    async def send(self, request: Request) -> Answer:
        """
        :raises CountersignError: NETWORK where the connection breaks or the answer takes longer than it may
        """
        try:
            return await asyncio.wait_for(self._exchange(request), request.timeout)
        except asyncio.TimeoutError:
            raise broken(self._core, TimeoutError(f"no answer within {request.timeout:g} s")) from None

    async def _exchange(self, request: Request) -> Answer:
        core = self._core
        loop = asyncio.get_running_loop()
        name = core.host if core.secure else None
        try:
            transport, collector = await loop.create_connection(
                lambda: _Collector(loop), core.host, core.port, ssl=self._context, server_hostname=name
            )
        except OSError as error:
            raise broken(core, error) from None
        try:
            transport.write(_bytes_of(request, core))
            cause = await collector.ended
        finally:
            # Nothing is sent or read any more, and nobody waits for a goodbye.
            transport.abort()
        if collector.too_long:
            raise CountersignError("BAD_RESPONSE", f"The answer has more than {LONGEST_ANSWER} bytes.")
        return parse_answer(bytes(collector.received), request.method, core, cause)


def _bytes_of(request: Request, core: Core) -> bytes:
    lines = [f"{request.method} {core.prefix}{request.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.all_headers(core.authority).items()]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + (request.body or b"")


class _Collector(asyncio.Protocol):
    """Collects until the answer is complete: as long as it says it is, or up to the connection's end.

    No StreamReader, which throws away what has arrived when the connection is reset: a server that refuses a request before
    it has read it all does just that after its answer.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.received = bytearray()
        #: Why the connection ended, where it ended in failure.
        self.ended: asyncio.Future[Optional[Exception]] = loop.create_future()
        self.too_long = False
        self._complete_at: Optional[int] = None

    def data_received(self, data: bytes) -> None:
        looked_at = max(0, len(self.received) - 3)
        self.received += data
        if len(self.received) > LONGEST_ANSWER:
            self.too_long = True
            self._end(None)
        elif self._complete_at is None:
            self._complete_at = _complete_at(self.received, looked_at)
        if self._complete_at is not None and len(self.received) >= self._complete_at:
            self._end(None)

    def connection_lost(self, exc: Optional[Exception]) -> None:
        self._end(exc)

    def _end(self, cause: Optional[Exception]) -> None:
        if not self.ended.done():
            self.ended.set_result(cause)


def _complete_at(received: bytearray, start: int) -> Optional[int]:
    """How long the answer is, once its headers are there and say so. Any doubt is left to the connection's end."""
    end = received.find(b"\r\n\r\n", start)
    status = re.match(rb"HTTP/1\.[01] [2-5]\d\d[^\n]*\n", received)
    if end < 0 or status is None:
        return None
    headers = parse_headers(io.BytesIO(bytes(received[status.end() : end + 4])))
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not re.fullmatch(r"\d{1,9}", length):
        return None
    return end + 4 + int(length)
