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
#define SCRATCH_MAX ((size_t)8 * 1024 * 1024)

struct told { /* one webhook on its way */
    struct bus_req *req;
    struct notice notice;
    const struct attempt *at; /* NULL: none of ours */
    enum verdict verdict;
};

static struct metric *received[VERDICT_IGNORED + 1];
static pthread_once_t named = PTHREAD_ONCE_INIT;

static void name_metrics(void) {
    for (int v = 0; v <= VERDICT_IGNORED; v++) {
        char labels[48];
        snprintf(labels, sizeof labels, "verdict=\"%s\"", webhook_verdict_name((enum verdict)v));
        received[v] = metric_get(METRIC_COUNTER, "payment_webhooks_total", labels, "Webhooks by what they were worth");
    }
}

/* The order id is ours and decides; the key only where there is none. */
static bool is_about(const struct notice *n, const struct attempt *at) {
    if (n->order_id != NULL) return strcmp(n->order_id, at->attempt_id) == 0;
    return n->payment_key != NULL && at->payment_key != NULL && strcmp(n->payment_key, at->payment_key) == 0;
}

static enum db_rc find_attempts(struct worker *w, struct arena *a, struct told *told, size_t n) {
    const char *ids[BUS_MAX_BATCH], *keys[BUS_MAX_BATCH];
    struct attempt **rows = NULL;
    size_t n_ids = 0, n_keys = 0, n_rows = 0;
    for (size_t i = 0; i < n; i++) {
        const struct notice *notice = &told[i].notice;
        if (notice->order_id != NULL)
            ids[n_ids++] = notice->order_id;
        else if (notice->payment_key != NULL)
            keys[n_keys++] = notice->payment_key;
    }
    if (n_ids + n_keys == 0) return DB_OK;
    enum db_rc rc = attempt_store_named(w->db, a, ids, n_ids, keys, n_keys, &rows, &n_rows);
    for (size_t i = 0; i < n; i++)
        for (size_t r = 0; r < n_rows; r++)
            if (is_about(&told[i].notice, rows[r])) told[i].at = rows[r];
    return rc;
}

static struct webhook_row row_of(const struct told *t) {
    static const enum webhook_wish wishes[] = {
        [VERDICT_LOOK] = WISH_LOOK, [VERDICT_WAKE] = WISH_WAKE, [VERDICT_WRONG_SECRET] = WISH_NOTHING};
    const char *id = bus_param(t->req, "transmission_id");
    return (struct webhook_row){
        .transmission_id = id != NULL && *id != '\0' && strlen(id) <= TRANSMISSION_ID_MAX ? id : NULL,
        .event_type = t->notice.event != NULL ? arena_strndup(t->req->arena, t->notice.event, EVENT_MAX) : "",
        .said = webhook_state_name(t->notice.state),
        .verdict = webhook_verdict_name(t->verdict),
        .attempt = t->at->saga.id,
        .wish = wishes[t->verdict],
    };
}

/* About payments of ours only: anybody may call, and nobody shall fill our disk. */
static enum db_rc take_in(struct worker *w, struct arena *a, struct told *told, size_t n) {
    struct webhook_row rows[BUS_MAX_BATCH];
    size_t n_rows = 0;
    enum db_rc rc = find_attempts(w, a, told, n);
    if (rc != DB_OK) return rc;
    for (size_t i = 0; i < n; i++) {
        told[i].verdict = webhook_judge(&told[i].notice, told[i].at);
        if (told[i].at != NULL && told[i].verdict != VERDICT_IGNORED) rows[n_rows++] = row_of(&told[i]);
    }
    fault_hit("payment.webhook.before");
    if (n_rows > 0) rc = webhook_store_put(w->db, a, rows, n_rows);
    if (rc == DB_OK) fault_hit("payment.webhook.stored");
    return rc;
}

static void answer(const struct told *t, enum db_rc rc) {
    if (rc != DB_OK) { /* the provider sends it again */
        bus_reply(t->req, effect_status(rc), NULL, 0, 0);
        return;
    }
    metric_add(received[t->verdict], 1);
    if (t->verdict == VERDICT_WRONG_SECRET)
        log_write(LOG_WARNING, &(struct log_ctx){.request_id = t->req->head.request_id}, "webhook with a wrong secret",
                  "attempt", t->at->attempt_id, NULL);
    bus_reply(t->req, ST_OK, "{}", 2, 0);
}

/* What SQL cannot stand must not keep its neighbours out: they are taken one by one then. */
static void take_in_all(struct worker *w, struct arena *a, struct told *told, size_t n) {
    enum db_rc rc = take_in(w, a, told, n);
    bool alone = n > 1 && rc != DB_OK && rc != DB_LOST && rc != DB_TIMEOUT;
    for (size_t i = 0; i < n; i++) {
        if (alone) {
            arena_reset(a);
            told[i].at = NULL;
            rc = take_in(w, a, &told[i], 1);
        }
        answer(&told[i], rc);
    }
}

void op_webhook(struct worker *w, struct bus_req **reqs, size_t n) {
    const struct payment *p = w->state;
    struct told told[BUS_MAX_BATCH];
    size_t left = 0;
    struct arena *scratch = arena_new(SCRATCH_MAX);
    pthread_once(&named, name_metrics);
    for (size_t i = 0; i < n; i++) {
        struct told *t = &told[left];
        *t = (struct told){.req = reqs[i], .notice = {.state = MONEY_UNKNOWN}};
        if (scratch == NULL)
            bus_reply(reqs[i], ST_BUSY, NULL, 0, 1);
        else if (!p->provider->read_notice(reqs[i]->arena, reqs[i]->head.body, reqs[i]->head.body_len, &t->notice))
            bus_reply(reqs[i], ST_MALFORMED_JSON, NULL, 0, 0);
        else
            left++;
    }
    if (left > 0) take_in_all(w, scratch, told, left);
    arena_free(&scratch);
}
