"""Train the recogniser: ``python -m training.handwriting.train SHARDS OUT.npz --steps 4000``. Needs jax and optax.

Convolutions over the strip, then three residual layers along the line, CTC. Batch normalisation is folded into the
weights that are written, in float16; ``ocr/handwriting/network.py`` reads them.
"""

from __future__ import annotations

import argparse
import math
import time
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from ocr.handwriting.alphabet import TOKENS

#: name, kernel (rows, columns), channels out, strides
CONVS = (
    ("c1", (5, 5), 10, (2, 2)),
    ("c2", (3, 3), 18, (2, 1)),
    ("c3", (3, 3), 30, (1, 2)),
    ("c4", (3, 3), 44, (2, 1)),
    ("c5", (3, 3), 48, (2, 1)),
)
WIDTH = 64
DILATIONS = (1, 2, 4)
_EPS = 1e-3
Tree = dict[str, Any]


def start(key: jax.Array) -> tuple[Tree, Tree]:
    """Return fresh weights and the running means of batch normalisation."""
    weights: Tree = {}
    means: Tree = {}

    def layer(name: str, shape: tuple[int, ...]) -> None:
        nonlocal key
        key, own = jax.random.split(key)
        fan = int(np.prod(shape[:-1]))
        weights[name] = {
            "w": jax.random.normal(own, shape) * (2 / fan) ** 0.5,
            "g": jnp.ones(shape[-1]),
            "b": jnp.zeros(shape[-1]),
        }
        means[name] = {"m": jnp.zeros(shape[-1]), "v": jnp.ones(shape[-1])}

    before = 1
    for name, (rows, columns), channels, _ in CONVS:
        layer(name, (rows, columns, before, channels))
        before = channels
    layer("down", (3, 1, before, WIDTH))
    for n, _ in enumerate(DILATIONS):
        layer(f"t{n}", (1, 3, WIDTH, WIDTH))
    key, own = jax.random.split(key)
    weights["out"] = {
        "w": jax.random.normal(own, (WIDTH, len(TOKENS))) * 0.05,
        "b": jnp.zeros(len(TOKENS)).at[0].set(2.0),
    }
    return weights, means


def forward(weights: Tree, means: Tree, x: jax.Array, train: bool) -> tuple[jax.Array, Tree]:
    """Return logits (batch, columns / 4, classes) of ink pictures *x* (batch, 48, columns), and the new means."""
    new: Tree = {}

    def layer(name: str, x: jax.Array, strides: tuple[int, int], padding: Any, dilation: int = 1) -> jax.Array:
        w = weights[name]
        y = jax.lax.conv_general_dilated(
            x, w["w"], strides, padding, rhs_dilation=(1, dilation), dimension_numbers=("NHWC", "HWIO", "NHWC")
        )
        if train:
            mean, variance = y.mean((0, 1, 2)), y.var((0, 1, 2))
            new[name] = {
                "m": 0.98 * means[name]["m"] + 0.02 * mean,
                "v": 0.98 * means[name]["v"] + 0.02 * variance,
            }
        else:
            mean, variance = means[name]["m"], means[name]["v"]
        return (y - mean) * jax.lax.rsqrt(variance + _EPS) * w["g"] + w["b"]

    x = x[..., None]
    for name, (rows, columns), _, strides in CONVS:
        padding = ((rows // 2, rows // 2), (columns // 2, columns // 2))
        x = jax.nn.relu(layer(name, x, strides, padding))
    x = jax.nn.relu(layer("down", x, (1, 1), "VALID"))
    for n, dilation in enumerate(DILATIONS):
        x = x + jax.nn.relu(layer(f"t{n}", x, (1, 1), ((0, 0), (dilation, dilation)), dilation))
    x = x[:, 0]
    return x @ weights["out"]["w"] + weights["out"]["b"], new


def _loss(weights: Tree, means: Tree, x: jax.Array, labels: jax.Array) -> tuple[jax.Array, Tree]:
    logits, new = forward(weights, means, x, train=True)
    pad = jnp.zeros(logits.shape[:2])
    each = optax.ctc_loss(logits, pad, labels, (labels == 0).astype(jnp.float32))
    return each.mean(), new


def fold(weights: Tree, means: Tree) -> dict[str, np.ndarray]:
    """Return plain arrays with batch normalisation folded in: ``<layer>.w``, ``<layer>.b``, float16."""
    out: dict[str, np.ndarray] = {}
    for name, w in weights.items():
        if name == "out":
            kernel, bias = np.asarray(w["w"]), np.asarray(w["b"])
        else:
            scale = np.asarray(w["g"]) / np.sqrt(np.asarray(means[name]["v"]) + _EPS)
            kernel = np.asarray(w["w"]) * scale
            bias = np.asarray(w["b"]) - np.asarray(means[name]["m"]) * scale
        out[f"{name}.w"] = kernel.astype(np.float16)
        out[f"{name}.b"] = bias.astype(np.float16)
    return out


#: pictures are taken together with others of about their width
BUCKETS = (112,)


class _Shards:
    """Pictures in memory, by width; new files of the folder are taken in as they come."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.seen: set[Path] = set()
        self.parts: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in BUCKETS]

    def look(self) -> int:
        for path in sorted(self.folder.glob("shard-*.npz")):
            if path in self.seen or path.name.endswith(".part.npz"):
                continue
            with np.load(path) as data:
                pictures, labels = data["pictures"], data["labels"]
            ink = pictures.any(axis=1)
            widths = ink.shape[1] - ink[:, ::-1].argmax(axis=1)
            lower = 0
            for parts, upper in zip(self.parts, BUCKETS, strict=True):
                rows = (widths > lower) & (widths <= upper)
                if rows.sum() >= 64:
                    parts.append((np.ascontiguousarray(pictures[rows][:, :, :upper]), labels[rows]))
                lower = upper
            self.seen.add(path)
        return sum(len(p) for parts in self.parts for p, _ in parts)

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        sizes = np.array([len(p) for parts in self.parts for p, _ in parts], np.float64)
        flat = [part for parts in self.parts for part in parts]
        pictures, labels = flat[int(self.rng.choice(len(flat), p=sizes / sizes.sum()))]
        rows = self.rng.integers(0, len(pictures), size)
        x = pictures[rows].astype(np.float32) / 255
        shift = int(self.rng.integers(-2, 3))
        if shift:
            x = np.roll(x, shift, axis=1)
        gamma = self.rng.uniform(0.7, 1.4, (size, 1, 1)).astype(np.float32)
        x = x**gamma * self.rng.uniform(0.8, 1.0, (size, 1, 1)).astype(np.float32)
        width = BUCKETS[next(i for i, b in enumerate(BUCKETS) if b >= x.shape[2])]
        if x.shape[2] < width:
            x = np.pad(x, ((0, 0), (0, 0), (0, width - x.shape[2])))
        return x.astype(np.float32), labels[rows]


def greedy(logits: np.ndarray) -> list[list[int]]:
    """Return the best path of each picture without repeats and blanks."""
    out = []
    for row in logits.argmax(-1):
        kept = row[np.insert(row[1:] != row[:-1], 0, True)]
        out.append([int(c) for c in kept if c])
    return out


def _restore(path: Path, weights: Tree, means: Tree) -> tuple[Tree, Tree]:
    """Return the state that an earlier run left beside its weights."""
    with np.load(path) as data:
        leaves = [jnp.asarray(data[name]) for name in data.files]
    restored: tuple[Tree, Tree] = jax.tree.unflatten(jax.tree.structure((weights, means)), leaves)
    return restored


def main() -> None:
    """Train, report on pictures held back, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--held", type=Path, default=None, help="folder of shards that are only tested on")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--minutes", type=float, default=25.0, help="whichever ends first")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=5e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, default=None)
    args = parser.parse_args()
    shards = _Shards(args.shards, args.seed)
    print("pictures", shards.look(), flush=True)
    weights, means = start(jax.random.PRNGKey(args.seed))
    if args.resume:
        weights, means = _restore(args.resume, weights, means)
    rule = optax.chain(optax.clip_by_global_norm(5.0), optax.scale_by_adam(), optax.add_decayed_weights(3e-4))
    memory = rule.init(weights)
    steady = weights  # a running mean of the weights: what is tested and written
    print("weights", sum(int(np.prod(x.shape)) for x in jax.tree.leaves(weights)), flush=True)

    @jax.jit
    def step(weights: Tree, steady: Tree, means: Tree, memory: Any, x: jax.Array, y: jax.Array, rate: Any) -> Any:
        (loss, new), slope = jax.value_and_grad(_loss, has_aux=True)(weights, means, x, y)
        change, memory = rule.update(slope, memory, weights)
        weights = jax.tree.map(lambda w, c: w - rate * c, weights, change)
        steady = jax.tree.map(lambda s, w: 0.98 * s + 0.02 * w, steady, weights)
        return weights, steady, new, memory, loss

    infer = jax.jit(partial(forward, train=False))
    held = _Shards(args.held or args.shards, 99)
    held.look()
    began, recent, n, tested, done = time.monotonic(), [], 0, 0.0, 0.0
    while done < 1:
        x, y = shards.batch(args.batch)
        done = max((time.monotonic() - began) / 60 / args.minutes, n / args.steps)
        rate = args.rate * (
            min(1.0, (n + 1) / 80) if done < 0.3 else 0.5 + 0.5 * math.cos(math.pi * (done - 0.3) / 0.7)
        )
        weights, steady, means, memory, loss = step(weights, steady, means, memory, x, y, max(rate, 1e-5))
        n += 1
        if n == 1:
            began = time.monotonic()  # the first step is compilation
            done = 0.0
        recent.append(float(loss))
        if n % 100 == 0:
            print(f"{n} done {done:.2f} loss {np.mean(recent):.3f} cpu {time.process_time():.0f}", flush=True)
            recent = []
        if done - tested > 0.1 or done >= 1:
            tested = done
            shards.look()
            held.look()
            right = total = 0
            for _ in range(12):
                x, y = held.batch(args.batch)
                said = greedy(np.asarray(infer(steady, means, x)[0]))
                right += sum(a == [int(c) for c in b if c] for a, b in zip(said, y, strict=True))
                total += len(said)
            print(f"{n} exact {right / total:.3f}", flush=True)
            np.savez_compressed(args.out, **fold(steady, means))
            np.savez(args.out.with_suffix(".state.npz"), *jax.tree.leaves((weights, means)))


if __name__ == "__main__":
    main()
