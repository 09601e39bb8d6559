#pragma once
#include <libwebsockets.h>
#include <sys/socket.h>

// Swift's Glibc module is made without _GNU_SOURCE and has no accept4.
extern int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
static inline int cws_accept4(int descriptor, int flags) { return accept4(descriptor, 0, 0, flags); }

// A macro over an enum's case.
static inline enum lws_write_protocol cws_write_raw(void) { return LWS_WRITE_RAW; }
