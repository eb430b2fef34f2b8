"""decisions() against a WebSocket server that fails as it is told to."""

from __future__ import annotations

import asyncio
import json
import socket
import time
import unittest
import unittest.mock
from dataclasses import replace
from typing import Any, Awaitable, Callable, Dict, List, Optional

from countersign import (
    AsyncHitlClient,
    CountersignError,
    CursorInvalidError,
    NetworkError,
    RetryPolicy,
    UnauthenticatedError,
)
from certificates import OwnCertificate
from scripted_server import KEY, ScriptedServer

try:
    import websockets
except ImportError:
    websockets = None  # type: ignore[assignment]

QUICK = RetryPolicy(attempts=4, base=0.001, cap=0.005)


def decision(number: int, status: str = "APPROVED") -> Dict[str, Any]:
    proposal = {"revision": 1, "title": f"Title {number}", "detail": None, "payload": {"n": number}, "digest": "sha256:0"}
    return {
        "ticketId": f"ticket_{number}",
        "revision": 1,
        "status": status,
        "comments": None,
        "decidedBy": {"id": "p", "name": "Ada", "kind": "HUMAN"},
        "decidedAt": "2030-01-01T00:00:00.000Z",
        "cursor": f"c{number}",
        "receipt": None,
        "proposal": proposal,
    }


class PushServer:
    """Speaks the server's side; `scripts` says what becomes of each subscription, one after the other, the last for ever."""

    def __init__(self) -> None:
        self.subscriptions: List[Dict[str, Any]] = []
        self.credentials: List[str] = []
        self.scripts: List[Callable[[Any, str], Awaitable[None]]] = []
        #: A close code for each connection before it is acknowledged; None lets it in.
        self.refusals: List[Optional[int]] = []
        self.open = 0
        self._server: Any = None

    async def start(self, port: int, **options: Any) -> None:
        options = {"subprotocols": ["graphql-transport-ws"], "reuse_port": True, **options}
        self._server = await websockets.serve(self._serve, "127.0.0.1", port, **options)

    async def stop(self) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, connection: Any, *_path: Any) -> None:
        self.open += 1
        try:
            await self._converse(connection)
        except websockets.ConnectionClosed:
            pass
        finally:
            self.open -= 1

    async def _converse(self, connection: Any) -> None:
        greeting = json.loads(await connection.recv())
        self.credentials.append(greeting["payload"]["Authorization"])
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            await connection.close(refusal, "Forbidden")
            return
        await connection.send('{"type": "ping"}')
        await connection.send('{"type": "connection_ack"}')
        assert json.loads(await connection.recv()) == {"type": "pong"}
        while True:
            message = json.loads(await connection.recv())
            if message.get("type") != "subscribe":
                continue
            if "ledgerCursor" in message["payload"]["query"]:
                data = {"viewer": {"ledgerCursor": "now"}}
                await connection.send(json.dumps({"id": message["id"], "type": "next", "payload": {"data": data}}))
                await connection.send(json.dumps({"id": message["id"], "type": "complete"}))
                continue
            self.subscriptions.append(message["payload"]["variables"])
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            await script(connection, message["id"])


def pushes(*decisions: Dict[str, Any], close: Optional[int] = None, cut: bool = False) -> Any:
    async def script(connection: Any, operation: str) -> None:
        for each in decisions:
            payload = each if "errors" in each else {"data": {"ticketDecided": each}}
            await connection.send(json.dumps({"id": operation, "type": "next", "payload": payload}))
        if cut:
            connection.transport.abort()
        elif close is not None:
            await connection.close(close)
        else:
            await connection.wait_closed()

    return script


def sends(message: Any) -> Any:
    async def script(connection: Any, operation: str) -> None:
        text = message if isinstance(message, (str, bytes)) else json.dumps({"id": operation, **message})
        await connection.send(text)
        await connection.wait_closed()

    return script


@unittest.skipIf(websockets is None, "needs the package websockets")
class PushTest(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self) -> None:
        # Tokens come from one server, pushes from another on the same address: what is asked for says who has to answer.
        self.tokens = ScriptedServer()
        self.addCleanup(self.tokens.stop)
        self.push = PushServer()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        await self.push.start(self.port)
        self.client = AsyncHitlClient(self.tokens.url, KEY, retry=QUICK, timeout=0.5)
        self.follow()

    async def asyncTearDown(self) -> None:
        await self.client.close()
        await self.push.stop()

    def follow(self) -> None:
        """Has pushes come from the push server."""
        core = self.client._core
        address = f"ws://127.0.0.1:{self.port}/graphql"
        patched = unittest.mock.patch.object(type(core), "web_socket_url", address)
        patched.start()
        self.addCleanup(patched.stop)

    async def take(self, count: int, **options: Any) -> List[Any]:
        async with self.client.decisions(**options) as decisions:
            return [await decisions.__anext__() for _ in range(count)]

    async def failure(self, **options: Any) -> CountersignError:
        with self.assertRaises(CountersignError) as caught:
            await asyncio.wait_for(self.take(1, **options), 5)
        return caught.exception

    async def test_begins_where_the_ledger_stands_and_goes_on_by_cursor(self) -> None:
        self.push.scripts = [
            pushes(decision(1), decision(2), close=1013),
            pushes(cut=True),
            pushes(decision(2), decision(3), close=1001),
            pushes(decision(4, "REJECTED")),
        ]
        seen = await self.take(4, queue="loans")
        self.assertEqual([each["id"] for each in seen], ["ticket_1", "ticket_2", "ticket_3", "ticket_4"])
        self.assertEqual([each["after"] for each in self.push.subscriptions], ["now", "c2", "c2", "c3"])
        self.assertEqual({each["queue"] for each in self.push.subscriptions}, {"loans"})
        self.assertEqual((seen[3]["status"], seen[3]["decidedBy"]["kind"]), ("rejected", "human"))
        self.assertEqual(seen[0]["payload"], {"n": 1})

    async def test_of_one_ticket_asks_for_what_there_is_already(self) -> None:
        self.push.scripts = [pushes(decision(7, "PENDING"), decision(7))]
        seen = await self.take(1, ticket_id="ticket_7")
        self.assertEqual((seen[0]["status"], self.push.subscriptions[0]["after"]), ("approved", None))

    async def test_a_socket_that_ends_with_its_token_is_opened_with_another(self) -> None:
        self.push.scripts = [pushes(decision(1), close=4403), pushes(decision(2))]
        self.assertEqual(len(await self.take(2)), 2)
        self.assertEqual(self.push.credentials, ["Bearer token-1", "Bearer token-2"])

    async def test_a_credential_that_is_refused_twice_is_none(self) -> None:
        self.push.refusals = [4403, 4403]
        self.assertIsInstance(await self.failure(), UnauthenticatedError)
        self.assertEqual(len(self.push.credentials), 2)

    async def test_sockets_that_end_at_once_for_their_credential_are_not_opened_for_ever(self) -> None:
        self.push.scripts = [pushes(close=4403)]
        self.assertIsInstance(await self.failure(), UnauthenticatedError)
        self.assertLess(len(self.push.credentials), 6)

    async def test_a_key_that_does_not_hold_is_told(self) -> None:
        self.tokens.keys.clear()
        self.assertIsInstance(await self.failure(), UnauthenticatedError)
        self.assertEqual(self.push.credentials, [])

    async def test_says_what_the_server_refuses(self) -> None:
        refusal = {"message": "Foreign.", "extensions": {"code": "CURSOR_INVALID", "requestId": "r1"}}
        for script in (sends({"type": "error", "payload": [refusal]}), pushes({"errors": [refusal]})):
            self.push.scripts = [script]
            error = await self.failure(after="foreign")
            self.assertEqual((type(error), error.message, error.request_id), (CursorInvalidError, "Foreign.", "r1"))

    async def test_says_that_something_else_answers(self) -> None:
        unsettled = {**decision(1), "cursor": None}
        for script in (
            sends("no JSON"),
            sends(b"\x00\x01"),
            sends("[1]"),
            sends({"type": "next", "payload": {"data": None}}),
            pushes({}),
            pushes(unsettled),
            pushes(close=4400),
        ):
            self.push.scripts = [script]
            self.assertEqual((await self.failure()).code, "BAD_RESPONSE")

    async def test_subscribes_again_after_what_passes(self) -> None:
        unavailable = {"message": "Soon.", "extensions": {"code": "UNAVAILABLE", "retryAfter": 0.01}}
        self.push.scripts = [
            sends({"type": "error", "payload": [unavailable]}),
            sends({"type": "complete"}),
            pushes(decision(1)),
        ]
        self.assertEqual(len(await self.take(1)), 1)

    async def test_gives_up_where_the_server_was_never_reached(self) -> None:
        await self.push.stop()
        self.assertIsInstance(await self.failure(), NetworkError)
        await self.push.start(self.port)

    async def test_does_not_give_up_once_it_was(self) -> None:
        self.push.scripts = [pushes(decision(1), cut=True), pushes(decision(2))]
        async with self.client.decisions() as decisions:
            await decisions.__anext__()
            await self.push.stop()
            following = asyncio.ensure_future(decisions.__anext__())
            # Refused more often than there are attempts.
            await asyncio.sleep(0.3)
            await self.push.start(self.port)
            self.assertEqual((await asyncio.wait_for(following, 5))["id"], "ticket_2")

    async def test_is_not_led_elsewhere_nor_kept_waiting(self) -> None:
        async def elsewhere(_reader: Any, writer: Any) -> None:
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:%d/graphql\r\n\r\n" % self.port)
            writer.close()

        async def limited(_reader: Any, writer: Any) -> None:
            writer.write(b"HTTP/1.1 429 Too Many\r\nRetry-After: 900\r\nContent-Length: 0\r\n\r\n")
            writer.close()

        async def silent(reader: Any, writer: Any) -> None:
            await reader.read()
            writer.close()

        for answer, code in ((elsewhere, "BAD_RESPONSE"), (limited, "RATE_LIMITED"), (silent, "NETWORK")):
            with self.subTest(code=code):
                server = await asyncio.start_server(answer, "127.0.0.1", 0)
                address = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
                with unittest.mock.patch.object(type(self.client._core), "web_socket_url", address):
                    self.assertEqual((await self.failure()).code, code)
                server.close()
        self.assertEqual(self.push.credentials, [])

    async def test_over_tls_sends_nothing_to_whoever_has_no_certificate_that_holds(self) -> None:
        certificate = OwnCertificate()
        self.addCleanup(certificate.remove)
        await self.push.stop()
        await self.push.start(self.port, ssl=certificate.for_the_server())
        core = type(self.client._core)
        with unittest.mock.patch.object(core, "web_socket_url", f"wss://127.0.0.1:{self.port}/graphql"):
            with unittest.mock.patch.object(self.client, "_core", replace(self.client._core, secure=True)):
                self.assertEqual((await self.failure()).code, "BAD_CONFIGURATION")
                self.assertEqual(self.push.credentials, [])
                self.client._context = certificate.for_clients()
                self.push.scripts = [pushes(decision(1))]
                self.assertEqual((await self.take(1))[0]["id"], "ticket_1")

    async def test_ends_without_an_error_when_it_or_the_client_is_closed(self) -> None:
        for closes in ("stream", "client"):
            self.push.scripts = [pushes(decision(1))]
            decisions = self.client.decisions()
            await decisions.__anext__()
            self.assertEqual(decisions.cursor, "c1")
            rest = asyncio.ensure_future(self.collect(decisions))
            await asyncio.sleep(0)
            started = time.monotonic()
            await (decisions.aclose() if closes == "stream" else self.client.close())
            self.assertEqual(await asyncio.wait_for(rest, 5), [])
            self.assertLess(time.monotonic() - started, 2)
        self.assertEqual(await self.collect(self.client.decisions()), [])

    async def test_a_cancelled_look_loses_nothing(self) -> None:
        self.push.scripts = [pushes(decision(1), cut=True), pushes(decision(2))]
        async with self.client.decisions() as decisions:
            await decisions.__anext__()
            for _ in range(3):
                look = asyncio.ensure_future(decisions.__anext__())
                await asyncio.sleep(0)
                look.cancel()
                await asyncio.wait([look])
            self.assertEqual((await asyncio.wait_for(decisions.__anext__(), 5))["id"], "ticket_2")

    async def test_refuses_bad_input(self) -> None:
        for options in ({"queue": ""}, {"ticket_id": 7}, {"after": ""}):
            with self.assertRaises(CountersignError) as caught:
                self.client.decisions(**options)  # type: ignore[arg-type]
            self.assertEqual(caught.exception.code, "BAD_USER_INPUT")

    async def collect(self, decisions: Any) -> List[Any]:
        return [each async for each in decisions]


if __name__ == "__main__":
    unittest.main()
