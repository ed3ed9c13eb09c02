/* reconcile - one day (Asia/Seoul) of the provider's list of transactions against our books: reconcile YYYY-MM-DD.
 *
 * Prints each difference as a named row, stores them (table reconciliations) and has the daemon look the payments up which they
 * are about. Exit code: 0 no differences, 1 differences, 2 it could not look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "attempt_store.h"
#include "common/arena.h"
#include "common/db.h"
#include "common/json.h"
#include "common/log.h"
#include "common/settings.h"
#include "common/timeutil.h"
#include "reconcile.h"
#include "reconcile_store.h"
#include "toss.h"
#include "toss_keys.h"

#define STATEMENT_MS (15 * 60 * 1000)
#define ARENA_MAX ((size_t)1024 * 1024 * 1024)
#define STORED_MAX ((size_t)64 * 1024 * 1024)
#define PAGE 5000
#define PAGES_MAX 1000
#define TRIES 3
#define DAY_MS INT64_C(86400000)

struct config {
    char *database_url, *secret_key, *client_key, *url;
    int64_t timeout_seconds;
};
#define AT(member) offsetof(struct config, member)

static const struct setting settings[] = {
    {"DATABASE_URL", SET_TEXT, AT(database_url), NULL, 1, 1024, SET_SECRET | SET_REQUIRED,
     "Database of svc-payment, with its role."},
    {"TOSS_CLIENT_KEY", SET_TEXT, AT(client_key), NULL, 8, 200, SET_REQUIRED, "Client key of Toss Payments."},
    {"TOSS_PAYMENT_URL", SET_TEXT, AT(url), "https://api.tosspayments.com/v1/payments", 8, 200, SET_HTTPS,
     "Address of Toss Payments, with or without /v1/payments."},
    {"TOSS_SECRET_KEY", SET_TEXT, AT(secret_key), NULL, 8, 200, SET_SECRET | SET_REQUIRED,
     "Secret key of Toss Payments."},
    {"TOSS_TIMEOUT_SECONDS", SET_INT, AT(timeout_seconds), "60", 1, 120, 0, "Seconds a call to Toss may take."},
};
#define N_SETTINGS (sizeof settings / sizeof *settings)

struct comparing {
    struct arena *arena;
    struct db *db;
    struct provider provider;
    struct day_books books;
    struct strbuf stored;
    struct json_out json;
    size_t differences;
    bool failed;
};

/* ---- the provider's list ---- */

static bool add_rows(struct comparing *c, const struct transactions *t) {
    struct day_books *b = &c->books;
    struct money_moved *all = arena_alloc(c->arena, (b->n_theirs + t->n + 1) * sizeof *all);
    if (all == NULL) return false;
    if (b->n_theirs > 0) memcpy(all, b->theirs, b->n_theirs * sizeof *all);
    if (t->n > 0) memcpy(all + b->n_theirs, t->rows, t->n * sizeof *all);
    b->theirs = all;
    b->n_theirs += t->n;
    return true;
}

static bool read_list(struct comparing *c, int64_t from_ms, int64_t to_ms) {
    struct transactions t = {.next = NULL};
    for (int page = 0; page < PAGES_MAX; page++) {
        const char *after = t.next;
        t.outcome = CALL_RETRY;
        for (int i = 0; i < TRIES && t.outcome != CALL_DONE; i++)
            c->provider.list(c->provider.self, c->arena, from_ms, to_ms, after, PAGE, &t);
        if (t.outcome != CALL_DONE) {
            printf("the provider's list could not be read: %s\n", t.code != NULL ? t.code : "");
            return false;
        }
        if (!add_rows(c, &t)) return false;
        if (t.next == NULL) return true;
    }
    puts("the provider's list does not end");
    return false;
}

/* ---- differences ---- */

static const char *or_none(const char *text) { return text != NULL ? text : "-"; }

static void difference(void *arg, const struct difference *d) {
    struct comparing *c = arg;
    c->differences++;
    printf("%s: order %s, attempt %s, refund %s, transaction %s: theirs %lld, ours %lld; %s\n", d->name,
           or_none(d->order_number), or_none(d->attempt_id), or_none(d->refund_id), or_none(d->transaction_key),
           (long long)d->theirs, (long long)d->ours, difference_about(d->name));
    json_obj(&c->json, NULL);
    json_put_text(&c->json, "name", d->name);
    json_put_text(&c->json, "about", difference_about(d->name));
    json_put_text(&c->json, "order_number", d->order_number);
    json_put_text(&c->json, "attempt_id", d->attempt_id);
    json_put_text(&c->json, "refund_id", d->refund_id);
    json_put_text(&c->json, "transaction_key", d->transaction_key);
    json_put_id(&c->json, "exhibition_id", d->exhibition_id);
    json_put_int(&c->json, "theirs", d->theirs);
    json_put_int(&c->json, "ours", d->ours);
    json_obj_end(&c->json);
    if (d->attempt != 0 && attempt_store_ask(c->db, c->arena, d->attempt) != DB_OK) c->failed = true;
}

static bool compare(struct comparing *c, const char *day, int64_t from_ms) {
    int64_t to_ms = from_ms + DAY_MS;
    if (!read_list(c, from_ms, to_ms)) return false;
    if (reconcile_store_load(c->db, c->arena, from_ms, to_ms, &c->books) != DB_OK) {
        puts("the database does not answer");
        return false;
    }
    strbuf_init(&c->stored, c->arena, STORED_MAX);
    c->json.b = &c->stored;
    json_arr(&c->json, NULL);
    reconcile(&c->books, difference, c);
    json_arr_end(&c->json);
    if (c->failed || !strbuf_ok(&c->stored) ||
        comparison_put(c->db, c->arena, day, (int64_t)c->books.n_theirs, c->stored.data) != DB_OK) {
        puts("the comparison could not be stored");
        return false;
    }
    return true;
}

/* Midnight of that day in Seoul. False: no such day. */
static bool read_day(int argc, char **argv, int64_t *from_ms) {
    char midnight[RFC3339_LEN + 1];
    int32_t day;
    if (argc != 2 || !date_parse(argv[1], &day)) return false;
    snprintf(midnight, sizeof midnight, "%sT00:00:00.000+09:00", argv[1]);
    return time_parse_rfc3339(midnight, from_ms);
}

int main(int argc, char **argv) {
    struct config config = {0};
    struct comparing c = {.differences = 0};
    struct toss *toss = NULL;
    int64_t from_ms;
    int code = 2;
    log_init("reconcile", LOG_WARNING, NULL);
    if (!read_day(argc, argv, &from_ms)) {
        puts("usage: reconcile YYYY-MM-DD");
        return code;
    }
    if (settings_load(settings, N_SETTINGS, &config) != 0) return code;
    const char *wrong = toss_keys_check(config.secret_key, config.client_key, config.url, settings_production());
    const struct toss_conf conf = {.secret_key = config.secret_key,
                                   .url = config.url,
                                   .timeout_ms = (int)config.timeout_seconds * 1000,
                                   .breaker_failures = INT32_MAX,
                                   .breaker_open_ms = 1};
    c.db = db_open(config.database_url, "reconcile", STATEMENT_MS);
    c.arena = arena_new(ARENA_MAX);
    toss = wrong == NULL ? toss_open(&conf) : NULL;
    if (wrong != NULL) printf("keys or address of the provider cannot be used: %s\n", wrong);
    if (c.db == NULL || c.arena == NULL || toss == NULL) goto out;
    c.provider = toss_provider(toss);
    if (!compare(&c, argv[1], from_ms)) goto out;
    printf("%zu transactions compared\n%zu differences\n", c.books.n_theirs, c.differences);
    code = c.differences == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
out:
    toss_close(&toss);
    arena_free(&c.arena);
    db_close(&c.db);
    settings_free(settings, N_SETTINGS, &config);
    return code;
}
