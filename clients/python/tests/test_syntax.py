"""What the oldest Python that is promised would not read, and what the client may not need."""

from __future__ import annotations

import ast
import pathlib
import subprocess
import sys
import unittest

SOURCES = pathlib.Path(__file__).resolve().parent.parent / "src"


class SyntaxTest(unittest.TestCase):
    def test_is_read_by_python_3_9(self) -> None:
        files = list(SOURCES.rglob("*.py"))
        self.assertGreater(len(files), 10)
        for file in files:
            with self.subTest(file=file.name):
                ast.parse(file.read_text("utf-8"), feature_version=(3, 9))

    def test_the_check_for_python_3_9_finds_newer_syntax(self) -> None:
        with self.assertRaises(SyntaxError):
            ast.parse("match x:\n  case 1: pass", feature_version=(3, 9))

    def test_needs_nothing_but_the_standard_library(self) -> None:
        # -I and -S: no site-packages, no user's directory, no variables.
        program = (
            f"import sys; sys.path.insert(0, {str(SOURCES)!r}); import asyncio, countersign, hms_etl.hitl\n"
            "async def follow():\n"
            "    countersign.AsyncHitlClient('http://h', 'k').decisions()\n"
            "try:\n    asyncio.run(follow())\n"
            "except countersign.CountersignError as error:\n    print(error)\n"
        )
        ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
        self.assertEqual(ran.stderr, "")
        self.assertIn("BAD_CONFIGURATION", ran.stdout)
        self.assertIn('pip install "countersign[push]"', ran.stdout)


if __name__ == "__main__":
    unittest.main()
