"""Licences: granted by the holders of determined inventions, as the terms allow."""
