#pragma once
// Debian 12's package node-llhttp has the sources of the parser, Debian 13's libllhttp-dev has it as a library.
#if __has_include("/usr/share/include/llhttp/llhttp.h")
#include "/usr/share/include/llhttp/llhttp.h"
#else
#include_next <llhttp.h>
#endif
