"""What comes past Stripe: gifts entered by hand, lines of bank statements, imports."""
