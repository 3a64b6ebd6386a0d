"""One class per ICEYE API, one method per operation, and the verbs made of them: quote, wait, table."""
