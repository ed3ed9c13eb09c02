/* Feeds any bytes to every reader of Toss's answers. What is accepted keeps what the headers promise. */
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "toss_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 8 << 20 };

static void must(bool ok) {
    if (!ok) abort();
}

static void must_be_text(const char *s, size_t max_bytes) {
    must(s == NULL || (*s != '\0' && strlen(s) <= max_bytes && utf8_valid(s, strlen(s))));
}

static void read_payment(struct arena *a, const char *text, size_t len) {
    const char *version;
    const struct money *m = toss_payment(a, text, len, &version);
    must_be_text(version, 8000);
    if (m == NULL) return;
    must(m->payment_key != NULL && m->order_id != NULL && m->total >= 0 && m->balance >= 0);
    const char *const texts[] = {m->payment_key,  m->order_id,       m->method,         m->secret,
                                 m->receipt_url,  m->checkout_url,   m->failure_code,   m->failure_message,
                                 m->account.bank, m->account.number, m->account.holder, m->transaction_key};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) must_be_text(texts[i], 8000);
    for (size_t i = 0; i < m->n_cancels; i++) {
        must(m->cancels[i].amount >= 0 && m->cancels[i].balance_after >= 0);
        must_be_text(m->cancels[i].reason, 8000);
        must_be_text(m->cancels[i].transaction_key, 8000);
    }
}

static void read_error(struct arena *a, const char *text, size_t len) {
    struct toss_error e = toss_error(a, text, len);
    must_be_text(e.code, 100);
    must_be_text(e.message, 8000);
}

static void read_transactions(struct arena *a, const char *text, size_t len) {
    struct money_moved *rows;
    size_t n;
    if (!toss_transactions(a, text, len, &rows, &n)) return;
    for (size_t i = 0; i < n; i++) {
        must(rows[i].transaction_key != NULL && rows[i].payment_key != NULL && rows[i].order_id != NULL);
        must(rows[i].amount >= 0 && rows[i].at_ms != 0);
    }
}

static void read_notice(struct arena *a, const char *text, size_t len) {
    struct notice n;
    if (!toss_notice(a, text, len, &n)) return;
    must(n.event != NULL);
    const char *const texts[] = {n.event, n.payment_key, n.order_id, n.secret};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) must_be_text(texts[i], 8000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(struct arena *, const char *, size_t) = {read_payment, read_error, read_transactions,
                                                                            read_notice};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct arena *a = arena_new(ARENA_MAX);
        readers[i](a, (const char *)data, size);
        arena_free(&a);
    }
    return 0;
}
