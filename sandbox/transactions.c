/* transactions - see transactions.h. */
#include "transactions.h"
#include <stdlib.h>
#include <string.h>
#include "random_id.h"

#define PREFIX "txrd_"
#define NUMBER_DIGITS 8 /* base 32: 10^12 rows */
#define RANDOM_DIGITS 18

struct transactions {
    size_t max;
    uint64_t next; /* number of the row to come; row n is at n % max */
    struct transaction row[];
};

struct transactions *transactions_open(size_t max) {
    struct transactions *t = calloc(1, sizeof *t + max * sizeof *t->row); /* pages are touched as rows come */
    if (t != NULL) t->max = max;
    return t;
}

void transactions_close(struct transactions **t) {
    free(*t);
    *t = NULL;
}

void transactions_clear(struct transactions *t) { t->next = 0; }

static void make_key(char key[TRANSACTION_KEY_LEN + 1], uint64_t number) {
    random_id(key, PREFIX "00000000", ID_BASE32, RANDOM_DIGITS);
    for (size_t i = 0; i < NUMBER_DIGITS; i++, number /= 32)
        key[strlen(PREFIX) + NUMBER_DIGITS - 1 - i] = ID_BASE32[number % 32];
}

static bool read_key(const char *key, uint64_t *number) {
    if (strlen(key) != TRANSACTION_KEY_LEN || strncmp(key, PREFIX, strlen(PREFIX)) != 0) return false;
    *number = 0;
    for (size_t i = 0; i < NUMBER_DIGITS; i++) {
        const char *digit = strchr(ID_BASE32, key[strlen(PREFIX) + i]);
        if (digit == NULL) return false;
        *number = *number * 32 + (uint64_t)(digit - ID_BASE32);
    }
    return true;
}

const struct transaction *transactions_add(struct transactions *t, struct payment *p, int64_t amount, bool listed,
                                           int64_t now) {
    struct transaction *row = &t->row[t->next % t->max];
    /* In order of time, also when calls overtake each other and clocks are set back. */
    int64_t last = t->next > 0 ? t->row[(t->next - 1) % t->max].at : now;
    *row = (struct transaction){.shop = (uint32_t)p->shop,
                                .use_escrow = p->use_escrow,
                                .listed = listed,
                                .method = p->method,
                                .status = p->status,
                                .amount = amount,
                                .at = now > last ? now : last};
    make_key(row->key, t->next++);
    memcpy(row->payment_key, p->key, sizeof row->payment_key);
    memcpy(row->order_id, p->order_id, sizeof row->order_id);
    memcpy(p->last_transaction, row->key, sizeof p->last_transaction);
    return row;
}

void transactions_restore(struct transactions *t, const struct transaction *row) {
    uint64_t number;
    if (!read_key(row->key, &number)) return;
    t->row[number % t->max] = *row;
    if (number >= t->next) t->next = number + 1;
}

static uint64_t oldest(const struct transactions *t) { return t->next > t->max ? t->next - t->max : 0; }

uint64_t transactions_since(const struct transactions *t, int64_t ms) {
    uint64_t low = oldest(t), high = t->next;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (t->row[middle % t->max].at < ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool transactions_after(const struct transactions *t, const char *key, uint64_t *number) {
    uint64_t n;
    if (!read_key(key, &n) || n < oldest(t) || n >= t->next || strcmp(t->row[n % t->max].key, key) != 0) return false;
    *number = n + 1;
    return true;
}

const struct transaction *transactions_at(const struct transactions *t, uint64_t *number) {
    if (*number < oldest(t)) *number = oldest(t);
    return *number < t->next ? &t->row[*number % t->max] : NULL;
}
