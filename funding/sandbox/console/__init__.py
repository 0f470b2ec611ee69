"""The sandbox's side for people: the mailbox and a page that shows and moves everything.

One process holds the Stripe emulator, a mail server on a loopback port, and these pages. It
knows the product only by its address.
"""
