#pragma once
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

// Macros.
static inline int copenssl_minimum_version_1_2(SSL_CTX *context) {
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}
static inline unsigned long copenssl_no_renegotiation(void) { return SSL_OP_NO_RENEGOTIATION; }
static inline int copenssl_pem(void) { return SSL_FILETYPE_PEM; }
