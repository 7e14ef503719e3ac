"""Mutation testing: whether any test notices when a rule says something else."""
