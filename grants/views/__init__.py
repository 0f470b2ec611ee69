"""Pages of granting, one module for each desk."""
