"""Documents that cannot be laid out, for the list of stuck work."""

from django.db import transaction
from django.utils.translation import gettext_lazy

from funding import clock, jobs, stuck
from funding.audit import log
from funding.documents.models import Document
from funding.documents.register import given_up
from funding.stuck import Stuck


def register() -> None:
    """Add them to the list."""
    label = gettext_lazy("Documents that cannot be laid out")
    stuck.register("documents", given_up, retry, show=show, label=label)


def show(document: Document) -> Stuck:
    """A document as the list shows it."""
    return Stuck(document.pk, document.name, document.issued_at, document.attempts, document.error)


@transaction.atomic
def retry(*, pk: int, actor: str) -> None:
    """Lay it out once more, with all its attempts."""
    document = given_up().select_for_update().filter(pk=pk).first()
    if document is None:
        return
    document.attempts, document.due_at = 0, clock.now()
    document.save(update_fields=["attempts", "due_at"])
    log.record(actor=actor, action="document.retried", subject=f"document:{document.pk}")
    jobs.after_commit("funding.documents.tasks.render", document.pk)
