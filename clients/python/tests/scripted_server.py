"""A small server that speaks the REST facade over real sockets, and fails as it is told to."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, Optional, Union

KEY = "csk_test_key"

#: What happens to one request to anything but /auth/token: an answer in the server's place ({"status", "headers", "body"}),
#: or one of: "break before" and "break after" (whether the work is done), "hang" (done, but never answered), "cut" (half an
#: answer), "garbage" (no HTTP), "chunked", "never closes" (says how long the answer is, and keeps the connection open),
#: "early" (refuses before it has read the body).
Fault = Union[str, Dict[str, Any]]


class ScriptedServer:
    def __init__(self, tls: Optional[ssl.SSLContext] = None) -> None:
        self.tls = tls
        self.faults: List[Fault] = []
        self.requests: List[Dict[str, Any]] = []
        self.tickets: Dict[str, Dict[str, Any]] = {}
        self.by_key: Dict[str, str] = {}
        self.logged: List[Dict[str, Any]] = []
        self.keys = {KEY}
        self.token_seconds = 900
        self.tokens: List[str] = []
        self.token_faults: List[Fault] = []
        self.changed = threading.Condition()
        #: How often it was stopped: a handler belongs to the run that it began in.
        self.stops = 0
        self.port = 0
        self._http: Optional[ThreadingHTTPServer] = None
        self.start()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def start(self) -> None:
        script = self

        class Handler(_Handler):
            server_script = script
            run = self.stops

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 2048

            def handle_error(self, *_about: object) -> None:
                pass  # A client that has gone is part of the tests.

        self._http = Server(("127.0.0.1", self.port), Handler)
        self.port = self._http.server_address[1]
        if self.tls is not None:
            # The handshake is the handler's: a peer that breaks it off keeps nobody else waiting.
            listening = self._http.socket
            self._http.socket = self.tls.wrap_socket(listening, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Breaks what waits, and answers nobody."""
        with self.changed:
            self.stops += 1
            self.changed.notify_all()
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def decide(self, ticket_id: str, status: str, comments: Optional[str] = None) -> None:
        with self.changed:
            self.tickets[ticket_id].update(status=status, comments=comments)
            self.changed.notify_all()

    def paths(self, path: str) -> List[Dict[str, Any]]:
        return [request for request in self.requests if request["path"].split("?")[0] == path]

    def wait_for(self, condition: Any, what: str) -> None:
        with self.changed:
            if not self.changed.wait_for(condition, 10):
                raise AssertionError(f"waited in vain for {what}")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_script: ScriptedServer
    run: int

    def _stopped(self) -> bool:
        return self.server_script.stops != self.run

    def _wait_for_the_stop(self) -> None:
        with self.server_script.changed:
            self.server_script.changed.wait_for(self._stopped, 20)

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        script = self.server_script
        token_path = self.path == "/auth/token"
        faults = script.token_faults if token_path else script.faults
        fault = faults.pop(0) if faults else None
        if fault == "early":
            self._note(b"")
            self._answer(413, {"code": "BAD_USER_INPUT", "detail": "too large"})
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 1))
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self._note(body)
        if fault == "break before":
            return self._break()
        if fault == "garbage":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            return self._break()
        if isinstance(fault, dict):
            return self._answer(fault["status"], fault.get("body", ""), fault.get("headers", {}))
        status, answer = self._token(body) if token_path else self._work(body, waits=fault is None)
        if fault == "break after":
            return self._break()
        if fault == "hang":
            self._wait_for_the_stop()
            return self._break()
        if fault == "cut":
            text = json.dumps(answer).encode()
            self._head(status, {"Content-Length": str(len(text))})
            self.wfile.write(text[: len(text) // 2])
            return self._break()
        if fault == "chunked":
            text = json.dumps(answer).encode()
            self._head(status, {"Transfer-Encoding": "chunked"})
            for part in (text[:7], text[7:]):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return None
        if self._stopped():
            return self._break()
        self._answer(status, answer)
        if fault == "never closes":
            self.wfile.flush()
            self._wait_for_the_stop()
        return None

    def _note(self, body: bytes) -> None:
        try:
            value = json.loads(body) if body else None
        except ValueError:
            value = body
        script = self.server_script
        with script.changed:
            headers = {name.lower(): text for name, text in self.headers.items()}
            script.requests.append({"method": self.command, "path": self.path, "headers": headers, "body": value})
            script.changed.notify_all()

    def _token(self, body: bytes) -> Any:
        script = self.server_script
        if json.loads(body).get("apiKey") not in script.keys:
            return 401, {"code": "UNAUTHENTICATED", "detail": "This key does not hold.", "requestId": "r1"}
        script.tokens.append(f"token-{len(script.tokens) + 1}")
        return 200, {"token": script.tokens[-1], "tokenType": "Bearer", "expiresIn": script.token_seconds}

    def _work(self, body: bytes, waits: bool) -> Any:
        script = self.server_script
        if self.headers.get("Authorization") != f"Bearer {script.tokens[-1] if script.tokens else ''}":
            return 401, {"code": "UNAUTHENTICATED", "detail": "This token has ended.", "requestId": "r2"}
        path, _, query = self.path.partition("?")
        parts = path.strip("/").split("/")
        if path == "/events":
            script.logged.append(json.loads(body))
            return 201, {"sequence": 1, "cursor": "c1"}
        if path == "/hitl/tickets":
            return 201, self._submitted(json.loads(body))
        ticket = script.tickets.get(parts[2]) if parts[:2] == ["hitl", "tickets"] else None
        if ticket is None:
            return 404, {"code": "NOT_FOUND", "detail": "There is no such ticket.", "requestId": "r3"}
        if self.command == "POST":
            ticket["last"] = json.loads(body)
            return 200, ticket
        seconds = int(query.replace("wait=", "") or 0) if waits else 0
        with script.changed:
            script.changed.wait_for(lambda: ticket["status"] != "pending" or self._stopped(), seconds)
        return 200, ticket

    def _submitted(self, proposal: Dict[str, Any]) -> Dict[str, Any]:
        script = self.server_script
        key = self.headers["Idempotency-Key"]
        with script.changed:
            ticket_id = script.by_key.setdefault(key, f"ticket_{len(script.by_key) + 1}")
            ticket = {"id": ticket_id, "status": "pending", "comments": None, "revision": 1, **proposal}
            return script.tickets.setdefault(ticket_id, ticket)

    def _head(self, status: int, headers: Dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _answer(self, status: int, body: Any, headers: Optional[Dict[str, str]] = None) -> None:
        content = (body if isinstance(body, str) else json.dumps(body)).encode()
        self._head(status, {"Content-Length": str(len(content)), **(headers or {})})
        self.wfile.write(content)

    def _break(self) -> None:
        """So that the other side sees a reset."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.wfile.flush()
        self.connection.close()
