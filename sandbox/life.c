/* life - see life.h. */
#include "life.h"
#include <stdio.h>
#include <stdlib.h>
#include "common/daemon.h"
#include "common/log.h"
#include "common/metrics.h"
#include "common/rest.h"
#include "alimtalk_templates.h"
#include "calls.h"
#include "dispatch.h"
#include "idempotency.h"
#include "journal.h"
#include "kakaoi.h"
#include "message_book.h"
#include "nhn.h"
#include "sandbox.h"
#include "shops.h"
#include "sweeper.h"
#include "webhooks.h"

#define KEYS_KEPT_MS (15 * DAY_MS)
#define NHN_KEYS_KEPT_MS (10 * MINUTE_MS)
#define REQUEST_ARENA ((size_t)64 * 1024 * 1024) /* a long list; grown only by who asks for one */
#define BACKLOG 1024

static bool open_messages(struct sandbox *sb) {
    const struct config *c = sb->conf;
    const size_t max = (size_t)c->max_messages;
    sb->messages = messages_open(max);
    sb->nhn_keys = idempotency_open(max, clock_limit(&sb->clock, NHN_KEYS_KEPT_MS));
    sb->templates = templates_open(c->shop_url);
    sb->kakaoi = kakaoi_open();
    return sb->messages && sb->nhn_keys && sb->templates && sb->kakaoi;
}

static bool open_journal(struct sandbox *sb) {
    if (*sb->conf->state == '\0') return true;
    sb->journal = journal_open(sb->conf->state, sb->book, sb->idempotency, sb->messages);
    nhn_restore_keys(sb);
    return sb->journal != NULL;
}

static bool open_parts(struct sandbox *sb) {
    const struct config *c = sb->conf;
    const size_t max = (size_t)c->max_payments;
    const struct webhooks_conf webhooks = {.url = c->webhook_url,
                                           .clock = sb->clock,
                                           .threads = (size_t)c->webhook_threads,
                                           .queue = (size_t)c->webhook_queue,
                                           .new_ids = c->webhook_new_ids};
    sb->shops = shops_open(c->secret_keys, c->client_keys);
    sb->book = book_open(max);
    sb->idempotency = idempotency_open(max, clock_limit(&sb->clock, KEYS_KEPT_MS));
    sb->faults = faults_open();
    sb->calls = calls_open();
    sb->rest = rest_open();
    sb->webhooks = webhooks_start(&webhooks);
    bool ok = sb->shops && sb->book && sb->idempotency && sb->faults && sb->calls && sb->rest && sb->webhooks;
    return ok && open_messages(sb) && open_journal(sb);
}

static void open_metrics(struct sandbox *sb) {
    for (int i = 0; i < ANSWER_CLASSES; i++) {
        char label[24];
        snprintf(label, sizeof label, i == 0 ? "status=\"cut\"" : "status=\"%dxx\"", i);
        sb->answers[i] = metric_get(METRIC_COUNTER, "sandbox_answers_total", label, "Answers by status");
    }
}

static bool open_http(struct sandbox *sb) {
    const struct http_conf conf = {.listen = sb->conf->listen,
                                   .threads = (int)sb->conf->threads,
                                   .keep_alive_ms = 60000,
                                   .request_timeout_ms = 10000,
                                   .backlog = BACKLOG,
                                   .body_timeout_ms = 10000,
                                   .arena_max = REQUEST_ARENA,
                                   .handler = sandbox_handle,
                                   .arg = sb};
    sb->http = http_start(&conf);
    return sb->http != NULL;
}

int life_start(struct daemon *d) {
    struct sandbox *sb = calloc(1, sizeof *sb);
    if (sb == NULL) return -1;
    sb->conf = daemon_config(d);
    sb->clock.scale = sb->conf->time_scale;
    daemon_set_state(d, sb);
    open_metrics(sb);
    bool ok = open_parts(sb);
    if (ok) sb->sweeper = sweeper_start(sb);
    if (ok && sb->sweeper != NULL && open_http(sb)) {
        log_info("serving", "listen", sb->conf->listen);
        return 0;
    }
    life_stop(d);
    return -1;
}

void life_drain(struct daemon *d, int ms) {
    struct sandbox *sb = daemon_get_state(d);
    (void)ms;
    if (sb == NULL) return;
    rest_over(sb->rest); /* answers that are being held back are cut now */
    sweeper_stop(&sb->sweeper);
    http_stop(&sb->http);
}

void life_stop(struct daemon *d) {
    struct sandbox *sb = daemon_get_state(d);
    if (sb == NULL) return;
    http_stop(&sb->http);
    sweeper_stop(&sb->sweeper);
    webhooks_stop(&sb->webhooks);
    rest_close(&sb->rest);
    calls_close(&sb->calls);
    faults_close(&sb->faults);
    journal_close(&sb->journal);
    kakaoi_close(&sb->kakaoi);
    templates_close(&sb->templates);
    idempotency_close(&sb->nhn_keys);
    messages_close(&sb->messages);
    idempotency_close(&sb->idempotency);
    book_close(&sb->book);
    shops_close(&sb->shops);
    free(sb);
    daemon_set_state(d, NULL);
}
