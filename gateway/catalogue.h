/* catalogue - the rendered answers of the public catalogue, kept in memory as booking sent them.
 *
 * Documents are immutable and counted: a reader takes one under a short lock and keeps it while it answers, however often it is
 * replaced meanwhile. One writer (puller.c) applies snapshots; readers never wait for more than a pointer to be swapped. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "puller.h"

struct arena;
#define ETAG_TEXT 28 /* quotes, 24 characters, NUL: see catalogue.c */

struct doc {
    const char *key, *body;
    size_t len;
    bool clocked; /* ends with "server_time":"…"}: the last CLOCK_TAIL bytes are written at answer time */
    char etag[ETAG_TEXT];
};
#define CLOCK_TAIL 31 /* 29 characters of RFC 3339, then "} */

struct catalogue;
extern const struct feed catalogue_feed;
struct catalogue *catalogue_open(void);
void catalogue_close(struct catalogue **c);

/* The document, to be given back with doc_release(); NULL: there is none. */
const struct doc *catalogue_get(struct catalogue *c, const char *key);
void doc_release(const struct doc *d);
/* True once a whole snapshot has been applied. */
bool catalogue_loaded(struct catalogue *c);

/* What the holder has, for the next question. */
struct catalogue_mark {
    char instance[128];
    int64_t seq;
    int64_t as_of_ms; /* of the newest snapshot applied; 0: none */
};
struct catalogue_mark catalogue_mark(struct catalogue *c);
/* Applies one page. 0: done; 1: applied, and more pages are to be asked for; -1: not such a snapshot, nothing was changed. */
int catalogue_apply(struct catalogue *c, struct arena *a, const char *page, size_t len);
