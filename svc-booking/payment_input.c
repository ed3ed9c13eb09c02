#include "payment_input.h"
#include <string.h>
#include "common/arena.h"
#include "common/body.h"
#include "common/timeutil.h"

#define ID_MAX (INT64_C(1) << 53)
#define AMOUNT_MAX INT64_C(100000000000)

static const struct field {
    enum payment_field bit;
    enum { TEXT, INT, TIME, BOOL, IDS } kind;
    const char *name;
    int64_t min, max; /* of a text: its length */
    size_t offset;
} fields[] = {
#define AT(member) offsetof(struct payment_input, member)
    {PF_ATTEMPT, TEXT, "attempt_id", 1, 64, AT(attempt_id)},
    {PF_ORDER, TEXT, "order_number", 1, 50, AT(order_number)},
    {PF_ORDER_ID, INT, "order_id", 1, ID_MAX, AT(order_id)},
    {PF_AMOUNT, INT, "amount", 0, AMOUNT_MAX, AT(amount)},
    {PF_METHOD, TEXT, "payment_method", 1, 50, AT(payment_method)},
    {PF_KEY, TEXT, "payment_key", 1, 200, AT(payment_key)},
    {PF_REASON, TEXT, "reason", 1, 200, AT(reason)},
    {PF_DUE, TIME, "due", 0, 0, AT(due_ms)},
    {PF_REVERSES, TEXT, "reverses", 1, 64, AT(reverses)},
    {PF_REFUND, TEXT, "refund_id", 1, 64, AT(refund_id)},
    {PF_NOT_ENTERED, BOOL, "not_entered", 0, 0, AT(not_entered)}, /* before the tickets, whose number depends on it */
    {PF_TICKETS, IDS, "tickets", 1, PAYMENT_TICKETS_MAX, AT(tickets)},
    {PF_PAYMENT_STATUS, TEXT, "payment_status", 1, 50, AT(payment_status)},
    {PF_CANCELLED, BOOL, "cancelled", 0, 0, AT(cancelled)},
    {PF_UP, BOOL, "up", 0, 0, AT(up)},
#undef AT
};

static int64_t read_time(struct json_in *in, const char *name, enum json_need need) {
    int64_t ms = 0;
    const char *text = json_text(in, name, 1, 40, need);
    if (text != NULL && (!time_parse_rfc3339(text, &ms) || ms <= 0)) json_bad(in, name, BAD_FORMAT);
    return ms;
}

static void read_ids(struct json_in *in, const struct field *f, enum json_need need, struct payment_input *input) {
    size_t n = json_array(in, f->name, input->not_entered ? 0 : (size_t)f->min, (size_t)f->max, need);
    input->tickets = arena_alloc(in->arena, n * sizeof *input->tickets + 1);
    if (input->tickets == NULL) return;
    for (input->n_tickets = 0; input->n_tickets < n; input->n_tickets++)
        input->tickets[input->n_tickets] = json_item_int(in, f->name, input->n_tickets, 1, ID_MAX);
}

static void read_field(struct json_in *in, const struct field *f, enum json_need need, struct payment_input *input) {
    void *at = (char *)input + f->offset;
    switch (f->kind) {
    case TEXT: *(const char **)at = json_text(in, f->name, (size_t)f->min, (size_t)f->max, need); break;
    case INT: *(int64_t *)at = json_int(in, f->name, f->min, f->max, need); break;
    case TIME: *(int64_t *)at = read_time(in, f->name, need); break;
    case BOOL: *(bool *)at = json_bool(in, f->name, need); break;
    case IDS: read_ids(in, f, need, input); break;
    }
}

static bool known_payment_status(const char *text) {
    return strcmp(text, "refunded") == 0 || strcmp(text, "partially_refunded") == 0;
}

enum status payment_input_parse(struct arena *a, const char *body, size_t len, unsigned required, unsigned optional,
                                struct payment_input *input, struct json_faults *faults) {
    struct json_in in;
    *input = (struct payment_input){.amount = 0};
    enum status st = json_open(&in, a, faults, body, len, false);
    if (st != ST_OK) return st;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if ((required | optional) & fields[i].bit)
            read_field(&in, &fields[i], required & fields[i].bit ? JSON_REQUIRED : JSON_OPTIONAL, input);
    if (input->payment_status != NULL && !known_payment_status(input->payment_status))
        json_bad(&in, "payment_status", BAD_FORMAT);
    json_end(&in);
    return faults->n == 0 ? ST_OK : ST_VALIDATION_FAILED;
}

enum status payment_input_read(const struct bus_req *req, unsigned required, unsigned optional,
                               struct payment_input *input, struct strbuf *out) {
    struct json_faults faults = {.n = 0};
    enum status st =
        payment_input_parse(req->arena, req->head.body, req->head.body_len, required, optional, input, &faults);
    return st == ST_VALIDATION_FAILED ? body_refuse_all(req, &faults, out) : st;
}
