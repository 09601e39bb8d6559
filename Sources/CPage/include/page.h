#pragma once
#include <stddef.h>

// A file in the program itself: a text that ends with a zero byte.
struct page_file {
  const char *name;
  const unsigned char *text;
};

// The page's file of this number from 0; NULL after the last one.
const struct page_file *page_file(size_t index);

// The same of the descriptions of the server's interfaces.
const struct page_file *description_file(size_t index);
