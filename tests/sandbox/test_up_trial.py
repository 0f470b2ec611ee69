"""`manage.py test` around pytest: a wish to end is passed on and the services are stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Inside the servers of the run, it says where they are and waits to be interrupted.
PROGRAM = """
import os, sys, time
print(os.environ["DATABASE_URL"], flush=True)
try:
    time.sleep(60)
except KeyboardInterrupt:
    sys.exit(7)
"""
CODE = """
import sys
from pathlib import Path
from funding.sandbox.up import trial
from funding.sandbox.up.services import Services
with Services.throw_away(durable=False) as services:
    command = [sys.executable, "-c", sys.argv[1]]
    code = trial.run_until_done(command, Path.cwd(), trial.environment(services))
sys.exit(code)
"""


def test_a_run_that_is_told_to_end_ends_its_program_and_its_servers() -> None:
    env = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    # As a background job of a shell script: interrupts are ignored at first.
    run = subprocess.Popen(
        ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", sys.executable, "-c", CODE, PROGRAM],
        cwd=ROOT,
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdout
    address = run.stdout.readline().strip()
    folder = Path(address.split("host=")[1])
    assert (folder / "pg").exists()
    time.sleep(0.3)
    run.send_signal(signal.SIGTERM)
    assert run.wait(30) == 7
    run.stdout.close()
    assert not folder.exists()
