"""Benchmarks of the product's own paths, as ratios against their peers within one run.

Run by `python3 manage.py bench [name ...]`; docs/performance.md says what was reached.
"""
