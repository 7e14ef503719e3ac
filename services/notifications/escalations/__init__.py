"""What nobody takes note of is told to others of its party, and then to the other side: by the terms, each once."""
