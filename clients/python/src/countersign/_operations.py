"""The methods of both clients as flows: what each takes, sends and gives."""

from __future__ import annotations

import math
import re
import urllib.parse
import uuid
from datetime import datetime
from typing import Any, Dict, Mapping, Optional, cast

from ._flows import Flow, RetryPolicy, Wait, attempt, call, with_details
from ._wire import Core, Request, encode
from .errors import CountersignError, bad_input
from .types import Ticket

_STATUSES = frozenset(["pending", "approved", "rejected", "needs_changes", "expired", "withdrawn"])


class Operations:
    """What is the same for every call of a client: where it goes, how long it may take, how often it is tried."""

    def __init__(self, core: Core, policy: RetryPolicy, timeout: float) -> None:
        self.core = core
        self.policy = policy
        self.timeout = timeout

    def submit(
        self, proposal: Optional[Mapping[str, object]], named: Mapping[str, object], key: Optional[str]
    ) -> Flow[Ticket]:
        return (yield from self._change("/hitl/tickets", _merged(proposal, named), key))

    def resubmit(
        self,
        ticket_id: str,
        proposal: Optional[Mapping[str, object]],
        named: Mapping[str, object],
        key: Optional[str],
    ) -> Flow[Ticket]:
        path = f"{_path_of(ticket_id)}/revisions"
        return (yield from self._change(path, _merged(proposal, named), key, ticket_id))

    def withdraw(self, ticket_id: str, reason: Optional[str], key: Optional[str]) -> Flow[Ticket]:
        path = f"{_path_of(ticket_id)}/withdrawal"
        return (yield from self._change(path, _given({"reason": reason}), key, ticket_id))

    def review(
        self,
        ticket_id: str,
        revision: int,
        status: str,
        comments: Optional[str],
        amendment: Optional[Mapping[str, object]],
        key: Optional[str],
    ) -> Flow[Ticket]:
        verdict = {"revision": revision, "status": status, "comments": comments, "amendment": amendment}
        path = f"{_path_of(ticket_id)}/reviews"
        return (yield from self._change(path, _given(verdict), key, ticket_id))

    def get_decision(self, ticket_id: str) -> Flow[Ticket]:
        request = Request("GET", _path_of(ticket_id), self.timeout)
        with _About(ticketId=ticket_id):
            return _ticket_in((yield from call(self.core, self.policy, request)))

    def wait_for_decision(
        self, ticket_id: str, timeout: Optional[float], revision: Optional[int]
    ) -> Flow[Ticket]:
        limit = _seconds(timeout)
        wait = Wait(ticket_id, _path_of(ticket_id), limit, revision or 0, self.timeout)
        with _About(ticketId=ticket_id):
            return _ticket_in((yield from wait.flow(self.core, self.policy)))

    def log_event(self, service: str, level: str, message: str, quickly: bool = False) -> Flow[None]:
        """`quickly` for who has more important things to do: one try, of a few seconds."""
        body = {"service": service, "level": level, "message": message}
        timeout = min(5.0, self.timeout) if quickly else self.timeout
        request = Request("POST", "/events", timeout, encode(body))
        if quickly:
            yield from attempt(self.core, request)
        else:
            yield from call(self.core, self.policy, request)

    def _change(
        self, path: str, body: Mapping[str, object], key: Optional[str], ticket_id: Optional[str] = None
    ) -> Flow[Ticket]:
        request = _post(path, body, key, self.timeout)
        with _About(ticketId=ticket_id, idempotencyKey=request.headers["Idempotency-Key"]):
            return _ticket_in((yield from call(self.core, self.policy, request)))


class _About:
    """Adds to errors what they were about."""

    def __init__(self, **details: Optional[str]) -> None:
        self._details = details

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: object, _traceback: object) -> None:
        if isinstance(error, CountersignError):
            with_details(error, **self._details)


def _post(path: str, body: Mapping[str, object], key: Optional[str], timeout: float) -> Request:
    """All tries of one request carry one key, so that none is carried out twice."""
    if key is None:
        key = str(uuid.uuid4())
    elif not isinstance(key, str) or not re.fullmatch(r"[\x21-\x7e]([\x20-\x7e]{0,253}[\x21-\x7e])?", key):
        message = "idempotency_key must be 1 to 255 characters of ASCII, without blanks at its ends."
        raise bad_input("idempotencyKey", message)
    return Request("POST", path, timeout, encode(body), {"Idempotency-Key": key})


def _merged(proposal: Optional[Mapping[str, object]], named: Mapping[str, object]) -> Dict[str, object]:
    """What was given as a mapping and what was given by name; which of two is meant nobody can know."""
    if proposal is not None and not isinstance(proposal, Mapping):
        raise bad_input("proposal", "The proposal must be a mapping, such as {'title': …, 'detail': …}.")
    given = _given(named)
    for name, value in (proposal or {}).items():
        if name in given:
            raise bad_input(name, f"{name} is given twice: in the proposal, and by name.")
        given[name] = value
    for name in ("dueAt", "expiresAt"):
        value = given.get(name)
        if isinstance(value, datetime) and value.utcoffset() is None:
            raise bad_input(name, f"{name} is a datetime without a time zone, which names no instant.")
    return given


def _given(fields: Mapping[str, object]) -> Dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _path_of(ticket_id: str) -> str:
    if not isinstance(ticket_id, str) or ticket_id.strip(".") == "":
        raise bad_input("ticketId", "A ticket's id is required.")
    return "/hitl/tickets/" + urllib.parse.quote(ticket_id, safe="", errors="replace")


def _seconds(timeout: Optional[float]) -> Optional[float]:
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise bad_input("timeout", "timeout must be seconds, or None for as long as it takes.")
    if math.isnan(timeout) or timeout < 0:
        raise bad_input("timeout", "timeout must be 0 or more seconds, or None for as long as it takes.")
    return None if math.isinf(timeout) else float(timeout)


def _ticket_in(body: Dict[str, Any]) -> Ticket:
    """The types are promises of the API; this checks that the other side has read the same ones."""
    if not isinstance(body.get("id"), str) or body.get("status") not in _STATUSES:
        raise CountersignError("BAD_RESPONSE", "The server's answer is no ticket: it lacks id or status.")
    return cast(Ticket, body)


def checked_options(timeout: float, policy: Optional[RetryPolicy]) -> RetryPolicy:
    """
    :raises CountersignError: BAD_CONFIGURATION
    """
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 0 < timeout < math.inf:
        raise CountersignError("BAD_CONFIGURATION", "timeout must be a number of seconds above 0.")
    policy = RetryPolicy() if policy is None else policy
    if policy.attempts < 1 or policy.base < 0 or policy.cap < 0:
        raise CountersignError("BAD_CONFIGURATION", "retry must have attempts of 1 or more, and no negative pause.")
    return policy


def closed_error() -> CountersignError:
    return CountersignError("CLIENT_CLOSED", "The client is closed.")
