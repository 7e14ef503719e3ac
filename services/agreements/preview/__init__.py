"""What an amendment would touch: it sees all slices, so it stands above them."""
