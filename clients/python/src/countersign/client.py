"""The blocking client."""

from __future__ import annotations

import ssl
import threading
from types import TracebackType
from typing import Mapping, Optional, Type, TypeVar

from ._blocking import BlockingHttp
from ._flows import Authorize, Credential, Flow, Pause, RetryPolicy, Step
from ._operations import Operations, checked_options, closed_error
from ._wire import Answer, core_of
from .errors import CountersignError
from .types import Instant, Outcome, Ticket

T = TypeVar("T")


class HitlClient:
    """An agent's (or a reviewer's) way to Countersign. Threads may share one.

    Everything raises CountersignError. Lost connections, HTTP 429, 502, 503 and 504 are tried again, after what Retry-After
    asks for and a random pause that doubles; all tries of one call carry one idempotency key, so that none is carried out
    twice. What is given is what is on the wire: plain dicts.

    :param core_url: where Countersign is; a path prefix and a trailing slash are fine
    :param api_key: an API key, which is exchanged for short-lived tokens; or such a token itself
    :param timeout: seconds that one request may take before it is tried again
    :param retry: how often, and how fast
    :param ssl_context: for certificates of a private authority
    :raises CountersignError: BAD_CONFIGURATION
    """

    def __init__(
        self,
        core_url: str,
        api_key: str,
        *,
        timeout: float = 30.0,
        retry: Optional[RetryPolicy] = None,
        ssl_context: Optional[ssl.SSLContext] = None,
    ) -> None:
        policy = checked_options(timeout, retry)
        core = core_of(core_url)
        self._operations = Operations(core, policy, timeout)
        self._credential = Credential(core, api_key, timeout)
        self._http = BlockingHttp(core, ssl_context)
        self._exchange = threading.Lock()
        self._closed = threading.Event()

    def submit_for_review(
        self,
        proposal: Optional[Mapping[str, object]] = None,
        *,
        title: Optional[str] = None,
        detail: Optional[str] = None,
        payload: Optional[Mapping[str, object]] = None,
        queue: Optional[str] = None,
        priority: Optional[str] = None,
        due_at: Optional[Instant] = None,
        expires_at: Optional[Instant] = None,
        approvals_required: Optional[int] = None,
        callback_url: Optional[str] = None,
        idempotency_key: Optional[str] = None,
    ) -> Ticket:
        """Submits a proposal, given as a mapping, by name, or partly each.

        A call that is repeated under the same idempotency_key, also by another process, gives the same ticket.
        """
        named = {
            "title": title,
            "detail": detail,
            "payload": payload,
            "queue": queue,
            "priority": priority,
            "dueAt": due_at,
            "expiresAt": expires_at,
            "approvalsRequired": approvals_required,
            "callbackUrl": callback_url,
        }
        return self._run(self._operations.submit(proposal, named, idempotency_key))

    def get_decision(self, ticket_id: str) -> Ticket:
        """Where a ticket stands now; `status` may be pending."""
        return self._run(self._operations.get_decision(ticket_id))

    def wait_for_decision(
        self, ticket_id: str, timeout: Optional[float] = None, *, revision: Optional[int] = None
    ) -> Ticket:
        """Waits until a ticket is settled; one that is settled already answers at once.

        Once the server has been reached, it waits through lost connections and restarts, and ends with the decision, the
        limit, or a refusal.

        :param timeout: seconds; None for as long as it takes, 0 for one look
        :param revision: that one or a later one: what resubmit() answered with
        :raises WaitTimeoutError: the limit has passed; the ticket goes on
        """
        return self._run(self._operations.wait_for_decision(ticket_id, timeout, revision))

    def resubmit(
        self,
        ticket_id: str,
        proposal: Optional[Mapping[str, object]] = None,
        revision: Optional[int] = None,
        *,
        title: Optional[str] = None,
        detail: Optional[str] = None,
        payload: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Ticket:
        """Proposes a new revision: after needs_changes, or while the ticket is pending. Earlier approvals are void.

        :param revision: the one that this goes back to; where it is not the current one any more, this is refused
        """
        named = {"title": title, "detail": detail, "payload": payload, "revision": revision}
        return self._run(self._operations.resubmit(ticket_id, proposal, named, idempotency_key))

    def withdraw(
        self, ticket_id: str, reason: Optional[str] = None, *, idempotency_key: Optional[str] = None
    ) -> Ticket:
        """Takes a ticket back."""
        return self._run(self._operations.withdraw(ticket_id, reason, idempotency_key))

    def review(
        self,
        ticket_id: str,
        *,
        revision: int,
        status: Outcome,
        comments: Optional[str] = None,
        amendment: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Ticket:
        """Records a reviewer's word on the revision that the reviewer saw; takes the key of a human who reviews.

        :param amendment: with approved: title, detail and payload as the reviewer has edited them
        :raises AlreadyDecidedError: somebody else was first
        :raises StaleRevisionError: there is a newer revision
        """
        flow = self._operations.review(ticket_id, revision, status, comments, amendment, idempotency_key)
        return self._run(flow)

    def log_event(self, service: str, level: str, message: str) -> None:
        """Puts a log event on the record; twice, it may be, where an answer was lost."""
        self._run(self._operations.log_event(service, level, message))

    def _log_quickly(self, service: str, level: str, message: str) -> None:
        """For hms_etl.hitl, which has more important things to do: one try, of a few seconds."""
        self._run(self._operations.log_event(service, level, message, quickly=True))

    def close(self) -> None:
        """Ends everything that is under way, in every thread, with CLIENT_CLOSED. Not needed for a process to end."""
        self._closed.set()
        self._http.close()

    def __enter__(self) -> HitlClient:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def _run(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                try:
                    given = self._give(step)
                except CountersignError as error:
                    step = flow.throw(closed_error() if self._closed.is_set() else error)
                else:
                    step = flow.send(given)
        except StopIteration as end:
            result: T = end.value
            return result

    def _give(self, step: Step) -> object:
        if self._closed.is_set():
            raise closed_error()
        if isinstance(step, Pause):
            if self._closed.wait(step.seconds):
                raise closed_error()
            return None
        if isinstance(step, Authorize):
            return self._authorization(step)
        answer: Answer = self._http.send(step)
        return answer

    def _authorization(self, wanted: Authorize) -> str:
        with self._exchange:
            held = self._credential.held(wanted.refused)
            return self._run(self._credential.exchange(wanted.within)) if held is None else held
