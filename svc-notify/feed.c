#include <string.h>
#include "common/arena.h"
#include "common/fault.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "config.h"
#include "feed_store.h"
#include "notify.h"
#include "outbox.h"

#define OVERLAP_MS ((int64_t)5 * 60 * 1000) /* the provider's windows are minutes, and results may be late */
#define WINDOW_MS ((int64_t)24 * 3600 * 1000)
#define PAGES_MAX 10000
#define PAGE_TRIES 3

/* The row of the feed that is about this message; the last one, should there be several. NULL: none. */
static const struct delivery *row_for(const struct feed *f, const struct message *m) {
    const struct delivery *found = NULL;
    for (size_t i = 0; i < f->n; i++) {
        const struct delivery *d = &f->rows[i];
        bool by_id = d->own_id != NULL && strcmp(d->own_id, m->own_id) == 0;
        bool by_request = d->own_id == NULL && m->at.request_id != NULL && d->request_id != NULL &&
                          strcmp(d->request_id, m->at.request_id) == 0 && d->recipient_seq == m->recipient_seq;
        if ((by_id || by_request) && message_is_concerned(&m->at, m->recipient_seq, d)) found = d;
    }
    return found;
}

/* Rows that tell nothing new change nothing. *stale: a message went on meanwhile, look at the page again. */
static enum db_rc store_rows(struct hand *h, const struct feed *f, bool *stale) {
    struct message *messages;
    size_t n, n_changes = 0, saved;
    enum db_rc rc = message_store_find(h->db, h->arena, f->rows, f->n, &messages, &n);
    if (rc != DB_OK) return rc;
    struct message_change *changes = arena_alloc(h->arena, (n + 1) * sizeof *changes);
    if (changes == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        const struct message *m = &messages[i];
        const struct delivery *d = row_for(f, m);
        if (d == NULL) continue;
        const struct outgoing x = {.outcome = SUBMIT_ACCEPTED,
                                   .result = d->result,
                                   .request_id = d->request_id,
                                   .recipient_seq = d->recipient_seq,
                                   .code = d->code};
        outbox_judge(h, &m, &x, 1, &changes[n_changes]);
        if (changes[n_changes].move.to != m->at.state) n_changes++; /* what only waits has its own time */
    }
    rc = outbox_save(h, changes, n_changes, &saved);
    *stale = saved < n_changes;
    return rc;
}

static bool store_page(struct hand *h, const struct feed *f) {
    bool stale = f->n > 0;
    for (int i = 0; stale && i < PAGE_TRIES; i++)
        if (store_rows(h, f, &stale) != DB_OK) return false;
    return !stale;
}

/* False: not all of it was read. */
static bool read_window(struct hand *h, struct feed f) {
    const struct provider *p = h->notify->provider;
    for (int i = 0; i < PAGES_MAX; i++) {
        if (!p->feed(p->self, h->arena, &f)) return false;
        fault_hit("notify.feed.called");
        if (!store_page(h, &f)) return false;
        fault_hit("notify.feed.stored");
        if (p->feed_stored != NULL && f.receipt != NULL && !p->feed_stored(p->self, h->arena, &f)) return false;
        if (f.page == 0) return true;
        f = (struct feed){.from_ms = f.from_ms, .to_ms = f.to_ms, .page = f.page};
        arena_reset(h->arena);
    }
    log_warn("the feed of results does not end");
    return false;
}

bool feed_round(struct hand *h) {
    const struct notify *notify = h->notify;
    const char *provider = notify->provider->name;
    int64_t read_to = 0, now = time_now_ms();
    bool mine;
    enum db_rc rc = feed_store_claim(h->db, h->arena, provider, notify->config->feed_seconds, &mine, &read_to);
    if (rc != DB_OK || !mine) return false;
    int64_t from = read_to - OVERLAP_MS, to = from + WINDOW_MS < now ? from + WINDOW_MS : now;
    if (read_window(h, (struct feed){.from_ms = from, .to_ms = to})) feed_store_read_to(h->db, h->arena, provider, to);
    return false;
}
