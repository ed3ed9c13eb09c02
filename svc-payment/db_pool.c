#include "db_pool.h"
#include <pthread.h>
#include <stdlib.h>
#include "common/db.h"

#define MAX 16

struct db_pool {
    pthread_mutex_t lock;
    pthread_cond_t given;
    struct db *idle[MAX];
    size_t n;
};

struct db_pool *db_pool_new(struct db **dbs, size_t n) {
    struct db_pool *p = n > MAX ? NULL : calloc(1, sizeof *p);
    if (p == NULL) return NULL;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->given, NULL);
    for (size_t i = 0; i < n; i++)
        if (dbs[i] != NULL) p->idle[p->n++] = dbs[i];
    if (p->n < n) db_pool_free(&p);
    return p;
}

void db_pool_free(struct db_pool **pp) {
    struct db_pool *p = *pp;
    if (p == NULL) return;
    for (size_t i = 0; i < p->n; i++) db_close(&p->idle[i]);
    pthread_cond_destroy(&p->given);
    pthread_mutex_destroy(&p->lock);
    free(p);
    *pp = NULL;
}

struct db *db_pool_take(struct db_pool *p) {
    pthread_mutex_lock(&p->lock);
    while (p->n == 0) pthread_cond_wait(&p->given, &p->lock);
    struct db *db = p->idle[--p->n];
    pthread_mutex_unlock(&p->lock);
    return db;
}

void db_pool_give(struct db_pool *p, struct db *db) {
    pthread_mutex_lock(&p->lock);
    p->idle[p->n++] = db;
    pthread_cond_signal(&p->given);
    pthread_mutex_unlock(&p->lock);
}
