"""The facts that entries state, a room for each subject, and nothing taken on trust.

Status words of the writing service ("confirmed", "counted") are not read: what they claim is worked out here again,
from the attestations of exact content.
"""
