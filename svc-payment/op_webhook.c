#include "op_webhook.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include "attempt_store.h"
#include "common/arena.h"
#include "common/effect.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/metrics.h"
#include "payment.h"
#include "webhook.h"
#include "webhook_store.h"

#define TRANSMISSION_ID_MAX 200
#define EVENT_MAX 100

static enum db_rc find_attempt(struct worker *w, struct bus_req *req, const struct notice *n, struct attempt **at) {
    *at = NULL;
    if (n->order_id != NULL) return attempt_store_find(w->db, req->arena, n->order_id, at);
    if (n->payment_key != NULL) return attempt_store_by_key(w->db, req->arena, n->payment_key, at);
    return DB_OK;
}

static struct metric *received[VERDICT_IGNORED + 1];

static void name_metrics(void) {
    for (int v = 0; v <= VERDICT_IGNORED; v++) {
        char labels[48];
        snprintf(labels, sizeof labels, "verdict=\"%s\"", webhook_verdict_name((enum verdict)v));
        received[v] = metric_get(METRIC_COUNTER, "payment_webhooks_total", labels, "Webhooks by what they were worth");
    }
}

/* About payments of ours only: anybody may call, and nobody shall fill our disk. */
static enum db_rc store(struct worker *w, struct bus_req *req, const struct notice *n, const struct attempt *at,
                        enum verdict verdict) {
    static const enum webhook_wish wishes[] = {
        [VERDICT_LOOK] = WISH_LOOK, [VERDICT_WAKE] = WISH_WAKE, [VERDICT_WRONG_SECRET] = WISH_NOTHING};
    const char *id = bus_param(req, "transmission_id");
    const struct webhook_row row = {
        .transmission_id = id != NULL && *id != '\0' && strlen(id) <= TRANSMISSION_ID_MAX ? id : NULL,
        .event_type = n->event != NULL ? arena_strndup(req->arena, n->event, EVENT_MAX) : "",
        .said = webhook_state_name(n->state),
        .verdict = webhook_verdict_name(verdict),
        .attempt = at->saga.id,
    };
    if (verdict == VERDICT_WRONG_SECRET)
        log_write(LOG_WARNING, &(struct log_ctx){.request_id = req->head.request_id}, "webhook with a wrong secret",
                  "attempt", at->attempt_id, NULL);
    return webhook_store_put(w->db, req->arena, &row, wishes[verdict]);
}

static pthread_once_t named = PTHREAD_ONCE_INIT;

enum status op_webhook(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct payment *p = w->state;
    struct notice n = {.state = MONEY_UNKNOWN};
    struct attempt *at;
    if (!p->provider->read_notice(req->arena, req->head.body, req->head.body_len, &n)) return ST_MALFORMED_JSON;
    enum db_rc rc = find_attempt(w, req, &n, &at);
    if (rc != DB_OK) return effect_status(rc);
    enum verdict verdict = webhook_judge(&n, at);
    pthread_once(&named, name_metrics);
    metric_add(received[verdict], 1);
    fault_hit("payment.webhook.before");
    if (at != NULL && verdict != VERDICT_IGNORED) rc = store(w, req, &n, at, verdict);
    if (rc != DB_OK) return effect_status(rc); /* the provider sends it again */
    fault_hit("payment.webhook.stored");
    strbuf_puts(out, "{}");
    return ST_OK;
}
