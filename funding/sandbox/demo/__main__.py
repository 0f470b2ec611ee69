"""`python -m funding.sandbox.demo`: make the demonstration data, once."""

import datetime as dt
import sys

import django


def main() -> int:
    """Tell the story; say in one sentence why it is not told."""
    django.setup()
    from funding.sandbox.demo import hand, scenes, story

    present = dt.datetime.fromtimestamp(hand.true_now(), dt.UTC)
    try:
        made = story.tell(present)
    except scenes.NotHere as reason:
        print(reason)
        return 1
    print("Demonstration data are made." if made else "Demonstration data were there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
