"""Published weaknesses of Python itself."""

from __future__ import annotations

import http.cookies
import sys
import time

import pytest

from core.hosting.checks.interpreter import WEAKNESSES, interpreter_check, weaknesses
from core.models.diagnostics import Verdict


@pytest.mark.parametrize(
    ("version", "names"),
    [
        ((3, 11, 7), {each.name for each in WEAKNESSES}),
        ((3, 11, 10), {each.name for each in WEAKNESSES} - {"CVE-2024-7592"}),
        ((3, 11, 15), {"gh-149079", "gh-150743", "gh-153030"}),
        ((3, 11, 16), set()),
        ((3, 12, 5), {each.name for each in WEAKNESSES}),
        ((3, 12, 14), set()),
        ((3, 13, 0), {"CVE-2025-0938", "CVE-2025-6069"}),
        ((3, 14, 0), set()),
        ((3, 15, 0), set()),
    ],
)
def test_each_patch_has_those_that_later_ones_mend(version: tuple[int, int, int], names: set[str]) -> None:
    """By series: 3.12.5 is not newer than 3.11.10 in that."""
    assert {each.name for each in weaknesses(version)} == names


def test_it_warns_and_names_the_patch_that_helps() -> None:
    """No failure: the product is safe on any of them."""
    check = interpreter_check((3, 11, 7))
    assert (check.code, check.verdict, check.reason) == ("python-weaknesses", Verdict.WARNING, "python-weak")
    assert check.value.startswith("3.11.7 < 3.11.16: CVE-2024-7592 (http.cookies), ")
    assert interpreter_check((3, 11, 16)).verdict is Verdict.GOOD
    assert interpreter_check((3, 11, 16)).value == "3.11.16"


def test_the_table_agrees_with_this_interpreter() -> None:
    """The one that was found here: it is slow exactly where the table says so."""
    cookie = 'a="' + '\\"' * 8_000 + '"'
    begin = time.process_time()
    http.cookies.SimpleCookie().load(cookie)
    slow = time.process_time() - begin > 0.1
    assert slow == ("CVE-2024-7592" in {each.name for each in weaknesses(sys.version_info[:3])})
