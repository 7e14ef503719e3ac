"""Real PostgreSQL and NATS servers for one machine, from packaged binaries, with nothing to install or configure."""
