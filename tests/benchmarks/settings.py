"""The product's settings, with two addresses more to measure against."""

from funding.settings import *  # noqa: F403
from funding.settings import ROOT

ROOT_URLCONF = "tests.benchmarks.addresses"
STATIC_ROOT = ROOT / "var" / "bench" / "static"
