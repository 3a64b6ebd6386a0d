"""HTTP: session, token, retry, cursor paging, what all clients share. Knows nothing of ICEYE's nouns."""
