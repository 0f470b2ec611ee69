"""What a worker is rung for: each task finds its row and calls one rule."""

from celery import shared_task

from grants import decisions, packs, papers


@shared_task(name="grants.tasks.close_motion")
def close_motion(motion_id: int) -> None:
    """Count a motion, if its time is up."""
    decisions.look(motion_id)


@shared_task(name="grants.tasks.make_minute")
def make_minute(motion_id: int) -> None:
    """Number, render and mail the minute of a motion."""
    papers.make_minute(motion_id)


@shared_task(name="grants.tasks.make_letter")
def make_letter(award_id: int) -> None:
    """Number, render and mail the letter of an award."""
    papers.make_letter(award_id)


@shared_task(name="grants.tasks.make_pack")
def make_pack(pack_id: int) -> None:
    """Put an auditor's pack together."""
    packs.make(pack_id)
