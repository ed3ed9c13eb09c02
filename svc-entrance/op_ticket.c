#include "op_ticket.h"
#include <stdlib.h>
#include <string.h>
#include "common/effect.h"
#include "common/json.h"
#include "entrance.h"
#include "qr.h"
#include "ticket_store.h"

static void write_ticket(struct json_out *json, const struct ticket_row *t) {
    json_obj(json, NULL);
    json_put_int(json, "id", t->id);
    json_put_text(json, "product_name", t->product_name);
    json_put_text(json, "type", t->type);
    json_put_text(json, "status", t->status);
    json_put_text(json, "qr_code", t->qr_code);
    json_obj_end(json);
}

enum status op_ticket_list(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *number = bus_param(req, "order_number");
    struct ticket_list list;
    if (number == NULL) return ST_NOT_FOUND;
    if (req->head.token < TOKEN_VIEW) return ST_TOKEN_REQUIRED;
    enum db_rc rc = ticket_store_list(w->db, req->arena, number, &list);
    if (rc != DB_OK) return effect_status(rc);
    if (list.n == 0) return ST_NOT_FOUND;
    if (req->head.token_version != list.token_version) return ST_TOKEN_REQUIRED;
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "tickets");
    for (size_t i = 0; i < list.n; i++) write_ticket(&json, &list.rows[i]);
    json_arr_end(&json);
    json_put_text(&json, "order_qr_code", list.order_qr_code);
    json_obj_end(&json);
    return ST_OK;
}

/* ---- pictures ---- */

static const struct {
    const char *format;
    bool (*draw)(const char *text, struct strbuf *out);
} pictures[] = {{"svg", qr_svg}, {"png", qr_png}};

/* The number of a ticket, or the text is that of an order: 0. */
static int64_t read_ticket_id(const char *text) {
    size_t len = strlen(text);
    return len <= 18 && strspn(text, "0123456789") == len ? strtoll(text, NULL, 10) : 0;
}

/* The token opens one order, and the path does not say which: so it is checked here and not in the gateway. Whoever has none hears the
 * same of every number, be it a ticket's or not. */
static bool may_see(const struct entrance *e, const struct ticket_code *code, const char *id, const char *token) {
    const char *number = code->order_number != NULL ? code->order_number : id;
    uint16_t version;
    return order_token_check(e->token_key, number, token, &version) >= TOKEN_VIEW &&
           (code->order_number == NULL || version == code->token_version);
}

enum status op_ticket_qr(struct worker *w, struct bus_req *req, struct strbuf *out) {
    const char *id = bus_param(req, "id"), *format = bus_param(req, "format"), *token = bus_param(req, "order_token");
    struct ticket_code code;
    if (id == NULL || *id == '\0' || format == NULL) return ST_NOT_FOUND;
    if (token == NULL || *token == '\0') return ST_TOKEN_REQUIRED;
    int64_t ticket = read_ticket_id(id);
    enum db_rc rc = ticket_store_code(w->db, req->arena, ticket, ticket > 0 ? NULL : id, &code);
    if (rc != DB_OK) return effect_status(rc);
    if (!may_see(w->state, &code, id, token)) return ST_TOKEN_REQUIRED;
    if (code.qr_code == NULL) return ST_NOT_FOUND;
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
        if (strcmp(format, pictures[i].format) == 0) return pictures[i].draw(code.qr_code, out) ? ST_OK : ST_INTERNAL;
    return ST_NOT_FOUND;
}
