"""The product's settings, with static files where this test run has collected them."""

import os
from pathlib import Path

from funding.settings import *  # noqa: F403 - all of them.

STATIC_ROOT = Path(os.environ["STATIC_FOLDER"])
