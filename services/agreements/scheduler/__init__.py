"""The scheduler: records what time alone does, on the day it does it."""
