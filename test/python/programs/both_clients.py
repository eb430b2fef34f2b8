"""What the programs of these tests share: either client behind one set of awaitable calls."""

from __future__ import annotations

import asyncio
import json
import os
from typing import Any

from countersign import AsyncHitlClient, HitlClient, RetryPolicy

QUICK = RetryPolicy(base=0.02, cap=0.2)


class Either:
    """Calls a method of the blocking client in a thread, of the asyncio client as it is."""

    def __init__(self, kind: str, key: str) -> None:
        make: Any = {"blocking": HitlClient, "asyncio": AsyncHitlClient}[kind]
        self.client = make(os.environ["URL"], os.environ[key], retry=QUICK)
        self._blocking = kind == "blocking"

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.client, name)

        def call(*args: Any, **named: Any) -> Any:
            if self._blocking:
                return asyncio.get_running_loop().run_in_executor(None, lambda: method(*args, **named))
            return asyncio.ensure_future(method(*args, **named))

        return call


def say(**what: Any) -> None:
    print(json.dumps(what), flush=True)
