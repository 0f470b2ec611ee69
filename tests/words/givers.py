"""Which sources a giver reads. All that is not named here as somebody else's is theirs.

The desks of treasurer, officer, committee and administrators, and the forms of applicants, are
in English. A new file counts as a giver's until it is named here.
"""

from fnmatch import fnmatchcase
from typing import Final

from tests.tidy import tree

PREFIX: Final = ("donors/", "funding/", "grants/", "templates/")

_STAFF: Final = """
    donors/forms/giftaid.py templates/donors/_claim_state.html
    templates/donors/_gift_name.html
    templates/donors/gift_aid*.html templates/donors/gift_declare.html
    donors/forms/earlier_pledges.py templates/donors/earlier_pledge_list.html
    templates/donors/_earlier_state.html
    donors/approvals.py donors/views/told.py donors/evidence.py donors/finding.py donors/intake/*
    donors/acceptance.py donors/verdicts.py donors/models/held.py donors/forms/held.py
    donors/views/held.py templates/donors/held_gifts.html templates/donors/acceptance_terms.html
    donors/benefits.py donors/brake/episodes.py donors/giftaid/claims.py
    donors/giftaid/eligibility.py donors/views/giftaid.py donors/views/zoo_file.py
    donors/views/card_testing.py donors/views/zoo_list.py donors/views/intake*
    donors/forms/intake* donors/forms/imports* funding/imports/* funding/site/imports*
    funding/site/import_*
    donors/views/pools.py templates/donors/pool.html templates/donors/pool_list.html
    donors/stuck.py donors/warnings.py donors/year_ends.py donors/models/brake.py
    donors/models/year_ends.py donors/forms/year_ends.py donors/views/year_ends.py
    templates/donors/year_end*.html templates/donors/_year_end_state.html
    donors/disputes.py donors/merges.py donors/refunds.py donors/models/disputes.py
    donors/forms/merges.py donors/views/merges.py templates/donors/merge_*.html
    donors/forms/disputes.py donors/forms/intake.py donors/forms/pledge_desk.py
    donors/forms/treasury.py donors/intake/*
    donors/views/disputes.py donors/views/intake*.py donors/views/pledge_desk.py
    donors/views/refunds.py
    donors/views/treasury.py donors/views/warnings.py
    funding/alerts/* funding/documents/agreement.py
    funding/documents/amendment.py funding/documents/award_letter.py
    funding/documents/decline_letter.py funding/documents/fund_report.py
    funding/documents/minute.py funding/documents/checks.py funding/documents/stuck.py
    funding/gateway/* funding/imports/* funding/ledger/* funding/mail/bounces.py
    funding/mail/pauses.py funding/mail/stuck.py funding/parties/* funding/recovery/*
    funding/sandbox/*
    funding/site/admin.py funding/site/alerts.py funding/site/comparing.py
    funding/site/condition.py funding/site/fund_desk.py funding/site/fund_scope.py
    templates/site/fund_scope.html funding/site/health.py
    funding/site/holds.py funding/site/mail_samples.py
    funding/site/mail_samples_people.py funding/site/mail_samples_zoos.py
    funding/site/openings.py
    funding/site/payout_pages.py funding/site/people.py funding/site/periods.py
    funding/site/reconcile.py funding/site/reconcile_pages.py funding/site/report_*.py
    funding/site/reports.py funding/site/restored.py funding/site/setup.py funding/site/steps.py
    funding/site/stuck.py funding/site/telling.py funding/site/transfers.py
    funding/site/privacy_desk.py templates/site/privacy_*.html
    funding/site/news/forms.py funding/site/news/items.py funding/site/news/views/desk.py
    funding/site/news/digests.py funding/site/news/views/digests.py templates/site/digest*.html
    templates/site/_digest_state.html
    templates/site/news_desk.html templates/site/news_item.html templates/site/_news_state.html
    funding/site/interests.py
    funding/site/treasury.py funding/site/watching.py funding/users/actors.py
    funding/users/factors.py funding/users/roles.py
    funding/stuck.py
    grants/*
    templates/documents/agreement.html templates/documents/amendment.html
    templates/documents/award_letter.html templates/documents/fund_report.html
    templates/documents/minute.html templates/documents/submission.html
    templates/documents/blank_form.html funding/documents/submission.py
    funding/documents/blank_form.py
    templates/documents/decline_letter.html
    templates/donors/_gift_state.html templates/donors/_refund_state.html
    templates/donors/_withdrawals.html templates/donors/dispute*.html templates/donors/gift.html
    templates/donors/gifts.html templates/donors/_import_state.html
    templates/donors/_intake_cost.html
    templates/donors/intake*.html templates/donors/pledge_desk.html
    templates/donors/gift_benefit.html
    templates/donors/gifts.html templates/donors/pledge_desk.html
    templates/donors/pledge_list.html templates/donors/refunds.html
    templates/donors/warning.html templates/donors/gift_benefit.html
    templates/donors/card_testing.html templates/donors/_gift_name.html
    templates/donors/gift_aid*.html
    templates/donors/gift_declare.html templates/donors/zoo_file.html
    templates/donors/zoo_list.html templates/donors/intake* templates/site/import*
    templates/donors/import* templates/donors/_intake* templates/donors/_import*
    templates/emails/alerts* templates/emails/application_* templates/emails/award_*
    templates/emails/bank_details* templates/emails/minute* templates/emails/money_returned*
    templates/emails/motion_*
    templates/emails/payment_* templates/emails/reviews_owed*
    templates/grants/*
    templates/site/_alert_state.html templates/site/_payout_state.html
    templates/site/_report_state.html templates/site/_step_state.html
    templates/site/_step_word.html templates/site/_treasurer_crumb.html
    templates/site/_filters.html
    templates/site/alert*.html templates/site/fund_desk.html templates/site/fund_new.html
    templates/site/health.html templates/site/holds.html
    templates/site/mail_sample*.html
    templates/site/opening*.html templates/site/payout*.html templates/site/people.html
    templates/site/periods.html templates/site/reconcile.html templates/site/report*.html
    templates/site/restored.html templates/site/setup*.html templates/site/stuck.html
    templates/site/suspense.html templates/site/transfer*.html templates/site/treasurer.html
    donors/year_ends.py donors/forms/year_ends.py donors/views/year_ends.py
    templates/donors/year_end* templates/donors/_year_end*
""".split()
# What only the treasurer does with a zoo.
_ZOOS: Final = """
    donors/zoos/accounts.py donors/zoos/invoices.py donors/zoos/payments.py
    templates/donors/zoo_file_proforma.html
    templates/donors/zoo_bill.html templates/site/zoo_file_papers.html
""".split()
# Within what is somebody else's, what is public after all.
_PUBLIC: Final = """
    grants/views/own_waits.py
    grants/forms/public.py grants/views/public.py grants/views/register.py
    grants/register.py grants/giving_data.py grants/projects.py grants/countries.py
    grants/models/*.py grants/texts.py grants/budgets.py grants/call_words.py grants/scopes.py
     funding/parties/models.py
    grants/public_reports.py templates/grants/project_report.html
    templates/grants/_public_reports.html
    templates/grants/project.html templates/grants/projects.html
    templates/grants/round_call.html templates/grants/rounds.html templates/grants/grants.html
    templates/grants/_award_state.html
    templates/grants/_awards.html templates/grants/_phase.html templates/grants/_place.html
""".split()


def is_givers(name: str) -> bool:
    """Whether a giver may come to read words of this file."""
    if any(fnmatchcase(name, pattern) for pattern in _PUBLIC):
        return True
    return not any(fnmatchcase(name, pattern) for pattern in _STAFF + _ZOOS)


def sources() -> list[str]:
    """The files whose words are translated."""
    return [
        name
        for name in tree.text_files()
        if name.startswith(PREFIX)
        and name.endswith((".py", ".html", ".txt"))
        and not tree.is_migration(name)
        and is_givers(name)
    ]
