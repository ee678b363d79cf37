"""Who may see what: an officer's system its agencies' papers, a citizen's portal one owner's, and nothing beyond.

What may not be seen is answered as what does not exist, so that nobody learns of another's papers by asking.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.errors import Advice, Refused
from storage.catalogue.search import SearchQuery
from storage.errors import DocumentUnknown
from storage.records import Document

#: what a client of the API may do
HAND_IN, READ, REUSE, TAKE = "hand-in", "read", "reuse", "take"
ACTS = (HAND_IN, READ, REUSE, TAKE)


@dataclass(frozen=True)
class Viewer:
    """Who asks, for one request.

    Attributes:
        name: of the client, as the audit log shows it.
        agencies: whose papers it may see; None: all.
        owner_ref: pseudonym of the only owner whose papers it may see; None: all.
        acts: what it may do.
    """

    name: str
    agencies: frozenset[str] | None = None
    owner_ref: str | None = None
    acts: frozenset[str] = frozenset(ACTS)

    def require(self, act: str, agency: str | None = None) -> None:
        """Raise ``Refused`` (``not-allowed``) unless the viewer may do *act* (for *agency*)."""
        if act in self.acts and (agency is None or self.agencies is None or agency in self.agencies):
            return
        raise self._not_allowed(f"may not {act} for {agency or 'any agency'}")

    def require_own(self, owner_ref: str) -> None:
        """Raise ``Refused`` (``not-allowed``) where the viewer acts for one owner and this is another one."""
        if self.owner_ref not in (None, owner_ref):
            raise self._not_allowed("may not act for another owner")

    def require_agency_wide(self) -> None:
        """Raise ``Refused`` (``not-allowed``) where the viewer acts for one owner: this is for an office to decide."""
        if self.owner_ref is not None:
            raise self._not_allowed("may not decide for an office")

    def _not_allowed(self, why: str) -> Refused:
        return Refused(
            "not-allowed",
            f"client {self.name} {why}",
            Advice(
                "Hệ thống gọi không được phép thực hiện thao tác này cho cơ quan hoặc chủ giấy tờ đã nêu.",
                "Không có gì thay đổi.",
                "Kiểm tra mã cơ quan, hoặc đề nghị quản trị hệ thống cấp quyền (serve.clients).",
            ),
        )

    def sees(self, document: Document) -> bool:
        """Whether *document* is within what the viewer may see."""
        if self.agencies is not None and document.agency not in self.agencies:
            return False
        return self.owner_ref is None or document.owner_ref == self.owner_ref

    def require_sight(self, document: Document) -> None:
        """Raise ``DocumentUnknown`` unless the viewer may see *document*."""
        if not self.sees(document):
            raise DocumentUnknown(document.id)

    def narrow(self, query: SearchQuery) -> SearchQuery:
        """Return *query* within what the viewer may see: the database leaves out the rest."""
        if self.agencies is not None:
            query = replace(query, agencies=tuple(sorted(self.agencies)))
        if self.owner_ref is None:
            return query
        if query.owner_ref not in (None, self.owner_ref):
            return replace(query, agencies=())
        return replace(query, owner_ref=self.owner_ref)
