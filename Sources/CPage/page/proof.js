// What proves a recording, on the screen: the account while it is made, the receipt after it, every chunk.
import { decibels, rms } from "./levels.js";
import { $, figure, make, say, showPairs, table } from "./ui.js";

export function showAccount({ session, source, microphone, lost }) {
  const pairs = [
    ["sent", figure(session.next - 1)],
    ["acknowledged", figure(session.acknowledged)],
    ["answered", figure(session.answered)],
    ["waiting", figure(session.count - session.answered)],
    ["acknowledgement", figure(session.latency("acknowledgedAt"), 1, "millisecond")],
    ["answer", figure(session.latency("answeredAt"), 1, "millisecond")],
    ["reconnected", figure(session.reconnected)],
    ["kept", figure(session.keptBytes / 1000, 0, "kilobyte")],
    ...(session.resent ? [["resent", figure(session.resent)]] : []),
    ...(source ? [] : [["lost", figure(microphone?.lost ?? lost, 1, "second")]]),
  ];
  showPairs($("figures"), pairs.map(([key, value]) => [say(key), value]));
  if ($("chunks").open) showChunks(session.recent);
}

function showChunks(chunks) {
  const heads = ["number", "bytes", "dBFS", "peak", "clip", "acknowledgement", "answer"].map((key) => say(key));
  $("every").replaceChildren(...table(heads, chunks.reverse().map((chunk) => [figure(chunk.number), figure(chunk.size),
    figure(decibels(rms(chunk.levels)), 1), figure(decibels(chunk.levels.peak), 1), figure(chunk.levels.clipped),
    figure(chunk.acknowledgedAt - chunk.sentAt, 1), figure(chunk.answeredAt - chunk.sentAt, 1)])));
}

/** Once: it does not change but for the language. */
export function showReceipt({ result, failure, source, session }) {
  const isGood = Boolean(result?.agrees);
  $("receipt").classList.toggle("bad", !isGood);
  const title = say(!result ? "noReceipt" : isGood ? "agrees" : "differs");
  const head = make("h2", {}, make("span", { className: "seal", ariaHidden: "true" }, isGood ? "✓" : "!"), title);
  if (!result) return $("receipt").replaceChildren(head, make("p", {}, say("endedText", { text: failure })));
  const write = (name, value) => name === "sha256" ? make("code", {}, value)
    : figure(value, name === "rms" || name === "peak" ? 6 : 0);
  const rows = result.rows.map(({ name, page, server, agrees }) => [say(name), write(name, page), write(name, server),
    make("b", { role: "img", className: agrees ? "" : "bad", ariaLabel: say(agrees ? "equal" : "unequal") },
      agrees ? "✓" : "≠")]);
  const { page, server } = result.rows.find(({ name }) => name === "sha256");
  $("receipt").replaceChildren(head, make("table", {}, ...table(["", say("thisPage"), say("server"), ""], rows)),
    make("details", {}, make("summary", {}, say("whole")), say("thisPage"), make("code", {}, page), say("server"),
      make("code", {}, server)));
  if (source?.isWhole && session.bytes === source.size) $("receipt").append(make("p", {}, say("own")));
  if (session.base) $("receipt").append(make("p", {}, say("part", { first: figure(session.base + 1) })));
}
