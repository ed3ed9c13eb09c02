#include "catalogue_docs.h"

#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "slot_rule.h"
#include "common/timeutil.h"

static const char *const sale_names[] = {"upcoming", "on_sale", "sold_out", "ended"};
static const char *const stock_names[] = {"open", "few", "in_checkout", "awaiting_deposit", "sold_out"};
/* Few are left when this is at least all of them: available * FEW_FACTOR <= total. */
enum { FEW_FACTOR = 10 };

enum sale_status sale_status_of(const struct cat_product *p, const struct cat_exhibition *e, int64_t available,
                                int64_t now) {
    if ((p->sale_end != 0 && now >= p->sale_end) || date_seoul(now) > e->end_day) return SALE_ENDED;
    if (p->sale_start != 0 && now < p->sale_start) return SALE_UPCOMING;
    return available > 0 ? SALE_ON : SALE_SOLD_OUT;
}

/* A pool that is not known yet has nothing to sell. */
static struct cat_pool pool_or_empty(const struct cat_pools *pools, int64_t id) {
    const struct cat_pool *p = cat_pool_find(pools, id);
    return p ? *p : (struct cat_pool){.id = id};
}

enum sale_status exhibition_status_of(const struct cat_exhibition *e, const struct cat_pools *pools, int64_t now,
                                      int64_t *opens_at) {
    size_t count[4] = {0};
    *opens_at = 0;
    for (size_t i = 0; i < e->n_products; i++) {
        const struct cat_product *p = &e->products[i];
        enum sale_status s = sale_status_of(p, e, pool_or_empty(pools, p->pool_id).available, now);
        count[s]++;
        if (s == SALE_UPCOMING && (*opens_at == 0 || p->sale_start < *opens_at)) *opens_at = p->sale_start;
    }
    if (count[SALE_ON]) {
        *opens_at = 0;
        return SALE_ON;
    }
    if (count[SALE_UPCOMING]) return SALE_UPCOMING;
    if (count[SALE_SOLD_OUT]) return SALE_SOLD_OUT;
    if (e->n_products == 0 && date_seoul(now) <= e->end_day) return SALE_UPCOMING; /* nothing announced yet */
    return SALE_ENDED;
}

enum stock_state stock_state_of(const struct cat_pool *p) {
    if (p->available * FEW_FACTOR > p->total) return STOCK_OPEN;
    if (p->available > 0) return STOCK_FEW;
    if (p->in_checkout) return STOCK_IN_CHECKOUT;
    return p->awaiting_deposit ? STOCK_AWAITING_DEPOSIT : STOCK_SOLD_OUT;
}

static void put_date(struct json_out *o, const char *key, int32_t day) {
    char text[11];
    date_format(day, text);
    json_put_text(o, key, text);
}

/* A column of lines as an array of texts. */
static void put_lines(struct json_out *o, const char *key, const char *text) {
    json_arr(o, key);
    while (*text) {
        size_t n = strcspn(text, "\n");
        char *line = arena_strndup(o->b->arena, text, n);
        if (line) json_put_text(o, NULL, line);
        text += text[n] ? n + 1 : n;
    }
    json_arr_end(o);
}

/* What the list and the single exhibition share. */
static void put_summary(struct json_out *o, const struct cat_exhibition *e, const struct cat_pools *pools,
                        int64_t now) {
    int64_t opens_at;
    enum sale_status status = exhibition_status_of(e, pools, now, &opens_at);
    json_put_text(o, "code", e->code);
    json_put_text(o, "name", e->name);
    json_put_text(o, "description", e->description);
    json_put_text(o, "venue", e->venue);
    put_date(o, "start_date", e->start_day);
    put_date(o, "end_date", e->end_day);
    json_put_text(o, "sale_status", sale_names[status]);
    json_put_time(o, "opens_at", opens_at);
    json_put_text(o, "accent_color", e->accent_color);
    json_put_text(o, "image_url", e->image_url[0] ? e->image_url : NULL);
}

void doc_exhibitions(const struct cat_data *d, const struct cat_pools *pools, int64_t now, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "exhibitions");
    for (size_t i = 0; i < d->n_exhibitions; i++) {
        json_obj(&o, NULL);
        put_summary(&o, &d->exhibitions[i], pools, now);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_obj_end(&o);
}

void doc_exhibition(const struct cat_exhibition *e, const struct cat_pools *pools, int64_t now, struct strbuf *out) {
    char clock[RFC3339_LEN + 1];
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    put_summary(&o, e, pools, now);
    json_put_int(&o, "max_per_order", e->max_per_order);
    json_put_int(&o, "max_per_phone", e->max_per_phone);
    json_put_int(&o, "hold_seconds", e->hold_seconds);
    json_put_raw(&o, "refund_policy", e->refund_policy);
    put_lines(&o, "notices", e->notices);
    time_rfc3339(0, clock); /* the same in every rendering, so that only real changes make a new document */
    json_put_text(&o, "server_time", clock);
    json_obj_end(&o);
}

void doc_products(const struct cat_exhibition *e, const struct cat_pools *pools, int64_t now, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "products");
    for (size_t i = 0; i < e->n_products; i++) {
        const struct cat_product *p = &e->products[i];
        struct cat_pool pool = pool_or_empty(pools, p->pool_id);
        json_obj(&o, NULL);
        json_put_int(&o, "id", p->id);
        json_put_text(&o, "name", p->name);
        json_put_text(&o, "type", p->type);
        json_put_int(&o, "price", p->price);
        json_put_int(&o, "available_quantity", pool.available);
        json_put_int(&o, "total_quantity", pool.total);
        json_put_time(&o, "sale_start", p->sale_start);
        json_put_time(&o, "sale_end", p->sale_end);
        json_put_text(&o, "sale_status", sale_names[sale_status_of(p, e, pool.available, now)]);
        json_put_text(&o, "stock_state", stock_names[stock_state_of(&pool)]);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_obj_end(&o);
}

void doc_slots(const struct cat_slot *slots, size_t n, const struct cat_pools *pools, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "slots");
    for (size_t i = 0; i < n; i++) {
        struct cat_pool pool = pool_or_empty(pools, slots[i].pool_id);
        json_obj(&o, NULL);
        json_put_int(&o, "id", slots[i].id);
        put_date(&o, "date", slots[i].day);
        json_put_time(&o, "starts_at", slot_instant(slots[i].day, slots[i].starts));
        json_put_time(&o, "ends_at", slot_instant(slots[i].day, slots[i].ends));
        json_put_int(&o, "capacity", pool.total);
        json_put_int(&o, "available_quantity", pool.available);
        json_obj_end(&o);
    }
    json_arr_end(&o);
    json_obj_end(&o);
}

/* Adds up the slots of the day that begins at `slots`; returns how many they are. */
static size_t day_stock(const struct cat_slot *slots, size_t n, const struct cat_pools *pools, struct cat_pool *sum) {
    size_t i = 0;
    *sum = (struct cat_pool){0};
    for (; i < n && slots[i].day == slots[0].day; i++) {
        struct cat_pool pool = pool_or_empty(pools, slots[i].pool_id);
        sum->total += pool.total;
        sum->available += pool.available;
        sum->in_checkout |= pool.in_checkout;
        sum->awaiting_deposit |= pool.awaiting_deposit;
    }
    return i;
}

void doc_days(const struct cat_slot *slots, size_t n, const struct cat_pools *pools, struct strbuf *out) {
    struct json_out o = {.b = out};
    json_obj(&o, NULL);
    json_arr(&o, "days");
    for (size_t i = 0; i < n;) {
        struct cat_pool sum;
        size_t same_day = day_stock(slots + i, n - i, pools, &sum);
        json_obj(&o, NULL);
        put_date(&o, "date", slots[i].day);
        json_put_text(&o, "state", stock_names[stock_state_of(&sum)]);
        json_obj_end(&o);
        i += same_day;
    }
    json_arr_end(&o);
    json_obj_end(&o);
}
