"""Demonstration data, made by calling the product's own rules. Everybody in it is invented."""
