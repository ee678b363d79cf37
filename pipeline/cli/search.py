"""``sohoa search``: find stored documents by words, số/ký hiệu, owner, agency, type or date."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import Any

from pipeline.cli.common import agency_code, command, iso_day, opened_workplace, print_json


def add(commands: Any) -> None:
    """Add the command to the grammar."""
    grammar = command(
        commands,
        "search",
        'Find documents: words with or without marks, "a phrase", or a số/ký hiệu in any spelling.',
        'sohoa search "quyet dinh phe duyet"\n  sohoa search 1040/QĐ-UBND --agency H24.01',
    )
    grammar.add_argument("query", metavar="QUERY", nargs="*", help="words; empty lists the newest")
    grammar.add_argument("--owner", help="citizen:<12 digits> or org:<tax code>")
    grammar.add_argument("--agency", help="agency code")
    grammar.add_argument("--type", help="document type, for instance 'Quyết định'")
    grammar.add_argument("--case", help="case code")
    grammar.add_argument("--from", dest="date_from", type=iso_day, metavar="DATE", help="issued on or after (ISO date)")
    grammar.add_argument("--to", dest="date_to", type=iso_day, metavar="DATE", help="issued on or before (ISO date)")
    grammar.add_argument("--limit", type=int, default=20, help="hits a page (default 20)")
    grammar.add_argument("--offset", type=int, default=0, help="hits to skip")
    grammar.add_argument("--facets", action="store_true", help="also how the first 1000 hits divide")
    grammar.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the hits, best first."""
    from domain.owners import parse_owner
    from pipeline.search_boxes import boxes_of
    from storage.catalogue.search import COUNT_LIMIT, SearchQuery

    with opened_workplace() as workplace:
        query = SearchQuery(
            text=" ".join(args.query),
            agency=agency_code(args.agency) if args.agency else None,
            owner_ref=workplace.warehouse.owner_ref(parse_owner(args.owner)) if args.owner else None,
            type=args.type,
            case_code=args.case,
            date_from=args.date_from and args.date_from.isoformat(),
            date_to=args.date_to and args.date_to.isoformat(),
            limit=args.limit,
            offset=args.offset,
        )
        answer = workplace.warehouse.answer(query)
        hits = answer.hits
        boxes = boxes_of(workplace.warehouse, hits) if args.json else {}
        facets = workplace.warehouse.facets(query) if args.facets else None
    total, more = min(answer.count, COUNT_LIMIT), answer.count > COUNT_LIMIT
    if args.json:
        shapes = [
            {
                "document_id": hit.document.id,
                "status": hit.document.status,
                "agency": hit.document.agency,
                "type": hit.document.type,
                "so_ky_hieu": hit.document.so_ky_hieu,
                "ngay_ban_hanh": hit.document.ngay_ban_hanh,
                "title": hit.document.title,
                "match": hit.match,
                "page": hit.page,
                "snippet": hit.snippet,
                "boxes": [list(box) for box in boxes.get(hit.document.id, ())],
            }
            for hit in hits
        ]
        found = {"total": total, "more": more, "offset": args.offset, "hits": shapes}
        print_json(found | ({"facets": asdict(facets)} if facets else {}))
        return 0
    for hit in hits:
        document = hit.document
        facts = (document.type, document.so_ky_hieu, document.ngay_ban_hanh, document.agency)
        print(f"{document.id}  {' · '.join(filter(None, facts))}")
        if document.title:
            print(f"    {document.title}")
        if hit.snippet:
            where = f"tr. {hit.page}: " if hit.page else ""
            print(f"    {where}{' '.join(hit.snippet.split())}")
    if facets:
        for name, values in (("Loại", facets.types), ("Cơ quan", facets.agencies), ("Năm", facets.years)):
            print(f"{name}: " + ", ".join(f"{value} ({n})" for value, n in values.items()))
    seen = f", đang xem {args.offset + 1}–{args.offset + len(hits)}" if hits else ""
    print(("hơn " if more else "") + f"{total} kết quả" + seen)
    return 0
