"""Gift Aid: what taxpayers declare, what may be claimed for it, and the claims themselves."""
