"""Pages of giving: what visitors see, and the treasurer's desk for gifts."""
