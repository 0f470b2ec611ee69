"""Pages of the news: everybody's, and the office's."""
