"""Backups that only their keepers can open, and the way back from one to running books."""
