// The connection of a session: sends when something happens (a chunk, a reply), and comes back when it breaks.
import { connect } from "./server.js";

const firstDelay = 250;
const longestDelay = 5000;
/** Unsent bytes that a browser is given at most. */
const bufferLimit = 4 << 20;
/** Milliseconds without a word that is due until the server is asked whether it is there, and until it is not. */
const askAfter = 5000;
const patience = 15000;

/** No session goes on after these. */
const lastCodes = [1002, 1003, 1007, 1009];

export class Link {
  /** Chunks without an answer, at most. */
  window = 200;
  /** When it broke and when the next attempt is due, in milliseconds of `performance.now()`. */
  awaySince = null;
  nextTry = null;
  #session;
  #owner;
  #socket = null;
  #timer = 0;
  #watch = 0;
  #delay = firstDelay;
  #heard = 0;
  #asked = false;
  #isPumping = false;
  #isOver = false;
  #error = null;
  #online = () => this.#socket ?? this.#connect();

  /** The owner has `bytesOf(number)`, `lastSegment` and `told(kind, reply)`. */
  constructor(session, owner) {
    this.#session = session;
    this.#owner = owner;
    addEventListener("online", this.#online);
    this.#watch = setInterval(() => this.#check(), 1000);
    this.awaySince = performance.now();
    this.#connect();
  }

  get isOpen() {
    return this.#session.phase === "open";
  }

  /** There is a chunk, or no more comes. */
  poke() {
    this.#pump();
  }

  /** Tries at once. */
  retry() {
    if (!this.#socket) this.#connect();
  }

  /** Does not come back. */
  end() {
    this.#isOver = true;
    clearTimeout(this.#timer);
    clearInterval(this.#watch);
    removeEventListener("online", this.#online);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  #connect() {
    clearTimeout(this.#timer);
    if (this.#isOver) return;
    this.nextTry = null;
    this.#error = null;
    const socket = connect({ returns: this.#session.name !== null });
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#heard = performance.now();
    socket.onopen = () => {
      this.#heard = performance.now();
      this.#send(this.#session.opened(this.#owner.lastSegment));
    };
    socket.onmessage = ({ data }) => this.#receive(data);
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(data) {
    const socket = this.#socket;
    this.#heard = performance.now();
    this.#asked = false;
    const reply = JSON.parse(data);
    if (reply.error) this.#error = reply;
    const { kind, message } = this.#session.received(reply, this.#heard);
    if (message) this.#send(message);
    if (kind === "started" || kind === "resumed") {
      this.awaySince = null;
      this.#delay = firstDelay;
    }
    this.#owner.told(kind, reply);
    // What it said cannot be of use: begin with another connection.
    if (kind === "contradiction" || kind === "refused") {
      this.#delay = longestDelay;
      if (socket === this.#socket) this.#abandon(true);
    }
    this.#pump();
  }

  #closed(code) {
    this.#socket = null;
    const session = this.#session;
    session.closed();
    if (session.receipt) return this.end();
    const error = this.#error;
    if (lastCodes.includes(code)) {
      this.end();
      return this.#owner.told("ended", error ?? { error: `${code}` });
    }
    // The server has closed the session with it.
    if (code === 1000 && session.name) session.lost();
    if (error?.code) this.#owner.told("away", { needsToken: error.code.startsWith("token"), text: error.error });
    this.#comeBack();
  }

  #comeBack() {
    if (this.#isOver) return;
    const wait = this.#delay * (0.75 + Math.random() / 4);
    this.awaySince ??= performance.now();
    this.nextTry = performance.now() + wait;
    this.#delay = Math.min(longestDelay, this.#delay * 2);
    this.#timer = setTimeout(() => this.#connect(), wait);
    this.#owner.told("away", {});
  }

  /** Leaves a socket. A close would end the session; the server drops the old socket when the new one resumes. */
  #abandon(closes = false) {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    if (closes) socket.close(1000);
    this.#socket = null;
    this.#session.closed();
    this.#comeBack();
  }

  #check() {
    const { phase, next, answered, stopped } = this.#session;
    if (!this.#socket) return;
    const isDue = phase !== "open" || stopped || next - 1 > answered;
    const now = performance.now();
    if (!isDue) this.#heard = now;
    else if (now - this.#heard > patience) this.#abandon();
    else if (now - this.#heard > askAfter && !this.#asked && phase === "open") {
      this.#asked = true;
      this.#send({ type: "ping" });
    }
  }

  async #pump() {
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      for (;;) {
        const socket = this.#socket;
        const number = this.#session.toSend(this.window);
        if (!socket || number === null || socket.bufferedAmount > bufferLimit) break;
        let bytes = this.#owner.bytesOf(number);
        if (bytes instanceof Promise) bytes = await bytes;
        // The connection may be another one by now.
        if (socket !== this.#socket || this.#session.toSend(this.window) !== number) continue;
        socket.send(bytes);
        this.#session.sent(number, performance.now());
      }
      if (this.#socket && this.#session.takeStop()) this.#send({ type: "stop" });
    } finally {
      this.#isPumping = false;
    }
  }
}
