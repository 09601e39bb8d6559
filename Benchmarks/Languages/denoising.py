"""Whether taking noise away before recognition helps: GTCRN, as sherpa-onnx runs it, before Moonshine.

The bundled recording with three noises at 10 and 5 dB, drawn several times: as it is, denoised as a whole, denoised
piece by piece as a stream would be, and denoised by half.
"""
import os
import sys
import tempfile

import numpy
import sounds
from errors import Errors
from recordings import recordings
from service import Service

sys.path.append(os.path.join(os.path.dirname(__file__), "../../Models"))
from onnx_file import field  # noqa: E402 once it can be found

RECORDING = os.path.join(os.path.dirname(__file__), "../../Assets/speech.wav")
SAID = """and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for
them he was not an ill disposed young man unless to be rather cold hearted and rather selfish is to be ill disposed had
he married a more a amiable woman he might have been made still more respectable than he was he might even have been
made amiable himself"""
RATIOS = (10, 5)
DRAWS = 5
VOICES = 8
PIECE = 1600
# As sherpa-onnx asks for them; the network's author gives none.
METADATA = {
    "model_type": "gtcrn", "version": 1, "sample_rate": sounds.RATE, "n_fft": 512, "hop_length": 256,
    "window_length": 512, "window_type": "hann_sqrt", "conv_cache_shape": "2,1,16,16,33",
    "tra_cache_shape": "2,3,1,1,16", "inter_cache_shape": "2,1,33,16",
}


class Denoiser:
    def __init__(self, path, folder):
        import sherpa_onnx
        described = f"{folder}/gtcrn.onnx"
        with open(path, "rb") as network, open(described, "wb") as file:
            # A message goes on where more of its fields follow.
            file.write(network.read())
            for key, value in METADATA.items():
                file.write(field(14, field(1, key) + field(2, str(value))))
        model = sherpa_onnx.OfflineSpeechDenoiserModelConfig(
            gtcrn=sherpa_onnx.OfflineSpeechDenoiserGtcrnModelConfig(model=described), num_threads=1)
        self.offline = sherpa_onnx.OfflineSpeechDenoiser(sherpa_onnx.OfflineSpeechDenoiserConfig(model=model))
        self.online = sherpa_onnx.OnlineSpeechDenoiser(sherpa_onnx.OnlineSpeechDenoiserConfig(model=model))

    def whole(self, samples):
        return numpy.array(self.offline(samples, sounds.RATE).samples)

    def half(self, samples):
        """Noise is 6 dB quieter at most, and so is what the network takes for noise."""
        denoised = self.whole(samples)
        return (denoised + samples[:len(denoised)]) / 2

    def in_pieces(self, samples):
        found = [numpy.array(self.online(samples[at:at + PIECE], sounds.RATE).samples)
                 for at in range(0, len(samples), PIECE)]
        found.append(numpy.array(self.online.flush().samples))
        return numpy.concatenate(found)


def babble(paths):
    """Voices that speak other languages at once."""
    def noise(count, dice):
        total = numpy.zeros(count)
        for _ in range(VOICES):
            voice = numpy.zeros(0)
            while len(voice) < count:
                spoken = sounds.read(paths[dice.integers(len(paths))])
                voice = numpy.append(voice, spoken / sounds.level(spoken))
            total += voice[:count]
        return total
    return noise


def show(arguments):
    speech = sounds.read(RECORDING)
    voices = [recording.path for language in ("ru", "es", "fr", "it")
              for recording in recordings(language, sounds.RATE, arguments.recordings)]
    noises = {"white": sounds.colored(0), "pink": sounds.colored(1), "babble": babble(voices)}
    with tempfile.TemporaryDirectory() as folder, Service(
            arguments.programs, arguments.home, "moonshine-tiny-en") as service:
        denoiser = Denoiser(arguments.denoiser, folder)
        ways = {"as it is": lambda samples: samples, "denoised": denoiser.whole, "in pieces": denoiser.in_pieces,
                "half denoised": denoiser.half}

        def wrong(mixtures):
            """Per cent of the words, for each way."""
            rates = []
            for way in ways.values():
                paths = [f"{folder}/{number}.wav" for number in range(len(mixtures))]
                for path, mixture in zip(paths, mixtures):
                    sounds.write(path, way(mixture.astype(numpy.float32)))
                errors = Errors("en")
                for text in service.texts(paths, "en"):
                    errors.add(SAID, text)
                rates.append(f"{errors.word_rate:.1f} %")
            return rates

        print("| noise | dB | draws | " + " | ".join(f"wrong, {way}" for way in ways) + " |")
        print("|---|---:|---:|" + "---:|" * len(ways))
        print("| none | – | 1 | " + " | ".join(wrong([speech])) + " |", flush=True)
        for name, make in noises.items():
            for ratio in RATIOS:
                mixtures = []
                for draw in range(DRAWS):
                    noise = make(len(speech), numpy.random.default_rng(draw))
                    mixture = speech + noise / sounds.level(noise) * sounds.level(speech) * 10 ** (-ratio / 20)
                    mixtures.append(mixture / max(1, numpy.abs(mixture).max()))
                print(f"| {name} | {ratio} | {DRAWS} | " + " | ".join(wrong(mixtures)) + " |", flush=True)
