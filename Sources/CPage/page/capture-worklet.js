// The microphone where a track's own frames cannot be had.
import { Chunker } from "./chunker.js";

registerProcessor("capture", class extends AudioWorkletProcessor {
  #chunker = new Chunker(sampleRate);
  #ends = false;

  constructor() {
    super();
    this.port.onmessage = () => {
      this.#ends = true;
      this.#give(this.#chunker.rest());
      this.port.postMessage({ ended: true });
    };
    this.port.postMessage({ rate: sampleRate });
  }

  #give(bytes) {
    this.port.postMessage({ bytes, frames: this.#chunker.frames }, [bytes.buffer]);
  }

  process([channels]) {
    if (channels.length) this.#chunker.take(channels, (bytes) => this.#give(bytes));
    return !this.#ends;
  }
});
