"""What waits for whom: the tasks of a party, and what can be done with each thing, both found by trying."""
