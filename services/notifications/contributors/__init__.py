"""The people named in contributions, who are asked by a letter whether what is recorded of them is so."""
