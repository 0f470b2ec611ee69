"""The mails to everybody with an account and invented facts, as `mail_samples` shows them."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from funding.users.adapter import NOTICES

# Template, when it is sent, its facts, and what differs by variant.
ROWS: Final[list[tuple[str, str | Promise, Mapping[str, Any], Mapping[str, Mapping[str, Any]]]]] = [
    (
        "inbox_mail",
        _("Something new waits for somebody, in the morning of their place, once a day at most."),
        {
            "waits": [{"title": "Example purpose", "state": "Example news"}],
            "count": 1,
            "more": 0,
            "here_url": "https://fund.example.org/inbox/",
            "stop_url": "https://fund.example.org/inbox/stop/example/",
        },
        {"": {}, "many": {"count": 14, "more": 2}},
    ),
    (
        "code",
        _("Somebody signs in, opens an account, or confirms that it is them."),
        {"code": "314159"},
        {kind: {"kind": kind} for kind in ("sign_in", "sign_up", "confirm", "known")},
    ),
    (
        "notice",
        _("Something was done to the ways into an account."),
        {"at": dt.datetime(2027, 3, 14, 9, 26, tzinfo=dt.UTC)},
        {prefix.rpartition("/")[2]: {"sentence": sentence} for prefix, sentence in NOTICES.items()},
    ),
]
