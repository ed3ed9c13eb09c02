/* calls - see calls.h. */
#include "calls.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "message.h"
#include "payment.h"

struct row {
    uint64_t number;
    int64_t at;
    int status;
    bool answered;
    const char *target, *fault;
    char method[8], path[128], idempotency_key[129];
    char payment_key[PAYMENT_KEY_LEN + 1], order_id[ORDER_ID_MAX + 1], own_id[OWN_ID_BYTES + 1];
};

struct calls {
    pthread_mutex_t lock;
    uint64_t next, first; /* numbers start at 1; rows below `first` were cleared */
    struct row row[CALLS_MAX];
};

struct calls *calls_open(void) {
    struct calls *c = calloc(1, sizeof *c);
    if (c == NULL) return NULL;
    pthread_mutex_init(&c->lock, NULL);
    c->next = c->first = 1;
    return c;
}

void calls_close(struct calls **c) {
    if (*c == NULL) return;
    pthread_mutex_destroy(&(*c)->lock);
    free(*c);
    *c = NULL;
}

void calls_clear(struct calls *c) {
    pthread_mutex_lock(&c->lock);
    c->first = c->next;
    pthread_mutex_unlock(&c->lock);
}

static void keep(char *to, size_t cap, const char *text) {
    if (text != NULL) snprintf(to, cap, "%s", text);
}

uint64_t calls_add(struct calls *c, int64_t now, const char *target, const char *method, const char *path,
                   const char *idempotency_key) {
    pthread_mutex_lock(&c->lock);
    uint64_t number = c->next++;
    struct row *r = &c->row[number % CALLS_MAX];
    *r = (struct row){.number = number, .at = now, .target = target, .fault = ""};
    keep(r->method, sizeof r->method, method);
    keep(r->path, sizeof r->path, path);
    keep(r->idempotency_key, sizeof r->idempotency_key, idempotency_key);
    pthread_mutex_unlock(&c->lock);
    return number;
}

/* NULL: another call has taken its row. */
static struct row *find(struct calls *c, uint64_t number) {
    struct row *r = &c->row[number % CALLS_MAX];
    return r->number == number ? r : NULL;
}

void calls_about(struct calls *c, uint64_t number, const struct calls_subject *subject) {
    pthread_mutex_lock(&c->lock);
    struct row *r = find(c, number);
    if (r != NULL) {
        keep(r->payment_key, sizeof r->payment_key, subject->payment_key);
        keep(r->order_id, sizeof r->order_id, subject->order_id);
        keep(r->own_id, sizeof r->own_id, subject->own_id);
    }
    pthread_mutex_unlock(&c->lock);
}

void calls_answered(struct calls *c, uint64_t number, int status, const char *fault) {
    pthread_mutex_lock(&c->lock);
    struct row *r = find(c, number);
    if (r != NULL) {
        r->status = status;
        r->fault = fault;
        r->answered = true;
    }
    pthread_mutex_unlock(&c->lock);
}

static bool fits(const char *wanted, const char *have) { return wanted == NULL || strcmp(wanted, have) == 0; }

static bool about(const struct row *r, const struct calls_subject *s) {
    return fits(s->payment_key, r->payment_key) && fits(s->order_id, r->order_id) && fits(s->own_id, r->own_id);
}

static void put_known(struct json_out *o, const char *key, const char *text) {
    json_put_text(o, key, *text != '\0' ? text : NULL);
}

static void write_row(const struct row *r, struct json_out *o) {
    json_obj(o, NULL);
    json_put_time(o, "time", r->at);
    json_put_text(o, "target", r->target);
    json_put_text(o, "method", r->method);
    json_put_text(o, "path", r->path);
    put_known(o, "payment_key", r->payment_key);
    put_known(o, "order_id", r->order_id);
    put_known(o, "own_id", r->own_id);
    put_known(o, "idempotency_key", r->idempotency_key);
    if (r->answered)
        json_put_int(o, "status", r->status);
    else
        json_put_null(o, "status");
    put_known(o, "fault", r->fault);
    json_obj_end(o);
}

void calls_write(struct calls *c, struct json_out *o, const char *key, const struct calls_subject *subject) {
    pthread_mutex_lock(&c->lock);
    uint64_t at = c->next > CALLS_MAX ? c->next - CALLS_MAX : 1;
    if (at < c->first) at = c->first;
    json_arr(o, key);
    for (; at < c->next; at++) {
        const struct row *r = &c->row[at % CALLS_MAX];
        if (about(r, subject)) write_row(r, o);
    }
    json_arr_end(o);
    pthread_mutex_unlock(&c->lock);
}
