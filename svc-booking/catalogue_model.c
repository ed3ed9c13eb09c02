#include "catalogue_model.h"

#include <stdlib.h>
#include <string.h>

static int by_pool_id(const void *key, const void *member) {
    int64_t id = *(const int64_t *)key, at = ((const struct cat_pool *)member)->id;
    return (id > at) - (id < at);
}

static int by_product_id(const void *key, const void *member) {
    int64_t id = *(const int64_t *)key, at = ((const struct cat_product *)member)->id;
    return (id > at) - (id < at);
}

static int by_code(const void *key, const void *member) {
    return strcmp(key, ((const struct cat_exhibition *)member)->code);
}

struct cat_pool *cat_pool_find(const struct cat_pools *p, int64_t id) {
    return p->n ? bsearch(&id, p->v, p->n, sizeof *p->v, by_pool_id) : NULL;
}

const struct cat_exhibition *cat_exhibition_find(const struct cat_data *d, const char *code) {
    return d->n_exhibitions ? bsearch(code, d->exhibitions, d->n_exhibitions, sizeof *d->exhibitions, by_code) : NULL;
}

const struct cat_product *cat_product_find(const struct cat_exhibition *e, int64_t id) {
    return e->n_products ? bsearch(&id, e->products, e->n_products, sizeof *e->products, by_product_id) : NULL;
}

const struct cat_slot *cat_slot_find(const struct cat_exhibition *e, int64_t id) {
    for (size_t i = 0; i < e->n_slots; i++)
        if (e->slots[i].id == id) return &e->slots[i];
    return NULL;
}
