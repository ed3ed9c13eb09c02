/* calls - see calls.h. */
#include "calls.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "payment.h"

struct row {
    uint64_t number;
    int64_t at;
    int status;
    bool answered;
    const char *fault;
    char method[8], path[128], idempotency_key[129];
    char payment_key[PAYMENT_KEY_LEN + 1], order_id[ORDER_ID_MAX + 1];
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

uint64_t calls_add(struct calls *c, int64_t now, const char *method, const char *path, const char *idempotency_key) {
    pthread_mutex_lock(&c->lock);
    uint64_t number = c->next++;
    struct row *r = &c->row[number % CALLS_MAX];
    *r = (struct row){.number = number, .at = now, .fault = ""};
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

void calls_subject(struct calls *c, uint64_t number, const char *payment_key, const char *order_id) {
    pthread_mutex_lock(&c->lock);
    struct row *r = find(c, number);
    if (r != NULL) {
        keep(r->payment_key, sizeof r->payment_key, payment_key);
        keep(r->order_id, sizeof r->order_id, order_id);
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

static bool wanted(const struct row *r, const char *payment_key, const char *order_id) {
    return (payment_key == NULL || strcmp(r->payment_key, payment_key) == 0) &&
           (order_id == NULL || strcmp(r->order_id, order_id) == 0);
}

static void write_row(const struct row *r, struct json_out *o) {
    json_obj(o, NULL);
    json_put_time(o, "time", r->at);
    json_put_text(o, "method", r->method);
    json_put_text(o, "path", r->path);
    json_put_text(o, "payment_key", *r->payment_key != '\0' ? r->payment_key : NULL);
    json_put_text(o, "order_id", *r->order_id != '\0' ? r->order_id : NULL);
    json_put_text(o, "idempotency_key", *r->idempotency_key != '\0' ? r->idempotency_key : NULL);
    if (r->answered)
        json_put_int(o, "status", r->status);
    else
        json_put_null(o, "status");
    json_put_text(o, "fault", *r->fault != '\0' ? r->fault : NULL);
    json_obj_end(o);
}

void calls_write(struct calls *c, struct json_out *o, const char *key, const char *payment_key, const char *order_id) {
    pthread_mutex_lock(&c->lock);
    uint64_t at = c->next > CALLS_MAX ? c->next - CALLS_MAX : 1;
    if (at < c->first) at = c->first;
    json_arr(o, key);
    for (; at < c->next; at++) {
        const struct row *r = &c->row[at % CALLS_MAX];
        if (wanted(r, payment_key, order_id)) write_row(r, o);
    }
    json_arr_end(o);
    pthread_mutex_unlock(&c->lock);
}
