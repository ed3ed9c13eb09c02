#include "scan_answer.h"
#include <string.h>
#include "common/arena.h"
#include "common/json.h"
#include "common/mask.h"
#include "common/timeutil.h"

#define ANSWER_MAX 8192
#define PRODUCTS_MAX 1024

/* Whom the answer is about: those let in; nobody was: those it could have been. */
static bool concerned(const struct gate_ticket *t, const struct gate_scan *s, const struct gate_result *r) {
    if (s->ticket_id != 0) return t->id == s->ticket_id;
    return r->admitted > 0 ? t->entered_by == s->id : !t->gone;
}

/* "성인 2, 어린이 1" of a group, the name alone of one person; NULL: nobody. */
static const char *products(struct arena *a, const struct gate_order *o, const struct gate_scan *s,
                            const struct gate_result *r) {
    struct strbuf out;
    strbuf_init(&out, a, PRODUCTS_MAX);
    for (size_t i = 0; i < o->n_tickets; i++) {
        const struct gate_ticket *first = &o->tickets[i];
        int people = 0;
        if (!concerned(first, s, r)) continue;
        for (size_t k = 0; k < o->n_tickets; k++) {
            if (o->tickets[k].product_id != first->product_id || !concerned(&o->tickets[k], s, r)) continue;
            if (k < i) break; /* told already */
            people++;
        }
        if (people == 0) continue;
        if (out.len > 0) strbuf_puts(&out, ", ");
        strbuf_puts(&out, first->product_name);
        if (s->ticket_id == 0) strbuf_printf(&out, " %d", people);
    }
    return strbuf_ok(&out) && out.len > 0 ? out.data : NULL;
}

static void put_order(struct json_out *json, struct arena *a, const struct gate_order *o) {
    char date[11];
    if (o != NULL && o->visit_day != 0) date_format(o->visit_day, date);
    json_put_text(json, "order_number", o != NULL ? o->order_number : NULL);
    json_put_text(json, "customer_name", o != NULL ? mask_name(a, o->customer_name) : NULL);
    json_put_text(json, "visit_date", o != NULL && o->visit_day != 0 ? date : NULL);
}

static const char *message(struct arena *a, const struct gate_order *o, enum verdict v, enum lang lang) {
    const char *text = verdict_message(v, lang);
    return o != NULL && v == VERDICT_WRONG_EXHIBITION ? arena_printf(a, "%s (%s)", text, o->exhibition_name) : text;
}

const char *scan_answer(struct arena *a, const struct gate_order *o, const struct gate_scan *s,
                        const struct gate_result *r, const char *scan_id, enum lang lang) {
    struct strbuf out;
    struct json_out json = {.b = &out};
    const struct gate_order *shown = o != NULL && s->here ? o : NULL;
    strbuf_init(&out, a, ANSWER_MAX);
    json_obj(&json, NULL);
    put_order(&json, a, shown);
    json_put_text(&json, "entrance_status", verdict_name(r->verdict));
    json_put_text(&json, "message", message(a, o, r->verdict, lang));
    json_put_int(&json, "admitted", r->admitted);
    json_put_int(&json, "remaining", shown != NULL ? r->remaining : 0);
    json_put_text(&json, "product", shown != NULL ? products(a, shown, s, r) : NULL);
    if (r->entered_ms != 0) json_put_time(&json, "entrance_time", r->entered_ms);
    json_put_text(&json, "scan_id", scan_id);
    json_obj_end(&json);
    return strbuf_ok(&out) ? out.data : NULL;
}
