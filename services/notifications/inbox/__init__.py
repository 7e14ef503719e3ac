"""A party's inbox: what is asked of it, how it is found, and what its people do with it."""
