"""Files as banks and spreadsheets make them, and the worker that takes them in."""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from funding.imports import running
from funding.imports.models import Import
from tests.donors.intake.desk import TARA, Desk

# amount with its sign, bank's reference, payer, IBAN, text
Entry = tuple[str, str, str, str, str]

_ENTRY = """<Ntry><Amt Ccy="EUR">{size}</Amt><CdtDbtInd>{sign}</CdtDbtInd><Sts>{status}</Sts>
<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>
<NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties><{side}><Nm>{payer}</Nm></{side}><{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct>
</RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""


def camt(
    entries: Iterable[Entry],
    *,
    day: str,
    opening: str = "0.00",
    closing: str,
    iban: str = "SE3550000000054910000003",
    status: str = "BOOK",
) -> bytes:
    """One statement of a day."""
    body = "".join(
        _ENTRY.format(
            size=amount.lstrip("-"),
            sign="DBIT" if amount.startswith("-") else "CRDT",
            side="Cdtr" if amount.startswith("-") else "Dbtr",
            status=status,
            day=day,
            reference=reference,
            payer=payer,
            iban=account,
            text=text,
        )
        for amount, reference, payer, account, text in entries
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>{day}T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id>
<Acct><Id><IBAN>{iban}</IBAN></Id></Acct>
{_balance("OPBD", opening, day)}{_balance("CLBD", closing, day)}{body}</Stmt></BkToCstmrStmt>
</Document>""".encode()


def _balance(code: str, amount: str, day: str) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy='EUR'>{amount.lstrip('-')}"
        f"</Amt><CdtDbtInd>{'DBIT' if amount.startswith('-') else 'CRDT'}</CdtDbtInd>"
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def table(rows: Iterable[Mapping[str, object]], **how: Any) -> bytes:
    """A CSV with these columns."""
    listed = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, list(listed[0]), **how)
    writer.writeheader()
    writer.writerows(listed)
    return out.getvalue().encode()


def bring(desk: Desk, kind: str, content: bytes, **options: object) -> Import:
    """Bring a file, say that the columns are as guessed, and let the worker check it."""
    batch = running.start(
        kind=kind,
        entity_id=desk.entity.pk,
        name="file",
        content=content,
        options={"place": desk.bank, "fund": desk.general.slug} | options,
        actor=TARA,
    )
    if batch.headers:
        running.name_columns(import_id=batch.pk, mapping=batch.mapping, actor=TARA)
    return worked(batch)


def worked(batch: Import) -> Import:
    """The import as it is when the worker has gone as far as it can."""
    while running.work(batch.pk):
        pass
    return Import.objects.get(pk=batch.pk)


def taken(desk: Desk, kind: str, content: bytes, **options: object) -> Import:
    """Bring a file and have it taken in."""
    batch = bring(desk, kind, content, **options)
    running.accept(import_id=batch.pk, actor=TARA)
    return worked(batch)
