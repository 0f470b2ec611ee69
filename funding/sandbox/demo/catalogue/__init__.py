"""Who and what the demonstration shows. All people and organisations are invented."""
