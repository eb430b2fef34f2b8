"""Waits for one ticket in three ways at once, and says how each ended; retries are logged."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Any

from both_clients import Either, say
from countersign import CountersignError

logging.basicConfig(level=logging.INFO, format="retry: %(message)s")


async def pushed(client: Any, ticket_id: str) -> Any:
    async with client.client.decisions(ticket_id=ticket_id) as decisions:
        say(subscribed=True)
        async for decision in decisions:
            return decision


async def tell(way: str, waiting: Any) -> None:
    try:
        decision = await waiting
        say(way=way, status=decision["status"], comments=decision["comments"], title=decision["title"])
    except CountersignError as error:
        say(way=way, error=type(error).__name__)


async def main(ticket_id: str) -> None:
    blocking, nonblocking = Either("blocking", "AGENT"), Either("asyncio", "AGENT")
    await asyncio.gather(
        tell("blocking", blocking.wait_for_decision(ticket_id)),
        tell("asyncio", nonblocking.wait_for_decision(ticket_id)),
        tell("pushed", pushed(nonblocking, ticket_id)),
    )


asyncio.run(main(sys.argv[1]))
