// What a recording leaves as files.
import { srt, vtt } from "./subtitles.js";
import { make } from "./words.js";

const contents = {
  txt: ({ transcript }) => `${transcript.text}\n`,
  srt: ({ transcript }) => srt(transcript.segments),
  vtt: ({ transcript }) => vtt(transcript.segments),
  json: ({ json }) => `${JSON.stringify(json, null, 2)}\n`,
  wav: (recording) => recording.wav(),
};

export const kinds = Object.keys(contents);

/** Milliseconds that a browser has to take a file. */
const patience = 60000;

export async function save(recording, kind) {
  const { source, label, begun } = recording;
  const name = source ? label.replace(/\.\w+$/, "")
    : new Date(begun).toLocaleString("sv").replaceAll(":", "-").replace(" ", "_");
  const href = URL.createObjectURL(new Blob([await contents[kind](recording)]));
  make("a", { href, download: `${name}.${kind}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), patience);
}
