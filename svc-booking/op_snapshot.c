#include "booking.h"
#include "catalogue.h"
#include "common/body.h"
#include "op_staff.h"
#include "snapshot.h"

enum { INSTANCE_MAX = 64 };

struct position { /* what the caller has */
    const char *instance;
    int64_t seq;
};

static void read_position(struct json_in *in, void *arg) {
    struct position *at = arg;
    at->instance = json_text(in, "instance", 0, INSTANCE_MAX, JSON_OPTIONAL);
    at->seq = json_int(in, "seq", 0, INT64_MAX, JSON_OPTIONAL);
}

enum status op_catalogue_snapshot(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct booking *b = w->state;
    struct position at = {.seq = 0};
    enum status st = body_read(req, true, read_position, &at, out);
    if (st != ST_OK) return st;
    const char *instance = at.instance ? at.instance : "";
    return snapshot_page(catalogue_snapshot(b->catalogue), instance, (uint64_t)at.seq, out) ? ST_OK : ST_BUSY;
}
