"""Where every address leads."""

from django.urls import include, path

from funding.site import downloads, health, verification, views, webhooks

handler400 = "funding.site.faults.bad_request"
handler403 = "funding.site.faults.forbidden"
handler404 = "funding.site.faults.missing"

urlpatterns = [
    path("", views.home, name="home"),
    path("give/", include("donors.urls")),
    path("funds/", views.funds, name="funds"),
    path("funds/<slug:slug>/", views.fund, name="fund"),
    path("journal/<slug:fund>.<str:form>", downloads.journal, name="journal"),
    path("verify/", verification.verify_ask, name="verify_ask"),
    path("verify/<str:code>/", verification.verify, name="verify"),
    path("about/", views.about, name="about"),
    path("privacy/", views.privacy, name="privacy"),
    path("terms/", views.terms, name="terms"),
    path("contact/", views.contact, name="contact"),
    path("stripe/webhook/", webhooks.stripe_webhook, name="stripe_webhook"),
    path("healthz", health.healthz, name="healthz"),
    path("robots.txt", views.robots, name="robots"),
]
