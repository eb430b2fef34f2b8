"""What the clients do, written once for both: a flow says what it needs, and a driver (blocking or asyncio) gives it.

A flow is a generator. It yields a Request and is sent its Answer, yields a Pause and is sent None when that is over, or
yields Authorize and is sent the value for the Authorization header. What goes wrong is thrown into it as a CountersignError.
"""

from __future__ import annotations

import logging
import math
import random
import re
import time
from dataclasses import dataclass
from typing import Any, Dict, Generator, Optional, TypeVar, Union

from ._wire import Answer, Core, Request, encode, result_of
from .errors import CountersignError, WaitTimeoutError, error_of

T = TypeVar("T")

#: Retries are told here; never a key or a token.
log = logging.getLogger("countersign")


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Authorize:
    #: What the server has just refused: something else is wanted, where there is anything else.
    refused: Optional[str] = None
    #: Seconds that asking for it may take, where that is less than what a request may.
    within: float = math.inf


Step = Union[Request, Pause, Authorize]
Flow = Generator[Step, Any, T]


@dataclass(frozen=True)
class RetryPolicy:
    """How often, and how fast, what failed for a passing reason is tried again."""

    #: Tries in all, the first included.
    attempts: int = 6
    #: Upper bound of the pause before the second try, in seconds; it doubles with every further one.
    base: float = 0.25
    #: Upper bound that it stops doubling at, in seconds.
    cap: float = 10.0

    def delay(self, error: CountersignError, failures: int) -> float:
        """The pause after so many failures in a row, in seconds: what the server asks for, and jitter on top.

        The jitter is uniform between 0 and the doubled, capped base ("full jitter",
        https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), so that clients that lost the same
        server do not come back together.
        """
        doubled = self.base * 2.0 ** min(failures - 1, 60)
        return (error.retry_after or 0.0) + random.uniform(0, min(self.cap, doubled))


#: A server that asks for more patience than this (in seconds) gets no retry: its answer is the caller's to handle.
LONGEST_OBEYED_RETRY_AFTER = 120.0
_TRANSIENT = frozenset(["NETWORK", "UNAVAILABLE", "RATE_LIMITED"])


def is_transient(error: CountersignError) -> bool:
    """Whether trying again may help. Everything else is final: the server has understood, and refused."""
    return error.code in _TRANSIENT and (error.retry_after or 0.0) <= LONGEST_OBEYED_RETRY_AFTER


def is_passing(error: CountersignError) -> bool:
    """Whether a wait may go on. Asking does nothing, so a server that failed (5xx), whatever at, can be asked again."""
    failed = error.status is not None and error.status >= 500
    return is_transient(error) or (failed and (error.retry_after or 0.0) <= LONGEST_OBEYED_RETRY_AFTER)


def call(core: Core, policy: RetryPolicy, request: Request) -> Flow[Dict[str, Any]]:
    """One call: sent again, byte by byte the same, while it fails for a passing reason."""
    failures = 0
    while True:
        try:
            return (yield from attempt(core, request))
        except CountersignError as error:
            failures += 1
            if not is_transient(error) or failures >= policy.attempts:
                raise
            yield told(error, policy.delay(error, failures))


def attempt(core: Core, request: Request) -> Flow[Dict[str, Any]]:
    """One try; a credential that is refused is exchanged for a new one, once."""
    authorization = yield Authorize(within=request.timeout)
    answer = yield request.under(authorization)
    if answer.status == 401:
        renewed = yield Authorize(authorization, request.timeout)
        if renewed != authorization:
            answer = yield request.under(renewed)
    return result_of(answer, core)


def told(error: CountersignError, seconds: float) -> Pause:
    log.info("%s; trying again in %.1f s", error, seconds)
    return Pause(seconds)


#: Seconds that the server is asked to hold a long poll for.
LONG_POLL = 30


@dataclass(frozen=True)
class Wait:
    """A wait for a ticket to be settled."""

    ticket_id: str
    path: str
    #: Seconds, or None for as long as it takes.
    limit: Optional[float]
    #: This revision or a later one.
    revision: int
    #: Seconds that an answer may take beyond what the long poll does.
    patience: float

    def flow(self, core: Core, policy: RetryPolicy) -> Flow[Dict[str, Any]]:
        """
        Once the server has been reached, this waits through lost connections, restarts and whatever the server
        fails at: it ends with the decision, the limit, or a refusal.
        """
        deadline = None if self.limit is None else time.monotonic() + self.limit
        reached = False
        failures = 0
        while True:
            remaining = None if deadline is None else max(0.0, deadline - time.monotonic())
            if remaining == 0.0 and (reached or failures > 0):
                raise self._timed_out()
            asked_at = time.monotonic()
            try:
                # Only the first look does not wait: it tells a server that was never there from one that goes away.
                ticket = yield from attempt(core, self._poll(remaining) if reached else self._look(remaining))
            except CountersignError as error:
                if deadline is not None and time.monotonic() >= deadline and is_passing(error):
                    raise self._timed_out() from error
                failures += 1
                if not is_passing(error) or (not reached and failures >= policy.attempts):
                    raise
                yield _within(deadline, told(error, policy.delay(error, failures)))
                continue
            settled = ticket.get("status") != "pending"
            if settled and ticket.get("revision", 0) >= self.revision:
                return ticket
            if settled or (reached and time.monotonic() - asked_at < 0.5):
                # A server that is stopping, or has not caught up yet, answers at once: nothing is gained by asking as fast.
                yield _within(deadline, Pause(random.uniform(0.5, 1.5)))
            reached = True
            failures = 0

    def _look(self, remaining: Optional[float]) -> Request:
        # A limit of 0 asks for one look, which takes what it takes.
        return Request("GET", self.path, min(self.patience, remaining or math.inf))

    def _poll(self, remaining: Optional[float]) -> Request:
        if remaining is None or remaining >= LONG_POLL:
            return Request("GET", f"{self.path}?wait={LONG_POLL}", LONG_POLL + self.patience)
        # The last one may not outlast the limit.
        return Request("GET", f"{self.path}?wait={max(1, int(remaining))}", remaining + 0.05)

    def _timed_out(self) -> CountersignError:
        message = f"{self.ticket_id} was not settled within {self.limit:g} s; it goes on waiting for its reviewers."
        return WaitTimeoutError("TIMEOUT", message, details={"ticketId": self.ticket_id})


def _within(deadline: Optional[float], pause: Pause) -> Pause:
    if deadline is None:
        return pause
    return Pause(min(pause.seconds, max(0.0, deadline - time.monotonic())))


#: A refusal of the key itself is believed for so long (in seconds), so that a thousand waits do not ask a thousand times.
_REFUSAL_HOLDS = 5.0
_JWT = re.compile(r"eyJ[\w-]*\.[\w-]+\.[\w-]+")


class Credential:
    """The API key, and the short-lived token that it was exchanged for. A driver lets in one exchange at a time."""

    def __init__(self, core: Core, api_key: str, timeout: float) -> None:
        # A key that was read from a file often ends in a line break.
        key = api_key.strip() if isinstance(api_key, str) else ""
        if not re.fullmatch(r"[\x21-\x7e]+", key):
            raise CountersignError("BAD_CONFIGURATION", "api_key must be a key or token, as text without blanks.")
        self._core = core
        self._timeout = timeout
        self._key = key
        self._authorization = f"Bearer {key}" if _JWT.fullmatch(key) else None
        #: A token that was given as the key is all that there is.
        self._fixed = self._authorization is not None
        self._renew_at = 0.0
        self._refusal: Optional[CountersignError] = None
        self._refused_until = 0.0

    def __repr__(self) -> str:
        return "<Credential>"

    def held(self, refused: Optional[str]) -> Optional[str]:
        """What can be sent without asking; None where the key has to be exchanged first."""
        if self._fixed:
            return self._authorization
        now = time.monotonic()
        if self._refusal is not None and now < self._refused_until:
            # Another error for everybody who raises it: tracebacks and details are theirs.
            raise _copied(self._refusal)
        if self._authorization == refused or now >= self._renew_at:
            return None
        return self._authorization

    def exchange(self, within: float) -> Flow[str]:
        """Takes a new token."""
        asked_at = time.monotonic()
        timeout = min(self._timeout, within)
        request = Request("POST", "/auth/token", timeout, encode({"apiKey": self._key}))
        answer: Answer = yield request
        try:
            body = result_of(answer, self._core)
        except CountersignError as error:
            if error.code == "UNAUTHENTICATED":
                self._refusal = _copied(error)
                self._refused_until = time.monotonic() + _REFUSAL_HOLDS
            raise
        token, seconds = body.get("token"), body.get("expiresIn")
        if not isinstance(token, str) or not re.fullmatch(r"[\x21-\x7e]+", token):
            raise CountersignError("BAD_RESPONSE", f"{self._core.url}/auth/token answered without a token.")
        if not isinstance(seconds, (int, float)):
            raise CountersignError("BAD_RESPONSE", f"{self._core.url}/auth/token answered without expiresIn.")
        # A minute before its end, but not before half of it: a call begun with it has to outlive the way there.
        self._renew_at = asked_at + max(seconds - 60.0, seconds / 2)
        self._authorization = f"Bearer {token}"
        self._refusal = None
        return self._authorization


def _copied(error: CountersignError) -> CountersignError:
    return error_of(
        error.code, error.message, status=error.status, details=error.details, request_id=error.request_id
    )


def with_details(error: CountersignError, **details: Optional[str]) -> None:
    """Adds what a caller needs to go on, where it is not there already."""
    for name, value in details.items():
        if value is not None:
            error.details.setdefault(name, value)
