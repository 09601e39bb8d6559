"""Runs networks with the libonnxruntime.so that sherpa-onnx brings, through its C interface.

Numbers of functions are their places in OrtApi, which never change:
https://github.com/microsoft/onnxruntime/blob/main/include/onnxruntime/core/session/onnxruntime_c_api.h
"""
import ctypes
import math

VERSION = 17
FUNCTIONS = {
    "GetErrorMessage": 2, "CreateEnv": 3, "CreateSession": 7, "Run": 9, "CreateSessionOptions": 10,
    "SetIntraOpNumThreads": 24, "CreateTensorWithDataAsOrtValue": 49, "GetTensorMutableData": 51,
    "GetDimensionsCount": 61, "GetDimensions": 62, "GetTensorTypeAndShape": 65, "CreateCpuMemoryInfo": 69,
}
# By the letter of an array's type: its number in ONNX.
TYPES = {"f": (ctypes.c_float, 1), "q": (ctypes.c_int64, 7)}


class Tensor:
    """Numbers in the order of their dimensions, the last one fastest."""

    def __init__(self, shape, numbers, letter="f"):
        self.shape = list(shape)
        self.numbers = list(numbers)
        self.letter = letter
        assert len(self.numbers) == math.prod(self.shape)

    def rows(self):
        """The rows of its last dimension."""
        width = self.shape[-1]
        return [self.numbers[start:start + width] for start in range(0, len(self.numbers), width)]


class Runtime:
    """The library. Nothing is given back before the program ends."""

    def __init__(self, path):
        library = ctypes.CDLL(path)
        library.OrtGetApiBase.restype = ctypes.POINTER(ctypes.c_void_p)
        find = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint32)(library.OrtGetApiBase()[0])
        self.functions = ctypes.cast(find(VERSION), ctypes.POINTER(ctypes.c_void_p))
        self.environment = self.made("CreateEnv", ctypes.c_int(3), ctypes.c_char_p(b"test"))
        self.memory = self.made("CreateCpuMemoryInfo", ctypes.c_int(0), ctypes.c_int(0))

    def function(self, name, *arguments):
        return ctypes.CFUNCTYPE(ctypes.c_void_p, *[type(one) for one in arguments])(self.functions[FUNCTIONS[name]])

    def call(self, name, *arguments):
        """Calls a function that returns why it failed, if it did."""
        failure = self.function(name, *arguments)(*arguments)
        if failure:
            failure = ctypes.c_void_p(failure)
            text = self.function("GetErrorMessage", failure)(failure)
            raise RuntimeError(f"{name}: {ctypes.string_at(text).decode()}")

    def made(self, name, *arguments, kind=ctypes.c_void_p):
        """Calls a function that puts its result where its last argument says."""
        result = kind()
        self.call(name, *arguments, ctypes.cast(ctypes.byref(result), ctypes.c_void_p))
        return result

    def value(self, tensor):
        kind, number = TYPES[tensor.letter]
        data = (kind * max(len(tensor.numbers), 1))(*tensor.numbers)
        tensor.data = data  # the library does not copy it
        shape = (ctypes.c_int64 * len(tensor.shape))(*tensor.shape)
        return self.made(
            "CreateTensorWithDataAsOrtValue", self.memory, ctypes.cast(data, ctypes.c_void_p),
            ctypes.c_size_t(len(tensor.numbers) * ctypes.sizeof(kind)), ctypes.cast(shape, ctypes.c_void_p),
            ctypes.c_size_t(len(tensor.shape)), ctypes.c_int(number))

    def tensor(self, value):
        """An output, which has numbers with a point."""
        about = self.made("GetTensorTypeAndShape", value)
        shape = (ctypes.c_int64 * self.made("GetDimensionsCount", about, kind=ctypes.c_size_t).value)()
        self.call("GetDimensions", about, ctypes.cast(shape, ctypes.c_void_p), ctypes.c_size_t(len(shape)))
        data = self.made("GetTensorMutableData", value)
        return Tensor(shape, (ctypes.c_float * math.prod(shape)).from_address(data.value))


class Session:
    """A network that was loaded."""

    def __init__(self, runtime, path):
        self.runtime = runtime
        options = runtime.made("CreateSessionOptions")
        runtime.call("SetIntraOpNumThreads", options, ctypes.c_int(1))
        self.session = runtime.made("CreateSession", runtime.environment, ctypes.c_char_p(path.encode()), options)

    def run(self, inputs, names):
        """The outputs of these names; inputs by theirs."""
        def texts(names):
            return ctypes.cast((ctypes.c_char_p * len(names))(*[name.encode() for name in names]), ctypes.c_void_p)

        values = [self.runtime.value(tensor) for tensor in inputs.values()]
        given = (ctypes.c_void_p * len(values))(*[value.value for value in values])
        results = (ctypes.c_void_p * len(names))()
        self.runtime.call(
            "Run", self.session, ctypes.c_void_p(), texts(inputs), ctypes.cast(given, ctypes.c_void_p),
            ctypes.c_size_t(len(values)), texts(names), ctypes.c_size_t(len(names)),
            ctypes.cast(results, ctypes.c_void_p))
        return [self.runtime.tensor(ctypes.c_void_p(result)) for result in results]
