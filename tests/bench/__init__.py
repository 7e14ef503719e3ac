"""Benchmarks: ours and a peer measured alternately in one run, so that a shared machine's noise meets both."""
