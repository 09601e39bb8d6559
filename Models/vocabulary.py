"""The vocabulary of a Whisper model, from the files beside its weights."""
import base64
import json


def letters():
    """The tokenizer writes each byte as a letter: visible ones as themselves, the others as those from 256 on."""
    visible = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in visible]
    return {chr(byte): byte for byte in visible} | {chr(256 + number): byte for number, byte in enumerate(others)}


class Vocabulary:
    """Words by their number, the numbers of the special tokens, and the languages."""

    def __init__(self, folder):
        with open(f"{folder}/config.json", encoding="utf-8") as file:
            config = json.load(file)
        with open(f"{folder}/tokenizer.json", encoding="utf-8") as file:
            tokenizer = json.load(file)
        self.alignment_heads = config["alignment_heads"]
        # Brackets, notes and other signs that are not spoken: a transcript that has them is invented.
        self.suppressed = config["suppress_ids"]
        self.words = tokenizer["model"]["vocab"]
        self.special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
        names = {number: name for name, number in self.special.items()}
        # In the order of their tokens: "en", "zh", …
        self.languages = {names[number].strip("<|>"): number for number in config["lang_ids"]}

    def __getitem__(self, name):
        """The number of a special token, by one of its names."""
        return next(self.special[f"<|{one}|>"] for one in name.split("/") if f"<|{one}|>" in self.special)

    def metadata(self):
        """Metadata that sherpa-onnx reads from the encoder."""
        start, transcribe, numbers = self["startoftranscript"], self["transcribe"], [*self.languages.values()]
        return {
            "sot": start, "eot": self["endoftext"], "translate": self["translate"], "transcribe": transcribe,
            "no_speech": self["nospeech/nocaptions"], "no_timestamps": self["notimestamps"],
            "blank_id": self.words["Ġ"], "is_multilingual": 1, "sot_sequence": f"{start},{numbers[0]},{transcribe}",
            "all_language_tokens": ",".join(map(str, numbers)),
            "all_language_codes": ",".join(self.languages), "n_alignment_heads": len(self.alignment_heads),
        }

    def write(self, path):
        """A line a token: its bytes in base64, and its number."""
        bytes_by_letter = letters()
        with open(path, "w", encoding="ascii") as file:
            for word, number in sorted(self.words.items(), key=lambda pair: pair[1]):
                if word and word not in self.special:
                    text = base64.b64encode(bytes(bytes_by_letter[letter] for letter in word)).decode()
                    file.write(f"{text} {number}\n")
