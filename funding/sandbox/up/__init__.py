"""Everything on one machine: starts and stops the embedded services and the product's processes.

Nothing here imports the product; its processes are started as a person would start them.
"""
