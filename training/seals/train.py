"""Train the filter: ``python -m training.seals.train OUT.npz --minutes 20``. Needs jax and optax.

A small U of convolutions on half, quarter and eighth of the size, answer at full size; ``ocr/prepare/overprint.py``
has the same in numpy.
"""

from __future__ import annotations

import argparse
import time
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from training.seals.drawings import Faces
from training.seals.pictures import make_pool, picture

#: name, rows and columns of the kernel, channels in, channels out
LAYERS = (
    ("a0", 5, 1, 16),
    ("a1", 3, 16, 16),
    ("b0", 3, 16, 32),
    ("b1", 3, 32, 32),
    ("c0", 3, 32, 48),
    ("c1", 3, 48, 48),
    ("c2", 3, 48, 48),
    ("ub", 1, 48, 32),
    ("b2", 3, 32, 32),
    ("ua", 1, 32, 16),
    ("a2", 3, 16, 16),
    ("out", 3, 16, 4),
)
Tree = dict[str, Any]


def start(seed: int) -> Tree:
    """Return fresh weights."""
    rng = np.random.default_rng(seed)
    weights: Tree = {}
    for name, size, before, after in LAYERS:
        spread = (2 / (size * size * before)) ** 0.5
        weights[f"{name}.w"] = jnp.asarray(rng.normal(0, spread, (size, size, before, after)), jnp.float32)
        weights[f"{name}.b"] = jnp.zeros(after)
    return weights


def _conv(w: Tree, name: str, x: jax.Array, stride: int = 1) -> jax.Array:
    kernel = w[f"{name}.w"]
    pad = kernel.shape[0] // 2
    out = jax.lax.conv_general_dilated(
        x, kernel, (stride, stride), ((pad, pad), (pad, pad)), dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return out + w[f"{name}.b"]


def _twice(x: jax.Array) -> jax.Array:
    return jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2)


def answer(w: Tree, ink: jax.Array) -> jax.Array:
    """Return logits (n, rows, columns) for *ink* of the same shape."""
    x = ink[..., None]
    a = jax.nn.relu(_conv(w, "a0", x, 2))
    a = a + jax.nn.relu(_conv(w, "a1", a))
    b = jax.nn.relu(_conv(w, "b0", a, 2))
    b = b + jax.nn.relu(_conv(w, "b1", b))
    c = jax.nn.relu(_conv(w, "c0", b, 2))
    c = c + jax.nn.relu(_conv(w, "c1", c))
    c = c + jax.nn.relu(_conv(w, "c2", c))
    b = jax.nn.relu(b + _twice(_conv(w, "ub", c)))
    b = b + jax.nn.relu(_conv(w, "b2", b))
    a = jax.nn.relu(a + _twice(_conv(w, "ua", b)))
    a = a + jax.nn.relu(_conv(w, "a2", a))
    four = _conv(w, "out", a)
    n, rows, columns, _ = four.shape
    return four.reshape(n, rows, columns, 2, 2).transpose(0, 1, 3, 2, 4).reshape(n, rows * 2, columns * 2)


def loss(w: Tree, ink: jax.Array, wanted: jax.Array) -> jax.Array:
    """Cross entropy where there is ink."""
    logits = answer(w, ink)
    weight = jnp.clip(ink, 0, 1) + 0.03
    return (optax.sigmoid_binary_cross_entropy(logits, wanted) * weight).sum() / weight.sum()


def main() -> None:
    """Train for a time and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--resume", type=Path)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--pool", type=int, default=300, help="seals that are drawn")
    asked = parser.parse_args()
    lists = tomllib.loads(Path("ocr/fields/vocabulary.toml").read_text(encoding="utf-8"))
    names = (tuple(lists["family_names"].split()), tuple(lists["name_syllables"].split()))
    shown = Path("/usr/share/fonts")
    bold = ("Tinos-Bold", "LiberationSerif-Bold", "FreeSerifBold", "NotoSerif-Bold", "DejaVuSerifCondensed-Bold",
            "LiberationSans-Bold", "Tinos-Bold", "LiberationSerif-Bold")  # fmt: skip
    plain = ("Tinos-Regular", "FreeSerif", "NotoSerif-Regular", "DejaVuSansCondensed", "LiberationSans-Regular")
    found = {p.stem: str(p) for p in sorted(shown.rglob("*.ttf"))}
    faces = Faces(tuple(found[b] for b in bold if b in found), tuple(found[b] for b in plain if b in found))
    pool = make_pool(asked.seed, faces, names, asked.pool)
    weights = start(asked.seed)
    if asked.resume:
        with np.load(asked.resume) as data:
            weights = {k: jnp.asarray(data[k], jnp.float32) for k in data.files}
    until = time.monotonic() + asked.minutes * 60
    begun = time.monotonic()

    def rate(done: jax.Array) -> jax.Array:
        return asked.rate * jnp.minimum(1.0, 0.02 + (1 - done) * 1.05)

    optimiser = optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam())
    state = optimiser.init(weights)

    @partial(jax.jit, donate_argnums=(0, 1))
    def step(w: Tree, s: Any, ink: jax.Array, wanted: jax.Array, done: jax.Array) -> tuple[Tree, Any, jax.Array]:
        value, slope = jax.value_and_grad(loss)(w, ink, wanted)
        change, s = optimiser.update(slope, s, w)
        w = jax.tree.map(lambda a, b: a - rate(done) * b, w, change)
        return w, s, value

    rng = np.random.default_rng([asked.seed, 5])
    seen, mean = 0, 0.0
    while time.monotonic() < until:
        made = [picture(pool, rng) for _ in range(asked.batch)]
        ink, wanted = (jnp.asarray(np.stack(x)) for x in zip(*made, strict=True))
        done = jnp.asarray((time.monotonic() - begun) / (asked.minutes * 60), jnp.float32)
        weights, state, value = step(weights, state, ink, wanted, done)
        seen += 1
        mean += (float(value) - mean) * max(0.02, 1 / seen)
        if seen % 100 == 0:
            print(seen, round(time.monotonic() - begun), round(mean, 4), flush=True)
            np.savez(asked.out, **{k: np.asarray(v, np.float16) for k, v in weights.items()})
    np.savez(asked.out, **{k: np.asarray(v, np.float16) for k, v in weights.items()})


if __name__ == "__main__":
    main()
