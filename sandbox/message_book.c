/* message_book - see message_book.h. A ring by number, and chains by own id. */
#include "message_book.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "common/hash_text.h"

struct message_book {
    pthread_mutex_t lock;
    size_t max, mask; /* of both tables, which have a power of two of places, at least max */
    uint64_t first, end;
    struct message **ring;
    struct message **by_own_id; /* chains, newest first */
};

struct message_book *messages_open(size_t max) {
    struct message_book *b = calloc(1, sizeof *b);
    if (b == NULL) return NULL;
    size_t places = 1024;
    while (places < max) places *= 2;
    pthread_mutex_init(&b->lock, NULL);
    b->max = max;
    b->mask = places - 1;
    b->first = b->end = 1;
    b->ring = calloc(places, sizeof *b->ring);
    b->by_own_id = calloc(places, sizeof *b->by_own_id);
    if (b->ring == NULL || b->by_own_id == NULL) messages_close(&b);
    return b;
}

void messages_close(struct message_book **book) {
    struct message_book *b = *book;
    if (b == NULL) return;
    if (b->ring != NULL && b->by_own_id != NULL) messages_clear(b);
    free(b->ring);
    free(b->by_own_id);
    pthread_mutex_destroy(&b->lock);
    free(b);
    *book = NULL;
}

void messages_enter(struct message_book *b) { pthread_mutex_lock(&b->lock); }
void messages_leave(struct message_book *b) { pthread_mutex_unlock(&b->lock); }
uint64_t messages_first(const struct message_book *b) { return b->first; }
uint64_t messages_end(const struct message_book *b) { return b->end; }

static struct message **slot(const struct message_book *b, uint64_t number) { return &b->ring[number & b->mask]; }

static struct message **chain(const struct message_book *b, const char *own_id) {
    return &b->by_own_id[hash_text(own_id) & b->mask];
}

static void forget(struct message_book *b, uint64_t number) {
    struct message *m = *slot(b, number);
    if (m == NULL) return;
    struct message **at = chain(b, message_text(m, TEXT_OWN_ID));
    while (*at != m) at = &(*at)->next_by_own_id;
    *at = m->next_by_own_id;
    *slot(b, number) = NULL;
    free(m);
}

void messages_add(struct message_book *b, struct message *m) {
    if (m->number == 0) m->number = b->end;
    if (m->number < b->first && b->first != b->end) { /* it had given way already */
        free(m);
        return;
    }
    if (m->number >= b->end + b->max) messages_clear(b); /* none of the old ones would stay */
    if (b->first == b->end) b->first = b->end = m->number;
    while (b->end <= m->number) {
        if (b->end - b->first == b->max) forget(b, b->first++);
        b->end++;
    }
    forget(b, m->number);
    *slot(b, m->number) = m;
    struct message **own = chain(b, message_text(m, TEXT_OWN_ID));
    m->next_by_own_id = *own;
    *own = m;
}

void messages_clear(struct message_book *b) {
    for (; b->first < b->end; b->first++) forget(b, b->first);
}

struct message *messages_at(const struct message_book *b, uint64_t number) {
    return number >= b->first && number < b->end ? *slot(b, number) : NULL;
}

struct message *messages_by_own_id(struct message_book *b, enum message_provider p, const char *own_id) {
    struct message *m = *chain(b, own_id);
    while (m != NULL && (m->provider != p || strcmp(message_text(m, TEXT_OWN_ID), own_id) != 0)) m = m->next_by_own_id;
    return m;
}

struct message *messages_by_request(struct message_book *b, const char *request_id, int seq) {
    for (uint64_t n = b->end; n > b->first; n--) {
        struct message *m = *slot(b, n - 1);
        if (m != NULL && m->seq == seq && strcmp(m->request_id, request_id) == 0) return m;
    }
    return NULL;
}
