"""Addresses of giving."""

from django.urls import path

from donors.views import (
    disputes,
    giving,
    pledge_desk,
    pledge_repairs,
    pledges,
    refunds,
    statements,
    treasury,
    tributes,
    warnings,
)

app_name = "donors"

urlpatterns = [
    path("give/", giving.give, name="give"),
    path("give/sum/", giving.give_sum, name="give_sum"),
    path("give/thanks/", giving.thanks, name="thanks"),
    path("account/pledges/<uuid:uuid>/", pledges.pledge, name="pledge"),
    path("account/pledges/<uuid:uuid>/card/", pledges.pledge_card, name="pledge_card"),
    path("account/pledges/<uuid:uuid>/<slug:what>/", pledges.pledge_change, name="pledge_change"),
    path("account/statements/", statements.statement_list, name="statement_list"),
    path("account/statements/ask/", statements.statement_ask, name="statement_ask"),
    path(
        "account/statements/<int:pk>/<int:version>.pdf",
        statements.statement_file,
        name="statement_file",
    ),
    path("pledge/<str:token>/", pledge_repairs.pledge_repair, name="pledge_repair"),
    path("account/tributes/<uuid:uuid>/", tributes.tribute, name="tribute"),
    path("account/tributes/<uuid:uuid>/stop/", tributes.tribute_stop, name="tribute_stop"),
    path("tribute/<str:token>/", tributes.tribute_refuse, name="tribute_refuse"),
    path("treasurer/gifts/", treasury.gifts, name="gifts"),
    path("treasurer/gifts/<uuid:uuid>/", treasury.gift, name="gift"),
    path("treasurer/gifts/<uuid:uuid>/refund/", treasury.gift_refund, name="gift_refund"),
    path("treasurer/receipts/<int:pk>.pdf", treasury.gift_receipt, name="gift_receipt"),
    path("treasurer/receipts/<int:pk>/copy/", treasury.gift_resend, name="gift_resend"),
    path("treasurer/pledges/", pledge_desk.pledge_list, name="pledge_list"),
    path("treasurer/pledges/<uuid:uuid>/", pledge_desk.pledge_desk, name="pledge_desk"),
    path("treasurer/pledges/<uuid:uuid>/end/", pledge_desk.pledge_stop, name="pledge_stop"),
    path("treasurer/disputes/", disputes.disputes, name="disputes"),
    path("treasurer/disputes/<uuid:uuid>/", disputes.dispute, name="dispute"),
    path(
        "treasurer/disputes/<uuid:uuid>/evidence/",
        disputes.dispute_evidence,
        name="dispute_evidence",
    ),
    path(
        "treasurer/disputes/<uuid:uuid>/papers/<slug:field>/",
        disputes.dispute_paper,
        name="dispute_paper",
    ),
    path("treasurer/disputes/<uuid:uuid>/submit/", disputes.dispute_submit, name="dispute_submit"),
    path("treasurer/disputes/<uuid:uuid>/accept/", disputes.dispute_accept, name="dispute_accept"),
    path("treasurer/warnings/<uuid:uuid>/", warnings.warning, name="warning"),
    path("treasurer/warnings/<uuid:uuid>/refund/", warnings.warning_refund, name="warning_refund"),
    path("treasurer/warnings/<uuid:uuid>/keep/", warnings.warning_keep, name="warning_keep"),
    path("treasurer/refunds/", refunds.refunds, name="refunds"),
    path("treasurer/refunds/<int:pk>/approve/", refunds.refund_approve, name="refund_approve"),
    path("treasurer/refunds/<int:pk>/decline/", refunds.refund_decline, name="refund_decline"),
]
