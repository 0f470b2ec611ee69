"""The one-machine environment: never imported by the product and absent from its image."""
