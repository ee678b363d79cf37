"""Train the recogniser: ``python -m training.handwriting.train SHARDS OUT.npz --steps 4000``. Needs jax and optax.

Convolutions over the strip, then three residual layers along the line, CTC. Batch normalisation is folded into the
weights that are written, in float16; ``ocr/handwriting/network.py`` reads them.
"""

from __future__ import annotations

import argparse
import pickle
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
    ("c1", (5, 5), 12, (2, 2)),
    ("c2", (3, 3), 24, (2, 1)),
    ("c3", (3, 3), 40, (1, 2)),
    ("c4", (3, 3), 64, (2, 1)),
    ("c5", (3, 3), 64, (2, 1)),
)
WIDTH = 80
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
    weights["out"] = {"w": jax.random.normal(own, (WIDTH, len(TOKENS))) * 0.05, "b": jnp.zeros(len(TOKENS))}
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
    return jnp.minimum(each, 30.0).mean(), new


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


class _Shards:
    """Pictures in memory; new files of the folder are taken in as they come."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.rng = folder, np.random.default_rng(seed)
        self.seen: set[Path] = set()
        self.kinds: dict[str, list[tuple[np.ndarray, np.ndarray]]] = {"narrow": [], "wide": []}

    def look(self) -> int:
        for path in sorted(self.folder.glob("shard-*.npz")):
            if path in self.seen or path.name.endswith(".part.npz"):
                continue
            with np.load(path) as data:
                self.kinds["wide" if "wide" in path.name else "narrow"].append((data["pictures"], data["labels"]))
            self.seen.add(path)
        return sum(len(p) for kind in self.kinds.values() for p, _ in kind)

    def batch(self, size: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
        parts = self.kinds[kind] or self.kinds["narrow"]
        pictures, labels = parts[int(self.rng.integers(len(parts)))]
        rows = self.rng.integers(0, len(pictures), size)
        x = pictures[rows].astype(np.float32) / 255
        shift = int(self.rng.integers(-2, 3))
        if shift:
            x = np.roll(x, shift, axis=1)
        gamma = self.rng.uniform(0.7, 1.4, (size, 1, 1)).astype(np.float32)
        x = x**gamma * self.rng.uniform(0.8, 1.0, (size, 1, 1)).astype(np.float32)
        return x.astype(np.float32), labels[rows]


def greedy(logits: np.ndarray) -> list[list[int]]:
    """Return the best path of each picture without repeats and blanks."""
    out = []
    for row in logits.argmax(-1):
        kept = row[np.insert(row[1:] != row[:-1], 0, True)]
        out.append([int(c) for c in kept if c])
    return out


def main() -> None:
    """Train, report on pictures held back, write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--held", type=Path, default=None, help="folder of shards that are only tested on")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", type=Path, default=None)
    args = parser.parse_args()
    shards = _Shards(args.shards, args.seed)
    print("pictures", shards.look(), flush=True)
    weights, means = start(jax.random.PRNGKey(args.seed))
    if args.resume:
        weights, means = pickle.loads(args.resume.read_bytes())
    schedule = optax.cosine_onecycle_schedule(args.steps, args.rate, pct_start=0.15)
    rule = optax.chain(optax.clip_by_global_norm(5.0), optax.adamw(schedule, weight_decay=3e-4))
    memory = rule.init(weights)
    print("weights", sum(int(np.prod(x.shape)) for x in jax.tree.leaves(weights)), flush=True)

    @jax.jit
    def step(weights: Tree, means: Tree, memory: Any, x: jax.Array, y: jax.Array) -> Any:
        (loss, new), slope = jax.value_and_grad(_loss, has_aux=True)(weights, means, x, y)
        change, memory = rule.update(slope, memory, weights)
        return optax.apply_updates(weights, change), new, memory, loss

    infer = jax.jit(partial(forward, train=False))
    held = _Shards(args.held or args.shards, 99)
    held.look()
    began, recent = time.monotonic(), []
    for n in range(1, args.steps + 1):
        x, y = shards.batch(args.batch, "wide" if n % 4 == 0 else "narrow")
        weights, means, memory, loss = step(weights, means, memory, x, y)
        recent.append(float(loss))
        if n % 100 == 0:
            spent = time.monotonic() - began
            print(f"{n} loss {np.mean(recent):.3f} {spent:.0f} s cpu {time.process_time():.0f}", flush=True)
            recent = []
        if n % 500 == 0 or n == args.steps:
            shards.look()
            held.look()
            right = total = 0
            for kind in ("narrow", "wide"):
                for _ in range(4):
                    x, y = held.batch(64, kind)
                    said = greedy(np.asarray(infer(weights, means, x)[0]))
                    right += sum(a == [int(c) for c in b if c] for a, b in zip(said, y, strict=True))
                    total += len(said)
            print(f"{n} exact {right / total:.3f}", flush=True)
            np.savez_compressed(args.out, **fold(weights, means))
            args.out.with_suffix(".state").write_bytes(pickle.dumps(jax.device_get((weights, means))))


if __name__ == "__main__":
    main()
