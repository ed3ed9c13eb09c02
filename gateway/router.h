/* router - from a raw request target to a row of the route table. Pure: no clock, no I/O, no memory of its own.
 *
 * Strict by design: the path is split before it is decoded, so that an escaped slash can never become one; whatever another
 * program on the way might read differently (escaped NUL, slash, backslash, dot segments, control bytes) is refused. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "common/bus.h"
#include "common/json.h"
#include "routes.h"

#define PATH_BYTES 1024
#define PATH_SEGMENTS 16
#define SEGMENT_BYTES 128
#define QUERY_BYTES 2048
#define QUERY_VALUE_BYTES 512

struct path { /* a raw path, split and decoded */
    size_t n;
    const char *segment[PATH_SEGMENTS];
    bool slash; /* ends with '/'; always true of "/" itself */
    size_t used;
    char text[PATH_BYTES * 2]; /* decoded segments, then the names of the parameters */
};

enum path_verdict { PATH_OK, PATH_UNKNOWN /* longer or deeper than any route */, PATH_BAD };
enum path_verdict path_split(struct path *path, const char *raw);

enum match_verdict { MATCH_FOUND, MATCH_UNKNOWN, MATCH_WRONG_METHOD };
struct match {
    const struct route *route;
    unsigned allow; /* methods of the path, METHOD_ bits; GET includes HEAD */
    size_t n_params;
    struct bus_param params[BUS_MAX_PARAMS];
};
/* `method` 0 matches no row (OPTIONS, unknown methods): WRONG_METHOD when the path exists. Text lives in `path`. */
enum match_verdict route_find(const struct route *table, size_t n, struct path *path, unsigned method, struct match *m);

/* METHOD_GET for "GET" and "HEAD" …; 0: none of ours. */
unsigned method_parse(const char *name);
const char *method_name(enum method method);
/* "GET, HEAD, POST, OPTIONS" */
void methods_write(unsigned allow, char *out, size_t cap);

struct query {
    size_t n;
    struct bus_param item[BUS_MAX_PARAMS];
    char text[QUERY_BYTES + 1];
};
/* Strict: each name in `allowed` (joined by ','), at most once, valid UTF-8 without control bytes. Every fault is noted;
 * false when there was one. */
bool query_parse(struct query *q, const char *raw, const char *allowed, struct json_faults *faults);
const char *query_get(const struct query *q, const char *name); /* NULL: absent */
void query_bad(struct json_faults *f, const char *field, enum json_fault fault);
