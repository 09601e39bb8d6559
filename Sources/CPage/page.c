// Every file of the folders page and api, by its name. A test holds these lists to the folders.
#include "page.h"

#ifndef __has_embed
#error "#embed is missing: expected clang 19 or later, which Swift 6.3 has"
#endif
#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct page_file files[] = {
    {"index.html", (const unsigned char[]){
#embed "page/index.html" suffix(, 0)
    }},
    {"operator.html", (const unsigned char[]){
#embed "page/operator.html" suffix(, 0)
    }},
    {"capture.js", (const unsigned char[]){
#embed "page/capture.js" suffix(, 0)
    }},
    {"file.js", (const unsigned char[]){
#embed "page/file.js" suffix(, 0)
    }},
    {"frames.js", (const unsigned char[]){
#embed "page/frames.js" suffix(, 0)
    }},
    {"icon.svg", (const unsigned char[]){
#embed "page/icon.svg" suffix(, 0)
    }},
    {"levels.js", (const unsigned char[]){
#embed "page/levels.js" suffix(, 0)
    }},
    {"link.js", (const unsigned char[]){
#embed "page/link.js" suffix(, 0)
    }},
    {"meter.js", (const unsigned char[]){
#embed "page/meter.js" suffix(, 0)
    }},
    {"operator-figures.js", (const unsigned char[]){
#embed "page/operator-figures.js" suffix(, 0)
    }},
    {"operator.js", (const unsigned char[]){
#embed "page/operator.js" suffix(, 0)
    }},
    {"page.css", (const unsigned char[]){
#embed "page/page.css" suffix(, 0)
    }},
    {"proof.js", (const unsigned char[]){
#embed "page/proof.js" suffix(, 0)
    }},
    {"recording.js", (const unsigned char[]){
#embed "page/recording.js" suffix(, 0)
    }},
    {"server.js", (const unsigned char[]){
#embed "page/server.js" suffix(, 0)
    }},
    {"session.js", (const unsigned char[]){
#embed "page/session.js" suffix(, 0)
    }},
    {"settings.js", (const unsigned char[]){
#embed "page/settings.js" suffix(, 0)
    }},
    {"sha256.js", (const unsigned char[]){
#embed "page/sha256.js" suffix(, 0)
    }},
    {"speak.js", (const unsigned char[]){
#embed "page/speak.js" suffix(, 0)
    }},
    {"store.js", (const unsigned char[]){
#embed "page/store.js" suffix(, 0)
    }},
    {"subtitles.js", (const unsigned char[]){
#embed "page/subtitles.js" suffix(, 0)
    }},
    {"texts.js", (const unsigned char[]){
#embed "page/texts.js" suffix(, 0)
    }},
    {"transcript.js", (const unsigned char[]){
#embed "page/transcript.js" suffix(, 0)
    }},
    {"ui.js", (const unsigned char[]){
#embed "page/ui.js" suffix(, 0)
    }},
    {"wav.js", (const unsigned char[]){
#embed "page/wav.js" suffix(, 0)
    }},
    {"words.js", (const unsigned char[]){
#embed "page/words.js" suffix(, 0)
    }},
};

const struct page_file *page_file(size_t index) {
  return index < sizeof files / sizeof *files ? &files[index] : NULL;
}

static const struct page_file descriptions[] = {
    {"asyncapi.json", (const unsigned char[]){
#embed "api/asyncapi.json" suffix(, 0)
    }},
    {"openapi.json", (const unsigned char[]){
#embed "api/openapi.json" suffix(, 0)
    }},
};

const struct page_file *description_file(size_t index) {
  return index < sizeof descriptions / sizeof *descriptions ? &descriptions[index] : NULL;
}
