"""The giving half of the fund."""

from django.apps import AppConfig

# Which entries stand for the balance transactions of refunds and withdrawals.
_REFUNDED = """
SELECT balance_transaction, 'refund:' || id || ':book'
FROM donors_refund WHERE balance_transaction <> ''
UNION ALL
SELECT failure_transaction, 'refund:' || id || ':returned'
FROM donors_refund WHERE failure_transaction <> ''
"""
_WITHDRAWN = "SELECT balance_transaction, entry_key FROM donors_withdrawal"


class DonorsConfig(AppConfig):
    """Donors, gifts, refunds and receipts."""

    name = "donors"

    def ready(self) -> None:
        """Register the sweeps, in the order in which one feeds the next, and what waits."""
        from donors import (
            cards,
            comebacks,
            disputes,
            email_changes,
            gifts,
            methods,
            receipts,
            refunds,
            reminders,
            statements,
            stops,
            stuck,
            subscriptions,
            turns,
            warnings,
            zoos,
        )
        from donors.giftaid import overclaims
        from donors.intake import parts
        from funding import jobs
        from funding.gateway import movements

        jobs.register_sweep("gifts", gifts.sweep, gifts.waiting)
        jobs.register_sweep("pledges", subscriptions.sweep, subscriptions.waiting)
        jobs.register_sweep("comebacks", comebacks.sweep)
        jobs.register_sweep("changes", turns.sweep, turns.waiting)
        jobs.register_sweep("new cards", methods.sweep, methods.waiting)
        jobs.register_sweep("stops", stops.sweep)
        jobs.register_sweep("refunds", refunds.sweep, refunds.waiting)
        jobs.register_sweep("receipts", receipts.sweep, receipts.waiting)
        zoos.register()
        jobs.register_sweep("cards", cards.sweep, cards.waiting)
        jobs.register_sweep("statements", statements.sweep, statements.waiting)
        jobs.register_sweep("overclaims", overclaims.sweep)
        jobs.register_sweep("addresses", email_changes.sweep, email_changes.waiting)
        jobs.register_sweep("disputes", disputes.sweep, disputes.undone)
        jobs.register_nightly("disputes of late", warnings.look_around)
        jobs.register_nightly("reminders", reminders.remind)
        stuck.register()
        parts.register()
        movements.register_bookings("gifts", gifts.BOOKINGS)
        movements.register_bookings("refunds", _REFUNDED)
        movements.register_bookings("withdrawals", _WITHDRAWN)
        movements.register_pending("gifts", gifts.PENDING)
        _register_more()
        _register_waits()


def _register_more() -> None:
    from donors import (
        corrections,
        earlier_pledges,
        holding,
        merge_news,
        news,
        pools,
        verdicts,
        year_ends,
    )
    from donors.brake import episodes, origins, refusals
    from funding import jobs
    from funding.gateway import movements
    from funding.mail import guards

    guards.register(news.STOP, news.against)
    jobs.register_sweep("held gifts", verdicts.sweep, verdicts.without_value)
    movements.register_bookings("held gifts", holding.BOOKINGS)
    movements.register_pending("held gifts", holding.PENDING)
    holding.register()
    jobs.register_sweep("refused cards", refusals.sweep, refusals.waiting)
    jobs.register_sweep("merges", merge_news.sweep, merge_news.waiting)
    jobs.register_sweep("brake", episodes.sweep)
    jobs.register_nightly("origins", origins.forget)
    jobs.register_sweep("earlier pledges", earlier_pledges.sweep, earlier_pledges.waiting)
    jobs.register_sweep("year ends", year_ends.sweep, year_ends.waiting)
    jobs.register_nightly("statements of late", corrections.look_around)
    jobs.register_sweep("corrected statements", corrections.sweep)
    pools.register()


def _register_waits() -> None:
    """What waits for those who keep the money."""
    from donors.views.disputes import waiting as disputed
    from donors.views.held import waiting as held
    from donors.views.intake import costs_waiting, givers_waiting
    from donors.views.intake import waiting as unexplained
    from donors.views.pools import waiting as paid_too_much
    from donors.views.refunds import waiting
    from donors.views.warnings import waiting as warned
    from donors.views.zoo_file import paid_twice, paused
    from funding import waits
    from funding.users.models import Role

    keepers = (Role.TREASURER, Role.ADMINISTRATOR)
    waits.register("refunds", waiting, *keepers)
    waits.register("disputes", disputed, *keepers)
    waits.register("held gifts", held, *keepers)
    waits.register("costs", costs_waiting, *keepers)
    waits.register("bank lines", unexplained, *keepers)
    waits.register("givers not invited", givers_waiting, *keepers)
    waits.register("warnings", warned, *keepers)
    waits.register("invoices paid twice", paid_twice, *keepers)
    waits.register("paused contributions", paused, *keepers)
    waits.register("pools", paid_too_much, *keepers)
