"""Who did what: one row of the business log in the transaction of the deed."""
