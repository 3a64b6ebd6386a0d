"""HTTP routes, one file per area of the API: they read the request, ask the platform and form the answer."""
