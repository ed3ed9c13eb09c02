/* toss_keys - keys and address of Toss: which may be used together, and what is derived from them. Pure. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum { TOSS_KEY_MAX = 200, TOSS_URL_MAX = 200 };

/* NULL: these keys may be used at this address; else the reason why not, for the operator. `url` is TOSS_PAYMENT_URL of
 * the product guide (…/v1/payments) or the bare address.
 *
 * Live keys go to Toss itself over TLS and nowhere else. Test keys may go to a sandbox, over plain HTTP too; production
 * refuses them. */
const char *toss_keys_check(const char *secret_key, const char *client_key, const char *url, bool production);

/* Address before /v1: TOSS_PAYMENT_URL without that path and without a slash at the end. False: too long. */
bool toss_base_url(const char *url, char out[TOSS_URL_MAX + 1]);

/* "Authorization: Basic …" of the secret key; a byte order mark in front of it is left out. */
enum { TOSS_AUTHORIZATION_MAX = 320 };
bool toss_authorization(const char *secret_key, char out[TOSS_AUTHORIZATION_MAX]);
