"""The network of a language pack, run over many lines at once.

Tesseract goes through a line column by column, one small matrix by one vector after the other. Here the same column
of all lines goes through together, so that the processor's matrix units are used; at the right end, shorter lines
simply drop out.

Activations are whole numbers from -127 to 127, weights too, as in Tesseract's own integer mode. Their products add up
to less than 2 ** 24, so that 32 bit floating point adds them without any rounding: the order in which a BLAS library
adds, and which lines are run together, cannot change a result.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ocr.engines.traineddata import Model, Weights

Floats = NDArray[np.float32]

#: rows of a line picture
HEIGHT = 36
#: columns of the picture that make one step of the line
STEP = 3
_ROWS = HEIGHT // STEP
_ONE = np.float32(127)
_HALF = np.float32(0.5)
#: columns that go through the column summary together: their state stays in the processor's cache
_BLOCK = 512
#: steps that go through the network together at most; bounds memory (about 7 kB each)
_MOST_STEPS = 12_000


class _Recurrent:
    """One recurrent layer. Its gates are turned into hyperbolic tangents: sigmoid(x) = tanh(x / 2) / 2 + 1 / 2."""

    def __init__(self, weights: Weights) -> None:
        self.units = weights.matrix.shape[1] // 4
        inputs = weights.matrix.shape[0] - 1 - self.units
        self.from_input = np.ascontiguousarray(weights.matrix[:inputs])
        self.from_itself = np.ascontiguousarray(weights.matrix[inputs:-1])
        self.both = np.ascontiguousarray(weights.matrix[:-1])
        self.always = weights.matrix[-1] * _ONE
        self.scale = weights.scale.copy()
        self.scale[self.units :] *= _HALF

    def step(self, gates: Floats, state: Floats, scratch: Floats, output: Floats) -> None:
        """Advance *state* and *output* (rows, units) by the sums in *gates* (rows, 4 units), which are used up."""
        n = self.units
        gates *= self.scale
        np.tanh(gates, out=gates)
        # Twice the sigmoids; the halves are made good where there is less to multiply.
        gates[:, n:] += np.float32(1)
        state *= gates[:, 2 * n : 3 * n]
        np.multiply(gates[:, :n], gates[:, n : 2 * n], out=scratch)
        state += scratch
        state *= _HALF
        np.tanh(state, out=scratch)
        scratch *= gates[:, 3 * n :]
        scratch *= _HALF * _ONE
        np.rint(scratch, out=output)


class Network:
    """A model ready to run. Keeps nothing between calls."""

    def __init__(self, model: Model) -> None:
        self._convolution, self._output = model.convolution, model.output
        self._column = _Recurrent(model.column)
        self._across = [_Recurrent(w) for w in model.across]

    def run(self, pictures: Sequence[Floats]) -> list[Floats]:
        """Return for each picture the logits of its steps: (columns // 3, labels).

        Args:
            pictures: lines of writing, (36, columns), whole numbers from -127 (ink) to 127 (paper).
        """
        results: list[Floats] = [np.empty((0, 0), np.float32)] * len(pictures)
        longest_first = sorted(range(len(pictures)), key=lambda i: -pictures[i].shape[1])
        batch: list[int] = []
        steps = 0
        for i in longest_first:
            batch.append(i)
            steps += pictures[i].shape[1] // STEP + 1
            if steps > _MOST_STEPS:
                self._run(pictures, batch, results)
                batch, steps = [], 0
        if batch:
            self._run(pictures, batch, results)
        return results

    def _run(self, pictures: Sequence[Floats], batch: list[int], results: list[Floats]) -> None:
        """Run the lines numbered in *batch*, longest first."""
        lengths = [pictures[i].shape[1] // STEP for i in batch]
        columns = self._columns(self._features([pictures[i] for i in batch], lengths))
        # From "line after line" to "step after step": the lines that are still there at step 0, then at step 1, ...
        starts = np.cumsum([0, *(n + 1 for n in lengths[:-1])])
        there = np.searchsorted(-np.asarray(lengths), -np.arange(lengths[0] if lengths else 0), side="left").tolist()
        if not there:
            for i in batch:
                results[i] = np.empty((0, self._output.matrix.shape[1]), np.float32)
            return
        values = columns[np.concatenate([starts[:n] + t for t, n in enumerate(there)])]
        offsets = np.cumsum([0, *there])
        for number, layer in enumerate(self._across):
            values = _along(layer, values, there, offsets, backwards=number == 1)
        logits = values @ self._output.matrix[:-1]
        logits += self._output.matrix[-1] * _ONE
        logits *= self._output.scale
        for row, i in enumerate(batch):
            results[i] = logits[offsets[: lengths[row]] + row]

    def _features(self, pictures: list[Floats], lengths: list[int]) -> Floats:
        """Convolution and maximum: (features, 12, steps); one step is left free between two lines."""
        steps = sum(lengths) + len(lengths)
        strip = np.zeros((HEIGHT + 2, STEP * steps + 2), np.float32)
        place = 1
        for picture, length in zip(pictures, lengths, strict=True):
            # The step after the last one belongs to nobody, but the last one looks one column further.
            width = min(picture.shape[1], STEP * length + 1)
            strip[1:-1, place : place + width] = picture[:, :width]
            place += STEP * (length + 1)
        weights = np.ascontiguousarray(self._convolution.matrix[:-1].T)
        seen = np.empty((9, _ROWS, steps), np.float32)
        best: Floats | None = None
        # The maximum of 3 x 3 places: each place of all squares at once.
        for y in range(STEP):
            for x in range(STEP):
                for k in range(9):
                    top, left = y + k % 3, x + k // 3
                    seen[k] = strip[top : top + HEIGHT : STEP, left : left + STEP * steps : STEP]
                sums = weights @ seen.reshape(9, -1)
                best = sums if best is None else np.maximum(best, sums, out=best)
        assert best is not None
        best += (self._convolution.matrix[-1] * _ONE)[:, None]
        best *= self._convolution.scale[:, None]
        np.tanh(best, out=best)
        best *= _ONE
        return np.rint(best, out=best).reshape(-1, _ROWS, steps)

    def _columns(self, features: Floats) -> Floats:
        """Summarise every column from top to bottom: (steps, units)."""
        layer, steps = self._column, features.shape[2]
        depth = features.shape[0]
        results = np.empty((steps, layer.units), np.float32)
        for first in range(0, steps, _BLOCK):
            n = min(_BLOCK, steps - first)
            seen = np.zeros((n, depth + layer.units), np.float32)
            state = np.zeros((n, layer.units), np.float32)
            scratch, gates = np.empty_like(state), np.empty((n, 4 * layer.units), np.float32)
            for row in range(_ROWS):
                seen[:, :depth] = features[:, row, first : first + n].T
                np.dot(seen, layer.both, out=gates)
                gates += layer.always
                layer.step(gates, state, scratch, seen[:, depth:])
            results[first : first + n] = seen[:, depth:]
        return results


def _along(layer: _Recurrent, values: Floats, there: list[int], offsets: NDArray[np.int64], backwards: bool) -> Floats:
    """Run *layer* along all lines together; rows of *values* and of the result are ordered step after step.

    Going backwards a line joins at its own last step, with an empty state: rows of lines that ended are still zero.
    """
    gates = values @ layer.from_input
    gates += layer.always
    results = np.empty((len(values), layer.units), np.float32)
    most = there[0]
    output, state = np.zeros((most, layer.units), np.float32), np.zeros((most, layer.units), np.float32)
    scratch, again = np.empty_like(state), np.empty((most, 4 * layer.units), np.float32)
    for t in range(len(there) - 1, -1, -1) if backwards else range(len(there)):
        n, first = there[t], offsets[t]
        here = gates[first : first + n]
        here += np.dot(output[:n], layer.from_itself, out=again[:n])
        layer.step(here, state[:n], scratch[:n], output[:n])
        results[first : first + n] = output[:n]
    return results
