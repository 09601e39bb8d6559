import english from "/page/en.js";
import operator from "/page/operator-texts.js";
import russian from "/page/ru.js";
import { equal, isTrue, test } from "/page/checks.js";

const texts = { en: { ...english, ...operator.en }, ru: { ...russian, ...operator.ru } };

test("both languages have every text", () => {
  const [en, ru] = [Object.keys(texts.en), Object.keys(texts.ru)];
  equal(en.filter((key) => !(key in texts.ru)), [], "only in English");
  equal(ru.filter((key) => !(key in texts.en)), [], "only in Russian");
  isTrue(en.length > 100, `${en.length} texts`);
});

test("no text is empty or has white space around it", () => {
  for (const [language, table] of Object.entries(texts))
    for (const [key, value] of Object.entries(table)) {
      isTrue(typeof value === "string", `${language} ${key} is ${typeof value}`);
      isTrue(value && value.trim() === value, `${language} ${key} is ${JSON.stringify(value)}`);
    }
});

test("both languages fill in the same values", () => {
  const values = (text) => [...String(text).matchAll(/\{\w+\}/gu)].map(([one]) => one).sort();
  for (const key of Object.keys(texts.en)) equal(values(texts.ru[key]), values(texts.en[key]), key);
});

test("Russian is in Cyrillic", () => {
  const same = Object.keys(texts.ru).filter((key) => texts.ru[key] === texts.en[key]);
  equal(same.filter((key) => /[a-z]{2}/iu.test(texts.en[key]) && !/^(SHA-256|RMS|CLIP)$/u.test(texts.en[key])), [],
    "left in English");
});
