"""Where every address leads."""

from django.urls import include, path

from funding.site import (
    account,
    downloads,
    health,
    inbox,
    people,
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
    path("admin/", office.urls),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("terms/", views.terms, name="terms"),
    path("contact/", views.contact, name="contact"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
]
