"""A QR code (ISO/IEC 18004) as filled squares: no image, sharp at any size."""

from __future__ import annotations

QUIET = 4  # modules of white around, as the standard asks


def qr_operators(text: str, x: float, y: float, side: float) -> bytes:
    """Return operators that draw *text* as QR code on a white square of *side* points, lower left at (*x*, *y*).

    The quiet zone lies inside the square. Error correction level M (15 %). Colours are grey levels, which PDF/A-2
    takes under any OutputIntent.
    """
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=0)
    code.add_data(text)
    code.make(fit=True)
    rows = code.get_matrix()
    module = side / (len(rows) + 2 * QUIET)
    out = [b"q 1 g %.3f %.3f %.3f %.3f re f 0 g" % (x, y, side, side)]
    for row, cells in enumerate(rows):
        top = y + side - (QUIET + row) * module
        column = 0
        while column < len(cells):
            if not cells[column]:
                column += 1
                continue
            start = column
            while column < len(cells) and cells[column]:
                column += 1
            left = x + (QUIET + start) * module
            out.append(b"%.3f %.3f %.3f %.3f re" % (left, top - module, (column - start) * module, module))
    out.append(b"f Q")
    return b"\n".join(out)
