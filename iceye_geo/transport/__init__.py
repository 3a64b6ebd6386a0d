"""HTTP: session, token, retry, cursor paging. Knows nothing of ICEYE's nouns."""
