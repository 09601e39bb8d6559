// Reads a microphone's track, or a file: both must go on while the page is busy.
import { Chunker } from "./chunker.js";
import { measure, sampleBytes } from "./levels.js";
import { Sha256 } from "./sha256.js";

const jobs = { track: readTrack, file: serveFile };

addEventListener("message", ({ data }) => jobs[data.job]?.(data), { once: true });

/** A track's own frames. A page's message ends it. */
async function readTrack({ frames }) {
  const reader = frames.getReader();
  addEventListener("message", () => reader.cancel());
  let chunker = null;
  let rate = 0;
  const give = (bytes) => postMessage({ bytes, frames: chunker.frames }, [bytes.buffer]);
  for (;;) {
    const { value, done } = await reader.read().catch(() => ({ done: true }));
    if (done) break;
    if (!chunker) {
      rate = value.sampleRate;
      chunker = new Chunker(rate);
      postMessage({ rate });
    }
    const isOther = value.sampleRate !== rate;
    const channels = Array.from({ length: isOther ? 0 : value.numberOfChannels }, (_, planeIndex) => {
      const samples = new Float32Array(value.numberOfFrames);
      value.copyTo(samples, { planeIndex, format: "f32-planar" });
      return samples;
    });
    value.close();
    // Another rate is another microphone, and would need another session.
    if (isOther) break;
    chunker.take(channels, give);
  }
  if (chunker) give(chunker.rest());
  postMessage({ ended: true });
}

/** Bytes of a file's chunk, about. */
const chunkBytes = 32 << 10;

/**
 * A file's chunks, one at each message, with their levels and, after the last, the hash of what was given.
 * `offset` and `length` say where the samples are; the bytes before and after them are sent, but not measured.
 */
function serveFile({ blob, offset, length, format }) {
  const frame = format.channels * sampleBytes[format.encoding];
  const end = Math.min(blob.size, offset + length);
  let at = 0;
  let hash = new Sha256();
  addEventListener("message", async ({ data }) => {
    if (data === "rewind") {
      at = 0;
      hash = new Sha256();
      return;
    }
    if (data === "end") return postMessage({ sha256: hash.digest() });
    const first = at === 0 ? offset : 0;
    const until = Math.min(blob.size, at + first + Math.floor(chunkBytes / frame) * frame);
    const begin = at;
    const own = hash;
    // It may be told to rewind before the bytes are there.
    at = until;
    const bytes = new Uint8Array(await blob.slice(begin, until).arrayBuffer());
    const from = Math.min(bytes.length, Math.max(0, offset - begin));
    const to = Math.max(from, Math.min(bytes.length, end - begin));
    const frames = Math.floor((to - from) / frame);
    own.update(bytes);
    const levels = measure(bytes.subarray(from, from + frames * frame), format.encoding);
    postMessage({ bytes, frames, levels, isLast: until >= blob.size }, [bytes.buffer]);
  });
  postMessage({ ready: true });
}
