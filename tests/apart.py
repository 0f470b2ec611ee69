"""Loaded before anything else: each worker of a test run has a queue and a cache of its own.

Databases are named apart by pytest-django; Valkey's are numbered, and the number is in the
address that the settings read once.
"""

import os
import re

_worker = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
_address = os.environ.get("REDIS_URL", "")
if _worker and "db=" in _address:
    os.environ["REDIS_URL"] = re.sub(r"db=\d+", f"db={int(_worker[1]) + 1}", _address)
