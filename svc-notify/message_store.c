#include "message_store.h"
#include <string.h>
#include "common/arena.h"
#include "common/db_sql.h"
#include "common/timeutil.h"
#include "result.h"

#define ROW                                                                                                            \
    "m.id, m.version, m.state, m.tries, m.looks, m.request_id, m.order_number, m.own_id, m.phone, m.vars::text, "      \
    "m.template, m.sends, m.token_version, m.recipient_seq, " MS("m.first_sent_at") ", " MS(                           \
        "m.last_sent_at") ", m.result"
#define LEASE "lease_owner = $1, lease_until = now() + $2 * interval '1 second', version = m.version + 1"

/* ---- reading ---- */

static const char *copy(struct arena *a, const struct db_res *r, int row, int col, bool *failed) {
    if (db_null(r, row, col)) return NULL;
    const char *text = arena_strdup(a, db_text(r, row, col));
    if (text == NULL) *failed = true;
    return text;
}

static bool read_row(struct arena *a, const struct db_res *r, int i, struct message *m) {
    bool failed = false;
    *m = (struct message){
        .id = db_int(r, i, 0),
        .version = db_int(r, i, 1),
        .at = {.state = message_state_parse(db_text(r, i, 2)),
               .tries = (int)db_int(r, i, 3),
               .looks = (int)db_int(r, i, 4),
               .request_id = copy(a, r, i, 5, &failed),
               .sent_ms = db_int(r, i, 15),
               .without_fallback = strcmp(db_text(r, i, 16), result_name(RESULT_FALLBACK_CONFIG)) == 0},
        .order_number = copy(a, r, i, 6, &failed),
        .own_id = copy(a, r, i, 7, &failed),
        .phone = copy(a, r, i, 8, &failed),
        .vars = copy(a, r, i, 9, &failed),
        .template = template_find(db_text(r, i, 10)),
        .sends = (int)db_int(r, i, 11),
        .token_version = (int)db_int(r, i, 12),
        .recipient_seq = (int)db_int(r, i, 13),
        .first_sent_ms = db_int(r, i, 14)};
    return !failed;
}

static enum db_rc read_rows(struct db *db, struct arena *a, const struct db_stmt *stmt, const struct db_args *args,
                            struct message **messages, size_t *n) {
    struct db_res *res = NULL;
    *n = 0;
    enum db_rc rc = db_exec(db, stmt, args, &res);
    if (rc != DB_OK) return rc;
    *messages = arena_alloc(a, ((size_t)db_rows(res) + 1) * sizeof **messages);
    if (*messages == NULL) rc = DB_ERROR;
    for (int i = 0; rc == DB_OK && i < db_rows(res); i++)
        if (!read_row(a, res, i, &(*messages)[(*n)++])) rc = DB_ERROR;
    db_free(&res);
    return rc;
}

/* ---- taking ---- */

enum db_rc message_store_claim(struct db *db, struct arena *a, const struct message_claim *claim,
                               struct message **messages, size_t *n) {
    /* The first row locks what it chooses: another replica chooses the next one. */
    static const struct db_stmt stmt = {
        "message_claim",
        "WITH head AS (SELECT template, priority FROM messages WHERE state = 'queued' AND due_at <= now() "
        "    AND useful_until > now() AND priority <= $3 AND template <> ALL ($4::text[]) "
        "    ORDER BY priority, due_at LIMIT 1 FOR UPDATE SKIP LOCKED), "
        "picked AS (SELECT q.id FROM messages q, head h WHERE q.state = 'queued' AND q.due_at <= now() "
        "    AND q.useful_until > now() AND q.priority = h.priority AND q.template = h.template "
        "    ORDER BY q.due_at LIMIT $5 FOR UPDATE OF q SKIP LOCKED) "
        "UPDATE messages m SET state = 'sending', sends = m.sends + 1, looks = 0, provider = $6, " LEASE ", "
        "due_at = now() + $2 * interval '1 second', last_sent_at = now(), "
        "first_sent_at = coalesce(m.first_sent_at, now()) FROM picked p WHERE m.id = p.id RETURNING " ROW};
    struct db_args args = db_args(a);
    db_arg_text(&args, claim->owner);
    db_arg_int(&args, claim->lease_seconds);
    db_arg_int(&args, claim->least);
    db_arg_texts(&args, claim->resting, claim->n_resting);
    db_arg_int(&args, (int64_t)claim->limit);
    db_arg_text(&args, claim->provider);
    return read_rows(db, a, &stmt, &args, messages, n);
}

enum db_rc message_store_claim_look_up(struct db *db, struct arena *a, const struct message_claim *claim,
                                       struct message **messages, size_t *n) {
    static const struct db_stmt stmt = {
        "message_claim_look_up",
        "WITH picked AS (SELECT id FROM messages WHERE state IN ('sending', 'unknown', 'accepted', 'fallback') "
        "    AND due_at <= now() AND (lease_until IS NULL OR lease_until <= now()) AND provider = $4 "
        "    AND (priority > 2) <= ($5 > 2) ORDER BY priority > 2, due_at LIMIT $3 FOR UPDATE SKIP LOCKED) "
        "UPDATE messages m SET state = CASE m.state WHEN 'sending' THEN 'unknown' ELSE m.state END, " LEASE
        " FROM picked p WHERE m.id = p.id RETURNING " ROW};
    struct db_args args = db_args(a);
    db_arg_text(&args, claim->owner);
    db_arg_int(&args, claim->lease_seconds);
    db_arg_int(&args, (int64_t)claim->limit);
    db_arg_text(&args, claim->provider);
    db_arg_int(&args, claim->least);
    return read_rows(db, a, &stmt, &args, messages, n);
}

enum db_rc message_store_find(struct db *db, struct arena *a, const struct delivery *d, size_t n,
                              struct message **messages, size_t *n_messages) {
    static const struct db_stmt stmt = {"message_find",
                                        "SELECT " ROW " FROM messages m WHERE (m.own_id = ANY ($1::text[]) "
                                        "OR m.request_id = ANY ($2::text[])) AND m.state IN ('sending', 'unknown', "
                                        "'accepted', 'fallback') ORDER BY m.id"};
    struct db_args args = db_args(a);
    const char **own = arena_alloc(a, (n + 1) * sizeof *own), **requests = arena_alloc(a, (n + 1) * sizeof *requests);
    size_t n_requests = 0;
    if (own == NULL || requests == NULL) return DB_ERROR;
    for (size_t i = 0; i < n; i++) {
        own[i] = d[i].own_id;
        if (d[i].request_id != NULL && (n_requests == 0 || strcmp(requests[n_requests - 1], d[i].request_id) != 0))
            requests[n_requests++] = d[i].request_id;
    }
    db_arg_texts(&args, own, n);
    db_arg_texts(&args, requests, n_requests);
    return read_rows(db, a, &stmt, &args, messages, n_messages);
}

/* ---- saving ---- */

struct columns {
    int64_t *ids, *versions, *tries, *looks, *seqs;
    const char **states, **due, **requests, **results, **codes, **ended;
};

static bool columns_new(struct arena *a, size_t n, struct columns *c) {
    *c = (struct columns){
        .ids = arena_alloc(a, n * sizeof *c->ids),
        .versions = arena_alloc(a, n * sizeof *c->versions),
        .tries = arena_alloc(a, n * sizeof *c->tries),
        .looks = arena_alloc(a, n * sizeof *c->looks),
        .seqs = arena_alloc(a, n * sizeof *c->seqs),
        .states = arena_alloc(a, n * sizeof *c->states),
        .due = arena_alloc(a, n * sizeof *c->due),
        .requests = arena_alloc(a, n * sizeof *c->requests),
        .results = arena_alloc(a, n * sizeof *c->results),
        .codes = arena_alloc(a, n * sizeof *c->codes),
        .ended = arena_alloc(a, n * sizeof *c->ended),
    };
    return c->ids && c->versions && c->tries && c->looks && c->seqs && c->states && c->due && c->requests &&
           c->results && c->codes && c->ended;
}

static bool fill(struct arena *a, struct columns *c, const struct message_change *changes, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const struct message_change *x = &changes[i];
        c->ids[i] = x->message->id;
        c->versions[i] = x->message->version;
        c->states[i] = message_state_name(x->move.to);
        c->tries[i] = x->move.tries;
        c->looks[i] = x->move.looks;
        c->requests[i] = x->request_id;
        c->seqs[i] = x->recipient_seq;
        c->results[i] = x->result;
        c->codes[i] = x->code;
        c->ended[i] = message_has_ended(x->move.to) ? "t" : "f";
        if (x->move.due_ms == 0) continue;
        char *due = arena_alloc(a, RFC3339_LEN + 1);
        if (due == NULL) return false;
        time_rfc3339(x->move.due_ms, due);
        c->due[i] = due;
    }
    return true;
}

enum db_rc message_store_save(struct db *db, struct arena *a, const struct message_change *changes, size_t n,
                              size_t *saved) {
    static const struct db_stmt stmt = {
        "message_save",
        "UPDATE messages m SET state = c.state, tries = c.tries, looks = c.looks, due_at = c.due, "
        "request_id = coalesce(c.request_id, m.request_id), "
        "recipient_seq = CASE WHEN c.request_id IS NULL THEN m.recipient_seq ELSE c.seq END, "
        "accepted_at = CASE WHEN c.request_id IS NULL THEN m.accepted_at ELSE now() END, "
        "result = coalesce(c.result, m.result), code = CASE WHEN c.result IS NULL THEN m.code ELSE c.code END, "
        "ended_at = CASE WHEN c.ended THEN now() END, lease_owner = NULL, lease_until = NULL, version = m.version + 1 "
        "FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::int[], $5::int[], $6::timestamptz[], $7::text[], "
        "$8::int[], $9::text[], $10::text[], $11::boolean[]) c (id, version, state, tries, looks, due, request_id, "
        "seq, result, code, ended) WHERE m.id = c.id AND m.version = c.version"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    struct columns c;
    if (saved != NULL) *saved = 0;
    if (n == 0) return DB_OK;
    if (!columns_new(a, n, &c) || !fill(a, &c, changes, n)) return DB_ERROR;
    db_arg_ints(&args, c.ids, n);
    db_arg_ints(&args, c.versions, n);
    db_arg_texts(&args, c.states, n);
    db_arg_ints(&args, c.tries, n);
    db_arg_ints(&args, c.looks, n);
    db_arg_texts(&args, c.due, n);
    db_arg_texts(&args, c.requests, n);
    db_arg_ints(&args, c.seqs, n);
    db_arg_texts(&args, c.results, n);
    db_arg_texts(&args, c.codes, n);
    db_arg_texts(&args, c.ended, n);
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK && saved != NULL) *saved = (size_t)db_affected(res);
    db_free(&res);
    return rc;
}

/* ---- keeping house ---- */

enum db_rc message_store_take_back(struct db *db, struct arena *a, const char *owner) {
    static const struct db_stmt stmt = {"message_take_back",
                                        "UPDATE messages SET lease_until = now(), due_at = least(due_at, now()) "
                                        "WHERE state IN ('sending', 'unknown', 'accepted', 'fallback') "
                                        "AND lease_owner = $1 AND lease_until > now()"};
    struct db_args args = db_args(a);
    db_arg_text(&args, owner);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc message_store_expire(struct db *db, struct arena *a) {
    static const struct db_stmt stmt = {
        "message_expire",
        "UPDATE messages m SET state = CASE WHEN m.useful_until > m.created_at THEN 'failed' ELSE 'dropped' END, "
        "result = CASE WHEN m.useful_until > m.created_at THEN 'too_late' ELSE m.result END, "
        "due_at = NULL, ended_at = now(), version = m.version + 1 FROM (SELECT id FROM messages WHERE state = 'queued' "
        "AND useful_until <= now() ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED) d WHERE m.id = d.id"};
    struct db_args args = db_args(a);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc message_store_strand(struct db *db, struct arena *a, const char *provider, int64_t after_hours) {
    static const struct db_stmt stmt = {
        "message_strand",
        "UPDATE messages m SET state = 'lost', due_at = NULL, ended_at = now(), version = m.version + 1 "
        "FROM (SELECT id FROM messages WHERE state IN ('sending', 'unknown', 'accepted', 'fallback') "
        "AND provider <> $1 AND last_sent_at < now() - $2 * interval '1 hour' ORDER BY id LIMIT 1000 "
        "FOR UPDATE SKIP LOCKED) d WHERE m.id = d.id"};
    struct db_args args = db_args(a);
    db_arg_text(&args, provider);
    db_arg_int(&args, after_hours);
    return db_exec(db, &stmt, &args, NULL);
}

enum db_rc message_store_waiting(struct db *db, struct arena *a, int64_t *n) {
    static const struct db_stmt stmt = {"message_waiting",
                                        "SELECT count(*) FROM messages WHERE state = 'queued' AND due_at <= now()"};
    struct db_args args = db_args(a);
    struct db_res *res = NULL;
    enum db_rc rc = db_exec(db, &stmt, &args, &res);
    if (rc == DB_OK) *n = db_int(res, 0, 0);
    db_free(&res);
    return rc;
}
