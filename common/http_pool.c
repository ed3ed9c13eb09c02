#include "http_pool.h"

#include <pthread.h>
#include <stdlib.h>

struct http_pool {
    struct http_client_conf conf;
    pthread_mutex_t lock;      /* guards what follows */
    struct http_client **idle; /* a stack */
    size_t n, cap;
};

struct http_pool *http_pool_open(const struct http_client_conf *conf) {
    struct http_pool *p = calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    p->conf = *conf;
    pthread_mutex_init(&p->lock, NULL);
    return p;
}

void http_pool_close(struct http_pool **p) {
    if (*p == NULL) return;
    for (size_t i = 0; i < (*p)->n; i++) http_client_close(&(*p)->idle[i]);
    pthread_mutex_destroy(&(*p)->lock);
    free((*p)->idle);
    free(*p);
    *p = NULL;
}

struct http_client *http_pool_take(struct http_pool *p) {
    pthread_mutex_lock(&p->lock);
    struct http_client *c = p->n > 0 ? p->idle[--p->n] : NULL;
    pthread_mutex_unlock(&p->lock);
    return c != NULL ? c : http_client_open(&p->conf);
}

static bool has_room(struct http_pool *p) {
    if (p->n < p->cap) return true;
    size_t cap = p->cap == 0 ? 8 : 2 * p->cap;
    struct http_client **more = realloc(p->idle, cap * sizeof *more);
    if (more == NULL) return false;
    p->idle = more;
    p->cap = cap;
    return true;
}

void http_pool_give(struct http_pool *p, struct http_client *c) {
    pthread_mutex_lock(&p->lock);
    bool kept = has_room(p);
    if (kept) p->idle[p->n++] = c;
    pthread_mutex_unlock(&p->lock);
    if (!kept) http_client_close(&c);
}
