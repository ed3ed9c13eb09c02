/* control_faults - what tests arm, look at and clear. */
#include <string.h>
#include "common/rest.h"
#include "alimtalk_templates.h"
#include "calls.h"
#include "faults.h"
#include "form.h"
#include "idempotency.h"
#include "journal.h"
#include "message_book.h"
#include "routes.h"
#include "webhooks.h"

#define LIST_BYTES ((size_t)16 * 1024 * 1024)

void control_arm(struct exchange *x) {
    struct json_in *in = &x->in;
    struct fault_order o = {.target = json_text(in, "target", 1, 40, JSON_REQUIRED),
                            .mode = json_text(in, "mode", 1, 40, JSON_REQUIRED),
                            .code = json_text(in, "code", 1, 80, JSON_OPTIONAL),
                            .ms = json_int(in, "ms", 1, HOUR_MS, JSON_OPTIONAL),
                            .times = json_has(in, "times") ? json_int(in, "times", 0, 1000000, JSON_OPTIONAL) : 1,
                            .percent = json_has(in, "percent") ? json_int(in, "percent", 1, 100, JSON_OPTIONAL) : 100,
                            .execute = json_bool(in, "execute", JSON_OPTIONAL)};
    json_end(in);
    if (x->malformed || x->bad.n > 0 || !faults_arm(x->sb->faults, &o))
        answer_code(x, "INVALID_REQUEST");
    else
        control_faults(x);
}

/* {"<key>": [ … written by `write` … ]} */
static void answer_list(struct exchange *x, void (*write)(struct exchange *x, struct json_out *o)) {
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, x->http->arena, LIST_BYTES);
    json_obj(&o, NULL);
    write(x, &o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

static const char *filter(struct exchange *x, const char *name) {
    return form_value(x->http->arena, x->http->query, name);
}

static void write_faults(struct exchange *x, struct json_out *o) { faults_write(x->sb->faults, o, "faults"); }
static void write_calls(struct exchange *x, struct json_out *o) {
    const struct calls_subject subject = {
        .payment_key = filter(x, "payment_key"), .order_id = filter(x, "order_id"), .own_id = filter(x, "own_id")};
    calls_write(x->sb->calls, o, "calls", &subject);
}
static void write_webhooks(struct exchange *x, struct json_out *o) {
    webhooks_write(x->sb->webhooks, o, "webhooks", filter(x, "payment_key"), filter(x, "order_id"));
}

/* ---- payments ---- */

struct listing {
    struct exchange *x;
    struct json_out *o;
};

static void write_payment(void *arg, const struct payment *p) {
    struct listing *l = arg;
    struct payment_view view;
    answer_view(l->x, p, &view);
    payment_write(l->o, NULL, p, &view);
}

static void write_payments(struct exchange *x, struct json_out *o) {
    const char *order_id = filter(x, "order_id"), *key = filter(x, "payment_key");
    struct listing l = {x, o};
    json_arr(o, "payments");
    book_enter(x->sb->book);
    if (key != NULL) {
        const struct payment *p = find_payment(x, key);
        if (p != NULL) write_payment(&l, p);
    } else if (order_id != NULL) {
        for (const struct payment *p = book_by_order(x->sb->book, order_id); p != NULL; p = book_older_of_order(p))
            write_payment(&l, find_payment(x, p->key));
    } else {
        book_each(x->sb->book, write_payment, &l);
    }
    book_leave(x->sb->book);
    json_arr_end(o);
}

void control_faults(struct exchange *x) { answer_list(x, write_faults); }
void control_calls(struct exchange *x) { answer_list(x, write_calls); }
void control_webhooks(struct exchange *x) { answer_list(x, write_webhooks); }
void control_payments(struct exchange *x) { answer_list(x, write_payments); }

static void clear_payments(struct sandbox *sb) {
    book_enter(sb->book);
    book_clear(sb->book);
    book_leave(sb->book);
    idempotency_clear(sb->idempotency);
    webhooks_clear(sb->webhooks);
}

static void clear_messages(struct sandbox *sb) {
    messages_enter(sb->messages);
    messages_clear(sb->messages);
    messages_leave(sb->messages);
    idempotency_clear(sb->nhn_keys);
}

void control_reset(struct exchange *x) {
    bool payments = json_bool(&x->in, "payments", JSON_OPTIONAL);
    bool messages = json_bool(&x->in, "messages", JSON_OPTIONAL);
    json_end(&x->in);
    if (x->malformed || x->bad.n > 0) {
        answer_code(x, "INVALID_REQUEST");
        return;
    }
    struct sandbox *sb = x->sb;
    faults_reset(sb->faults);
    rest_interrupt(sb->rest);
    calls_clear(sb->calls);
    templates_reset(sb->templates);
    if (payments) clear_payments(sb);
    if (messages) clear_messages(sb);
    if (payments || messages) journal_rewrite(sb->journal, sb->book, sb->idempotency, sb->messages);
    control_faults(x);
}
