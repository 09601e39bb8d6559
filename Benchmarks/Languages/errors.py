"""How far a text is from what was said, in any language that is written in letters."""
import re
import unicodedata

# Digits are said, and recognizers write them.
DIGITS = {
    "en": "zero one two three four five six seven eight nine ten",
    "ru": "ноль/нуль один/одну/единицу два/двойку три/тройку четыре пять шесть семь восемь девять десять",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez",
    "fr": "zéro un/une deux trois quatre cinq six sept huit neuf dix",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci",
}

SHORT = {"en": {"mister": "mr"}}

# Sound alike; the texts of the Russian prompts write two words 27 times where only the one is right.
ALIKE = {"ru": {("что", "бы"): "чтобы"}}


def plain(text):
    """Lower case, without accents; ё is written е as often as not, й is a letter of its own."""
    text = unicodedata.normalize("NFC", text.lower()).replace("ё", "е")
    return "".join(letter if letter == "й" else unicodedata.normalize("NFD", letter)[0] for letter in text)


def words(text, language):
    written = {plain(word): list(str(number)) for number, names in enumerate(DIGITS.get(language, "").split())
               for word in names.split("/")}
    written |= {word: [short] for word, short in SHORT.get(language, {}).items()}
    text = re.sub(r"\[[^]]*\]|\([^)]*\)", " ", plain(text))
    parts = [part for word in re.findall(r"\d|[^\W\d_]+", text) for part in written.get(word, [word])]
    return joined(parts, ALIKE.get(language, {}))


def joined(parts, alike):
    """With each pair of words that sounds like one replaced by it."""
    result = []
    for part in parts:
        if result and (result[-1], part) in alike:
            part = alike[result.pop(), part]
        result.append(part)
    return result


def distance(said, heard):
    """The fewest to replace, add or remove."""
    row = list(range(len(heard) + 1))
    for place, one in enumerate(said, 1):
        before, row[0] = row[0], place
        for column, other in enumerate(heard, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (one != other))
    return row[-1]


class Errors:
    """Of words and of characters, summed over texts."""

    def __init__(self, language):
        self.language = language
        self.words = self.wrong_words = self.characters = self.wrong_characters = 0

    def add(self, said, heard):
        said, heard = words(said, self.language), words(heard, self.language)
        self.words += len(said)
        self.wrong_words += distance(said, heard)
        self.characters += len("".join(said))
        self.wrong_characters += distance("".join(said), "".join(heard))

    @property
    def word_rate(self):
        return 100 * self.wrong_words / max(self.words, 1)

    @property
    def character_rate(self):
        return 100 * self.wrong_characters / max(self.characters, 1)
