"""A queue of what was stored since the last scrub, so that none has to look for it in the whole catalogue."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BLOBS = """
    INSERT INTO fixity_queue (key, sha256)
    SELECT DISTINCT 'blob/sha256/' || substr(sha256, 1, 2) || '/' || substr(sha256, 3, 2) || '/' || sha256, sha256
    FROM objects
"""
_MANIFESTS = "INSERT INTO fixity_queue (key, sha256) SELECT manifest_key, manifest_sha256 FROM versions"


def upgrade() -> None:
    op.create_table(
        "fixity_queue",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fixity_queue")),
    )
    # whatever a copy has no row for yet; those that it has are passed over when the queue is taken up
    op.execute(_BLOBS)
    op.execute(_MANIFESTS)


def downgrade() -> None:
    op.drop_table("fixity_queue")
