"""The bus: the log mirrored on NATS JetStream number by number, and how services read it there."""
