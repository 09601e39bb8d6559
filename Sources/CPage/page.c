// Every file of the folder page, by its name. A test holds this list to the folder.
#include "page.h"

#ifndef __has_embed
#error "#embed is missing: expected clang 19 or later, which Swift 6.3 has"
#endif
#pragma clang diagnostic ignored "-Wc23-extensions"

static const struct page_file files[] = {
    {"index.html", (const unsigned char[]){
#embed "page/index.html" suffix(, 0)
    }},
    {"embed.html", (const unsigned char[]){
#embed "page/embed.html" suffix(, 0)
    }},
    {"operator.html", (const unsigned char[]){
#embed "page/operator.html" suffix(, 0)
    }},
};

const struct page_file *page_file(size_t index) {
  return index < sizeof files / sizeof *files ? &files[index] : NULL;
}
