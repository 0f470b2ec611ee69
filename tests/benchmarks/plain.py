"""The product's settings with static files by their own names: none has to be collected."""

from tests.benchmarks.settings import *  # noqa: F403
from tests.benchmarks.settings import STORAGES as _STORAGES

STORAGES = _STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
