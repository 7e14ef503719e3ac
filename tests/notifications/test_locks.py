"""Whoever works alone on the database of notifications keeps nobody else from it: each has a lock of its own."""

import importlib

from tests.architecture.source import module_of, python_files


def test_no_two_share_a_lock() -> None:
    """One that waits for another's would stand by for ever, and look well."""
    modules = [module_of(path) for path in python_files("services/notifications") if path.name != "__main__.py"]
    locks = {
        (name, value)
        for module in modules
        for name, value in vars(importlib.import_module(module)).items()
        if name.endswith("_LOCK") and isinstance(value, int)
    }

    assert {"WRITER_LOCK", "ALARM_LOCK", "REMINDER_LOCK", "ESCALATION_LOCK", "PROOF_LOCK", "MIRROR_LOCK"} <= {
        name for name, _ in locks
    }
    assert len(locks) == len({value for _, value in locks})
