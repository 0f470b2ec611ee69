"""Addresses of granting."""

from django.urls import path

from grants.views import (
    applying,
    awards,
    committee,
    declaring,
    motions,
    officer,
    papers,
    payments,
    public,
)

app_name = "grants"

urlpatterns = [
    path("projects/", public.projects, name="projects"),
    path("projects/<slug:slug>/", public.project, name="project"),
    path("rounds/", public.rounds, name="rounds"),
    path("rounds/<slug:slug>/", public.round_call, name="round_call"),
    path("apply/", applying.apply, name="apply"),
    path("apply/rounds/<slug:slug>/", applying.apply_start, name="apply_start"),
    path("apply/<uuid:uuid>/", applying.apply_application, name="apply_application"),
    path("apply/<uuid:uuid>/save/", applying.apply_save, name="apply_save"),
    path("apply/<uuid:uuid>/autosave/", applying.apply_autosave, name="apply_autosave"),
    path("apply/<uuid:uuid>/withdraw/", applying.apply_withdraw, name="apply_withdraw"),
    path("committee/", committee.committee, name="committee"),
    path("committee/rounds/<slug:slug>/", committee.committee_round, name="committee_round"),
    path(
        "committee/rounds/<slug:slug>/declarations/",
        declaring.committee_declarations,
        name="committee_declarations",
    ),
    path("committee/interests/<int:pk>/", declaring.committee_ruling, name="committee_ruling"),
    path("committee/rounds/<slug:slug>/motion/", motions.committee_draft, name="committee_draft"),
    path(
        "committee/applications/<uuid:uuid>/",
        committee.committee_application,
        name="committee_application",
    ),
    path(
        "committee/applications/<uuid:uuid>/step-out/",
        committee.committee_step_out,
        name="committee_step_out",
    ),
    path(
        "committee/applications/<uuid:uuid>/decline/",
        committee.committee_decline,
        name="committee_decline",
    ),
    path("committee/motions/<int:pk>/", motions.committee_motion, name="committee_motion"),
    path("committee/motions/<int:pk>/change/", motions.committee_change, name="committee_change"),
    path(
        "committee/motions/<int:pk>/withdraw/",
        motions.committee_withdraw,
        name="committee_withdraw",
    ),
    path("committee/motions/<int:pk>/minute.pdf", papers.committee_minute, name="committee_minute"),
    path("committee/items/<int:pk>/", motions.committee_item, name="committee_item"),
    path("committee/items/<int:pk>/vote/", motions.committee_vote, name="committee_vote"),
    path("awards/<int:pk>/letter.pdf", papers.award_letter, name="award_letter"),
    path("officer/", officer.officer, name="officer"),
    path("officer/applications/", officer.officer_applications, name="officer_applications"),
    path(
        "officer/applications/<uuid:uuid>/",
        officer.officer_application,
        name="officer_application",
    ),
    path("officer/rounds/new/<slug:entity>/", officer.officer_round_new, name="officer_round_new"),
    path("officer/rounds/<slug:slug>/", officer.officer_round, name="officer_round"),
    path("officer/rounds/<slug:slug>/publish/", officer.officer_publish, name="officer_publish"),
    path("awards/", awards.awards, name="awards"),
    path("awards/<int:pk>/", awards.award, name="award"),
    path("awards/<int:pk>/bank/", awards.award_bank, name="award_bank"),
    path("awards/<int:pk>/ask/", awards.award_ask, name="award_ask"),
    path("awards/<int:pk>/screening/", awards.award_screening, name="award_screening"),
    path("awards/<int:pk>/cancel/", awards.award_cancel, name="award_cancel"),
    path("awards/<int:pk>/return/", awards.award_return, name="award_return"),
    path("awards/<int:pk>/<int:number>/", payments.award_payment, name="award_payment"),
    path("awards/<int:pk>/<int:number>/check/", payments.award_check, name="award_check"),
    path("awards/<int:pk>/<int:number>/release/", payments.award_release, name="award_release"),
    path("awards/<int:pk>/<int:number>/decline/", payments.award_decline, name="award_decline"),
    path("treasurer/payments/", payments.payments, name="payments"),
]
