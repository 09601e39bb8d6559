// The connection of a session: sends when something happens (a chunk, a reply), and comes back when it breaks.
import { connect } from "./server.js";

/** Milliseconds until the next attempt, doubled from the first to the last. */
const firstDelay = 250;
const lastDelay = 5000;
/** Unsent bytes that a browser is given at most. */
const bufferLimit = 4 << 20;
/** Milliseconds without a word that is due until the server is asked whether it is there, and until it is not. */
const askAfter = 5000;
const patience = 15000;
/** No session goes on after these. */
const lastCodes = [1002, 1003, 1007, 1009];

export class Link {
  /** When it broke and when the next attempt is due, in milliseconds of `performance.now()`. */
  awaySince = performance.now();
  nextTry = null;
  #socket = null;
  #over = new AbortController();
  #timer = 0;
  #delay = firstDelay;
  #heardAt = 0;
  #isAsked = false;
  #isPumping = false;
  #error = null;

  /** The owner has `window`, `bytesOf(number)`, `lastSegment` and `told(kind, reply)`. */
  constructor(session, owner) {
    Object.assign(this, { session, owner });
    addEventListener("online", () => this.retry(), this.#over);
    const watch = setInterval(() => this.#check(), 1000);
    this.#over.signal.onabort = () => clearInterval(watch);
    this.retry();
  }

  /** Does not come back. */
  end() {
    this.#over.abort();
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = null;
  }

  /** Tries at once. */
  retry() {
    if (this.#socket || this.#over.signal.aborted) return;
    clearTimeout(this.#timer);
    this.nextTry = this.#error = null;
    this.#heardAt = performance.now();
    const socket = this.#socket = connect(this.session.name !== null);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#heardAt = performance.now();
      this.#send(this.session.opened(this.owner.lastSegment));
    };
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
    socket.onclose = ({ code }) => this.#closed(code);
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #receive(reply) {
    const socket = this.#socket;
    this.#heardAt = performance.now();
    this.#isAsked = false;
    if (reply.error) this.#error = reply;
    const { kind, message } = this.session.received(reply, this.#heardAt);
    if (message) this.#send(message);
    if (kind === "started" || kind === "resumed") {
      this.awaySince = null;
      this.#delay = firstDelay;
    }
    this.owner.told(kind, reply);
    // What it said cannot be of use: begin with another connection.
    if ((kind === "contradiction" || kind === "refused") && socket === this.#socket) {
      this.#delay = lastDelay;
      this.#leave();
      socket.close(1000);
    }
    this.pump();
  }

  #closed(code) {
    this.#socket = null;
    const { session, owner } = this;
    const error = this.#error;
    session.closed();
    if (session.receipt) return this.end();
    if (lastCodes.includes(code)) {
      this.end();
      return owner.told("ended", error ?? { error: `${code}` });
    }
    // The server has closed the session with it.
    if (code === 1000 && session.name) session.lost();
    this.#comeBack(error?.code && error);
  }

  #comeBack(why) {
    if (this.#over.signal.aborted) return;
    const wait = this.#delay * (0.75 + Math.random() / 4);
    this.awaySince ??= performance.now();
    this.nextTry = performance.now() + wait;
    this.#delay = Math.min(lastDelay, this.#delay * 2);
    this.#timer = setTimeout(() => this.retry(), wait);
    this.owner.told("away", why ?? {});
  }

  /** Without a close, which would end the session: the server drops this socket when another resumes. */
  #leave() {
    const socket = this.#socket;
    socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = null;
    this.session.closed();
    this.#comeBack();
  }

  #check() {
    if (!this.#socket) return;
    const { phase, next, answered, stopped } = this.session;
    const now = performance.now();
    const isDue = phase !== "open" || stopped || next - 1 > answered;
    if (!isDue) this.#heardAt = now;
    if (now - this.#heardAt > patience) return this.#leave();
    if (now - this.#heardAt < askAfter || this.#isAsked || phase !== "open") return;
    this.#isAsked = true;
    this.#send({ type: "ping" });
  }

  /** Sends what there is: a chunk came, or a reply, or no more chunks come. */
  async pump() {
    if (this.#isPumping) return;
    this.#isPumping = true;
    await this.#sendAll().finally(() => { this.#isPumping = false; });
    if (this.#socket && this.session.takeStop()) this.#send({ type: "stop" });
  }

  async #sendAll() {
    const { session, owner } = this;
    for (;;) {
      const socket = this.#socket;
      const number = session.toSend(owner.window);
      if (!socket || number === null || socket.bufferedAmount > bufferLimit) return;
      const bytes = await owner.bytesOf(number);
      // The connection may be another one by now.
      if (socket !== this.#socket || session.toSend(owner.window) !== number) continue;
      socket.send(bytes);
      session.sent(number, performance.now());
    }
  }
}
