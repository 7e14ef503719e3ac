"""The consumers that a party has on its stream: asked for over HTTP, kept in a table, made on NATS from that alone."""
