#pragma once
#include <libwebsockets.h>
#include <sys/socket.h>

// Swift's Glibc module is made without _GNU_SOURCE and has no accept4.
extern int accept4(int, struct sockaddr *__restrict, socklen_t *__restrict, int);
static inline int cws_accept4(int descriptor, int flags) { return accept4(descriptor, 0, 0, flags); }

// A macro over an enum's case.
static inline enum lws_write_protocol cws_write_raw(void) { return LWS_WRITE_RAW; }

// Which module SOCK_STREAM and its flags belong to depends on which of several C modules the compiler reads first.
static inline int cws_stream(void) { return SOCK_STREAM; }
static inline int cws_nonblocking_cloexec(void) { return SOCK_NONBLOCK | SOCK_CLOEXEC; }
