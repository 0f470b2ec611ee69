"""Loaded before anything else: each worker of a test run has a queue and a cache of its own.

Databases are named apart by pytest-django; Valkey's are numbered, and the number is in the
address that the settings read once.
"""

import os
import re

import pytest

_worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
_address = os.environ.get("REDIS_URL", "")
if _worker and "db=" in _address:
    os.environ["REDIS_URL"] = re.sub(r"db=\d+", f"db={int(_worker[1]) + 1}", _address)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a run whose groups would be torn apart: they share what only one process may have.

    The group's name behind the test's is all that xdist goes by, and it says nothing when it
    could not put it there.
    """
    if _worker is None:
        return
    for item in session.items:
        mark = item.get_closest_marker("xdist_group")
        if mark and not item.nodeid.endswith(f"@{mark.args[0]}"):
            raise pytest.UsageError(f"{item.nodeid} is not kept with its group {mark.args[0]}.")


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say at once what failed and why: a long run may be cut off before it sums up."""
    if _worker is None and report.failed:
        print(f"\nFAILED {report.nodeid} ({report.when}): {_why(report)}", flush=True)


def _why(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return " ".join(str(crash.message if crash else report.longrepr).split())[:500]
