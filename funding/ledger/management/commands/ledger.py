"""`manage.py ledger verify` and `manage.py ledger export`."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from funding.ledger.exports import FORMATS, Scope
from funding.ledger.verify import Difference, verify
from funding.parties.models import Entity


class Command(BaseCommand):
    """The two questions that an auditor asks."""

    help = "Recomputes every invariant of the ledger, or writes the journal to a file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One of two verbs."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("verify", help="Exit 1 and the differences, if there are any.")
        check.add_argument("--json", action="store_true")
        export = verbs.add_parser("export", help="The journal without personal data.")
        export.add_argument("--format", choices=sorted(FORMATS), required=True)
        export.add_argument("--entity", help="Slug of one entity; without it: all.")
        export.add_argument("--to", type=Path, help="A file; without it: standard output.")

    def handle(self, *_: object, **options: Any) -> None:  # noqa: ANN401 -- as Django has it
        """Run the verb."""
        if options["verb"] == "verify":
            self._verify(as_json=options["json"])
        else:
            self._export(options["format"], options["entity"], options["to"])

    def _verify(self, *, as_json: bool) -> None:
        found = verify()
        wrong = [difference for difference in found if not difference.is_notice]
        if as_json:
            self.stdout.write(json.dumps([asdict(difference) for difference in found], indent=2))
        else:
            for difference in found:
                self.stdout.write(_line(difference))
            if not wrong:
                self.stdout.write("Every invariant holds.")
        if wrong:
            raise SystemExit(1)

    def _export(self, form: str, entity: str | None, to: Path | None) -> None:
        scope = Scope(entity_id=_entity(entity))
        if to is None:
            for line in FORMATS[form](scope):
                self.stdout.write(line, ending="")
            return
        with to.open("w", encoding="utf-8", newline="") as file:
            file.writelines(FORMATS[form](scope))


def _entity(slug: str | None) -> int | None:
    if slug is None:
        return None
    entity = Entity.objects.filter(slug=slug).first()
    if entity is None:
        raise CommandError(f"There is no entity '{slug}'.")
    return entity.pk


def _line(difference: Difference) -> str:
    mark = "notice" if difference.is_notice else "WRONG"
    return f"{mark}  {difference.invariant}  {difference.subject}: {difference.found}"
