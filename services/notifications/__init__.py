"""Tells: one alert for each party that an event concerns."""
