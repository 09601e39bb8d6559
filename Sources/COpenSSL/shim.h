#pragma once
// SHA256_CTX, whose state can be kept.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

// Macros.
static inline int copenssl_minimum_version_1_2(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline unsigned long copenssl_no_renegotiation(void) { return SSL_OP_NO_RENEGOTIATION; }
static inline int copenssl_pem(void) { return SSL_FILETYPE_PEM; }
static inline void copenssl_modes(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}
static inline void copenssl_no_session_cache(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}
static inline void copenssl_ticket_keys(SSL_CTX *context, void *keys, long count) {
  SSL_CTX_set_tlsext_ticket_keys(context, keys, count);
}
// The load generator's.
static inline int copenssl_minimum_version_1_3(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
}
static inline void copenssl_partial_writes(SSL_CTX *context) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
}
static inline void copenssl_read_ahead(SSL_CTX *context) { SSL_CTX_set_read_ahead(context, 1); }
static inline void copenssl_client_tickets(SSL_CTX *context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
}
static inline void copenssl_server_name(SSL *tls, const char *name) { SSL_set_tlsext_host_name(tls, name); }
static inline void copenssl_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void copenssl_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline int copenssl_flush_control(void) { return BIO_CTRL_FLUSH; }
static inline int copenssl_bio_type(void) { return BIO_get_new_index() | BIO_TYPE_SOURCE_SINK; }
