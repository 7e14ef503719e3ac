"""What happens in a project once it runs."""
