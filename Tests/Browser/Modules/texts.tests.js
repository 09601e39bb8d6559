import texts from "/page/texts.js";
import { equal, isTrue, test } from "/page/checks.js";

// A text that stands alone is the Russian one: the English is its name.
const entries = Object.entries(texts).map(([key, text]) => [key, typeof text === "string" ? [key, text] : text]);

test("every text is in both languages", () => {
  for (const [key, pair] of entries) equal(pair.length, 2, key);
  isTrue(entries.length > 100, `${entries.length} texts`);
});

test("no text is empty or has white space around it", () => {
  for (const [key, pair] of entries)
    for (const text of pair) isTrue(text && text.trim() === text, `${key} is ${JSON.stringify(text)}`);
});

test("both languages fill in the same values", () => {
  const values = (text) => [...text.matchAll(/\{\w+\}/gu)].map(([one]) => one).sort();
  for (const [key, [en, ru]] of entries) equal(values(ru), values(en), key);
});

test("Russian is in Cyrillic", () => {
  const same = entries.map(([, pair]) => pair).filter(([en, ru]) => en === ru).map(([en]) => en);
  equal(same.filter((text) => !["SHA-256", "RMS"].includes(text)), [], "left in English");
});
