#include "catalogue_publish.h"

#include <stdio.h>

#include "catalogue_docs.h"
#include "common/arena.h"
#include "common/log.h"
#include "common/timeutil.h"
#include "snapshot.h"

/* A document travels JSON-quoted in a bus message: at worst twice its size. */
enum { DOC_MAX = 480 << 10, KEY_MAX = 96 };

struct round { /* of one call */
    struct snapshot *snapshot;
    struct arena *arena; /* one document at a time */
    const struct cat_pools *pools;
    int64_t now;
};

static void start_doc(struct round *r, struct strbuf *b) {
    arena_reset(r->arena);
    strbuf_init(b, r->arena, DOC_MAX);
}

static void put(struct round *r, const struct strbuf *b, const char *key) {
    if (strbuf_ok(b))
        snapshot_put(r->snapshot, key, b->data, b->len);
    else
        log_error("catalogue document too large", "key", key);
}

static int32_t month_of(int32_t day, char text[11]) {
    date_format(day, text);
    text[7] = '\0'; /* YYYY-MM */
    return (text[0] * 1000 + text[1] * 100 + text[2] * 10 + text[3]) * 12 + text[5] * 10 + text[6];
}

static void publish_slots(struct round *r, const struct cat_exhibition *e) {
    char key[KEY_MAX], text[11];
    struct strbuf b;
    for (size_t i = 0, n; i < e->n_slots; i += n) {
        for (n = 1; i + n < e->n_slots && e->slots[i + n].day == e->slots[i].day;) n++;
        start_doc(r, &b);
        doc_slots(&e->slots[i], n, r->pools, &b);
        date_format(e->slots[i].day, text);
        snprintf(key, sizeof key, "slots/%s/%s", e->code, text);
        put(r, &b, key);
    }
    for (size_t i = 0, n; i < e->n_slots; i += n) {
        char other[11];
        int32_t month = month_of(e->slots[i].day, text);
        for (n = 1; i + n < e->n_slots && month_of(e->slots[i + n].day, other) == month;) n++;
        start_doc(r, &b);
        doc_days(&e->slots[i], n, r->pools, &b);
        snprintf(key, sizeof key, "days/%s/%s", e->code, text);
        put(r, &b, key);
    }
}

static bool slots_changed(const struct cat_exhibition *e, const struct cat_pools *pools, uint64_t since) {
    for (size_t i = 0; i < e->n_slots; i++) {
        const struct cat_pool *p = cat_pool_find(pools, e->slots[i].pool_id);
        if (p && p->mark > since) return true;
    }
    return false;
}

static void publish_exhibition(struct round *r, const struct cat_exhibition *e) {
    char key[KEY_MAX];
    struct strbuf b;
    start_doc(r, &b);
    doc_exhibition(e, r->pools, r->now, &b);
    snprintf(key, sizeof key, "exhibition/%s", e->code);
    put(r, &b, key);
    start_doc(r, &b);
    doc_products(e, r->pools, r->now, &b);
    snprintf(key, sizeof key, "products/%s", e->code);
    put(r, &b, key);
}

bool catalogue_publish(struct snapshot *s, const struct cat_data *d, const struct cat_pools *pools, int64_t now,
                       int64_t as_of, bool all, uint64_t since) {
    struct round r = {.snapshot = s, .arena = arena_new(8 * (size_t)DOC_MAX), .pools = pools, .now = now};
    if (!r.arena) return false;
    struct strbuf b;
    snapshot_begin(s, all);
    start_doc(&r, &b);
    doc_exhibitions(d, pools, now, &b);
    put(&r, &b, "exhibitions");
    for (size_t i = 0; i < d->n_exhibitions; i++) {
        const struct cat_exhibition *e = &d->exhibitions[i];
        publish_exhibition(&r, e);
        if (all || slots_changed(e, pools, since)) publish_slots(&r, e);
    }
    bool changed = snapshot_commit(s, as_of);
    arena_free(&r.arena);
    return changed;
}
