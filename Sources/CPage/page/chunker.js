// Sound as the browser gives it, in pieces of any length, to chunks of a tenth of a second.

export class Chunker {
  #samples;
  #filled = 0;
  /** Frames taken so far. */
  frames = 0;

  constructor(rate) {
    this.#samples = new Int16Array(Math.round(rate / 10));
  }

  /** Takes channels of the same length, averages them, and calls `give` with the bytes of each full chunk. */
  take(channels, give) {
    const length = channels[0]?.length ?? 0;
    this.frames += length;
    for (let i = 0; i < length; i++) {
      let x = 0;
      for (const channel of channels) x += channel[i];
      x = Math.round((x / channels.length) * 32768);
      this.#samples[this.#filled++] = x > 32767 ? 32767 : x < -32768 ? -32768 : x;
      if (this.#filled === this.#samples.length) give(this.rest());
    }
  }

  /** What does not fill a chunk. */
  rest() {
    const bytes = new Uint8Array(this.#samples.slice(0, this.#filled).buffer);
    this.#filled = 0;
    return bytes;
  }
}
