#pragma once
#include <stddef.h>
#include <sys/types.h>

// Whoever wants to see what libwebsockets reads from a descriptor before it does. Per thread: a descriptor belongs to the
// thread that runs its loop.

// Called in place of the read: it fills `buffer` with at most `count` bytes and returns what recv(2) or SSL_read(3) would.
// `tls` is the connection's SSL, or null where there is no TLS.
typedef ssize_t (*readtap_reader)(void *owner, void *tls, int descriptor, void *buffer, size_t count);

// Sets who reads from `descriptor` on this thread; a null owner ends it.
void readtap_set(int descriptor, readtap_reader reader, void *owner);
void *readtap_owner(int descriptor);

// The real reads, for whoever is called. Peeking leaves what it has seen.
ssize_t readtap_read(void *tls, int descriptor, void *buffer, size_t count);
ssize_t readtap_peek(void *tls, int descriptor, void *buffer, size_t count);
// Bytes TLS has decrypted that no event will tell of.
size_t readtap_pending(void *tls);

// Whether this program's functions are the ones the libraries call: their names must be in its dynamic symbol table.
int readtap_works(void);
