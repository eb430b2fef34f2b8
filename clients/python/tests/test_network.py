"""TLS and proxies."""

from __future__ import annotations

import asyncio
import base64
import os
import unittest
from typing import Any
from unittest import mock

from countersign import AsyncHitlClient, CountersignError, HitlClient, RetryPolicy
from certificates import OwnCertificate
from scripted_server import KEY, ScriptedServer

PROPOSAL = {"title": "Expand loan term to 7 years"}
QUICK = RetryPolicy(attempts=2, base=0.001, cap=0.001)


class TlsTest(unittest.TestCase):
    certificate: OwnCertificate
    server: ScriptedServer

    @classmethod
    def setUpClass(cls) -> None:
        cls.certificate = OwnCertificate()
        cls.server = ScriptedServer(tls=cls.certificate.for_the_server())

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.stop()
        cls.certificate.remove()

    def submitted(self, blocking: bool, core_url: str, **options: Any) -> Any:
        if blocking:
            with HitlClient(core_url, KEY, retry=QUICK, timeout=5, **options) as client:
                return client.submit_for_review(PROPOSAL)

        async def run() -> Any:
            async with AsyncHitlClient(core_url, KEY, retry=QUICK, timeout=5, **options) as client:
                return await client.submit_for_review(PROPOSAL)

        return asyncio.run(run())

    def test_trusts_a_private_authority_that_it_is_given(self) -> None:
        for blocking in (True, False):
            context = self.certificate.for_clients()
            self.assertEqual(self.submitted(blocking, self.server.url, ssl_context=context)["status"], "pending")

    def test_sends_nothing_to_whoever_has_no_certificate_that_holds(self) -> None:
        context = self.certificate.for_clients()
        another_name = self.server.url.replace("127.0.0.1", "localhost")
        before = len(self.server.requests)
        for blocking in (True, False):
            for url, options in ((self.server.url, {}), (another_name, {"ssl_context": context})):
                with self.subTest(blocking=blocking, url=url), self.assertRaises(CountersignError) as caught:
                    self.submitted(blocking, url, **options)
                self.assertEqual(caught.exception.code, "BAD_CONFIGURATION")
                self.assertIn("certificate", caught.exception.message)
        self.assertEqual(len(self.server.requests), before)

    def test_a_server_that_speaks_no_tls_is_told_from_a_bad_certificate(self) -> None:
        plain = ScriptedServer()
        self.addCleanup(plain.stop)
        for blocking in (True, False):
            with self.assertRaises(CountersignError) as caught:
                self.submitted(blocking, plain.url.replace("http:", "https:"))
            self.assertEqual(caught.exception.code, "NETWORK")


class ProxyTest(unittest.TestCase):
    def setUp(self) -> None:
        self.proxy = ScriptedServer()
        self.addCleanup(self.proxy.stop)

    def environment(self, **variables: str) -> Any:
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return mock.patch.dict(os.environ, {**kept, **variables}, clear=True)

    def look(self, core_url: str) -> CountersignError:
        with self.assertRaises(CountersignError) as caught, HitlClient(core_url, KEY, retry=QUICK, timeout=2) as client:
            client.get_decision("ticket_1")
        return caught.exception

    def test_the_environments_proxy_is_used_with_its_password(self) -> None:
        url = self.proxy.url.replace("http://", "http://ada:s%40fe@")
        with self.environment(http_proxy=url):
            self.look("http://core.gov.example:8080/below")
        request = self.proxy.requests[0]
        self.assertEqual(request["path"], "http://core.gov.example:8080/below/auth/token")
        self.assertEqual(request["headers"]["host"], "core.gov.example:8080")
        word = base64.b64encode(b"ada:s@fe").decode()
        self.assertEqual(request["headers"]["proxy-authorization"], f"Basic {word}")

    def test_over_https_the_proxy_sees_the_host_and_nothing_else(self) -> None:
        with self.environment(https_proxy=self.proxy.url):
            error = self.look("https://core.gov.example")
        self.assertEqual(error.code, "NETWORK")
        self.assertEqual(self.proxy.requests, [])  # CONNECT is none of what this server knows.

    def test_no_proxy_is_honoured(self) -> None:
        direct = ScriptedServer()
        self.addCleanup(direct.stop)
        with self.environment(http_proxy=self.proxy.url, no_proxy="127.0.0.1"):
            self.assertEqual(self.look(direct.url).code, "NOT_FOUND")
        self.assertEqual(self.proxy.requests, [])

    def test_a_proxy_that_is_no_url_is_told(self) -> None:
        with self.environment(http_proxy="http://[broken"):
            self.assertEqual(self.look("http://core.gov.example").code, "BAD_CONFIGURATION")


if __name__ == "__main__":
    unittest.main()
