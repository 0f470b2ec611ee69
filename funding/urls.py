"""Where every address leads."""

from django.urls import include, path

from funding.site import (
    account,
    downloads,
    fund_desk,
    health,
    holds,
    inbox,
    openings,
    people,
    periods,
    setup,
    transfers,
    treasury,
    verification,
    views,
    webhooks,
)
from funding.site.admin import office

handler400 = "funding.site.faults.bad_request"
handler403 = "funding.site.faults.forbidden"
handler404 = "funding.site.faults.missing"

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("donors.urls")),
    path("", include("grants.urls")),
    path("funds/", views.funds, name="funds"),
    path("funds/<slug:slug>/", views.fund, name="fund"),
    path("transparency/", views.transparency, name="transparency"),
    path("journal/<slug:fund>.<str:form>", downloads.journal, name="journal"),
    path("verify/", verification.verify_ask, name="verify_ask"),
    path("verify/<str:code>/", verification.verify, name="verify"),
    path("account/", account.account, name="account"),
    path("account/name/", account.account_name, name="account_name"),
    path("account/receipts/<int:pk>.pdf", account.account_receipt, name="account_receipt"),
    path("account/receipts/<int:pk>/copy/", account.account_resend, name="account_resend"),
    path("accounts/confirm/", account.confirm, name="confirm"),
    path("accounts/", include("funding.users.urls")),
    path("inbox/", inbox.inbox, name="inbox"),
    path("people/", people.people, name="people"),
    path("people/grant/", people.people_grant, name="people_grant"),
    path("people/terms/<int:pk>/end/", people.people_end, name="people_end"),
    path("people/<int:pk>/lost-factor/", people.people_ask_reset, name="people_ask_reset"),
    path("people/resets/<int:pk>/", people.people_reset, name="people_reset"),
    path(
        "people/resets/<int:pk>/withdraw/",
        people.people_withdraw_reset,
        name="people_withdraw_reset",
    ),
    path("setup/", setup.setup, name="setup"),
    path("setup/organisation/", setup.setup_entity, name="setup_entity"),
    path("setup/organisation/<slug:slug>/", setup.setup_change, name="setup_change"),
    path("setup/organisation/<slug:slug>/bank/", setup.setup_bank, name="setup_bank"),
    path("treasurer/", treasury.treasurer, name="treasurer"),
    path("treasurer/new-fund/", fund_desk.fund_new, name="fund_new"),
    path("treasurer/fund/<slug:slug>/", fund_desk.fund_desk, name="fund_desk"),
    path("treasurer/fund/<slug:slug>/change/", fund_desk.fund_change, name="fund_change"),
    path("treasurer/fund/<slug:slug>/reserve/", fund_desk.fund_reserve, name="fund_reserve"),
    path("treasurer/fund/<slug:slug>/close/", fund_desk.fund_close, name="fund_close"),
    path("treasurer/transfers/", transfers.transfers, name="transfers"),
    path("treasurer/transfers/propose/", transfers.transfer_propose, name="transfer_propose"),
    path("treasurer/transfers/<int:pk>/", transfers.transfer, name="transfer"),
    path("treasurer/transfers/<int:pk>/book/", transfers.transfer_book, name="transfer_book"),
    path(
        "treasurer/transfers/<int:pk>/decline/", transfers.transfer_decline, name="transfer_decline"
    ),
    path("treasurer/openings/", openings.openings, name="openings"),
    path("treasurer/openings/propose/", openings.opening_propose, name="opening_propose"),
    path("treasurer/openings/<int:pk>/", openings.opening, name="opening"),
    path("treasurer/openings/<int:pk>/book/", openings.opening_book, name="opening_book"),
    path("treasurer/openings/<int:pk>/decline/", openings.opening_decline, name="opening_decline"),
    path("treasurer/holds/", holds.holds, name="holds"),
    path("treasurer/periods/", periods.periods, name="periods"),
    path("treasurer/periods/open/", periods.period_open, name="period_open"),
    path("treasurer/periods/<int:pk>/close/", periods.period_close, name="period_close"),
    path("admin/", office.urls),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("terms/", views.terms, name="terms"),
    path("contact/", views.contact, name="contact"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
]
