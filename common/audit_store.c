#include "arena.h"
#include "audit.h"
#include "bus.h"
#include "mask.h"

enum db_rc audit_emit(struct db *db, const struct bus_req *req, const struct audit *a) {
    static const struct db_stmt stmt = {
        "audit_emit",
        "SELECT emit('audit', $1, $2, jsonb_build_object('action', $3::text, 'exhibition_code', $4::text, 'before', "
        "$5::jsonb, "
        "'after', $6::jsonb, 'reason', $7::text, 'user_id', $8::bigint, 'role', $9::text, 'client', $10::text, "
        "'request_id', $11::text))"};
    struct db_args args = db_args(req->arena);
    const char *reason = a->reason != NULL ? mask_text(req->arena, a->reason) : NULL;
    if (a->reason != NULL && reason == NULL) return DB_ERROR;
    db_arg_text(&args, a->entity);
    db_arg_int(&args, a->version);
    db_arg_text(&args, req->head.op);
    db_arg_text(&args, a->exhibition_code);
    db_arg_text(&args, a->before);
    db_arg_text(&args, a->after);
    db_arg_text(&args, reason);
    db_arg_int(&args, req->head.user_id);
    db_arg_text(&args, role_name(req->head.role));
    db_arg_text(&args, req->head.client);
    db_arg_text(&args, req->head.request_id);
    return db_exec(db, &stmt, &args, NULL);
}
