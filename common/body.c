#include "body.h"

enum status body_refuse_all(const struct bus_req *req, const struct json_faults *faults, struct strbuf *out) {
    json_faults_write(faults, req->head.lang, out);
    return ST_VALIDATION_FAILED;
}

enum status body_refuse(const struct bus_req *req, const char *field, enum json_fault fault, struct strbuf *out) {
    const struct json_faults faults = {.n = 1, .item = {{field, fault}}};
    return body_refuse_all(req, &faults, out);
}

enum status body_read(const struct bus_req *req, bool empty_ok, body_reader read, void *arg, struct strbuf *out) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, empty_ok);
    if (st == ST_OK) {
        read(&in, arg);
        json_end(&in);
        if (faults.n > 0) st = ST_VALIDATION_FAILED;
    }
    return st == ST_VALIDATION_FAILED ? body_refuse_all(req, &faults, out) : st;
}
