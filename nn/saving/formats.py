"""The two kinds of files, as bytes: arrays with names, and text with names.

    .npz            a zip archive of .npy files, as ``numpy.savez`` writes it and ``numpy.load`` reads it; nothing in it
                    is pickled. A text is an array of bytes without axes.
    .safetensors    eight bytes with the length of a header in JSON, the header, and the numbers: the format of the
                    library safetensors, https://github.com/huggingface/safetensors, which is not needed here. A text
                    stands in the metadata of the header.

Both keep dtypes and shapes. A file is the same for the same contents: it has no date in it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np

from autograd import InputTypeError

from ..state import path_text
from .trees import Arrays

__all__ = ["FORMATS", "METADATA", "OURS", "Format", "Texts"]

Texts: TypeAlias = dict[str, str]

OURS = "stepgrad/"  # the names of texts begin with it
METADATA = "__metadata__"
ALIGNED = 8  # bytes; the numbers of a safetensors file begin at a multiple of it
DTYPES = {
    "BOOL": "|b1",
    **{f"{kind.upper()}{8 * size}": f"<{kind}{size}" for kind in "iu" for size in (1, 2, 4, 8)},
    **{f"F{8 * size}": f"<f{size}" for size in (2, 4, 8)},
    "C64": "<c8",
}
NAMES = {np.dtype(dtype): name for name, dtype in DTYPES.items()}


class Format(NamedTuple):
    """A file format: a function that writes arrays and texts as bytes, and one that reads them.

    Damaged bytes may raise any error when they are read.
    """

    write: Callable[[Arrays, Texts], bytes]
    read: Callable[[bytes], tuple[Arrays, Texts]]


def _write_npz(arrays: Arrays, texts: Texts) -> bytes:
    file = io.BytesIO()
    with ZipFile(file, "w", ZIP_STORED) as archive:
        for name, array in {**arrays, **{name: np.array(text.encode()) for name, text in texts.items()}}.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, array, allow_pickle=False)
            info = ZipInfo(f"{name}.npy")
            info.filename = info.orig_filename  # whose backslashes zipfile replaces by slashes on Windows
            archive.writestr(info, member.getvalue())
    return file.getvalue()


def _read_npz(file: bytes) -> tuple[Arrays, Texts]:
    arrays: Arrays = {}
    texts: Texts = {}
    with ZipFile(io.BytesIO(file)) as archive:
        for info in archive.infolist():
            # A member is read whole first, since that compares its checksum; a damaged header could allocate anything.
            array = np.lib.format.read_array(io.BytesIO(archive.read(info)), allow_pickle=False)
            name = info.orig_filename.removesuffix(".npy")
            if name.startswith(OURS):
                texts[name] = array.item().decode()
            else:
                arrays[name] = array
    return arrays, texts


def _write_safetensors(arrays: Arrays, texts: Texts) -> bytes:
    header: dict[str, Any] = {METADATA: texts}
    parts: list[bytes] = []
    begin = 0
    for name in sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)):  # so that each is aligned
        array = arrays[name]
        if array.dtype not in NAMES:
            raise InputTypeError(
                f"{path_text(name)} is an array of {array.dtype}, which a .safetensors file cannot hold; "
                "save as .npz, or convert the array"
            )
        parts.append(array.tobytes())
        end = begin + len(parts[-1])
        header[name] = {"dtype": NAMES[array.dtype], "shape": array.shape, "data_offsets": (begin, end)}
        begin = end
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % ALIGNED)
    return b"".join([len(text).to_bytes(ALIGNED, "little"), text, *parts])


def _read_safetensors(file: bytes) -> tuple[Arrays, Texts]:
    begin = ALIGNED + int.from_bytes(file[:ALIGNED], "little")
    header = json.loads(file[ALIGNED:begin])
    texts = {name: str(text) for name, text in header.pop(METADATA).items()}
    arrays: Arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        numbers = np.frombuffer(file[begin + first : begin + last], np.uint8)
        arrays[name] = numbers.view(DTYPES[entry["dtype"]]).reshape(entry["shape"]).copy()
    return arrays, texts


FORMATS = {".npz": Format(_write_npz, _read_npz), ".safetensors": Format(_write_safetensors, _read_safetensors)}
