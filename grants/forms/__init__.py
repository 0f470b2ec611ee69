"""Forms of granting: they parse and check shape; rules decide."""
