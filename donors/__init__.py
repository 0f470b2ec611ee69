"""Who gives: donors, gifts, refunds and receipts. It never imports `grants`."""
