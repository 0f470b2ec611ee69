"""Addresses of giving."""

from django.urls import path

from donors import views

app_name = "donors"

urlpatterns = [
    path("", views.give, name="give"),
    path("sum/", views.give_sum, name="give_sum"),
    path("thanks/", views.thanks, name="thanks"),
]
