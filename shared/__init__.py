"""What every service stands on: the log, the bus, the web edge and the published contracts."""
