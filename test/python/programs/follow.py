"""Follows decisions from a cursor, or from now on, until so many have come."""

from __future__ import annotations

import asyncio
import os
import sys

from both_clients import QUICK, say
from countersign import AsyncHitlClient, CountersignError


async def main(count: int, queue: str, after: str) -> None:
    async with AsyncHitlClient(os.environ["URL"], os.environ["AGENT"], retry=QUICK) as client:
        try:
            async with client.decisions(queue=queue or None, after=after or None) as decisions:
                say(cursor=decisions.cursor)
                while count > 0:
                    say(decision=await decisions.__anext__(), cursor=decisions.cursor)
                    count -= 1
        except CountersignError as error:
            say(error=type(error).__name__, code=error.code)


asyncio.run(main(int(sys.argv[1]), sys.argv[2], sys.argv[3]))
