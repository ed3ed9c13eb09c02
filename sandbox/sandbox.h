/* sandbox - what the files of the sandbox share: its configuration, its state, one request.
 *
 * The story of a request is dispatch.c; every change of a payment is made in changes.c, every message begins in alimtalk.c.
 * Locks, outermost first: book or messages, then all others, which are leaves. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/http.h"
#include "common/json.h"
#include "common/settings.h"
#include "clock.h"
#include "faults.h"
#include "payment_book.h"
#include "payment_json.h"

struct config { /* filled from settings_table, const after start */
    char *listen, *public_url, *state;
    char *secret_keys, *client_keys;
    char *webhook_url, *amount_mismatch;
    bool webhook_status, webhook_deposit, webhook_new_ids, negative_cancels;
    char *app_key, *alimtalk_secret, *sender_key, *sms_sender, *shop_url;
    int64_t threads, time_scale, latency_ms, max_payments, webhook_threads, webhook_queue;
    int64_t max_messages, result_ms, token_seconds;
};
extern const struct setting settings_table[];
extern const size_t settings_count;
int settings_check(void *config);

#define ANSWER_CLASSES 6
#define ROUTE_PARAMS 3

struct calls;
struct idempotency;
struct journal;
struct kakaoi;
struct message_book;
struct metric;
struct rest;
struct shops;
struct sweeper;
struct templates;
struct webhooks;
struct sandbox {
    const struct config *conf;
    struct clock clock;
    struct shops *shops;
    struct book *book;
    struct journal *journal; /* NULL: nothing is written down */
    struct idempotency *idempotency;
    struct faults *faults;
    struct calls *calls;
    struct webhooks *webhooks;
    struct rest *rest;
    struct sweeper *sweeper;
    struct message_book *messages;
    struct idempotency *nhn_keys;
    struct templates *templates;
    struct kakaoi *kakaoi;
    struct http_server *http;
    struct metric *answers[ANSWER_CLASSES]; /* by hundreds of the status; 0: cut */
};

struct route;
struct exchange {
    struct sandbox *sb;
    struct http_req *http;
    const struct route *route;
    int64_t now;
    const char *param[ROUTE_PARAMS]; /* the ":" of the route's pattern; "" where it has fewer */
    size_t shop;                     /* of Toss's calls: whose key signed it */
    struct json_in in;               /* the body; an empty object when `malformed` or not JSON at all */
    struct json_faults bad;
    bool malformed;
    const char *body; /* as it came */
    struct fault_hit fault;
    uint64_t call;    /* its row in calls */
    uint64_t webhook; /* to be delivered before the answer leaves; 0: none */
    /* the answer */
    int status;
    const char *type, *headers /* "" or ready lines */, *text;
    size_t len;
};

/* answer.c: each sets the answer of `x`; it leaves in answer_send(). */
void answer_json(struct exchange *x, int status, const struct strbuf *json);
void answer_code(struct exchange *x, const char *name);
void answer_payment(struct exchange *x, const struct payment *p);
void answer_html(struct exchange *x, int status, const struct strbuf *html);
/* 502 as a proxy has it */
void answer_bad_gateway(struct exchange *x);
/* 303 */
void answer_redirect(struct exchange *x, const char *url);
/* Sends it, damaged as x->fault says. */
void answer_send(struct exchange *x);
void answer_view(const struct exchange *x, const struct payment *p, struct payment_view *view);

/* The payment a path or body names, with its lapsed time limits applied; inside the book. NULL: unknown to this shop. */
struct payment *find_payment(struct exchange *x, const char *key);
