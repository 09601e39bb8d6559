// Every file of the folder page, by its name. A test holds this list to the folder.
#include "page.h"

#ifndef __has_embed
#error "#embed is missing: expected clang 19 or later, which Swift 6.3 has"
#endif
#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct page_file files[] = {
    {"embed.html", (const unsigned char[]){
#embed "page/embed.html" suffix(, 0)
    }},
    {"index.html", (const unsigned char[]){
#embed "page/index.html" suffix(, 0)
    }},
    {"operator.html", (const unsigned char[]){
#embed "page/operator.html" suffix(, 0)
    }},
    {"levels.js", (const unsigned char[]){
#embed "page/levels.js" suffix(, 0)
    }},
    {"receipt.js", (const unsigned char[]){
#embed "page/receipt.js" suffix(, 0)
    }},
    {"session.js", (const unsigned char[]){
#embed "page/session.js" suffix(, 0)
    }},
    {"sha256.js", (const unsigned char[]){
#embed "page/sha256.js" suffix(, 0)
    }},
    {"subtitles.js", (const unsigned char[]){
#embed "page/subtitles.js" suffix(, 0)
    }},
    {"transcript.js", (const unsigned char[]){
#embed "page/transcript.js" suffix(, 0)
    }},
    {"wav.js", (const unsigned char[]){
#embed "page/wav.js" suffix(, 0)
    }},
};

const struct page_file *page_file(size_t index) {
  return index < sizeof files / sizeof *files ? &files[index] : NULL;
}
