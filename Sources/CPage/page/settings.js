// What a recording is made with: microphone, engine, language; and how the page looks.
import { microphones } from "./capture.js";
import { ask } from "./server.js";
import { say } from "./texts.js";
import { make } from "./words.js";

const $ = (id) => document.getElementById(id);
const wished = new URLSearchParams(location.search);
let engines = [];

function options(select, list, value) {
  select.replaceChildren(...list.map((option) => make("option", option)));
  if (list.some((option) => option.value === value)) select.value = value;
}

export async function listMicrophones() {
  const found = await microphones();
  const named = found.filter(({ deviceId, label }) => label && deviceId !== "default");
  options($("microphone"), [{ value: "", textContent: say("anyMicrophone") },
    ...named.map(({ deviceId, label }) => ({ value: deviceId, textContent: label }))], $("microphone").value);
}

/** Asks the server what it has. Returns the status of its answer. */
export async function listEngines() {
  const { status, body } = await ask("engines");
  engines = body.engines ?? [];
  options($("engine"), engines.map(({ engine, state, model }) => ({ value: engine, disabled: state !== "ready",
    textContent: [engine, model, state !== "ready" && say("unavailable")].filter(Boolean).join(" · ") })),
  $("engine").value || wished.get("engine") || body.default);
  if ($("engine").selectedOptions[0]?.disabled) $("engine").value = body.default;
  listLanguages();
  return status;
}

export function listLanguages() {
  const languages = engines.find(({ engine }) => engine === $("engine").value)?.languages ?? [];
  const names = new Intl.DisplayNames(document.documentElement.lang, { type: "language" });
  const any = languages.length === 1 ? [] : [{ value: "", textContent: say("anyLanguage") }];
  options($("language"), [...any, ...languages.map((tag) => ({ value: tag, textContent: names.of(tag) }))],
    $("language").value || wished.get("language"));
}

/** For `start`: only what is chosen. */
export const chosen = () => ({ engine: $("engine").value || wished.get("engine") || undefined,
  language: $("language").value || wished.get("language") || undefined });

export const wishes = () => ({ level: $("change-level").checked, noise: $("change-noise").checked,
  echo: $("change-echo").checked });

const themes = ["auto", "light", "dark"];

/** Colors as the device's until another is chosen. */
export function showTheme(step = 0) {
  const theme = themes[(themes.indexOf(localStorage.getItem("theme") ?? "auto") + step) % 3];
  localStorage.setItem("theme", theme);
  document.documentElement.dataset.theme = theme;
  if (!$("theme")) return;
  $("theme").title = say(theme);
  $("theme").ariaLabel = `${say("theme")}: ${say(theme)}`;
}
