"""Submits one proposal, and says which ticket it became."""

import asyncio
import sys

from both_clients import Either, say


async def main(kind: str) -> None:
    say(ticket=(await Either(kind, "AGENT").submit_for_review(title=f"Once only, {kind}"))["id"])


asyncio.run(main(sys.argv[1]))
