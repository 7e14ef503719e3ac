"""The parties' feeds as streams on NATS, and their consumers: both are made from tables, and made again when lost."""
