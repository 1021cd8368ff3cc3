"""The record of promotions and rollbacks; rows are added and never changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from core.db.tables import promotion


@dataclass(frozen=True)
class Promotion:
    """One model version taking over from another."""

    id: int
    model_version_id: str
    from_version_id: str
    author: str
    reason: str
    created_at: datetime
    undoes_id: int | None
    """The promotion that a rollback took back; None for a promotion."""
    overrule: str = ""
    """Why the gate's word was set aside; '' where it was not."""
    verdict: dict[str, Any] | None = None
    """What the gate said; None for a rollback, and where it was not asked."""


def add_promotion(connection: Connection, added: Promotion) -> Promotion:
    """Store a promotion and return it with its id."""
    values = {name: value for name, value in vars(added).items() if name != "id"}
    row = connection.execute(insert(promotion).values(values).returning(promotion)).mappings().one()
    return Promotion(**row)


def list_promotions(connection: Connection) -> list[Promotion]:
    """Return all promotions and rollbacks, newest first."""
    query = select(promotion).order_by(promotion.c.id.desc())
    return [Promotion(**row) for row in connection.execute(query).mappings()]


def last_standing(connection: Connection, model_version_id: str) -> Promotion | None:
    """Return the latest promotion that no rollback took back, where it led to this version.

    None where it led elsewhere: then a newer default model took over without a word of anybody's.
    """
    undone = select(promotion.c.undoes_id).where(promotion.c.undoes_id.is_not(None))
    standing = promotion.c.undoes_id.is_(None) & promotion.c.id.not_in(undone)
    query = select(promotion).where(standing).order_by(promotion.c.id.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return Promotion(**row) if row and row["model_version_id"] == model_version_id else None
