"""What a partner's developer runs: the feed of a party as it comes, and the trial of a program that follows one."""
