"""News of the projects: written by the office, read by everybody, mailed to those who asked."""
