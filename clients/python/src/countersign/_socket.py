"""One WebSocket of graphql-transport-ws, with one subscription on it."""

from __future__ import annotations

import asyncio
import importlib
import json
import ssl
from typing import Any, Dict, NoReturn, Optional

from ._wire import LONGEST_ANSWER, Answer, Core, broken, error_of_graphql, result_of
from .errors import CountersignError, NetworkError

#: The payload of a message.
Message = Dict[str, Any]

#: Seconds between the signs of life that a quiet connection is asked for, and that their answer may take.
_HEARTBEAT = 15.0
#: Seconds that a goodbye may take.
_GOODBYE = 1.0
#: Close codes that say that the two sides do not understand one another.
_NOT_UNDERSTOOD = frozenset([4004, 4400, 4406])


class Socket:
    def __init__(self, connection: Any, core: Core, exceptions: Any) -> None:
        self._connection = connection
        self._core = core
        self._exceptions = exceptions
        self._operations = 0

    async def greet(self, authorization: str) -> None:
        await self._send({"type": "connection_init", "payload": {"Authorization": authorization}})
        while (await self._receive()).get("type") != "connection_ack":
            pass

    async def ask(self, query: str, variables: Dict[str, Any]) -> Message:
        """The answer to a query."""
        await self.subscribe(query, variables)
        answer = await self.next()
        await self.next_type("complete")
        return answer

    async def subscribe(self, query: str, variables: Dict[str, Any]) -> None:
        self._operations += 1
        payload = {"query": query, "variables": variables}
        await self._send({"id": str(self._operations), "type": "subscribe", "payload": payload})

    async def next(self) -> Message:
        """
        :raises CountersignError: the server's refusal; NETWORK where the connection or the subscription ends
        """
        return await self.next_type("next")

    async def next_type(self, wanted: str) -> Message:
        while True:
            message = await self._receive()
            if message.get("id") != str(self._operations):
                continue
            kind, payload = message.get("type"), message.get("payload")
            if kind == "error":
                raise error_of_graphql(payload[0] if isinstance(payload, list) and payload else None)
            if kind == wanted:
                return payload if isinstance(payload, dict) else {}
            if kind == "complete":
                raise NetworkError("NETWORK", "The server ended the subscription.")

    async def close(self) -> None:
        try:
            await self._connection.close()
        except (OSError, self._exceptions.WebSocketException):
            pass  # It broke by itself.

    async def _send(self, message: Message) -> None:
        try:
            await self._connection.send(json.dumps(message))
        except (OSError, self._exceptions.WebSocketException) as error:
            self._broke(error)

    async def _receive(self) -> Message:
        while True:
            try:
                text = await self._connection.recv()
            except (OSError, self._exceptions.WebSocketException) as error:
                self._broke(error)
            message = self._parsed(text)
            if message.get("type") != "ping":
                return message
            await self._send({"type": "pong"})

    def _parsed(self, text: object) -> Message:
        try:
            message = json.loads(text) if isinstance(text, str) else None
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict):
            what = f"{self._core.web_socket_url} sent what is no message of the protocol."
            raise CountersignError("BAD_RESPONSE", what)
        return message

    def _broke(self, error: BaseException) -> NoReturn:
        close: Any = getattr(error, "rcvd", None)
        code: Optional[int] = None if close is None else close.code
        url = self._core.web_socket_url
        if code is None:
            raise broken(self._core, error if isinstance(error, OSError) else OSError(str(error)))
        reason = f"closed with code {code}" + (f" ({close.reason})" if close.reason else "")
        details = {"closeCode": code}
        if code in _NOT_UNDERSTOOD:
            message = f"{url} does not understand this client: {reason}."
            raise CountersignError("BAD_RESPONSE", message, details=details)
        raise NetworkError("NETWORK", f"No connection to {url}: {reason}.", details=details)


async def open_socket(
    websockets: Any, core: Core, context: Optional[ssl.SSLContext], authorization: str, timeout: float
) -> Socket:
    """
    :raises CountersignError: NETWORK, or what a credential that is refused comes to: `closeCode` among its details
    """
    exceptions: Any = importlib.import_module("websockets.exceptions")
    options: Dict[str, Any] = {"ssl": context or ssl.create_default_context()} if core.secure else {}
    connector = websockets.connect(
        core.web_socket_url,
        subprotocols=["graphql-transport-ws"],
        open_timeout=timeout,
        close_timeout=_GOODBYE,
        ping_interval=_HEARTBEAT,
        ping_timeout=_HEARTBEAT,
        max_size=LONGEST_ANSWER,
        **options,
    )
    # A redirect would carry the credential to wherever it points. The first is for websockets up to 13, the second after.
    connector.MAX_REDIRECTS_ALLOWED = 1
    connector.process_redirect = lambda error: error
    try:
        connection = await connector
    except asyncio.TimeoutError:
        raise broken(core, TimeoutError(f"no answer within {timeout:g} s")) from None
    except (OSError, exceptions.WebSocketException) as error:
        _refused(core, error)
    socket = Socket(connection, core, exceptions)
    try:
        await asyncio.wait_for(socket.greet(authorization), timeout)
    except asyncio.TimeoutError:
        await socket.close()
        raise broken(core, TimeoutError(f"no acknowledgement within {timeout:g} s")) from None
    except BaseException:
        await socket.close()
        raise
    return socket


def _refused(core: Core, error: BaseException) -> NoReturn:
    """A handshake that came to nothing."""
    response = getattr(error, "response", error)
    status = getattr(response, "status_code", None)
    if isinstance(status, int):
        headers = {name.lower(): value for name, value in dict(getattr(response, "headers", {})).items()}
        body = getattr(response, "body", None)
        # As a refusal over HTTP; an answer in the 200s is none of a WebSocket either.
        result_of(Answer(max(status, 300), headers, body if isinstance(body, bytes) else b""), core)
    if isinstance(error, OSError) or type(error).__name__ == "InvalidMessage":
        raise broken(core, error if isinstance(error, OSError) else OSError(str(error))) from None
    message = f"{core.web_socket_url} does not speak graphql-transport-ws: {error}."
    raise CountersignError("BAD_RESPONSE", message) from None
