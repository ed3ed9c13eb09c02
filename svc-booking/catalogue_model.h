/* catalogue_model - the catalogue as plain data: what catalogue_store.c loads and catalogue_docs.c renders.
 *
 * Holds active things only: what a visitor may not see is not loaded. A `struct cat_data` never changes after
 * loading; stock numbers change all the time and so stand apart in an array of `struct cat_pool`, sorted by id. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct cat_pool {
    int64_t id, exhibition_id;
    int64_t version; /* 0: nothing known yet */
    int64_t total, available;
    bool in_checkout;      /* somebody holds some of it; told only of empty pools */
    bool awaiting_deposit; /* somebody is to transfer money for some of it; told only of empty pools */
    uint64_t mark;         /* of its last change, see catalogue_changed_pools() */
};

struct cat_product {
    int64_t id, pool_id, price;
    const char *name, *type;
    int64_t sale_start, sale_end; /* 0: open-ended */
};

struct cat_slot {
    int64_t id, pool_id;
    int32_t day;          /* days since 1970 */
    int32_t starts, ends; /* minutes since midnight in Seoul */
};

struct cat_exhibition {
    int64_t id;
    const char *code, *name, *description, *venue, *accent_color, *image_url;
    const char *notices;       /* one per line */
    const char *refund_policy; /* JSON */
    int32_t start_day, end_day;
    int64_t max_per_order, max_per_phone, hold_seconds;
    struct cat_product *products; /* by id */
    size_t n_products;
    struct cat_slot *slots; /* by day, then start */
    size_t n_slots;
};

struct cat_data {
    struct arena *arena;                /* owns all of it */
    struct cat_exhibition *exhibitions; /* by code */
    size_t n_exhibitions;
};

struct cat_pools {
    struct cat_pool *v; /* by id */
    size_t n;
};

/* NULL: not there. */
struct cat_pool *cat_pool_find(const struct cat_pools *p, int64_t id);
const struct cat_exhibition *cat_exhibition_find(const struct cat_data *d, const char *code);
const struct cat_product *cat_product_find(const struct cat_exhibition *e, int64_t id);
const struct cat_slot *cat_slot_find(const struct cat_exhibition *e, int64_t id);
