/* bus_pool - queues with worker threads, and the spare messages and requests they reuse. */
#include <stdio.h>
#include <stdlib.h>
#include "bus_server_int.h"
#include "metrics.h"
#include "timeutil.h"

#define REQUEST_ARENA (4 * 1024 * 1024) /* a full-size body, read and answered */
#define SPARE_REQUESTS 1024             /* kept with their arenas for the next calls */

static struct message *pool_pop(struct pool *p) {
    pthread_mutex_lock(&p->lock);
    while (p->first == NULL && !p->closed) pthread_cond_wait(&p->filled, &p->lock);
    struct message *m = p->closed ? NULL : p->first;
    if (m != NULL) {
        p->first = m->next;
        p->waiting -= (int)m->env.n;
        metric_set(p->gauge, p->waiting);
    }
    pthread_mutex_unlock(&p->lock);
    return m;
}

static void *worker_main(void *arg) {
    struct pool_thread *t = arg;
    struct message *m;
    while ((m = pool_pop(t->pool)) != NULL) message_serve(&t->worker, m);
    return NULL;
}

int pool_open(struct pool *p, struct bus_server *s, const struct bus_pool *conf) {
    char label[64];
    snprintf(label, sizeof label, "pool=\"%s\"", conf->name);
    p->conf = conf;
    p->server = s;
    p->gauge = metric_get(METRIC_GAUGE, "bus_queue", label, "Calls waiting for a worker");
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->filled, NULL);
    p->threads = calloc((size_t)conf->workers, sizeof *p->threads);
    if (p->threads == NULL) return -1;
    bool own = p == &s->pools[s->conf.n_pools]; /* for common ops, needs no connections */
    for (; p->n_threads < conf->workers; p->n_threads++) {
        struct pool_thread *t = &p->threads[p->n_threads];
        t->pool = p;
        if (own)
            t->worker.state = s;
        else
            t->worker = s->conf.make_worker(s->conf.arg);
        if (pthread_create(&t->id, NULL, worker_main, t) != 0) return -1;
    }
    return 0;
}

/* A message larger than what is left of the queue still goes into an empty one: a batch must not be refused for ever. */
bool pool_push(struct pool *p, struct message *m) {
    pthread_mutex_lock(&p->lock);
    bool fits = !p->closed && (p->waiting == 0 || p->waiting + (int)m->env.n <= p->conf->queue);
    if (fits) {
        m->next = NULL;
        *(p->first != NULL ? &p->last->next : &p->first) = m;
        p->last = m;
        p->waiting += (int)m->env.n;
        metric_set(p->gauge, p->waiting);
        pthread_cond_signal(&p->filled);
    }
    pthread_mutex_unlock(&p->lock);
    return fits;
}

void pool_stop(struct pool *p) {
    pthread_mutex_lock(&p->lock);
    p->closed = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++) pthread_join(p->threads[i].id, NULL);
    for (struct message *m = p->first, *next; m != NULL; m = next) {
        next = m->next;
        message_free(m);
    }
    p->first = NULL;
}

void pool_free(struct pool *p) {
    free(p->threads);
    pthread_cond_destroy(&p->filled);
    pthread_mutex_destroy(&p->lock);
}

/* ---- spare parts ---- */

struct message *message_new(struct bus_server *s, struct tp_talk *t, struct tp_msg *raw) {
    pthread_mutex_lock(&s->spare_lock);
    struct message *m = s->spare_messages;
    if (m != NULL) s->spare_messages = m->next;
    pthread_mutex_unlock(&s->spare_lock);
    if (m == NULL && (m = malloc(sizeof *m)) == NULL) return NULL;
    *m = (struct message){.server = s, .talk = t, .raw = raw};
    return m;
}

struct request *request_new(struct message *m) {
    struct bus_server *s = m->server;
    pthread_mutex_lock(&s->spare_lock);
    struct request *r = s->spare_requests;
    if (r != NULL) {
        s->spare_requests = r->next;
        s->n_spare_requests--;
    }
    pthread_mutex_unlock(&s->spare_lock);
    struct arena *arena = r != NULL ? r->pub.arena : arena_new(REQUEST_ARENA);
    if (r == NULL && arena != NULL) r = malloc(sizeof *r);
    if (r == NULL) {
        arena_free(&arena);
        return NULL;
    }
    *r = (struct request){.pub = {.arena = arena}, .message = m, .since_us = time_mono_us(), .body = ""};
    *(m->requests != NULL ? &m->last->next : &m->requests) = r;
    m->last = r;
    return r;
}

static void request_free(struct request *r) {
    arena_free(&r->pub.arena);
    free(r);
}

void message_free(struct message *m) {
    struct bus_server *s = m->server;
    struct request *extra = NULL;
    tp_msg_free(&m->raw);
    for (struct request *r = m->requests; r != NULL; r = r->next) arena_reset(r->pub.arena);
    pthread_mutex_lock(&s->spare_lock);
    for (struct request *r = m->requests, *next; r != NULL; r = next) {
        next = r->next;
        bool keep = s->n_spare_requests < SPARE_REQUESTS;
        struct request **list = keep ? &s->spare_requests : &extra;
        s->n_spare_requests += keep;
        r->next = *list;
        *list = r;
    }
    m->next = s->spare_messages;
    s->spare_messages = m;
    pthread_mutex_unlock(&s->spare_lock);
    for (struct request *next; extra != NULL; extra = next) {
        next = extra->next;
        request_free(extra);
    }
    atomic_fetch_sub(&s->running, 1);
}

void spare_free(struct bus_server *s) {
    for (struct message *m = s->spare_messages, *next; m != NULL; m = next) {
        next = m->next;
        free(m);
    }
    for (struct request *r = s->spare_requests, *next; r != NULL; r = next) {
        next = r->next;
        request_free(r);
    }
}
