// The package ws of Node.js: node ws.js URL [CA]. Prints "ok" if every message came back as it was sent.
const WebSocket = require("ws");
const assert = require("assert");
const fs = require("fs");
const [url, authority] = process.argv.slice(2);
const options = authority ? { ca: fs.readFileSync(authority) } : {};
const socket = new WebSocket(url, ["first", "second"], options);
const sizes = [0, 1, 125, 126, 65535, 65536, 1 << 20];
const expected = [];
socket.on("open", () => {
  assert.strictEqual(socket.protocol, "first");
  assert.strictEqual(socket.extensions, "");
  for (const size of sizes) {
    const bytes = Buffer.alloc(size, size % 251);
    expected.push([bytes, true]);
    socket.send(bytes);
    const text = "ä".repeat(size / 2);
    expected.push([Buffer.from(text), false]);
    socket.send(text);
  }
  expected.push([Buffer.from("in pieces"), false]);
  socket.send("in ", { fin: false });
  socket.ping("now");
  socket.send("pieces", { fin: true });
});
let pongs = 0;
socket.on("pong", (body) => {
  assert.strictEqual(body.toString(), "now");
  pongs += 1;
});
socket.on("message", (data, isBinary) => {
  const [bytes, kind] = expected.shift();
  assert(bytes.equals(data) && kind === isBinary);
  if (expected.length === 0) socket.close(3001, "done");
});
socket.on("close", (code) => {
  assert.strictEqual(code, 3001);
  assert.strictEqual(pongs, 1);
  console.log("ok");
});
