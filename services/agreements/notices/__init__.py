"""Notice of events, as whoever delivers it proves it: what depends on notice begins with the proof."""
