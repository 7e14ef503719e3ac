"""The index of lists: under which headings each thing is found, made from the log by following it."""
