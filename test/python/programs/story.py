"""The whole life of a ticket, by an agent and a reviewer that both use the client."""

from __future__ import annotations

import asyncio
import sys
from typing import get_type_hints

import countersign
from both_clients import Either, say

PROPOSAL = {"title": "Expand loan term to 7 years", "payload": {"years": 7, "€": [1, None, 0.1]}}


async def main(kind: str) -> None:
    agent, reviewer = Either(kind, "AGENT"), Either(kind, "REVIEWER")
    ticket = await agent.submit_for_review(PROPOSAL, detail="From 5 to 7.", priority="HIGH")
    say(submitted=ticket, lacks=sorted(set(get_type_hints(countersign.Ticket)) ^ set(ticket)))

    waiting = agent.wait_for_decision(ticket["id"])
    await reviewer.review(ticket["id"], revision=1, status="needs_changes", comments="Six years at most")
    say(first=await waiting)

    revised = await agent.resubmit(ticket["id"], {**PROPOSAL, "payload": {"years": 6}}, ticket["revision"])
    waiting = agent.wait_for_decision(ticket["id"], 20, revision=revised["revision"])
    amendment = {**PROPOSAL, "payload": {"years": 5}}
    await reviewer.review(ticket["id"], revision=2, status="approved", comments="With five", amendment=amendment)
    settled = await waiting
    say(second=settled, reviews=sorted(set(get_type_hints(countersign.Review)) ^ set(settled["reviews"][0])))

    other = await agent.submit_for_review(title="Another")
    say(withdrawn=await agent.withdraw(other["id"], "No longer needed"), now=await agent.get_decision(other["id"]))
    await agent.log_event("underwriting", "INFO", f"told by {kind}")


asyncio.run(main(sys.argv[1]))
