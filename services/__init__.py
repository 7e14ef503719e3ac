"""The three services and the command line program that runs them."""
