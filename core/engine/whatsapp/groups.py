"""What the core tells of a group, as far as it matters to somebody who writes to it."""

from __future__ import annotations

from typing import Any


def may_write(group: Any, me: Any) -> bool:
    """Whether the account ``me`` may write there; ``group`` is neonize's ``GroupInfo``."""
    return not group.GroupAnnounce.IsAnnounce or any(
        member.IsAdmin or member.IsSuperAdmin for member in group.Participants if _is(member, me)
    )


def _is(member: Any, me: Any) -> bool:
    ours = {me.JID.User, me.LID.User} - {""}
    return bool(ours & {member.JID.User, member.LID.User, member.PhoneNumber.User})
