"""Train the filter: ``python -m training.seals.train OUT.npz --steps 4000``. Needs tensorflow.

A small U of convolutions on half, quarter, eighth and sixteenth of the size, answer at full size;
``ocr/prepare/overprint.py`` has the same in numpy. One thread: the same command gives the same weights on the same
kind of processor.
"""

from __future__ import annotations

import argparse
import os
import time
import tomllib
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from training.seals.drawings import Faces
from training.seals.pictures import COLUMNS, ROWS, Pool, make_pool, picture

#: name, rows and columns of the kernel, channels in, channels out
LAYERS = (
    ("a0", 5, 1, 16),
    ("a1", 3, 16, 16),
    ("b0", 3, 16, 32),
    ("b1", 3, 32, 32),
    ("c0", 3, 32, 48),
    ("c1", 3, 48, 48),
    ("c2", 3, 48, 48),
    ("d0", 3, 48, 64),
    ("d1", 3, 64, 64),
    ("uc", 1, 64, 48),
    ("c3", 3, 48, 48),
    ("ub", 1, 48, 32),
    ("b2", 3, 32, 32),
    ("ua", 1, 32, 16),
    ("a2", 3, 16, 16),
    ("out", 3, 16, 4),
)
#: pictures kept at a time; each is shown about so many times before another takes its place
_KEPT, _SHOWN = 1536, 3
_WARM_UP = 100
#: share of the running mean of weights that a step leaves
_MEAN = 0.998


class Network:
    """The filter, as overprint.py has it."""

    def __init__(self, seed: int, resumed: Path | None) -> None:
        rng = np.random.default_rng(seed)
        old: dict[str, np.ndarray] = {}
        if resumed is not None:
            with np.load(resumed) as data:
                old = {k: data[k].astype(np.float32) for k in data.files}
        self.weights: dict[str, tf.Variable] = {}
        for name, size, before, after in LAYERS:
            spread = (2 / (size * size * before)) ** 0.5 * (0.1 if name == "uc" else 1.0)
            fresh = rng.normal(0, spread, (size, size, before, after)).astype(np.float32)
            self.weights[f"{name}.w"] = tf.Variable(old.get(f"{name}.w", fresh))
            self.weights[f"{name}.b"] = tf.Variable(old.get(f"{name}.b", np.zeros(after, np.float32)))

    def _conv(self, name: str, x: tf.Tensor, stride: int = 1) -> tf.Tensor:
        kernel = self.weights[f"{name}.w"]
        pad = kernel.shape[0] // 2
        around = "SAME" if stride == 1 else [[0, 0], [pad, pad], [pad, pad], [0, 0]]
        return tf.nn.conv2d(x, kernel, stride, around) + self.weights[f"{name}.b"]

    def logits(self, ink: tf.Tensor) -> tf.Tensor:
        """Return logits (n, rows, columns) for *ink* of the same shape."""
        conv, relu = self._conv, tf.nn.relu
        a = relu(conv("a0", ink[..., None], 2))
        a = a + relu(conv("a1", a))
        b = relu(conv("b0", a, 2))
        b = b + relu(conv("b1", b))
        c = relu(conv("c0", b, 2))
        c = c + relu(conv("c1", c))
        c = c + relu(conv("c2", c))
        d = relu(conv("d0", c, 2))
        d = d + relu(conv("d1", d))
        c = relu(c + _twice(conv("uc", d)))
        c = c + relu(conv("c3", c))
        b = relu(b + _twice(conv("ub", c)))
        b = b + relu(conv("b2", b))
        a = relu(a + _twice(conv("ua", b)))
        a = a + relu(conv("a2", a))
        return tf.nn.depth_to_space(conv("out", a), 2)[..., 0]


def _twice(x: tf.Tensor) -> tf.Tensor:
    return tf.repeat(tf.repeat(x, 2, 1), 2, 2)


class Shown:
    """Pictures to learn from, kept as bytes, a few made anew for every step."""

    def __init__(self, pool: Pool, seed: int, kept: int) -> None:
        self._pool = pool
        self._rng = np.random.default_rng([seed, 5])
        self._kept = np.empty((kept, 3, ROWS, COLUMNS), np.uint8)
        self._next = 0.0
        for n in range(kept):
            self._make(n)

    def _make(self, at: int) -> None:
        for n, part in enumerate(picture(self._pool, self._rng)):
            self._kept[at, n] = np.clip(part * (80.0 if n == 2 else 200.0) + 0.5, 0, 255)

    def batch(self, size: int) -> np.ndarray:
        """Return *size* pictures: (size, 3, rows, columns) of ink, answer, weight."""
        before = int(self._next)
        self._next += size / _SHOWN
        for n in range(before, int(self._next)):
            self._make(n % len(self._kept))
        chosen = self._kept[self._rng.integers(len(self._kept), size=size)].astype(np.float32)
        chosen[:, :2] /= 200.0
        chosen[:, 2] /= 80.0
        return chosen


def faces_and_names() -> tuple[Faces, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the typefaces of this machine that are used, and families and other syllables of names."""
    lists = tomllib.loads(Path("ocr/fields/vocabulary.toml").read_text(encoding="utf-8"))
    bold = ("Tinos-Bold", "LiberationSerif-Bold", "FreeSerifBold", "NotoSerif-Bold", "DejaVuSerifCondensed-Bold",
            "LiberationSans-Bold", "Tinos-Bold", "LiberationSerif-Bold")  # fmt: skip
    plain = ("Tinos-Regular", "FreeSerif", "NotoSerif-Regular", "DejaVuSansCondensed", "LiberationSans-Regular")
    found = {p.stem: str(p) for p in sorted(Path("/usr/share/fonts").rglob("*.ttf"))}
    faces = Faces(tuple(found[b] for b in bold if b in found), tuple(found[b] for b in plain if b in found))
    return faces, (tuple(lists["family_names"].split()), tuple(lists["name_syllables"].split()))


def main() -> None:
    """Train for so many steps and write the running mean of the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--fall", action="store_true", help="let the rate fall to nothing over these steps")
    parser.add_argument("--resume", type=Path)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--pool", type=int, default=300, help="seals that are drawn")
    asked = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    shown = Shown(make_pool(asked.seed, *faces_and_names(), asked.pool), asked.seed, _KEPT)
    network = Network(asked.seed, asked.resume)
    names = list(network.weights)
    values = [network.weights[n] for n in names]
    first = [tf.Variable(tf.zeros_like(v)) for v in values]
    second = [tf.Variable(tf.zeros_like(v)) for v in values]
    means = [tf.Variable(v) for v in values]

    @tf.function
    def step(parts: tf.Tensor, rate: tf.Tensor, at: tf.Tensor) -> tf.Tensor:
        """Adam, gradients cut to length one."""
        with tf.GradientTape() as tape:
            each = tf.nn.sigmoid_cross_entropy_with_logits(parts[:, 1], network.logits(parts[:, 0]))
            loss = tf.reduce_sum(each * parts[:, 2]) / tf.reduce_sum(parts[:, 2])
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, values), 1.0)
        mean = tf.minimum(_MEAN, at / (at + 10.0))
        for v, g, m, s, e in zip(values, slopes, first, second, means, strict=True):
            m.assign(0.9 * m + 0.1 * g)
            s.assign(0.999 * s + 0.001 * g * g)
            v.assign_sub(rate * (m / (1 - 0.9**at)) / (tf.sqrt(s / (1 - 0.999**at)) + 1e-8))
            e.assign(mean * e + (1 - mean) * v)
        return loss

    def keep() -> None:
        fresh = asked.out.with_suffix(".part.npz")
        np.savez(fresh, **{n: e.numpy().astype(np.float16) for n, e in zip(names, means, strict=True)})
        fresh.replace(asked.out)

    begun, cpu, lately = time.monotonic(), time.process_time(), 0.0
    for n in range(1, asked.steps + 1):
        rate = asked.rate * min(1.0, n / _WARM_UP) * ((1 - n / asked.steps) if asked.fall else 1.0)
        loss = float(step(tf.constant(shown.batch(asked.batch)), tf.constant(rate, tf.float32), tf.constant(float(n))))
        lately += (loss - lately) * max(0.01, 1 / n)
        if n % 100 == 0 or n == asked.steps:
            print(n, round(time.monotonic() - begun), round(time.process_time() - cpu), round(lately, 4), flush=True)
            keep()


if __name__ == "__main__":
    main()
