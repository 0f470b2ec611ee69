"""Numbered, frozen PDFs. The only importer of WeasyPrint."""
