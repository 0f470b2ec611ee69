"""Addresses of giving."""

from django.urls import path

from donors.views import giving, refunds, treasury

app_name = "donors"

urlpatterns = [
    path("give/", giving.give, name="give"),
    path("give/sum/", giving.give_sum, name="give_sum"),
    path("give/thanks/", giving.thanks, name="thanks"),
    path("treasurer/gifts/", treasury.gifts, name="gifts"),
    path("treasurer/gifts/<uuid:uuid>/", treasury.gift, name="gift"),
    path("treasurer/gifts/<uuid:uuid>/refund/", treasury.gift_refund, name="gift_refund"),
    path("treasurer/receipts/<int:pk>.pdf", treasury.gift_receipt, name="gift_receipt"),
    path("treasurer/receipts/<int:pk>/copy/", treasury.gift_resend, name="gift_resend"),
    path("treasurer/refunds/", refunds.refunds, name="refunds"),
    path("treasurer/refunds/<int:pk>/approve/", refunds.refund_approve, name="refund_approve"),
    path("treasurer/refunds/<int:pk>/decline/", refunds.refund_decline, name="refund_decline"),
]
