"""Bad input, foreign tickets and lost races: what the client raises for each."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from both_clients import Either, say
from countersign import CountersignError

DEEP: Any = {}
for _ in range(200):
    DEEP = {"d": DEEP}


async def main(kind: str) -> None:
    agent, reviewer, foreign = Either(kind, "AGENT"), Either(kind, "REVIEWER"), Either(kind, "FOREIGN")
    ticket = (await agent.submit_for_review(title="Refused in every way"))["id"]
    decided = (await agent.submit_for_review(title="Decided", idempotency_key=f"decided-{kind}"))["id"]
    await reviewer.review(decided, revision=1, status="rejected", comments="No")

    async def refused(name: str, call: Any) -> None:
        try:
            await call
            say(name=name, code=None)
        except CountersignError as error:
            details = {key: value for key, value in error.details.items() if key not in ("ticketId", "idempotencyKey")}
            known = isinstance(error.request_id, str)
            say(name=name, kind=type(error).__name__, code=error.code, status=error.status, details=details, known=known)

    await refused("no title", agent.submit_for_review({}))
    await refused("an empty title", agent.submit_for_review(title=""))
    await refused("a title that is no text", agent.submit_for_review({"title": 7}))
    await refused("a huge title", agent.submit_for_review(title="x" * 100_000))
    await refused("half a surrogate", agent.submit_for_review(title="\ud800"))
    await refused("a payload that is a list", agent.submit_for_review({"title": "t", "payload": [1]}))
    await refused("a deep payload", agent.submit_for_review(title="t", payload=DEEP))
    await refused("an unknown member", agent.submit_for_review({"title": "t", "aproved": True}))
    await refused("an unknown queue", agent.submit_for_review(title="t", queue="nowhere"))
    await refused("no instant", agent.submit_for_review(title="t", due_at="tomorrow"))
    await refused("two megabytes", agent.submit_for_review(title="t", detail="x" * 2_000_000))
    await refused("a key with another content", agent.submit_for_review(title="Other", idempotency_key=f"decided-{kind}"))
    await refused("an agent's review", agent.review(ticket, revision=1, status="approved"))
    await refused("a foreign ticket", foreign.get_decision(ticket))
    await refused("a wait for a foreign ticket", foreign.wait_for_decision(ticket, 20))
    await refused("no ticket", agent.get_decision("../../healthz"))
    await refused("a stale revision", reviewer.review(ticket, revision=2, status="approved"))
    await refused("an unknown outcome", reviewer.review(ticket, revision=1, status="maybe"))
    await refused("too late", reviewer.review(decided, revision=1, status="approved"))
    await refused("a level that is none", agent.log_event("s", "LOUD", "m"))


asyncio.run(main(sys.argv[1]))
