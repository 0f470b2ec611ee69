"""Stripe on one machine: the payment half of the API, over HTTP, with books of its own.

It speaks to the unchanged Stripe library, holds every request and every answer to that library's
types, and keeps its own double entry, so that the product can be judged against it. It knows
nothing of the product and uses the standard library and Stripe's types only.
"""
