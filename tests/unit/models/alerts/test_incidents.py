"""Kinds of trouble: each is ranked, and those of an instance are told apart."""

from __future__ import annotations

from core.models.alerts.incidents import Condition, Trouble


def test_every_trouble_has_a_rank() -> None:
    """Within one incident only a worse one is told, so no two of an instance are alike."""
    backups = {Trouble.BACKUP, Trouble.BACKUP_INSTANCES, Trouble.BACKUP_HISTORY}
    installation = {*backups, Trouble.DISK, Trouble.ENGINE}
    ranks = {each: each.rank for each in Trouble}
    of_instances = [rank for each, rank in ranks.items() if each not in installation]
    assert len(set(of_instances)) == len(of_instances)
    assert len({each.rank for each in backups}) == len(backups)
    assert max(ranks, key=ranks.__getitem__) is Trouble.LOGGED_OUT


def test_conditions_and_troubles_are_distinct() -> None:
    """As they stand in files."""
    assert len({each.value for each in Trouble}) == len(Trouble)
    assert {each.value for each in Condition} == set(range(len(Condition)))
