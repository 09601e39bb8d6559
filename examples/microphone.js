// Shows the words of the microphone while they are spoken: a client of audio-service for Node.js.
//
//   npm install ws                 # or apt-get install node-ws
//   node microphone.js [ws://127.0.0.1:8000/api/audio/ws]
//
// Node.js has no microphone of its own, and the packages that give it one start a program, too: this starts arecord
// (apt-get install alsa-utils). Ctrl-C ends it, with the server's account of what it received. The messages:
// docs/protocol.md.
const { spawn } = require("node:child_process");
const { createHash } = require("node:crypto");
const WebSocket = require("ws");

const rate = 16000;
const chunkBytes = rate / 10 * 2;
const url = process.argv[2] ?? "ws://127.0.0.1:8000/api/audio/ws";
const digest = createHash("sha256");
const server = new WebSocket(url);

server.on("open", () => {
  server.send(JSON.stringify({ type: "start", sample_rate: rate, updates: true, keeps: false }));
  const format = ["--format", "S16_LE", "--rate", rate, "--channels", "1", "--file-type", "raw"];
  // Detached, so that Ctrl-C ends this program's audio in order and not the recorder at once.
  const recorder = spawn("arecord", ["--quiet", ...format], { stdio: ["ignore", "pipe", "inherit"], detached: true });
  let rest = Buffer.alloc(0);
  function send(chunk) {
    digest.update(chunk);
    server.send(chunk);
  }
  recorder.on("error", (error) => {
    console.error(`arecord: ${error.message}`);
    process.exit(1);
  });
  recorder.stdout.on("data", (data) => {
    rest = Buffer.concat([rest, data]);
    for (; rest.length >= chunkBytes; rest = rest.subarray(chunkBytes)) send(rest.subarray(0, chunkBytes));
  });
  recorder.stdout.on("end", () => {
    if (rest.length > 0) send(rest);
    server.send('{"type":"stop"}');
  });
  process.once("SIGINT", () => recorder.kill());
});

server.on("message", (data) => {
  const message = JSON.parse(data);
  if (message.error) {
    console.error(message.error);
  } else if (message.type === "summary") {
    const agrees = message.sha256 === digest.digest("hex");
    console.log(`${message.duration} s in ${message.chunks} chunks: the server has ` +
      (agrees ? "what was sent" : "something else"));
  } else if (message.transcription) {
    // An update, or with an engine that sends none the reply to a chunk. The final one of a segment stays.
    const { transcription: text, final } = message;
    const line = final ? `${text}\n` : `› ${text.slice(-70)}`;
    if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${line}`);
    else if (final) process.stdout.write(line);
  }
});

server.on("error", (error) => {
  console.error(`${url}: ${error.message}`);
  process.exitCode = 1;
});
