"""Write training pictures: ``python -m training.handwriting.make OUT --count 48000 --hand FOLDER``.

Shards of 4000 pictures, narrow (128 columns) and wide (224) ones apart; the same seed gives the same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from ocr.handwriting.strip import HEIGHT
from training.handwriting.lines import LineMaker, system_fonts

SHARD = 4000
WIDTH = {False: 128, True: 224}
LONGEST = 12


def main() -> None:
    """Write the shards that are not there yet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=48000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--serif", type=Path, default=Path("/usr/share/fonts/truetype"))
    parser.add_argument("--hand", type=Path, default=None)
    args = parser.parse_args()
    cv2.setNumThreads(1)
    args.out.mkdir(parents=True, exist_ok=True)
    fonts = system_fonts(args.serif, args.hand)
    for number in range(-(-args.count // SHARD)):
        wide = number % 4 == 3
        path = args.out / f"shard-{args.seed}-{number:03d}-{'wide' if wide else 'narrow'}.npz"
        if path.exists():
            continue
        maker = LineMaker(args.seed * 1000 + number, fonts)
        pictures = np.zeros((SHARD, HEIGHT, WIDTH[wide]), np.uint8)
        labels = np.zeros((SHARD, LONGEST), np.int32)
        for n in range(SHARD):
            sample = maker.sample(wide)
            while len(sample.label) > LONGEST:
                sample = maker.sample(wide)
            pictures[n, :, : sample.picture.shape[1]] = sample.picture
            labels[n, : len(sample.label)] = sample.label
        part = path.with_suffix(".part.npz")
        np.savez_compressed(part, pictures=pictures, labels=labels)
        part.rename(path)


if __name__ == "__main__":
    main()
