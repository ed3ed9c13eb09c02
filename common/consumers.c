#include "consumers.h"

#include <stdlib.h>

#include "daemon.h"
#include "log.h"

#define TIMEOUT_MS 10000 /* of a statement: a whole page is applied by one */

struct consumers {
    size_t n;
    struct {
        struct db *db;
        struct consumer *consumer;
    } each[];
};

struct consumers *consumers_start(struct daemon *d, const struct consumer_conf *alike,
                                  const struct event_source *sources, size_t n) {
    struct consumers *c = calloc(1, sizeof *c + n * sizeof *c->each);
    for (size_t i = 0; c && i < n; i++) {
        struct consumer_conf conf = *alike;
        conf.service = sources[i].service;
        conf.types = sources[i].types;
        conf.fields = sources[i].fields;
        conf.db = c->each[i].db = daemon_db(d, TIMEOUT_MS);
        c->each[i].consumer = conf.db ? consumer_start(&conf) : NULL;
        c->n = i + 1;
        if (c->each[i].consumer) continue;
        log_error("events cannot be pulled", "consumer", conf.name, "source", conf.service);
        consumers_stop(&c);
    }
    return c;
}

void consumers_stop(struct consumers **cp) {
    struct consumers *c = *cp;
    if (!c) return;
    for (size_t i = 0; i < c->n; i++) {
        consumer_stop(&c->each[i].consumer);
        db_close(&c->each[i].db);
    }
    free(c);
    *cp = NULL;
}
