"""Sounds that are made, the same each time: noises, music, breath and key clicks. One channel at 16 kHz."""
import wave

import numpy

RATE = 16000


def read(path):
    with wave.open(path) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RATE)
        return numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16) / 32768


def write(path, samples):
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", None))
        file.writeframes(numpy.round(numpy.clip(samples, -1, 1) * 32767).astype(numpy.int16).tobytes())


def level(samples):
    """Root mean square."""
    return numpy.sqrt(numpy.mean(numpy.square(samples)))


def scaled(samples, dbfs):
    """With this root mean square."""
    return samples / level(samples) * 10 ** (dbfs / 20)


def silence(count, dice):
    return numpy.zeros(count)


def colored(power):
    """Noise whose power falls with so high a power of the frequency: 0 white, 1 pink, 2 brown."""
    def noise(count, dice):
        spectrum = numpy.fft.rfft(dice.standard_normal(count))
        # Below 20 Hz nothing is louder.
        spectrum /= numpy.maximum(numpy.fft.rfftfreq(count, 1 / RATE), 20) ** (power / 2)
        return numpy.fft.irfft(spectrum, count)
    return noise


def filtered(samples, low, high):
    """Only what is between these frequencies."""
    spectrum = numpy.fft.rfft(samples)
    frequencies = numpy.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(frequencies < low) | (frequencies > high)] = 0
    return numpy.fft.irfft(spectrum, len(samples))


def breath(count, dice):
    """In for 1.2 s, out for 1.8 s, with a pause: noise with broad peaks, as of an open mouth close to a microphone."""
    samples = numpy.zeros(count)
    white = dice.standard_normal(count)
    inward, outward = filtered(white, 500, 4000), filtered(white, 200, 2000)
    at = 0
    while at < count:
        for source, seconds, loud in ((inward, 1.2, 0.7), (outward, 1.8, 1.0)):
            length = int(seconds * dice.uniform(0.8, 1.2) * RATE)
            part = source[at:at + length]
            samples[at:at + length] = loud * part * numpy.sin(numpy.pi * numpy.arange(len(part)) / length) ** 2
            at += length + int(0.1 * RATE)
        at += int(dice.uniform(0.5, 1.5) * RATE)
    return samples


def clicks(count, dice):
    """Keys of a keyboard, six a second, each going down and up, with pauses."""
    samples = numpy.zeros(count)
    at = 0
    while at < count:
        for loud in (1.0, 0.5):
            length = int(0.03 * RATE)
            time = numpy.arange(length) / RATE
            click = dice.standard_normal(length) * numpy.exp(-time / 0.003)
            click += 0.7 * numpy.sin(2 * numpy.pi * dice.uniform(900, 2500) * time) * numpy.exp(-time / 0.006)
            part = samples[at:at + length]
            part += loud * dice.uniform(0.5, 1) * click[:len(part)]
            at += int(dice.uniform(0.05, 0.1) * RATE)
        at += int(dice.exponential(0.05) * RATE) if dice.random() < 0.95 else int(dice.uniform(1, 3) * RATE)
    return samples


def music(count, dice):
    """Chords of plucked strings with a melody, a bass and a beat, 100 to the minute."""
    samples = numpy.zeros(count + 2 * RATE)
    beat = int(0.6 * RATE)
    time = numpy.arange(2 * beat) / RATE
    for number, at in enumerate(range(0, count, beat)):
        root = (220.0, 174.61, 261.63, 196.0)[number // 4 % 4]
        melody = 2 * root * dice.choice([1, 1.26, 1.5, 1.68, 2])
        for pitch, loud in ((root, 0.10), (root * 1.26, 0.08), (root * 1.5, 0.08), (root / 2, 0.15), (melody, 0.12)):
            for overtone in range(1, 6):
                tone = numpy.exp(-2 * time * overtone) * numpy.sin(2 * numpy.pi * pitch * overtone * time)
                samples[at:at + 2 * beat] += loud / overtone * tone
        samples[at:at + 1200] += 0.15 * dice.standard_normal(1200) * numpy.exp(-numpy.arange(1200) / 250)
    return samples[:count]
