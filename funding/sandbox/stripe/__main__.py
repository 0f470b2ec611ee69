"""The emulator alone: `python -m funding.sandbox.stripe --port 12111 --state var/stripe.sqlite`."""

from __future__ import annotations

import argparse
import contextlib
import logging
import shlex
from pathlib import Path

from .server import Emulator, serve


def main() -> None:
    """Serves until it is interrupted."""
    parser = argparse.ArgumentParser(prog="python -m funding.sandbox.stripe", description=__doc__)
    parser.add_argument("--port", type=int, default=12111)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, help="the SQLite file; memory if left out")
    parser.add_argument(
        "--public-url", help="the address people use; default http://localhost:PORT"
    )
    parser.add_argument("--clock-file", type=Path)
    parser.add_argument("--after-step", default="", help="a command to run after each clock step")
    parser.add_argument("--settlement-currency", default="eur")
    parser.add_argument("--merchant", default="Sandbox account")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    emulator = Emulator(
        state=options.state,
        public_url=options.public_url or f"http://localhost:{options.port}",
        clock_file=options.clock_file,
        after_step=shlex.split(options.after_step),
        settlement_currency=options.settlement_currency,
        merchant=options.merchant,
        strict=False,
        seed=options.seed,
    )
    server = serve(emulator, options.host, options.port)
    emulator.start()
    print(f"Stripe sandbox at http://{options.host}:{options.port}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    server.server_close()
    emulator.close()


if __name__ == "__main__":
    main()
