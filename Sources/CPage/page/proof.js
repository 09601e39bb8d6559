// What proves a recording, on the screen: the account while it is made, the receipt after it, every chunk.
import { decibels, rms } from "./levels.js";
import { figure, say } from "./texts.js";
import { make } from "./words.js";

const $ = (selector) => document.querySelector(selector);

/** Where numbers change in place, and an element is made once. */
const cells = new Map();
function set(list, key, text) {
  let cell = cells.get(key);
  if (!cell?.isConnected) {
    cell = make("dd");
    cells.set(key, cell);
    list.append(make("div", {}, make("dt", { textContent: say(key) }), cell));
  }
  if (cell.textContent !== text) cell.textContent = text;
}

export function showAccount(recording) {
  const { session } = recording;
  const list = $("#account dl");
  const { acknowledgement, answer } = session.latencies;
  const sent = session.next - 1;
  set(list, "sent", figure(sent));
  set(list, "acknowledged", figure(session.acknowledged));
  set(list, "answered", figure(session.answered));
  set(list, "waiting", figure(session.count - session.answered));
  set(list, "acknowledgement", say("ms", { figure: figure(acknowledgement, 1) }));
  set(list, "answer", say("ms", { figure: figure(answer, 1) }));
  set(list, "reconnected", figure(session.reconnected));
  set(list, "kept", say("kb", { figure: figure(recording.keptBytes / 1000) }));
  if (session.resent) set(list, "resent", figure(session.resent));
  if (!recording.source) set(list, "lost", say("s", { figure: figure(recording.lost, 1) }));
  if ($("#chunks").open) showChunks(session);
}

/** After the language has changed. */
export const resetAccount = () => $("#account dl").replaceChildren();

function showChunks({ recent, settings }) {
  const names = ["number", "bytes", "dBFS", "peak", "clip", "acknowledgement", "answer"];
  const head = make("tr", {}, ...names.map((name) => make("th", { scope: "col", textContent: say(name) })));
  const rows = recent.toReversed().map(({ number, size, levels, sentAt, acknowledgedAt, answeredAt }) => {
    const values = [figure(number), figure(size), figure(levels && decibels(rms(levels)), 1),
      figure(levels && decibels(levels.peak), 1), figure(levels?.clipped), figure(acknowledgedAt - sentAt, 1),
      figure(answeredAt - sentAt, 1)];
    return make("tr", {}, ...values.map((textContent) => make("td", { textContent })));
  });
  $("#chunks table").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
}

function value(name, it) {
  // Cut by the stylesheet.
  if (name === "sha256") return make("code", { textContent: it });
  return figure(it, name === "rms" || name === "peak" ? 6 : 0);
}

export function showReceipt({ result, failure, source, session }) {
  const card = $("#receipt");
  card.hidden = !result && !failure;
  if (card.hidden) return;
  const wasOpen = Boolean($("#receipt details")?.open);
  const isGood = Boolean(result?.agrees);
  card.classList.toggle("bad", !isGood);
  const title = say(!result ? "noReceipt" : isGood ? "agrees" : "differs");
  const seal = make("span", { className: "seal", textContent: isGood ? "✓" : "!", ariaHidden: "true" });
  card.replaceChildren(make("header", {}, seal, make("h2", { textContent: title })));
  if (!result) return card.append(make("p", { textContent: say("endedText", { text: failure }) }));
  const head = ["", "thisPage", "server", ""].map((key) =>
    make(key ? "th" : "td", { textContent: key && say(key), ...(key && { scope: "col" }) }));
  const rows = result.rows.map(({ name, page, server, agrees }) => make("tr", { className: agrees ? "" : "bad" },
    make("th", { scope: "row", textContent: say(name) }),
    make("td", {}, value(name, page)),
    make("td", {}, value(name, server)),
    make("td", { textContent: agrees ? "✓" : "≠", ariaLabel: say(agrees ? "equal" : "unequal") })));
  card.append(make("table", {}, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...rows)));
  const hashes = result.rows.find(({ name }) => name === "sha256");
  card.append(make("details", { open: wasOpen }, make("summary", { textContent: say("whole") }),
    ...["page", "server"].map((side) => make("p", {}, say(side === "page" ? "thisPage" : side),
      make("code", { textContent: hashes[side] })))));
  if (source?.isWhole && session.account.bytes === source.size) card.append(make("p", { textContent: say("own") }));
  if (session.base > 0) card.append(make("p", { textContent: say("part", { first: figure(session.base + 1) }) }));
}

/** A time of day. */
export const timeOfDay = (time) => new Date(time).toLocaleTimeString(document.documentElement.lang,
  { hour: "2-digit", minute: "2-digit" });
