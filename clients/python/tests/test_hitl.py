"""The client by the name that scripts know it by."""

from __future__ import annotations

import contextlib
import logging
import os
import unittest
from typing import Any, Dict, Iterator
from unittest import mock

from countersign import CountersignError, NetworkError, RetryPolicy
from hms_etl.hitl import DEFAULT_WAIT_SECONDS, DecisionPending, HitlClient
from scripted_server import KEY, ScriptedServer

PROPOSAL = {"title": "Expand loan term to 7 years"}


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
    with mock.patch.dict(os.environ, {**kept, **variables}, clear=True):
        yield


class HitlTest(unittest.TestCase):
    def setUp(self) -> None:
        self.server = ScriptedServer()
        self.addCleanup(self.server.stop)

    def client(self, variables: Dict[str, str] = {}, **options: Any) -> HitlClient:
        with environment(HITL_CORE_URL=self.server.url, HITL_API_KEY=KEY, **variables):
            return HitlClient(core_url="https://core.gov.example", api_key="CFPB_HITL_KEY", **options)

    def test_takes_host_and_key_from_the_environment_where_they_are_there(self) -> None:
        self.assertEqual(self.client().submit_for_review(PROPOSAL)["id"], "ticket_1")
        with environment():
            client = HitlClient(self.server.url, KEY)
        self.assertEqual(client.submit_for_review(PROPOSAL)["id"], "ticket_2")

    def test_logs_what_it_does_before_it_does_it(self) -> None:
        client = self.client()
        ticket = client.submit_for_review(PROPOSAL)
        self.server.decide(ticket["id"], "approved")
        self.assertEqual(client.get_decision(ticket_id=ticket["id"])["status"], "approved")
        self.assertEqual(
            self.server.logged,
            [
                {"service": "hitl-service", "level": "INFO", "message": "Submitting for review"},
                {"service": "hitl-service", "level": "INFO", "message": "Checking ticket ticket_1"},
            ],
        )
        steps = [request["path"] for request in self.server.requests]
        self.assertEqual(steps, ["/auth/token", "/events", "/hitl/tickets", "/events", "/hitl/tickets/ticket_1"])

    def test_a_step_that_cannot_be_logged_is_taken_all_the_same(self) -> None:
        client = self.client()
        for fault in ("break before", {"status": 503}, {"status": 404}, {"status": 403}, "garbage"):
            with self.subTest(fault=fault), self.assertLogs("hms_etl.hitl", logging.WARNING) as told:
                self.server.faults = [fault]
                self.assertEqual(client.submit_for_review(PROPOSAL)["status"], "pending")
                self.assertIn("'Submitting for review' was not logged", told.output[0])
                self.assertEqual(self.server.faults, [])

    def test_a_submission_that_fails_is_not_taken_for_a_ticket(self) -> None:
        self.server.faults = [{"status": 404}, {"status": 400, "body": '{"code": "BAD_USER_INPUT", "detail": "no"}'}]
        with self.assertLogs("hms_etl.hitl"), self.assertRaises(CountersignError) as caught:
            self.client().submit_for_review({})
        self.assertEqual(caught.exception.code, "BAD_USER_INPUT")

    def test_never_answers_pending(self) -> None:
        for variables, options, call in (
            ({"HITL_WAIT_SECONDS": "0"}, {}, {}),
            ({"HITL_WAIT_SECONDS": "3600"}, {"wait_seconds": 0}, {}),
            ({"HITL_WAIT_SECONDS": "3600"}, {}, {"wait_seconds": 0.1}),
        ):
            with self.subTest(options=options):
                client = self.client(variables, **options)
                ticket = client.submit_for_review(PROPOSAL)
                with self.assertRaises(TimeoutError) as caught:
                    client.get_decision(ticket["id"], **call)
                self.assertIsInstance(caught.exception, DecisionPending)
                self.assertIn(f"{ticket['id']} is still pending", str(caught.exception))

    def test_waits_a_day_unless_it_is_told_otherwise(self) -> None:
        self.assertEqual(DEFAULT_WAIT_SECONDS, 24 * 3600)
        self.assertEqual(self.client()._wait_seconds, DEFAULT_WAIT_SECONDS)
        self.assertEqual(self.client({"HITL_WAIT_SECONDS": "inf"})._wait_seconds, float("inf"))
        for wrong in ("soon", "-1", "nan", " "):
            with self.assertRaises(CountersignError) as caught:
                self.client({"HITL_WAIT_SECONDS": wrong})
            self.assertEqual(caught.exception.code, "BAD_CONFIGURATION")

    def test_a_script_that_is_run_as_it_stands_says_where_it_got_stuck(self) -> None:
        with environment():
            client = HitlClient("http://127.0.0.1:1", KEY)
        client._client._operations.policy = RetryPolicy(attempts=2, base=0.001)
        with self.assertLogs("hms_etl.hitl"), self.assertRaises(NetworkError) as caught:
            client.submit_for_review(PROPOSAL)
        self.assertIn("http://127.0.0.1:1", str(caught.exception))


if __name__ == "__main__":
    unittest.main()
