/* payment_book - see payment_book.h. */
#include "payment_book.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/hash_text.h"

#define ROWS_PER_PAYMENT 4 /* of transactions kept */

enum line { LINE_READY, LINE_IN_PROGRESS, LINE_WAITING, LINE_SETTLED, LINE_COUNT };
static const enum line line_of[PAYMENT_STATUS_COUNT] = {
    [PAYMENT_READY] = LINE_READY,      [PAYMENT_IN_PROGRESS] = LINE_IN_PROGRESS,
    [PAYMENT_WAITING] = LINE_WAITING,  [PAYMENT_DONE] = LINE_SETTLED,
    [PAYMENT_CANCELED] = LINE_SETTLED, [PAYMENT_PARTIAL_CANCELED] = LINE_SETTLED,
    [PAYMENT_ABORTED] = LINE_SETTLED,  [PAYMENT_EXPIRED] = LINE_SETTLED,
};
#define NO_LINE (-1)

struct ends {
    struct payment *oldest, *newest;
};

struct book {
    pthread_mutex_t lock;
    size_t max, n, mask;
    struct transactions *transactions;
    struct ends line[LINE_COUNT];
    struct payment **by_key, **by_order; /* chains, newest first */
};

struct book *book_open(size_t max) {
    struct book *b = calloc(1, sizeof *b);
    if (b == NULL) return NULL;
    size_t buckets = 1024;
    while (buckets < max) buckets *= 2;
    pthread_mutex_init(&b->lock, NULL);
    b->max = max;
    b->mask = buckets - 1;
    b->by_key = calloc(buckets, sizeof *b->by_key);
    b->by_order = calloc(buckets, sizeof *b->by_order);
    b->transactions = transactions_open(max * ROWS_PER_PAYMENT);
    if (b->by_key == NULL || b->by_order == NULL || b->transactions == NULL) book_close(&b);
    return b;
}

void book_close(struct book **book) {
    struct book *b = *book;
    if (b == NULL) return;
    if (b->by_key != NULL && b->by_order != NULL && b->transactions != NULL) book_clear(b);
    transactions_close(&b->transactions);
    free(b->by_key);
    free(b->by_order);
    pthread_mutex_destroy(&b->lock);
    free(b);
    *book = NULL;
}

void book_enter(struct book *b) { pthread_mutex_lock(&b->lock); }
void book_leave(struct book *b) { pthread_mutex_unlock(&b->lock); }
struct transactions *book_transactions(struct book *b) {
    return b->transactions;
}
size_t book_size(const struct book *b) { return b->n; }

static struct payment **key_chain(struct book *b, const char *key) { return &b->by_key[hash_text(key) & b->mask]; }
static struct payment **order_chain(struct book *b, const char *id) { return &b->by_order[hash_text(id) & b->mask]; }

/* ---- lines ---- */

static void leave_line(struct book *b, struct payment *p) {
    if (p->list == NO_LINE) return;
    struct ends *l = &b->line[p->list];
    *(p->older != NULL ? &p->older->newer : &l->oldest) = p->newer;
    *(p->newer != NULL ? &p->newer->older : &l->newest) = p->older;
    p->list = NO_LINE;
}

void book_line_up(struct book *b, struct payment *p) {
    leave_line(b, p);
    p->list = (int)line_of[p->status];
    struct ends *l = &b->line[p->list];
    p->newer = NULL;
    p->older = l->newest;
    *(l->newest != NULL ? &l->newest->newer : &l->oldest) = p;
    l->newest = p;
}

struct payment *book_first_open(struct book *b, enum payment_status status) {
    return b->line[line_of[status]].oldest;
}

/* ---- coming and going ---- */

void book_remove(struct book *b, struct payment *p) {
    leave_line(b, p);
    struct payment **at = key_chain(b, p->key);
    while (*at != p) at = &(*at)->next_by_key;
    *at = p->next_by_key;
    at = order_chain(b, p->order_id);
    while (*at != p) at = &(*at)->next_by_order;
    *at = p->next_by_order;
    payment_free(p);
    b->n--;
}

static struct payment *least_needed(struct book *b) {
    static const enum line order[] = {LINE_SETTLED, LINE_READY, LINE_IN_PROGRESS, LINE_WAITING};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (b->line[order[i]].oldest != NULL) return b->line[order[i]].oldest;
    return NULL;
}

void book_add(struct book *b, struct payment *p) {
    if (b->n >= b->max) book_remove(b, least_needed(b));
    struct payment **keys = key_chain(b, p->key), **orders = order_chain(b, p->order_id);
    while (*orders != NULL && (*orders)->requested_at > p->requested_at) orders = &(*orders)->next_by_order;
    p->next_by_key = *keys;
    p->next_by_order = *orders;
    *keys = *orders = p;
    p->list = NO_LINE;
    b->n++;
    book_line_up(b, p);
}

void book_clear(struct book *b) {
    for (struct payment *p; (p = least_needed(b)) != NULL;) book_remove(b, p);
    transactions_clear(b->transactions);
}

/* ---- finding ---- */

struct payment *book_by_key(struct book *b, const char *key) {
    struct payment *p = *key_chain(b, key);
    while (p != NULL && strcmp(p->key, key) != 0) p = p->next_by_key;
    return p;
}

static struct payment *same_order(struct payment *p, const char *order_id) {
    while (p != NULL && strcmp(p->order_id, order_id) != 0) p = p->next_by_order;
    return p;
}

struct payment *book_by_order(struct book *b, const char *order_id) {
    return same_order(*order_chain(b, order_id), order_id);
}

struct payment *book_older_of_order(const struct payment *p) {
    return same_order(p->next_by_order, p->order_id);
}

void book_each(struct book *b, void (*visit)(void *arg, const struct payment *p), void *arg) {
    for (int l = 0; l < LINE_COUNT; l++)
        for (const struct payment *p = b->line[l].oldest; p != NULL; p = p->newer) visit(arg, p);
}
