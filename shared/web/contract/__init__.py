"""What is published, as files that other people's tools read: JSON Schemas of the events and an AsyncAPI document."""
