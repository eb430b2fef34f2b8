"""The asyncio client: the same methods, and decisions that are pushed."""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from typing import Mapping, Optional, Type, TypeVar

from ._flows import Authorize, Credential, Flow, Pause, RetryPolicy, Step
from ._nonblocking import AsyncHttp
from ._operations import Operations, checked_options
from ._under_way import UnderWay
from ._wire import core_of
from .errors import CountersignError
from .push import DecisionStream
from .types import Instant, Outcome, Ticket

T = TypeVar("T")


class AsyncHitlClient:
    """HitlClient for asyncio; see there for what each method promises.

    Cancelling a call ends it at once. Each wait holds one connection: for more of them than the process may open, follow
    decisions() instead. Belongs to the event loop that it is first used in.

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
        self._policy = checked_options(timeout, retry)
        self._core = core_of(core_url)
        self._timeout = timeout
        self._context = ssl_context
        self._operations = Operations(self._core, self._policy, timeout)
        self._credential = Credential(self._core, api_key, timeout)
        self._http = AsyncHttp(self._core, ssl_context)
        # Made within the loop: Python 3.9 binds a lock to whichever loop it finds.
        self._exchange: Optional[asyncio.Lock] = None
        self._under_way = UnderWay()

    async def submit_for_review(
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
        """Submits a proposal, given as a mapping, by name, or partly each."""
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
        return await self._run(self._operations.submit(proposal, named, idempotency_key))

    async def get_decision(self, ticket_id: str) -> Ticket:
        """Where a ticket stands now; `status` may be pending."""
        return await self._run(self._operations.get_decision(ticket_id))

    async def wait_for_decision(
        self, ticket_id: str, timeout: Optional[float] = None, *, revision: Optional[int] = None
    ) -> Ticket:
        """Waits until a ticket is settled; one that is settled already answers at once."""
        return await self._run(self._operations.wait_for_decision(ticket_id, timeout, revision))

    async def resubmit(
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
        """Proposes a new revision."""
        named = {"title": title, "detail": detail, "payload": payload, "revision": revision}
        return await self._run(self._operations.resubmit(ticket_id, proposal, named, idempotency_key))

    async def withdraw(
        self, ticket_id: str, reason: Optional[str] = None, *, idempotency_key: Optional[str] = None
    ) -> Ticket:
        """Takes a ticket back."""
        return await self._run(self._operations.withdraw(ticket_id, reason, idempotency_key))

    async def review(
        self,
        ticket_id: str,
        *,
        revision: int,
        status: Outcome,
        comments: Optional[str] = None,
        amendment: Optional[Mapping[str, object]] = None,
        idempotency_key: Optional[str] = None,
    ) -> Ticket:
        """Records a reviewer's word on the revision that the reviewer saw."""
        flow = self._operations.review(ticket_id, revision, status, comments, amendment, idempotency_key)
        return await self._run(flow)

    async def log_event(self, service: str, level: str, message: str) -> None:
        """Puts a log event on the record; twice, it may be, where an answer was lost."""
        await self._run(self._operations.log_event(service, level, message))

    def decisions(
        self,
        queue: Optional[str] = None,
        ticket_id: Optional[str] = None,
        after: Optional[str] = None,
    ) -> DecisionStream:
        """Every decision that this principal may see, pushed in ledger order, each once; see DecisionStream.

        Needs the package websockets: `pip install "countersign[push]"`.

        :param after: a decision's `cursor`: goes on behind it, and misses nothing
        :raises CountersignError: BAD_CONFIGURATION where websockets is not installed
        """
        return DecisionStream(
            core=self._core,
            context=self._context,
            policy=self._policy,
            timeout=self._timeout,
            authorize=self._authorization,
            under_way=self._under_way,
            queue=queue,
            ticket_id=ticket_id,
            after=after,
        )

    async def close(self) -> None:
        """Ends everything that is under way: calls with CLIENT_CLOSED, and decisions() as an iterator ends."""
        await self._under_way.close()

    async def __aenter__(self) -> AsyncHitlClient:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        await self.close()

    async def _run(self, flow: Flow[T]) -> T:
        return await self._under_way.run(self._drive(flow))

    async def _drive(self, flow: Flow[T]) -> T:
        try:
            step = next(flow)
            while True:
                try:
                    given = await self._give(step)
                except CountersignError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(given)
        except StopIteration as end:
            result: T = end.value
            return result

    async def _give(self, step: Step) -> object:
        if isinstance(step, Pause):
            await asyncio.sleep(step.seconds)
            return None
        if isinstance(step, Authorize):
            return await self._authorization(step)
        return await self._http.send(step)

    async def _authorization(self, wanted: Authorize) -> str:
        if self._exchange is None:
            self._exchange = asyncio.Lock()
        async with self._exchange:
            held = self._credential.held(wanted.refused)
            if held is not None:
                return held
            return await self._drive(self._credential.exchange(wanted.within))
