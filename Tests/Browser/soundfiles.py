"""Sound files of other kinds, written by libsndfile."""
import ctypes
import ctypes.util
import wave

from tab import Wrong

KINDS = {"flac": 0x170000 | 0x0002, "ogg": 0x200000 | 0x0060, "mp3": 0x230000 | 0x0082}


class Information(ctypes.Structure):
    _fields_ = [("frames", ctypes.c_int64), ("samplerate", ctypes.c_int), ("channels", ctypes.c_int),
                ("format", ctypes.c_int), ("sections", ctypes.c_int), ("seekable", ctypes.c_int)]


def write_sound(source, path):
    """A 16-bit WAV file in the kind that the path's ending names. Returns the path."""
    library = ctypes.CDLL(ctypes.util.find_library("sndfile") or "libsndfile.so.1")
    library.sf_open.restype = ctypes.c_void_p
    with wave.open(source) as file:
        frames, channels = file.getnframes(), file.getnchannels()
        information = Information(0, file.getframerate(), channels, KINDS[path.rsplit(".", 1)[1]], 0, 0)
        samples = file.readframes(frames)
    opened = library.sf_open(path.encode(), 0x20, ctypes.byref(information))
    if not opened:
        raise Wrong(f"libsndfile cannot write {path}")
    # In pieces: the Vorbis encoder has large frames on its stack.
    for at in range(0, frames, 4096):
        count = min(4096, frames - at)
        piece = samples[at * 2 * channels:(at + count) * 2 * channels]
        library.sf_writef_short(ctypes.c_void_p(opened), piece, ctypes.c_int64(count))
    library.sf_close(ctypes.c_void_p(opened))
    return path
