/* toss_transactions - GET /v1/transactions: what the shop's books are compared with. */
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"
#include "form.h"
#include "routes.h"
#include "shops.h"

#define ROWS_DEFAULT 100
#define ROWS_MAX 5000
#define ROWS_BYTES ((size_t)8 * 1024 * 1024)

struct span {
    int64_t from, to /* inclusive, to the second */;
    const char *after;
    long limit;
};

/* yyyy-MM-dd or yyyy-MM-dd'T'HH:mm:ss, Seoul; an offset may be given, too. */
static bool read_time(struct exchange *x, const char *name, int64_t *ms) {
    const char *text = form_value(x->http->arena, x->http->query, name);
    if (text == NULL) return false;
    size_t n = strlen(text);
    const char *rest = n == strlen("2026-03-01")            ? "T00:00:00+09:00"
                       : n == strlen("2026-03-01T00:00:00") ? "+09:00"
                                                            : "";
    const char *whole = arena_printf(x->http->arena, "%s%s", text, rest);
    return whole != NULL && time_parse_rfc3339(whole, ms);
}

static bool read_span(struct exchange *x, struct span *s) {
    const char *limit = form_value(x->http->arena, x->http->query, "limit");
    *s = (struct span){.limit = ROWS_DEFAULT, .after = form_value(x->http->arena, x->http->query, "startingAfter")};
    if (limit != NULL) {
        s->limit = 0;
        for (const char *c = limit; *c >= '0' && *c <= '9' && s->limit <= ROWS_MAX; c++)
            s->limit = s->limit * 10 + (*c - '0');
        if (limit[strspn(limit, "0123456789")] != '\0' || s->limit < 1 || s->limit > ROWS_MAX) return false;
    }
    return read_time(x, "startDate", &s->from) && read_time(x, "endDate", &s->to) && s->from <= s->to;
}

static void write_row(struct exchange *x, const struct transaction *t, struct json_out *o) {
    bool back = t->status == PAYMENT_CANCELED || t->status == PAYMENT_PARTIAL_CANCELED || t->status == PAYMENT_WAITING;
    const struct payment *p = book_by_key(x->sb->book, t->payment_key);
    const char *url = x->sb->conf->public_url;
    json_obj(o, NULL);
    json_put_text(o, "mId", shops_m_id(x->sb->shops, t->shop));
    json_put_text(o, "transactionKey", t->key);
    json_put_text(o, "paymentKey", t->payment_key);
    json_put_text(o, "orderId", t->order_id);
    json_put_text(o, "method", method_table[t->method].name);
    json_put_text(o, "customerKey", p != NULL ? p->customer_key : NULL);
    json_put_bool(o, "useEscrow", t->use_escrow);
    json_put_text(o, "receiptUrl", arena_printf(x->http->arena, "%s/v1/payments/%s/receipt", url, t->payment_key));
    json_put_text(o, "status", payment_status_name(t->status));
    put_toss_time(o, "transactionAt", t->at);
    json_put_text(o, "currency", "KRW");
    json_put_int(o, "amount", back && x->sb->conf->negative_cancels ? -t->amount : t->amount);
    json_obj_end(o);
}

static void write_rows(struct exchange *x, const struct span *s, uint64_t number, struct json_out *o) {
    const struct transactions *all = book_transactions(x->sb->book);
    const struct transaction *t;
    json_arr(o, NULL);
    for (long n = 0; n < s->limit && (t = transactions_at(all, &number)) != NULL && t->at < s->to + SECOND_MS;
         number++) {
        if (!t->listed || t->shop != x->shop) continue;
        write_row(x, t, o);
        n++;
    }
    json_arr_end(o);
}

void toss_transactions(struct exchange *x) {
    struct span s;
    struct strbuf b;
    struct json_out o = {.b = &b};
    if (!read_span(x, &s)) {
        answer_code(x, "INVALID_REQUEST");
        return;
    }
    strbuf_init(&b, x->http->arena, ROWS_BYTES);
    book_enter(x->sb->book);
    uint64_t number = transactions_since(book_transactions(x->sb->book), s.from), after = 0;
    bool ok = s.after == NULL || transactions_after(book_transactions(x->sb->book), s.after, &after);
    if (ok) write_rows(x, &s, after > number ? after : number, &o);
    book_leave(x->sb->book);
    if (ok)
        answer_json(x, 200, &b);
    else
        answer_code(x, "INVALID_REQUEST");
}
