/* webhook_queue - deliveries ordered by when they are due. Pure: no lock, no clock, no network; webhooks.c has those. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "clock.h"
#include "payment.h"

#define WEBHOOK_TRIES 8 /* the first and seven re-sends */
#define TRANSMISSION_ID_LEN 35

enum delivery_state {
    DELIVERY_PENDING, /* in the queue */
    DELIVERY_HELD,    /* in the queue, until the next one of its payment was tried */
    DELIVERY_SENDING,
    DELIVERY_DELIVERED,
    DELIVERY_FAILED,
    DELIVERY_DROPPED /* by a fault */
};
const char *delivery_state_name(enum delivery_state s);

struct delivery {
    struct delivery *older, *newer; /* all that are known */
    size_t place;                   /* in the heap */
    uint64_t number;
    int64_t created, due;
    enum delivery_state state;
    int tries, last_status; /* 0: no answer */
    const char *type, *payment_status;
    const char *fault;
    char id[TRANSMISSION_ID_LEN + 1];
    char payment_key[PAYMENT_KEY_LEN + 1], order_id[ORDER_ID_MAX + 1];
    char *body; /* NULL once finished */
    size_t len;
};

struct webhook_queue {
    size_t max, n, n_heap, n_held;
    uint64_t next;
    struct delivery *oldest, *newest;
    struct delivery **heap;
};
bool queue_open(struct webhook_queue *q, size_t max);
/* Frees all but those being sent, which their senders give back to queue_end_sending(). */
void queue_clear(struct webhook_queue *q);
void queue_close(struct webhook_queue *q);
/* A new delivery with a body, not yet in the heap; NULL when full of unfinished ones, or out of memory. */
struct delivery *queue_add(struct webhook_queue *q, const void *body, size_t len);
void queue_schedule(struct webhook_queue *q, struct delivery *d, int64_t due);
/* Takes the most urgent one, which becomes DELIVERY_SENDING; NULL when none is due. *wait: ms until the next is due, or -1. */
struct delivery *queue_take(struct webhook_queue *q, int64_t now, int64_t *wait);
/* After a try: delivered, scheduled again, or failed. Lets go those held for it. */
void queue_tried(struct webhook_queue *q, struct delivery *d, int http_status, const struct clock *c, int64_t now);
void queue_finish(struct webhook_queue *q, struct delivery *d, enum delivery_state state);
