"""Addresses of giving."""

from django.urls import path

from donors.views import giving

app_name = "donors"

urlpatterns = [
    path("give/", giving.give, name="give"),
    path("give/sum/", giving.give_sum, name="give_sum"),
    path("give/thanks/", giving.thanks, name="thanks"),
]
