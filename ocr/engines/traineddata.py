"""Reading a Tesseract language pack: the network's weights, the characters it tells apart, the words it knows.

Only packs of the form that Tesseract's *fast* models have (one input of 36 rows, convolution, maximum, a column
summary, three recurrent layers, one output) and that give every character one output are taken; others are refused
and stay with Tesseract itself. The layout of the file follows Tesseract's documentation and sources (Apache-2.0).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LSTM, _WORDS, _CHARACTERS, _CODES = 17, 19, 21, 22  # places in the table of components
_INT8, _DOUBLE = 1, 128  # bits of a weight matrix's mode
_LAYER_RATES = 64  # network flag: learning rates are stored as well
_KINDS = dict(
    enumerate(
        (
            *("", "Input", "Convolve", "Maxpool", "Parallel", "Replicated", "ParBidiLSTM", "DepParUDLSTM"),
            *("Par2dLSTM", "Series", "Reconfig", "RTLReversed", "TTBReversed", "XYTranspose", "LSTM", "SummLSTM"),
            *("Logistic", "LinLogistic", "LinTanh", "Tanh", "Relu", "Linear", "Softmax", "SoftmaxNoCTC"),
        )
    )
)
_NESTED = frozenset({"Series", "RTLReversed", "XYTranspose"})
_DENSE = frozenset({"Tanh", "Softmax"})
_SHAPE = "Series[Input Series[Convolve Tanh] Maxpool XYTranspose[SummLSTM] LSTM RTLReversed[LSTM] LSTM Softmax]"


class UnknownModel(ValueError):
    """The pack holds a model of another form."""


@dataclass(frozen=True)
class Weights:
    """One matrix in whole numbers; ``(inputs * 127) @ matrix * scale`` are its outputs.

    Attributes:
        matrix: (inputs + 1, outputs), -127 to 127 as float32; the last row is added whatever the input (times 127).
        scale: (outputs,) float32.
    """

    matrix: NDArray[np.float32]
    scale: NDArray[np.float32]


@dataclass(frozen=True)
class Model:
    """What is needed of a pack.

    Attributes:
        convolution: 3 x 3 samples, column by column, to features.
        column: recurrent layer over the rows of a column; ``across``: the three along the line, the second one runs
            from right to left. Outputs of a recurrent layer: cell input, input gate, forget gate, output gate.
        output: features to labels.
        labels: the character of each output; empty for what prints nothing.
        nothing: number of the output that means "no character here".
        words: lower-case words of the pack.
    """

    convolution: Weights
    column: Weights
    across: tuple[Weights, Weights, Weights]
    output: Weights
    labels: tuple[str, ...]
    nothing: int
    words: frozenset[str]


def load(path: Path) -> Model:
    """Read the pack at *path*.

    Raises:
        UnknownModel: the pack has no model of the form described above.
    """
    try:
        parts = _components(path.read_bytes())
        return _model(parts)
    except (struct.error, IndexError, UnicodeDecodeError, ValueError, KeyError) as error:
        raise UnknownModel(f"{path.name}: {error}") from error


def can_run(path: Path) -> bool:
    """Return whether :func:`load` takes the pack at *path*."""
    status = path.stat()
    return _can_run(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=16)
def _can_run(path: Path, changed: int, size: int) -> bool:
    try:
        load(path)
    except UnknownModel:
        return False
    return True


class _Bytes:
    """Little-endian values one after the other."""

    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def take(self, form: str) -> Any:
        values = struct.unpack_from("<" + form, self.data, self.place)
        self.place += struct.calcsize("<" + form)
        return values[0] if len(values) == 1 else values

    def text(self) -> str:
        length = self.take("I")
        self.place += length
        return self.data[self.place - length : self.place].decode()

    def array(self, kind: str, count: int) -> NDArray[Any]:
        values = np.frombuffer(self.data, kind, count, self.place)
        self.place += values.nbytes
        return values


def _components(data: bytes) -> dict[int, bytes]:
    count = struct.unpack_from("<I", data)[0]
    if count > 64:
        raise ValueError("not a language pack")
    starts = struct.unpack_from(f"<{count}q", data, 4)
    ends = [*sorted(s for s in starts if s >= 0), len(data)]
    return {i: data[s : ends[ends.index(s) + 1]] for i, s in enumerate(starts) if s >= 0}


def _model(parts: dict[int, bytes]) -> Model:
    source = _Bytes(parts[_LSTM])
    found: list[Weights] = []
    shape = _layer(source, found)
    if shape != _SHAPE or len(found) != 6:
        raise ValueError(f"model of another form: {shape}")
    source.text()  # how the network was described
    source.take("iii")
    nothing = int(source.take("i"))
    labels = _labels(parts)
    convolution, column, first, second, third, output = found
    if output.matrix.shape[1] != len(labels) or not 0 <= nothing < len(labels):
        raise ValueError("characters and outputs do not fit")
    return Model(
        convolution, column, (first, second, third), output, labels, nothing, _words(parts.get(_WORDS, b""), parts)
    )


def _layer(source: _Bytes, found: list[Weights]) -> str:
    """Read one layer with all inside, append its matrices, return its form in words."""
    number = source.take("b")
    kind = _KINDS[number] if number else source.text()
    source.take("bb")
    flags, inputs, outputs, _ = source.take("iiii")
    source.text()
    if kind in _NESTED:
        inner = " ".join(_layer(source, found) for _ in range(source.take("I")))
        if flags & _LAYER_RATES:
            source.array("<f4", source.take("I"))
        return f"{kind}[{inner}]"
    if kind == "Input":
        if source.take("iiiii")[:4] != (1, 36, 0, 1):
            raise ValueError("lines of another height")
    elif kind in ("Convolve", "Maxpool"):
        if source.take("ii") != ((1, 1) if kind == "Convolve" else (3, 3)):
            raise ValueError(f"{kind} of another size")
    elif kind in ("LSTM", "SummLSTM"):
        if source.take("i") != inputs + outputs:
            raise ValueError("recurrent layer of another form")
        gates = [_matrix(source) for _ in range(4)]
        found.append(
            Weights(np.concatenate([g.matrix for g in gates], axis=1), np.concatenate([g.scale for g in gates]))
        )
    elif kind in _DENSE:
        found.append(_matrix(source))
    else:
        raise ValueError(f"layer {kind}")
    return kind


def _matrix(source: _Bytes) -> Weights:
    mode = source.take("B")
    if not (mode & _INT8 and mode & _DOUBLE):
        raise ValueError("weights are not whole numbers")
    outputs, inputs = source.take("II")
    source.take("b")
    values = source.array("<i1", outputs * inputs).reshape(outputs, inputs)
    scale = source.array("<f8", source.take("I"))[:outputs]
    # Inputs come as whole numbers up to 127 for 1.
    return Weights(np.ascontiguousarray(values.T, np.float32), (scale / 127).astype(np.float32))


def _characters(parts: dict[int, bytes]) -> list[str]:
    lines = parts[_CHARACTERS].decode().split("\n")
    characters = [line.split(" ")[0] for line in lines[1 : int(lines[0]) + 1]]
    characters[0] = " "
    return characters


def _labels(parts: dict[int, bytes]) -> tuple[str, ...]:
    characters = _characters(parts)
    source = _Bytes(parts[_CODES])
    labels: dict[int, str] = {}
    for i in range(source.take("I")):
        source.take("b")
        code = source.array("<i4", source.take("I"))
        if len(code) != 1:
            raise ValueError("characters of several codes")
        # Several characters of one code look alike; the first one stands for them. 1 and 2 print nothing.
        labels.setdefault(int(code[0]), "" if i in (1, 2) else characters[i])
    return tuple(labels.get(i, "") for i in range(max(labels) + 1))


def _words(graph: bytes, parts: dict[int, bytes]) -> frozenset[str]:
    """Return the words of the pack's word graph (edges of 64 bits: letter, flags, next node)."""
    if not graph:
        return frozenset()
    source = _Bytes(graph)
    source.take("h")
    size, count = source.take("ii")
    edges = source.array("<u8", count).tolist()
    characters = _characters(parts)
    letter_bits = size.bit_length()
    last, end = 1 << letter_bits, 4 << letter_bits
    found: list[str] = []
    waiting = [(0, "")]
    while waiting:
        place, begin = waiting.pop()
        while place < len(edges):
            edge = edges[place]
            word = begin + characters[edge & (last - 1)]
            if edge & end:
                found.append(word)
            if following := edge >> (letter_bits + 3):
                waiting.append((following, word))
            if edge & last:
                break
            place += 1
    return frozenset(w.lower() for w in found)
