"""Searching the archive: reading a request into a checked search, applying it, and cutting it into pages."""
