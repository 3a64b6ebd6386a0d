"""Pages and panels in Debian's Chromium, without a network."""
