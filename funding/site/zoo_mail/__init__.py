"""Certificates and statements of zoos, mailed once to those who read them."""
