"""The tree of the log and its formats: hashes, proofs, signed notes, bundles."""
