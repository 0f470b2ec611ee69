"""The sandbox's one process: Stripe, mailbox and console.

`python -m funding.sandbox.console --port 8001 --smtp-port 8002 --state-dir var/sandbox
--product-url http://localhost:8000`
"""

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from funding.sandbox.console.mail_server import MailServer
from funding.sandbox.console.mailbox import Mailbox
from funding.sandbox.console.routes import Console, Sandbox
from funding.sandbox.stripe.server import serve

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m funding.sandbox.console")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--smtp-port", type=int, default=0)
    parser.add_argument("--state-dir", type=Path, required=True)
    parser.add_argument("--clock-file", type=Path)
    parser.add_argument("--people-file", type=Path)
    parser.add_argument("--product-url", required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    options.state_dir.mkdir(parents=True, exist_ok=True)
    emulator = Sandbox(
        state=options.state_dir / "stripe.sqlite",
        public_url=f"http://localhost:{options.port}",
        clock_file=options.clock_file,
        # What the fund does after each day of the clock; the command finds its services itself.
        after_step=[sys.executable, str(ROOT / "manage.py"), "sweep", "--until-idle"],
        merchant="Manul Fund",
        strict=False,
    )
    mail_server = MailServer(Mailbox(options.state_dir / "mail.sqlite"), port=options.smtp_port)
    console = Console(
        emulator,
        mail_server,
        product_url=options.product_url,
        people_file=options.people_file,
    )
    server = serve(emulator, "127.0.0.1", options.port, console.handle)
    mail_server.start()
    emulator.start()

    def leave(_number: int, _frame: FrameType | None) -> None:
        # The server waits for its own loop to end, so another thread has to ask for that.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, leave)
    server.serve_forever()
    server.server_close()
    emulator.close()
    mail_server.stop()
    mail_server.mailbox.close()


if __name__ == "__main__":
    main()
