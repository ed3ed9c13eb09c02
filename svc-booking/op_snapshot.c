#include "booking.h"
#include "catalogue.h"
#include "common/json.h"
#include "op_staff.h"
#include "snapshot.h"

enum { INSTANCE_MAX = 64 };

enum status op_catalogue_snapshot(struct worker *w, struct bus_req *req, struct strbuf *out) {
    struct booking *b = w->state;
    struct json_faults faults = {0};
    struct json_in in;
    enum status st = json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, true);
    if (st == ST_MALFORMED_JSON) return st;
    const char *instance = NULL;
    int64_t seq = 0;
    if (st == ST_OK) {
        instance = json_text(&in, "instance", 0, INSTANCE_MAX, JSON_OPTIONAL);
        seq = json_int(&in, "seq", 0, INT64_MAX, JSON_OPTIONAL);
        json_end(&in);
    }
    if (faults.n) {
        json_faults_write(&faults, req->head.lang, out);
        return ST_VALIDATION_FAILED;
    }
    return snapshot_page(catalogue_snapshot(b->catalogue), instance ? instance : "", (uint64_t)seq, out) ? ST_OK
                                                                                                         : ST_BUSY;
}
