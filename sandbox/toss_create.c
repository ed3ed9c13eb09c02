/* toss_create - payments come into being: POST /v1/payments, POST /v1/virtual-accounts, and the SDK's window. */
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"
#include "changes.h"
#include "routes.h"
#include "shops.h"

#define NAME_MAX_CHARS 100
#define URL_CHARS 2048
#define METADATA_BYTES 16384
#define MONEY_MAX INT64_C(100000000000)
#define DUE_AT_MOST_MS (90 * DAY_MS)

#define DIGITS "0123456789"
#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* An absent text is made of anything. */
static bool made_of(const char *text, const char *alphabet) {
    return text == NULL || text[strspn(text, alphabet)] == '\0';
}

static bool url_ok(const char *url) {
    size_t scheme = url == NULL ? 0 : strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;
    if (scheme == 0 || strcspn(url + scheme, "/?#") == 0) return false;
    for (const char *c = url; *c != '\0'; c++)
        if (*c <= ' ' || strchr("\"<>\\^`{|}", *c) != NULL) return false; /* goes into a Location header as it is */
    return true;
}

/* ---- what the calls have in common ---- */

/* validHours or dueDate, not both; from `in`, which is the body or its member virtualAccount. */
static void read_validity(struct exchange *x, struct json_in *in, struct draft *d) {
    if (json_has(in, "validHours")) d->valid_hours = json_int(in, "validHours", 1, VALID_HOURS_MAX, JSON_OPTIONAL);
    const char *due = json_text(in, "dueDate", 1, 32, JSON_OPTIONAL);
    if (due == NULL) return;
    const char *whole = arena_printf(x->http->arena, strlen(due) == 19 ? "%s+09:00" : "%s", due);
    bool ok = whole != NULL && time_parse_rfc3339(whole, &d->due_given) && d->due_given > x->now &&
              d->due_given <= x->now + DUE_AT_MOST_MS && !json_has(in, "validHours");
    if (!ok) json_bad(in, "dueDate", BAD_RANGE);
}

static void read_common(struct exchange *x, struct draft *d) {
    struct json_in *in = &x->in, account, metadata;
    *d = (struct draft){.shop = x->shop, .valid_hours = VALID_HOURS_DEFAULT};
    d->order_id = json_text(in, "orderId", 6, ORDER_ID_MAX, JSON_REQUIRED);
    if (!made_of(d->order_id, LETTERS DIGITS "-_")) json_bad(in, "orderId", BAD_FORMAT);
    d->order_name = json_text(in, "orderName", 1, NAME_MAX_CHARS, JSON_REQUIRED);
    d->customer_name = json_text(in, "customerName", 0, NAME_MAX_CHARS, JSON_OPTIONAL);
    json_text(in, "customerEmail", 0, NAME_MAX_CHARS, JSON_OPTIONAL);
    d->customer_phone = json_text(in, "customerMobilePhone", 8, 15, JSON_OPTIONAL);
    if (!made_of(d->customer_phone, DIGITS)) json_bad(in, "customerMobilePhone", BAD_FORMAT);
    d->customer_key = json_text(in, "customerKey", 2, 300, JSON_OPTIONAL);
    if (!made_of(d->customer_key, LETTERS DIGITS "-_=.@")) json_bad(in, "customerKey", BAD_FORMAT);
    d->tax_free = json_int(in, "taxFreeAmount", 0, MONEY_MAX, JSON_OPTIONAL);
    d->use_escrow = json_bool(in, "useEscrow", JSON_OPTIONAL);
    d->culture_expense = json_bool(in, "cultureExpense", JSON_OPTIONAL);
    if (json_child(in, "metadata", &metadata, JSON_OPTIONAL)) d->metadata = json_raw(in, "metadata", METADATA_BYTES);
    read_validity(x, json_child(in, "virtualAccount", &account, JSON_OPTIONAL) ? &account : in, d);
}

static void read_urls(struct exchange *x, struct draft *d) {
    d->success_url = json_text(&x->in, "successUrl", 0, URL_CHARS, JSON_OPTIONAL);
    d->fail_url = json_text(&x->in, "failUrl", 0, URL_CHARS, JSON_OPTIONAL);
}

/* The shop may not pay the same order twice; an order whose payment came to nothing may try again. */
static bool order_used(struct exchange *x, const struct draft *d) {
    for (const struct payment *p = book_by_order(x->sb->book, d->order_id); p != NULL; p = book_older_of_order(p)) {
        bool approved =
            p->status == PAYMENT_DONE || p->status == PAYMENT_CANCELED || p->status == PAYMENT_PARTIAL_CANCELED;
        if (p->shop == d->shop && approved) return true;
    }
    return false;
}

static const char *refusal_of(struct exchange *x, const struct draft *d) {
    if (x->malformed || x->bad.n > 0 || d->tax_free > d->amount) return "INVALID_REQUEST";
    return d->amount < method_table[d->method].min_amount ? "BELOW_MINIMUM_AMOUNT" : NULL;
}

/* All that a browser may know. */
static void answer_window(struct exchange *x, const struct payment *p) {
    struct strbuf b;
    struct json_out o = {.b = &b};
    strbuf_init(&b, x->http->arena, URL_CHARS);
    json_obj(&o, NULL);
    json_put_text(&o, "paymentKey", p->key);
    json_obj(&o, "checkout");
    json_put_text(&o, "url",
                  arena_printf(x->http->arena, "%s/v1/payments/%s/checkout", x->sb->conf->public_url, p->key));
    json_obj_end(&o);
    json_obj_end(&o);
    answer_json(x, 200, &b);
}

static void answer_created(struct exchange *x, const struct draft *d, bool issue_account) {
    const char *target = x->route->target != NULL ? x->route->target : "";
    struct cause cause = {.sb = x->sb, .arena = x->http->arena, .now = x->now, .target = target};
    book_enter(x->sb->book);
    bool used = order_used(x, d);
    struct payment *p = used ? NULL : change_create(&cause, d);
    if (p != NULL && issue_account) change_approve(&cause, p);
    if (p != NULL)
        (x->route->target != NULL ? answer_payment : answer_window)(x, p);
    else
        answer_code(x, used ? "DUPLICATED_ORDER_ID" : "COMMON_ERROR");
    book_leave(x->sb->book);
    x->webhook = cause.webhook;
}

static void create_with_method(struct exchange *x, struct draft *d, const char *method) {
    const char *refusal = NULL;
    if (method == NULL) json_bad(&x->in, "method", BAD_MISSING);
    d->method = method != NULL ? method_of_api(method) : METHOD_NONE;
    if (!x->malformed && method != NULL && d->method == METHOD_NONE)
        refusal = "NOT_SUPPORTED_METHOD";
    else if (!x->malformed && (!url_ok(d->success_url) || !url_ok(d->fail_url)))
        refusal = "INVALID_SUCCESS_URL";
    else
        refusal = refusal_of(x, d);
    if (refusal != NULL)
        answer_code(x, refusal);
    else
        answer_created(x, d, false);
}

/* ---- the calls ---- */

void toss_create(struct exchange *x) {
    struct draft d;
    read_common(x, &d);
    read_urls(x, &d);
    d.amount = json_int(&x->in, "amount", 0, MONEY_MAX, JSON_REQUIRED);
    const char *currency = json_text(&x->in, "currency", 1, 8, JSON_OPTIONAL);
    if (currency != NULL && strcmp(currency, "KRW") != 0) json_bad(&x->in, "currency", BAD_RANGE);
    create_with_method(x, &d, json_text(&x->in, "method", 1, 40, JSON_OPTIONAL));
}

void toss_virtual_account(struct exchange *x) {
    struct draft d;
    read_common(x, &d);
    d.method = METHOD_VIRTUAL_ACCOUNT;
    d.amount = json_int(&x->in, "amount", 0, MONEY_MAX, JSON_REQUIRED);
    d.bank = json_text(&x->in, "bank", 1, 3, JSON_REQUIRED);
    if (d.customer_name == NULL || *d.customer_name == '\0') json_bad(&x->in, "customerName", BAD_MISSING);
    const char *refusal = refusal_of(x, &d);
    if (refusal == NULL && !payment_bank_known(d.bank)) refusal = "INVALID_BANK";
    if (refusal != NULL)
        answer_code(x, refusal);
    else
        answer_created(x, &d, true);
}

/* requestPayment() of the SDK: the client key instead of the secret one, the amount as an object. */
void window_open(struct exchange *x) {
    struct draft d;
    struct json_in amount;
    x->headers = "Access-Control-Allow-Origin: *\r\n"; /* called from the shop's pages */
    const char *client_key = json_text(&x->in, "clientKey", 1, 200, JSON_OPTIONAL);
    if (client_key == NULL || !shops_of_client(x->sb->shops, client_key, &x->shop)) {
        answer_code(x, "UNAUTHORIZED_KEY");
        return;
    }
    read_common(x, &d);
    read_urls(x, &d);
    if (json_child(&x->in, "amount", &amount, JSON_REQUIRED)) {
        const char *currency = json_text(&amount, "currency", 1, 8, JSON_REQUIRED);
        if (currency != NULL && strcmp(currency, "KRW") != 0) json_bad(&amount, "currency", BAD_RANGE);
        d.amount = json_int(&amount, "value", 0, MONEY_MAX, JSON_REQUIRED);
    }
    create_with_method(x, &d, json_text(&x->in, "method", 1, 40, JSON_OPTIONAL));
}
