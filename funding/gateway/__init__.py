"""The product's only speaker of Stripe."""
