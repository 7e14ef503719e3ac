"""The gate: tells nats-server for whom a connection speaks that shows an access token, and what it may do."""
