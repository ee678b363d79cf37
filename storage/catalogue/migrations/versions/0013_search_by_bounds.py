"""Search: agency, type and year together among the words of the index. All texts are indexed anew, in many commits."""

from storage.catalogue.migrations import texts

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts.put_aside()  # unless 0008 did so just now, or an upgrade that was killed
    texts.index_some()


def downgrade() -> None:
    """Leave all as it is: the older version does not ask for these words."""
