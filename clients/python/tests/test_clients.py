"""Both clients, blocking and asyncio, against a server that fails as it is told to."""

from __future__ import annotations

import asyncio
import inspect
import json
import pickle
import threading
import time
import unittest
from datetime import datetime, timezone
from typing import Any, Dict, List

from countersign import (
    AlreadyDecidedError,
    AsyncHitlClient,
    CountersignError,
    HitlClient,
    NetworkError,
    NotFoundError,
    RetryPolicy,
    StaleRevisionError,
    UnauthenticatedError,
    WaitTimeoutError,
)
from scripted_server import KEY, ScriptedServer

PROPOSAL = {"title": "Expand loan term to 7 years", "payload": {"years": 7}}
QUICK = RetryPolicy(attempts=6, base=0.001, cap=0.005)


class BothClients:
    """What holds for both; `do` calls a method of either."""

    server: ScriptedServer
    assertEqual: Any
    assertRaises: Any
    assertRegex: Any
    assertLess: Any
    assertIn: Any
    subTest: Any

    def setUp(self) -> None:
        self.server = ScriptedServer()

    def tearDown(self) -> None:
        self.server.stop()

    def do(self, method: str, *args: Any, options: Any = None, **named: Any) -> Any:
        raise NotImplementedError

    def options(self, given: Any) -> Dict[str, Any]:
        return {"core_url": self.server.url, "api_key": KEY, "retry": QUICK, "timeout": 0.5, **(given or {})}

    def refusal(self, *args: Any, **named: Any) -> CountersignError:
        with self.assertRaises(CountersignError) as caught:
            self.do(*args, **named)
        return caught.exception  # type: ignore[no-any-return]

    def submissions(self) -> List[Dict[str, Any]]:
        return self.server.paths("/hitl/tickets")

    def test_submits_what_it_is_given_as_a_mapping_or_by_name(self) -> None:
        due = datetime(2030, 1, 1, tzinfo=timezone.utc)
        ticket = self.do("submit_for_review", PROPOSAL, queue="loans", due_at=due, approvals_required=2)
        self.assertEqual(ticket["id"], "ticket_1")
        self.assertEqual(ticket["status"], "pending")
        sent = {**PROPOSAL, "queue": "loans", "dueAt": "2030-01-01T00:00:00.000Z", "approvalsRequired": 2}
        self.assertEqual(self.submissions()[0]["body"], sent)
        self.do("submit_for_review", title="By name", payload={"a": [1, None, "ü"]})
        self.assertEqual(self.submissions()[1]["body"], {"title": "By name", "payload": {"a": [1, None, "ü"]}})

    def test_survives_what_passes_under_one_idempotency_key(self) -> None:
        unavailable = {"status": 503, "headers": {"Retry-After": "0"}, "body": '{"code": "UNAVAILABLE"}'}
        date = "Wed, 21 Oct 2015 07:28:00 GMT"
        limited = {"status": 429, "body": '{"code": "RATE_LIMITED", "retryAfter": 0.01}'}
        faults: List[Any] = ["break before", "break after", "hang", "cut", unavailable, limited]
        faults += [{"status": status, "body": "<html>"} for status in (429, 502, 503, 504)]
        faults += [{"status": 503, "headers": {"Retry-After": date}}]
        for fault in faults:
            with self.subTest(fault=fault):
                before, tickets = len(self.submissions()), len(self.server.tickets)
                self.server.faults = [fault, fault]
                self.do("submit_for_review", PROPOSAL)
                keys = [request["headers"]["idempotency-key"] for request in self.submissions()[before:]]
                self.assertEqual(len(keys), 3)
                self.assertEqual(len(set(keys)), 1)
                self.assertRegex(keys[0], r"^[0-9a-f-]{36}$")
                self.assertEqual(len(self.server.tickets), tickets + 1)

    def test_reads_answers_in_every_form_that_http_has(self) -> None:
        for fault in ("chunked", "never closes"):
            with self.subTest(fault=fault):
                self.server.faults = [fault]
                self.assertEqual(self.do("submit_for_review", PROPOSAL)["status"], "pending")
                self.assertEqual(self.server.faults, [])

    def test_waits_as_long_as_retry_after_says(self) -> None:
        self.server.faults = [{"status": 429, "headers": {"Retry-After": "1"}}]
        started = time.monotonic()
        self.do("submit_for_review", PROPOSAL)
        self.assertLess(0.99, time.monotonic() - started)

    def test_gives_up_after_its_attempts_and_says_under_which_key_to_repeat(self) -> None:
        self.server.faults = ["break after"] * 3
        options = {"retry": RetryPolicy(attempts=3, base=0.001, cap=0.001)}
        error = self.refusal("submit_for_review", PROPOSAL, options=options)
        self.assertEqual((type(error), error.code, error.status), (NetworkError, "NETWORK", None))
        self.assertEqual(isinstance(error, ConnectionError), True)
        ticket = self.do("submit_for_review", PROPOSAL, idempotency_key=error.details["idempotencyKey"])
        self.assertEqual(ticket["id"], "ticket_1")
        self.assertEqual(len(self.server.tickets), 1)

    def test_leaves_a_long_pause_to_the_caller(self) -> None:
        self.server.faults = [{"status": 429, "headers": {"Retry-After": "3600"}}]
        error = self.refusal("submit_for_review", PROPOSAL)
        self.assertEqual((error.code, error.status, error.retry_after), ("RATE_LIMITED", 429, 3600.0))
        self.assertEqual(len(self.submissions()), 1)

    def test_says_what_the_server_refuses(self) -> None:
        decision = {"status": "rejected", "revision": 1}
        stale = {"code": "STALE_REVISION", "detail": "newer", "requestId": "r9", "currentRevision": 3}
        decided = {"code": "ALREADY_DECIDED", "title": "too late", "decision": decision}
        own = {"code": "BAD_USER_INPUT", "detail": "title is missing", "field": "title", "type": "urn:x"}
        before_rest = {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN", "requestId": "r8"}}]}
        for body, status, kind, seen in (
            (stale, 409, StaleRevisionError, ("STALE_REVISION", "newer", "r9", {"currentRevision": 3})),
            (decided, 409, AlreadyDecidedError, ("ALREADY_DECIDED", "too late", None, {"decision": decision})),
            (own, 400, CountersignError, ("BAD_USER_INPUT", "title is missing", None, {"field": "title"})),
            (before_rest, 403, CountersignError, ("FORBIDDEN", "no", "r8", {})),
            ({"error": {"code": "INTERNAL_SERVER_ERROR", "message": "ours"}}, 500, CountersignError,
             ("INTERNAL_SERVER_ERROR", "ours", None, {})),
        ):
            with self.subTest(body=body):
                self.server.faults = [{"status": status, "body": json.dumps(body)}]
                error = self.refusal("submit_for_review", PROPOSAL)
                error.details.pop("idempotencyKey")
                self.assertEqual((type(error), error.status), (kind, status))
                self.assertEqual((error.code, error.message, error.request_id, error.details), seen)
                again = pickle.loads(pickle.dumps(error))
                self.assertEqual((str(again), again.details), (str(error), error.details))

    def test_says_that_something_else_answers(self) -> None:
        for fault in (
            {"status": 200, "body": "<html>hello</html>"},
            {"status": 200, "body": "[1]"},
            {"status": 201, "body": '{"id": 7, "status": "pending"}'},
            {"status": 201, "body": '{"id": "ticket_1", "status": "PENDING"}'},
            {"status": 200, "body": "[" * 100_000},
            {"status": 404, "body": "<html>"},
            {"status": 302, "headers": {"Location": "http://127.0.0.1:1/"}},
            {"status": 500},
            "garbage",
        ):
            with self.subTest(fault=fault):
                self.server.faults = [fault]
                self.assertEqual(self.refusal("submit_for_review", PROPOSAL).code, "BAD_RESPONSE")

    def test_hears_a_refusal_that_comes_before_the_whole_request_was_sent(self) -> None:
        self.server.faults = ["early"]
        error = self.refusal("submit_for_review", {"title": "t", "detail": "x" * 8_000_000})
        self.assertEqual((error.code, error.status), ("BAD_USER_INPUT", 413))

    def test_refuses_bad_input_before_anything_is_sent(self) -> None:
        loop: Dict[str, Any] = {}
        loop["self"] = loop
        for method, args, named, field in (
            ("submit_for_review", ("text",), {}, "proposal"),
            ("submit_for_review", ([("title", "t")],), {}, "proposal"),
            ("submit_for_review", (PROPOSAL,), {"title": "another"}, "title"),
            ("submit_for_review", (PROPOSAL,), {"due_at": datetime(2030, 1, 1)}, "dueAt"),
            ("submit_for_review", ({"title": "t", "payload": {"at": datetime(2030, 1, 1)}},), {}, None),
            ("submit_for_review", ({"title": "t", "payload": {"x": float("nan")}},), {}, None),
            ("submit_for_review", ({"title": "t", "payload": {"x": {1, 2}}},), {}, None),
            ("submit_for_review", ({"title": "t", "payload": loop},), {}, None),
            ("submit_for_review", (PROPOSAL,), {"idempotency_key": ""}, "idempotencyKey"),
            ("submit_for_review", (PROPOSAL,), {"idempotency_key": "a\r\nX: y"}, "idempotencyKey"),
            ("submit_for_review", (PROPOSAL,), {"idempotency_key": "x" * 256}, "idempotencyKey"),
            ("get_decision", ("",), {}, "ticketId"),
            ("get_decision", ("..",), {}, "ticketId"),
            ("get_decision", (None,), {}, "ticketId"),
            ("wait_for_decision", ("ticket_1", -1), {}, "timeout"),
            ("wait_for_decision", ("ticket_1", "soon"), {}, "timeout"),
            ("wait_for_decision", ("ticket_1", float("nan")), {}, "timeout"),
        ):
            with self.subTest(method=method, named=named, field=field):
                error = self.refusal(method, *args, **named)
                self.assertEqual((error.code, error.details.get("field")), ("BAD_USER_INPUT", field))
        self.assertEqual(self.server.requests, [])

    def test_an_id_stays_within_its_place_in_the_path(self) -> None:
        self.assertEqual(type(self.refusal("get_decision", "../../events?x=1#y\r\nz\ud800")), NotFoundError)
        self.assertEqual(self.server.requests[-1]["path"], "/hitl/tickets/..%2F..%2Fevents%3Fx%3D1%23y%0D%0Az%3F")

    def test_refuses_options_that_are_wrong(self) -> None:
        for options in (
            {"core_url": "core.gov.example"},
            {"core_url": "ftp://core.gov.example"},
            {"core_url": "http://user:secret@core.gov.example"},
            {"core_url": "http://core.gov.example?x=1"},
            {"core_url": "http://core.gov.example:port"},
            {"core_url": "http://"},
            {"core_url": None},
            {"core_url": "http://a b/"},
            {"api_key": ""},
            {"api_key": "with a blank"},
            {"api_key": "line\r\nbreak: x"},
            {"api_key": None},
            {"timeout": 0},
            {"timeout": float("inf")},
            {"timeout": "30"},
            {"retry": RetryPolicy(attempts=0)},
        ):
            with self.subTest(options=options):
                error = self.refusal("get_decision", "ticket_1", options=options)
                self.assertEqual(error.code, "BAD_CONFIGURATION")
                self.assertEqual("secret" in repr(error) or "break" in repr(error), False)

    def test_works_below_a_path_prefix(self) -> None:
        error = self.refusal("get_decision", "t", options={"core_url": f"{self.server.url}/prefix/"})
        self.assertEqual(self.server.requests[-1]["path"], "/prefix/auth/token")
        self.assertEqual(error.code in ("NOT_FOUND", "UNAUTHENTICATED"), True)

    def test_exchanges_the_key_once_and_renews_before_the_end(self) -> None:
        self.do("submit_for_review", PROPOSAL, then=[("get_decision", "ticket_1")] * 3)
        self.assertEqual(len(self.server.tokens), 1)
        self.server.token_seconds = 0
        self.do("get_decision", "ticket_1", then=[("get_decision", "ticket_1")])
        self.assertEqual(len(self.server.tokens), 3)

    def test_renews_a_token_that_is_refused_once(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        refused = {"status": 401, "body": '{"code": "UNAUTHENTICATED", "detail": "ended"}'}
        self.server.faults = [refused]
        self.assertEqual(self.do("get_decision", "ticket_1")["id"], "ticket_1")
        self.server.faults = [refused, refused]
        self.assertEqual(type(self.refusal("get_decision", "ticket_1")), UnauthenticatedError)
        self.assertEqual(len(self.server.paths("/hitl/tickets/ticket_1")), 4)

    def test_says_that_the_key_does_not_hold_and_never_which(self) -> None:
        for key in ("csk_wrong_key", "csk_wrong_key\n"):
            error = self.refusal("submit_for_review", PROPOSAL, options={"api_key": key})
            self.assertEqual((type(error), error.status, error.request_id), (UnauthenticatedError, 401, "r1"))
            self.assertEqual("csk_wrong_key" in repr((error, error.details, error.__dict__)), False)

    def test_sends_a_token_as_it_is(self) -> None:
        token = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhIn0.c2ln"
        self.server.tokens = [token]
        self.do("submit_for_review", PROPOSAL, options={"api_key": token})
        self.assertEqual(self.server.paths("/auth/token"), [])

    def test_survives_a_key_exchange_that_breaks(self) -> None:
        self.server.token_faults = ["break before", {"status": 503}]
        self.assertEqual(self.do("submit_for_review", PROPOSAL)["id"], "ticket_1")
        self.server.token_faults = [{"status": 200, "body": '{"token": 7}'}]
        self.assertEqual(self.refusal("submit_for_review", PROPOSAL).code, "BAD_RESPONSE")

    def test_waits_until_the_ticket_is_settled(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        self.later(lambda: self.server.decide("ticket_1", "approved", "Looks good"), waits=1)
        result = self.do("wait_for_decision", "ticket_1")
        self.assertEqual((result["status"], result["comments"]), ("approved", "Looks good"))
        self.assertEqual(self.do("wait_for_decision", "ticket_1", 0)["status"], "approved")
        looks = [request["path"] for request in self.server.paths("/hitl/tickets/ticket_1")]
        first, *_ = looks
        self.assertEqual(looks, [first, f"{first}?wait=30", first])

    def test_waits_through_a_restart_and_everything_that_passes(self) -> None:
        self.do("submit_for_review", PROPOSAL)

        def restart() -> None:
            self.server.stop()
            time.sleep(0.1)  # Refused connections for a while: more of them than there are attempts.
            self.server.faults = ["break before", "cut", {"status": 503}, {"status": 429}] * 2
            self.server.start()
            self.server.wait_for(lambda: self.server.faults == [], "the faults' end")
            self.server.decide("ticket_1", "needs_changes", "Six years")

        self.later(restart, waits=1)
        result = self.do("wait_for_decision", "ticket_1", options={"timeout": 0.2})
        self.assertEqual(result["comments"], "Six years")

    def test_waits_through_whatever_the_server_fails_at(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        problem = '{"code": "INTERNAL_SERVER_ERROR", "detail": "Something went wrong on our side."}'
        failures = [{"status": 500, "body": problem}, {"status": 500}, {"status": 502, "body": "<h1>Bad gateway</h1>"}]

        def fail() -> None:
            self.server.faults = [*failures, *failures, {"status": 520}]
            self.server.token_faults = [{"status": 500}]
            self.server.tokens.clear()
            self.server.stop()
            self.server.start()
            self.server.wait_for(lambda: self.server.faults == [], "the faults' end")
            self.server.decide("ticket_1", "approved")

        self.later(fail, waits=1)
        self.assertEqual(self.do("wait_for_decision", "ticket_1")["status"], "approved")
        # Another look can be told to fail at once, too; but one that never succeeds ends after so many.
        self.server.faults = [{"status": 500}]
        self.assertEqual(self.do("wait_for_decision", "ticket_1")["status"], "approved")
        self.server.faults = [{"status": 500, "body": problem}] * 20
        error = self.refusal("wait_for_decision", "ticket_1")
        self.assertEqual((error.code, error.status), ("INTERNAL_SERVER_ERROR", 500))

    def test_a_wait_that_never_reaches_the_server_gives_up(self) -> None:
        self.server.stop()
        error = self.refusal("wait_for_decision", "ticket_1")
        self.assertEqual((error.code, error.details), ("NETWORK", {"ticketId": "ticket_1"}))

    def test_a_wait_ends_at_its_limit(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        for limit in (0, 0.3, 1.2):
            with self.subTest(limit=limit):
                started = time.monotonic()
                error = self.refusal("wait_for_decision", "ticket_1", limit)
                took = time.monotonic() - started
                self.assertEqual((type(error), error.code), (WaitTimeoutError, "TIMEOUT"))
                self.assertEqual(isinstance(error, TimeoutError), True)
                self.assertEqual(error.details, {"ticketId": "ticket_1"})
                self.assertLess(limit - 0.01, took)
                self.assertLess(took, limit + 1)

    def test_a_wait_ends_at_its_limit_whatever_does_not_answer(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        for silent in ("faults", "token_faults"):
            with self.subTest(silent=silent):
                getattr(self.server, silent)[:] = ["hang"]
                started = time.monotonic()
                error = self.refusal("wait_for_decision", "ticket_1", 0.3, options={"timeout": 30})
                self.assertEqual(error.code, "TIMEOUT")
                self.assertLess(time.monotonic() - started, 1.5)

    def test_a_wait_does_not_hammer_a_server_that_answers_at_once(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        self.server.faults = [{"status": 200, "body": '{"id": "ticket_1", "status": "pending", "revision": 1}'}] * 100
        self.refusal("wait_for_decision", "ticket_1", 1.5)
        self.assertLess(len(self.server.paths("/hitl/tickets/ticket_1")), 6)

    def test_a_wait_can_be_for_a_revision(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        self.server.decide("ticket_1", "needs_changes")

        def revise() -> None:
            self.server.tickets["ticket_1"]["revision"] = 2

        self.later(revise, waits=1)
        self.assertEqual(self.do("wait_for_decision", "ticket_1", 10, revision=2)["revision"], 2)

    def test_a_wait_ends_with_the_refusal_of_the_key(self) -> None:
        self.do("submit_for_review", PROPOSAL)

        def revoke() -> None:
            self.server.keys.clear()
            self.server.tokens.append("another")
            self.server.faults = [{"status": 401}]
            self.server.stop()
            self.server.start()

        self.later(revoke, waits=1)
        self.assertEqual(type(self.refusal("wait_for_decision", "ticket_1")), UnauthenticatedError)

    def test_sends_what_the_other_methods_are_given(self) -> None:
        self.do("submit_for_review", PROPOSAL)
        for method, args, named, path, body in (
            ("resubmit", ("ticket_1", {"title": "t"}, 1), {}, "revisions", {"title": "t", "revision": 1}),
            ("resubmit", ("ticket_1",), {"title": "t", "detail": "d"}, "revisions", {"title": "t", "detail": "d"}),
            ("withdraw", ("ticket_1", "no need"), {}, "withdrawal", {"reason": "no need"}),
            ("withdraw", ("ticket_1",), {}, "withdrawal", {}),
            ("review", ("ticket_1",), {"revision": 1, "status": "approved", "amendment": {"title": "u"}}, "reviews",
             {"revision": 1, "status": "approved", "amendment": {"title": "u"}}),
        ):
            with self.subTest(method=method):
                self.assertEqual(self.do(method, *args, **named)["id"], "ticket_1")
                request = self.server.requests[-1]
                self.assertEqual((request["method"], request["path"]), ("POST", f"/hitl/tickets/ticket_1/{path}"))
                self.assertEqual(request["body"], body)
                self.assertRegex(request["headers"]["idempotency-key"], "^[0-9a-f-]{36}$")
        self.assertEqual(self.do("log_event", "hitl-service", "INFO", "hello"), None)
        self.assertEqual(self.server.logged, [{"service": "hitl-service", "level": "INFO", "message": "hello"}])

    def later(self, work: Any, *, waits: int) -> None:
        """Does this once so many long polls are under way."""

        def run() -> None:
            waiting = lambda: sum("?wait=" in request["path"] for request in self.server.requests) >= waits
            self.server.wait_for(waiting, "a long poll")
            work()

        threading.Thread(target=run, daemon=True).start()


class BlockingClientTest(BothClients, unittest.TestCase):
    def do(self, method: str, *args: Any, options: Any = None, then: Any = (), **named: Any) -> Any:
        with HitlClient(**self.options(options)) as client:
            result = getattr(client, method)(*args, **named)
            for name, *more in then:
                getattr(client, name)(*more)
            return result

    def test_close_ends_what_waits_in_other_threads(self) -> None:
        client = HitlClient(**self.options({"timeout": 30}))
        client.submit_for_review(PROPOSAL)
        ended: List[Any] = []

        def wait() -> None:
            try:
                client.wait_for_decision("ticket_1")
            except CountersignError as error:
                ended.append(error.code)

        threads = [threading.Thread(target=wait) for _ in range(3)]
        for thread in threads:
            thread.start()
        polled = lambda: len(self.server.paths("/hitl/tickets/ticket_1")) >= 6
        self.server.wait_for(polled, "three long polls")
        client.close()
        for thread in threads:
            thread.join(5)
        self.assertEqual(ended, ["CLIENT_CLOSED"] * 3)
        with self.assertRaises(CountersignError) as caught:
            client.get_decision("ticket_1")
        self.assertEqual(caught.exception.code, "CLIENT_CLOSED")

    def test_threads_share_one_token(self) -> None:
        with HitlClient(**self.options(None)) as client:
            work = lambda: client.submit_for_review(PROPOSAL)
            threads = [threading.Thread(target=work) for _ in range(20)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(10)
        self.assertEqual((len(self.server.tokens), len(self.server.tickets)), (1, 20))


class AsyncClientTest(BothClients, unittest.TestCase):
    def do(self, method: str, *args: Any, options: Any = None, then: Any = (), **named: Any) -> Any:
        async def run() -> Any:
            async with AsyncHitlClient(**self.options(options)) as client:
                result = await getattr(client, method)(*args, **named)
                for name, *more in then:
                    await getattr(client, name)(*more)
                return result

        return asyncio.run(run())

    def test_a_cancelled_wait_ends_at_once_and_leaves_no_connection(self) -> None:
        async def run() -> None:
            async with AsyncHitlClient(**self.options({"timeout": 30})) as client:
                await client.submit_for_review(PROPOSAL)
                waits = [asyncio.ensure_future(client.wait_for_decision("ticket_1")) for _ in range(50)]
                loop = asyncio.get_running_loop()
                polled = lambda: len(self.server.paths("/hitl/tickets/ticket_1")) >= 100
                await loop.run_in_executor(None, self.server.wait_for, polled, "fifty long polls")
                for wait in waits[:25]:
                    wait.cancel()
                started = time.monotonic()
                ended = await asyncio.gather(*waits[:25], return_exceptions=True)
                self.assertEqual({type(end) for end in ended}, {asyncio.CancelledError})
                await client.close()
                closed = await asyncio.gather(*waits[25:], return_exceptions=True)
                self.assertEqual({getattr(end, "code", end) for end in closed}, {"CLIENT_CLOSED"})
                self.assertLess(time.monotonic() - started, 2)
                self.assertEqual(asyncio.all_tasks(), {asyncio.current_task()})

        asyncio.run(run())

    def test_many_waits_share_one_token_and_one_refusal(self) -> None:
        async def run() -> None:
            async with AsyncHitlClient(**self.options({"timeout": 30})) as client:
                await client.submit_for_review(PROPOSAL)
                loop = asyncio.get_running_loop()
                waits = [asyncio.ensure_future(client.wait_for_decision("ticket_1")) for _ in range(100)]
                polled = lambda: len(self.server.paths("/hitl/tickets/ticket_1")) >= 200
                await loop.run_in_executor(None, self.server.wait_for, polled, "a hundred long polls")
                self.server.decide("ticket_1", "rejected")
                self.assertEqual({each["status"] for each in await asyncio.gather(*waits)}, {"rejected"})
                self.assertEqual(len(self.server.tokens), 1)
                self.server.keys.clear()
                self.server.tokens.append("another")
                looks = [client.get_decision("ticket_1") for _ in range(50)]
                ended = await asyncio.gather(*looks, return_exceptions=True)
                self.assertEqual({type(end) for end in ended}, {UnauthenticatedError})
                self.assertEqual(len(self.server.paths("/auth/token")), 2)

        asyncio.run(run())


class SameMethodsTest(unittest.TestCase):
    def test_both_clients_take_the_same(self) -> None:
        def public(kind: type) -> Dict[str, Any]:
            members = inspect.getmembers(kind, inspect.isfunction)
            return {name: inspect.signature(each) for name, each in members if not name.startswith("_")}

        blocking, nonblocking = public(HitlClient), public(AsyncHitlClient)
        self.assertEqual(set(nonblocking) - set(blocking), {"decisions"})
        for name, signature in blocking.items():
            self.assertEqual(signature, nonblocking[name], name)


if __name__ == "__main__":
    unittest.main()
