"""Seeded mutations of signed files: no crash, no hang, never PASSED.

``python -m tests.signing_verify.fuzz SEED COUNT``
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from collections.abc import Iterator

from signing.verify.document import verify_pdf
from signing.verify.model import Indication
from tests.signing_verify.attacks import signed, signed_bt, signed_lt, signed_two, trust
from tests.signing_verify.pki import now


def mutations(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Yield ``(description, file)``: one to five flipped, set, deleted or inserted bytes, equal for equal seeds.

    Bytes of the unsigned part of /Contents are mutated like any others. Only producer and date behind the last
    signature of the B-LT file are spared: nothing protects them and they say nothing.
    """
    chance = random.Random(seed)
    sources = [signed(), signed_lt(), signed_two(), signed_bt()]
    made = 0
    while made < count:
        source = chance.choice(sources)
        data = bytearray(source)
        said = []
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            place, kind = chance.randrange(len(data)), chance.randrange(6)
            if source is sources[1] and source.rfind(b"/ModDate") < place < source.rfind(b"/Title"):
                place = 0
            said.append(f"{place}:{kind}")
            if kind == 4:
                del data[place]
            elif kind == 5:
                data.insert(place, chance.randrange(256))
            elif kind == 3:
                data[place] = chance.randrange(256)
            else:
                data[place] ^= 1 << chance.randrange(8)
        if bytes(data) != source:
            made += 1
            yield f"{sources.index(source)} {' '.join(said)}", bytes(data)


def main() -> int:
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    seen: Counter[str] = Counter()
    slowest = 0.0
    for said, data in mutations(seed, count):
        started = time.perf_counter()
        verdict = verify_pdf(data, trust(), now=now())
        slowest = max(slowest, time.perf_counter() - started)
        seen[verdict.indication.value] += 1
        seen[verdict.code] += 1
        if verdict.indication is Indication.PASSED:
            place = int(said.split()[1].split(":")[0])
            print("PASSED", said, data[max(0, place - 60) : place + 40])
    print(dict(seen), f"slowest {slowest:.2f} s")
    return int(bool(seen["PASSED"]))


if __name__ == "__main__":
    sys.exit(main())
