"""Funds, accounts and the double-entry journal."""
