"""How tasks, purchases, deliveries and webhooks live in the sandbox; `hub.Lifecycle` holds it all together."""
