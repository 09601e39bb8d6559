#pragma once
// SHA256_CTX, whose state can be kept.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string.h>

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
// HKDF-Expand-Label without a context. The names of the parameters are macros.
static inline int copenssl_expand_label(
    EVP_KDF *kdf, const char *digest, void *secret, size_t secret_count, const char *label, void *out, size_t count) {
  int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
  OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char *)digest, 0),
      OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, secret_count),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PREFIX, "tls13 ", 6),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_LABEL, (char *)label, strlen(label)),
      OSSL_PARAM_construct_end()};
  EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
  int is_done = context && EVP_KDF_derive(context, out, count, parameters) == 1;
  EVP_KDF_CTX_free(context);
  return is_done;
}
// The tests'.
static inline int copenssl_maximum_version_1_2(SSL *tls) { return SSL_set_max_proto_version(tls, TLS1_2_VERSION); }
