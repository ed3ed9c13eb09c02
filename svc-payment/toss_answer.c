#include "toss_answer.h"

#include <stdio.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "common/timeutil.h"

enum { KEY_MAX = 200, ID_MAX = 64, TEXT_MAX = 2000, CODE_MAX = 100, WORD_MAX = 64, LIST_MAX = 5000 };

static const int64_t won_max = INT64_C(9007199254740991);
/* A list of 5,000 rows of 12 fields is the longest answer there is; twice that leaves room for new fields. */
static const struct json_limits limits = {.values = 130000, .members = 256};

/* ---- words ---- */
struct word {
    const char *theirs;
    int ours;
};

static int translate(const struct word *table, size_t n, const char *theirs, int unknown) {
    for (size_t i = 0; theirs != NULL && i < n; i++)
        if (strcmp(table[i].theirs, theirs) == 0) return table[i].ours;
    return unknown;
}

static enum money_state state_of(const char *word) {
    static const struct word states[] = {
        {"READY", MONEY_READY},
        {"IN_PROGRESS", MONEY_IN_PROGRESS},
        {"WAITING_FOR_DEPOSIT", MONEY_WAITING_FOR_DEPOSIT},
        {"DONE", MONEY_DONE},
        {"CANCELED", MONEY_CANCELED},
        {"PARTIAL_CANCELED", MONEY_PARTIAL_CANCELED},
        {"ABORTED", MONEY_ABORTED},
        {"EXPIRED", MONEY_EXPIRED},
    };
    return (enum money_state)translate(states, sizeof states / sizeof *states, word, MONEY_UNKNOWN);
}

/* Asked for in English, answered in Korean. The first row of one of our words is the one that is sent. */
static const struct {
    const char *ours, *sent, *answered;
} methods[] = {
    {"card", "CARD", "카드"},
    {"transfer", "TRANSFER", "계좌이체"},
    {"virtual_account", "VIRTUAL_ACCOUNT", "가상계좌"},
    {"mobile_phone", "MOBILE_PHONE", "휴대폰"},
    {"gift_certificate", "CULTURE_GIFT_CERTIFICATE", "문화상품권"},
    {"gift_certificate", "BOOK_GIFT_CERTIFICATE", "도서문화상품권"},
    {"gift_certificate", "GAME_GIFT_CERTIFICATE", "게임문화상품권"},
    {"easy_pay", "CARD", "간편결제"}, /* a choice within the window for cards */
};
enum { METHODS = sizeof methods / sizeof *methods };

const char *toss_method(const char *ours) {
    for (size_t i = 0; i < METHODS; i++)
        if (strcmp(methods[i].ours, ours) == 0) return methods[i].sent;
    return NULL;
}

static const char *method_of(const char *answered) {
    if (answered == NULL) return NULL;
    for (size_t i = 0; i < METHODS; i++)
        if (strcmp(methods[i].answered, answered) == 0 || strcmp(methods[i].sent, answered) == 0)
            return methods[i].ours;
    return "other";
}

/* ---- values ---- */
/* Two views of one object: what is wrong in `must` spoils the whole answer, what is wrong in `may` counts as absent. */
struct views {
    struct json_in must, may;
};

struct faults {
    struct json_faults broken, ignored;
};

static struct views views_of(const struct json_in *in, struct faults *f) {
    struct views v = {.must = *in, .may = *in};
    v.must.faults = &f->broken;
    v.may.faults = &f->ignored;
    return v;
}

static bool open_text(struct arena *a, const char *text, size_t len, struct faults *f, struct views *v) {
    struct json_in in;
    *f = (struct faults){0};
    if (json_open_within(&in, a, &f->broken, text, len, &limits) != ST_OK) return false;
    *v = views_of(&in, f);
    return true;
}

static bool open_child(struct views *of, const char *field, struct faults *f, struct views *v) {
    struct json_in in;
    if (!json_child(&of->may, field, &in, JSON_OPTIONAL)) return false;
    *v = views_of(&in, f);
    return true;
}

static const char *text_if(struct views *v, const char *field) {
    return json_text(&v->may, field, 1, TEXT_MAX, JSON_OPTIONAL);
}

static const char *child_text(struct views *of, const char *object, const char *field, struct faults *f) {
    struct views v;
    return open_child(of, object, f, &v) ? text_if(&v, field) : NULL;
}

/* Toss writes times with +09:00, in some fields and versions without: then they are Seoul's too. 0: none. */
static int64_t time_if(struct views *v, const char *field) {
    const char *text = json_text(&v->may, field, 1, WORD_MAX, JSON_OPTIONAL);
    char with_offset[WORD_MAX * 4 + 8];
    int64_t ms = 0;
    if (text == NULL || time_parse_rfc3339(text, &ms)) return ms;
    snprintf(with_offset, sizeof with_offset, "%s+09:00", text);
    return time_parse_rfc3339(with_offset, &ms) ? ms : 0;
}

/* ---- payments ---- */
static struct money_account read_account(struct views *payment, struct faults *f) {
    struct views v;
    if (!open_child(payment, "virtualAccount", f, &v)) return (struct money_account){0};
    return (struct money_account){.bank = text_if(&v, "bankCode"),
                                  .number = text_if(&v, "accountNumber"),
                                  .holder = text_if(&v, "customerName"),
                                  .due_ms = time_if(&v, "dueDate"),
                                  .expired = json_bool(&v.may, "expired", JSON_OPTIONAL)};
}

/* Cancels that are not done (known of foreign wallets only) have moved no money yet. */
static bool read_cancel(struct views *v, struct money_cancel *c) {
    const char *status = text_if(v, "cancelStatus");
    *c = (struct money_cancel){.transaction_key = json_text(&v->must, "transactionKey", 1, KEY_MAX, JSON_REQUIRED),
                               .reason = text_if(v, "cancelReason"),
                               .amount = json_int(&v->must, "cancelAmount", 0, won_max, JSON_REQUIRED),
                               .balance_after = json_int(&v->must, "refundableAmount", 0, won_max, JSON_OPTIONAL),
                               .at_ms = time_if(v, "canceledAt")};
    return status == NULL || strcmp(status, "DONE") == 0;
}

static void read_cancels(struct arena *a, struct views *payment, struct faults *f, struct money *m) {
    size_t n = json_array(&payment->must, "cancels", 0, LIST_MAX, JSON_OPTIONAL);
    m->cancels = n == 0 ? NULL : arena_alloc(a, n * sizeof *m->cancels);
    if (n > 0 && m->cancels == NULL) json_bad(&payment->must, "cancels", BAD_LENGTH);
    for (size_t i = 0; m->cancels != NULL && i < n; i++) {
        struct json_in item;
        if (!json_item(&payment->must, "cancels", i, &item)) return;
        struct views v = views_of(&item, f);
        if (read_cancel(&v, &m->cancels[m->n_cancels])) m->n_cancels++;
    }
}

const struct money *toss_payment(struct arena *a, const char *text, size_t len, const char **version) {
    struct faults f;
    struct views v;
    *version = NULL;
    struct money *m = arena_alloc(a, sizeof *m);
    if (m == NULL || !open_text(a, text, len, &f, &v)) return NULL;
    *version = text_if(&v, "version");
    *m = (struct money){
        .state = state_of(json_text(&v.must, "status", 1, WORD_MAX, JSON_REQUIRED)),
        .payment_key = json_text(&v.must, "paymentKey", 1, KEY_MAX, JSON_REQUIRED),
        .order_id = json_text(&v.must, "orderId", 1, ID_MAX, JSON_REQUIRED),
        .method = method_of(text_if(&v, "method")),
        .secret = text_if(&v, "secret"),
        .receipt_url = child_text(&v, "receipt", "url", &f),
        .checkout_url = child_text(&v, "checkout", "url", &f),
        .failure_code = child_text(&v, "failure", "code", &f),
        .failure_message = child_text(&v, "failure", "message", &f),
        .transaction_key = text_if(&v, "lastTransactionKey"),
        .total = json_int(&v.must, "totalAmount", 0, won_max, JSON_REQUIRED),
        .balance = json_int(&v.must, "balanceAmount", 0, won_max, JSON_REQUIRED),
        .approved_ms = time_if(&v, "approvedAt"),
        .account = read_account(&v, &f),
    };
    read_cancels(a, &v, &f, m);
    return f.broken.n == 0 ? m : NULL;
}

/* ---- errors ---- */
static bool is_code(const char *s) {
    return s != NULL && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(s);
}

struct toss_error toss_error(struct arena *a, const char *text, size_t len) {
    struct faults f;
    struct views v;
    if (!open_text(a, text, len, &f, &v)) return (struct toss_error){0};
    const char *code = json_text(&v.may, "code", 1, CODE_MAX, JSON_OPTIONAL);
    return (struct toss_error){.code = is_code(code) ? code : NULL, .message = text_if(&v, "message")};
}

/* ---- transactions ---- */
/* Whether a cancel's amount is negative is not documented: the sign is dropped. */
static struct money_moved read_row(struct views *v) {
    int64_t amount = json_int(&v->must, "amount", -won_max, won_max, JSON_REQUIRED);
    struct money_moved row = {.transaction_key = json_text(&v->must, "transactionKey", 1, KEY_MAX, JSON_REQUIRED),
                              .payment_key = json_text(&v->must, "paymentKey", 1, KEY_MAX, JSON_REQUIRED),
                              .order_id = json_text(&v->must, "orderId", 1, ID_MAX, JSON_REQUIRED),
                              .state = state_of(json_text(&v->must, "status", 1, WORD_MAX, JSON_REQUIRED)),
                              .amount = amount < 0 ? -amount : amount,
                              .at_ms = time_if(v, "transactionAt")};
    if (row.at_ms == 0) json_bad(&v->must, "transactionAt", BAD_FORMAT);
    return row;
}

bool toss_transactions(struct arena *a, const char *text, size_t len, struct money_moved **rows, size_t *n) {
    static const char before[] = "{\"rows\":", after[] = "}"; /* the reader wants an object at the top */
    struct faults f;
    struct views v;
    struct strbuf b;
    *n = 0;
    *rows = NULL;
    strbuf_init(&b, a, len + sizeof before + sizeof after);
    strbuf_puts(&b, before);
    strbuf_put(&b, text, len);
    strbuf_puts(&b, after);
    if (!strbuf_ok(&b) || !open_text(a, b.data, b.len, &f, &v)) return false;
    *n = json_array(&v.must, "rows", 0, LIST_MAX, JSON_REQUIRED);
    *rows = arena_alloc(a, *n * sizeof **rows);
    if (*rows == NULL) return false;
    for (size_t i = 0; i < *n; i++) {
        struct json_in item;
        if (!json_item(&v.must, "rows", i, &item)) return false;
        struct views row = views_of(&item, &f);
        (*rows)[i] = read_row(&row);
    }
    return f.broken.n == 0;
}

/* ---- webhooks ---- */
/* DEPOSIT_CALLBACK is flat and has no eventType; all others have it, most keep their facts in "data". */
bool toss_notice(struct arena *a, const char *text, size_t len, struct notice *n) {
    struct faults f;
    struct views top, v;
    if (!open_text(a, text, len, &f, &top)) return false;
    const char *event = json_text(&top.may, "eventType", 1, CODE_MAX, JSON_OPTIONAL);
    if (!open_child(&top, "data", &f, &v)) v = top;
    *n = (struct notice){.event = event,
                         .payment_key = json_text(&v.may, "paymentKey", 1, KEY_MAX, JSON_OPTIONAL),
                         .order_id = json_text(&v.may, "orderId", 1, ID_MAX, JSON_OPTIONAL),
                         .secret = text_if(&v, "secret"),
                         .state = state_of(json_text(&v.may, "status", 1, WORD_MAX, JSON_OPTIONAL))};
    if (event == NULL && n->order_id != NULL && n->secret != NULL) n->event = "DEPOSIT_CALLBACK";
    return n->event != NULL;
}
