"""`iceye-geo`: a thin face over the same calls as Python's."""
