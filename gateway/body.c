/* body - what a changing call brings along: its key, its type, its bytes. Nothing is parsed here. */
#include <stdio.h>
#include <string.h>
#include "common/crypto.h"
#include "checks.h"
#include "gateway.h"

/* Every call that changes something carries a key; the answer tells the client the one it did not send. */
static enum status take_key(struct request *r) {
    const char *given = http_header(r->http, "Idempotency-Key");
    if (given == NULL) {
        uint8_t random[16];
        random_bytes(random, sizeof random);
        hex_encode(random, sizeof random, r->idem_key);
        return ST_OK;
    }
    if (!is_idempotency_key(given)) {
        r->faults.item[0].field = "Idempotency-Key";
        r->faults.item[0].fault = BAD_FORMAT;
        r->faults.n = 1;
        return ST_VALIDATION_FAILED;
    }
    snprintf(r->idem_key, sizeof r->idem_key, "%s", given);
    r->idem_given = true;
    return ST_OK;
}

static bool brings_body(const struct http_req *http) {
    return http->content_length > 0 || http_header(http, "Transfer-Encoding") != NULL;
}

enum status request_body(struct request *r) {
    enum status st = r->route->method != METHOD_GET && r->route->service != NULL ? take_key(r) : ST_OK;
    if (st != ST_OK || !brings_body(r->http)) return st;
    if (r->route->body == 0) return ST_BODY_TOO_LARGE;
    if (!is_json_type(http_header(r->http, "Content-Type"))) return ST_UNSUPPORTED_MEDIA_TYPE;
    return http_body(r->http, r->route->body, &r->body, &r->body_len);
}
