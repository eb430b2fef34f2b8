"""Runs scripts one after the other, each with what the ones before it have left: as one types them into one session."""

import sys

namespace = {"__name__": "__main__"}
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as file:
        exec(compile(file.read(), path, "exec"), namespace)
