"""Decisions that are pushed, over a WebSocket of graphql-transport-ws.

The protocol is https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md; what followers of the ledger can rely on
stands in docs/protocol.md.
"""

from __future__ import annotations

import asyncio
import importlib
import ssl
import time
from collections import OrderedDict
from types import TracebackType
from typing import Any, Awaitable, Callable, Coroutine, Dict, Optional, Type, TypeVar, cast

from ._flows import Authorize, RetryPolicy, is_transient, log
from ._socket import Message, Socket, open_socket
from ._under_way import UnderWay
from ._wire import Core, error_of_graphql
from .errors import CountersignError, NetworkError, UnauthenticatedError, bad_input, error_of
from .types import Decision

T = TypeVar("T")

_PROPOSAL = "proposal { revision title detail payload digest }"
_DECISION = f"ticketId revision status comments decidedBy {{ id name kind }} decidedAt cursor receipt {_PROPOSAL}"
_DECIDED = (
    "subscription TicketDecided($ticketId: ID, $queue: String, $after: LedgerCursor) "
    f"{{ ticketDecided(ticketId: $ticketId, queue: $queue, after: $after) {{ {_DECISION} }} }}"
)
_CURSOR = "query LedgerCursor { viewer { ledgerCursor } }"

#: A connection that lived this long, in seconds, was a good one: the next pause is short again.
_GOOD_LIFE = 5.0
#: So many connections in a row may be ended for their credential soon after it was accepted.
_SHORT_LEASES = 3
#: Cursors remembered to drop what is delivered twice, as at-least-once delivery may.
_REMEMBERED = 1_000


class DecisionStream:
    """Decisions in ledger order, each once, over any number of broken connections and server restarts.

        async with client.decisions() as decisions:
            async for decision in decisions:
                print(decision["id"], decision["status"])

    Without `after` it begins where the ledger stands when it is entered (or first iterated); one of a single ticket begins
    with the decision that the ticket has, if it has one. It reads no faster than it is iterated: a server that has to hold
    too much closes the connection, and the next one resumes. A cursor that the server cannot honour ends it with
    CursorInvalidError, never with silence. `break` leaves the connection open; the end of `async with`, aclose() and the
    client's close() do not.
    """

    def __init__(
        self,
        *,
        core: Core,
        context: Optional[ssl.SSLContext],
        policy: RetryPolicy,
        timeout: float,
        authorize: Callable[[Authorize], Awaitable[str]],
        under_way: UnderWay,
        queue: Optional[str],
        ticket_id: Optional[str],
        after: Optional[str],
    ) -> None:
        for name, value in (("queue", queue), ("ticketId", ticket_id), ("after", after)):
            if value is not None and (not isinstance(value, str) or value == ""):
                raise bad_input(name, f"{name} must be a text that is not empty, or left out.")
        try:
            self._websockets: Any = importlib.import_module("websockets")
        except ImportError:
            message = 'decisions() needs the package websockets: pip install "countersign[push]"'
            raise CountersignError("BAD_CONFIGURATION", message) from None
        self._core = core
        self._context = context
        self._policy = policy
        self._timeout = timeout
        self._authorize = authorize
        self._under_way = under_way
        self._variables = {"queue": queue, "ticketId": ticket_id}
        self._received = after
        self._delivered = after
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._socket: Optional[Socket] = None
        self._opened_at = 0.0
        self._authorization = ""
        self._refused: Optional[str] = None
        self._reached = False
        self._failures = 0
        self._ended = False
        #: Ends a pause early.
        self._end: Optional[asyncio.Event] = None
        self._forget = under_way.at_close(self.aclose)
        self._turn: Optional[asyncio.Lock] = None

    @property
    def cursor(self) -> Optional[str]:
        """What to hand to decisions() as `after` to go on behind what was read here; None before anything is known."""
        return self._delivered

    def __aiter__(self) -> DecisionStream:
        return self

    async def __anext__(self) -> Decision:
        return await self._in_turn(self._next)

    async def __aenter__(self) -> DecisionStream:
        try:
            await self._in_turn(self._connected)
        except StopAsyncIteration:
            pass  # The client is closed: there is nothing to iterate.
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends the stream, also for whoever waits for its next decision."""
        self._ended = True
        self._forget()
        if self._end is not None:
            self._end.set()
        await self._drop()

    async def _in_turn(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        if self._turn is None:
            self._turn = asyncio.Lock()
        async with self._turn:
            if self._ended or self._under_way.closed:
                raise StopAsyncIteration
            try:
                return await self._under_way.run(work())
            except CountersignError as error:
                if error.code == "CLIENT_CLOSED" or self._ended:
                    raise StopAsyncIteration from None
                await self.aclose()
                raise

    async def _next(self) -> Decision:
        while True:
            try:
                socket = await self._connected()
                decision = _decision_in(await socket.next())
            except CountersignError as error:
                await self._survive(error)
                continue
            self._failures = 0
            self._refused = None
            if decision is None or not self._is_new(cast(str, decision["cursor"])):
                continue
            self._received = self._delivered = decision["cursor"]
            return decision

    def _is_new(self, cursor: str) -> bool:
        if cursor in self._seen:
            return False
        self._seen[cursor] = None
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return True

    async def _connected(self) -> Socket:
        """The subscription's socket; opened, and told where to begin, if there is none."""
        while self._socket is None:
            try:
                return await self._open()
            except CountersignError as error:
                await self._survive(error)
        return self._socket

    async def _open(self) -> Socket:
        self._authorization = await self._authorize(Authorize(self._refused))
        self._opened_at = 0.0
        socket = await open_socket(
            self._websockets, self._core, self._context, self._authorization, self._timeout
        )
        try:
            if self._received is None and self._variables["ticketId"] is None:
                asked = asyncio.wait_for(socket.ask(_CURSOR, {}), self._timeout)
                self._received = self._delivered = _cursor_in(await asked)
            await socket.subscribe(_DECIDED, {**self._variables, "after": self._received})
        except asyncio.TimeoutError:
            await socket.close()
            raise NetworkError("NETWORK", f"No answer from {self._core.web_socket_url} within {self._timeout:g} s.")
        except BaseException:
            await socket.close()
            raise
        if self._ended:
            await socket.close()
        self._socket = socket
        self._opened_at = time.monotonic()
        self._reached = True
        return socket

    async def _survive(self, error: CountersignError) -> None:
        """Pauses where it makes sense to go on.

        :raises CountersignError: the error itself where it does not
        """
        await self._drop()
        lived = time.monotonic() - self._opened_at if self._opened_at else 0.0
        self._failures = 1 if lived >= _GOOD_LIFE else self._failures + 1
        if self._ended:
            raise error
        if error.details.get("closeCode") in (4401, 4403):
            # A token's end ends its socket too. One that is refused at once, and then another one, tells of the key.
            if self._refused is not None and (not self._opened_at or self._failures > _SHORT_LEASES):
                raise UnauthenticatedError("UNAUTHENTICATED", error.message, details=error.details) from None
            self._refused = self._authorization
        elif not is_transient(error) or (not self._reached and self._failures >= self._policy.attempts):
            raise error
        self._opened_at = 0.0
        seconds = self._policy.delay(error, self._failures)
        log.info("%s; subscribing again in %.1f s", error, seconds)
        self._end = asyncio.Event()
        try:
            await asyncio.wait_for(self._end.wait(), seconds)
        except asyncio.TimeoutError:
            return
        raise error

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()


def _decision_in(message: Message) -> Optional[Decision]:
    """What was pushed, in the form that REST has; None where it settles nothing.

    :raises CountersignError: the server's refusal; BAD_RESPONSE where it lacks what resuming stands on
    """
    pushed = _field_in(message, "ticketDecided")
    proposal = pushed.get("proposal")
    named = (pushed.get("status"), pushed.get("ticketId"))
    if not all(isinstance(value, str) for value in named) or not isinstance(proposal, dict):
        raise CountersignError("BAD_RESPONSE", "The server pushed a decision without status, ticketId or proposal.")
    status = cast(str, pushed["status"]).lower()
    if status == "pending":
        return None
    if not isinstance(pushed.get("cursor"), str):
        raise CountersignError("BAD_RESPONSE", "The server pushed a decision without a cursor.")
    by = pushed.get("decidedBy")
    decision = {
        "id": pushed["ticketId"],
        "status": status,
        "comments": pushed.get("comments"),
        "revision": pushed.get("revision"),
        "title": proposal.get("title"),
        "detail": proposal.get("detail"),
        "payload": proposal.get("payload"),
        "digest": proposal.get("digest"),
        "decidedBy": {**by, "kind": str(by.get("kind")).lower()} if isinstance(by, dict) else None,
        "decidedAt": pushed.get("decidedAt"),
        "cursor": pushed["cursor"],
        "receipt": pushed.get("receipt"),
    }
    return cast(Decision, decision)


def _cursor_in(message: Message) -> str:
    cursor = _field_in(message, "viewer").get("ledgerCursor")
    if not isinstance(cursor, str):
        raise CountersignError("BAD_RESPONSE", "The server's answer has no ledgerCursor.")
    return cursor


def _field_in(message: Message, name: str) -> Dict[str, Any]:
    errors = message.get("errors")
    if isinstance(errors, list) and errors:
        raise error_of_graphql(errors[0])
    data = message.get("data")
    field = data.get(name) if isinstance(data, dict) else None
    if not isinstance(field, dict):
        raise error_of("BAD_RESPONSE", f"The server sent a message without {name}.")
    return field
