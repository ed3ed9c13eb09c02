/* nhn - see nhn.h. The order of checks is the reference's (§8.2): address, content type, keys, JSON, idempotency key, fields. */
#include "nhn.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "common/arena.h"
#include "common/crypto.h"
#include "common/timeutil.h"
#include "calls.h"
#include "dispatch.h"
#include "idempotency.h"
#include "message_book.h"

#define BODY_MAX ((size_t)16 * 1024 * 1024) /* 1,000 recipients */
#define ANSWER_BYTES ((size_t)16 * 1024 * 1024)
static const struct json_limits limits = {.values = 200000, .members = 64};

/* ---- answers ---- */

void nhn_begin(struct exchange *x, struct strbuf *b, struct json_out *o, const char *code) {
    const struct code *c = codebook_find(&nhn_codes, code);
    strbuf_init(b, x->http->arena, ANSWER_BYTES);
    *o = (struct json_out){.b = b};
    json_obj(o, NULL);
    json_obj(o, "header");
    json_put_int(o, "resultCode", strtoll(c->name, NULL, 10));
    json_put_text(o, "resultMessage", c->message);
    json_put_bool(o, "isSuccessful", strcmp(c->name, "0") == 0);
    json_obj_end(o);
}

static void refuse(struct exchange *x, const struct code *code) {
    struct strbuf b;
    struct json_out o;
    nhn_begin(x, &b, &o, code->name);
    json_obj_end(&o);
    answer_json(x, code->http, &b);
}

void nhn_answer(struct exchange *x, const char *code) { refuse(x, codebook_find(&nhn_codes, code)); }

/* ---- time ---- */

void nhn_put_time(struct json_out *o, const char *key, int64_t ms) {
    char time[RFC3339_LEN + 1], text[NHN_TIME_LEN + 1];
    if (ms == 0) return;
    time_rfc3339(ms, time);
    snprintf(text, sizeof text, "%.10s %.8s.0", time, time + 11);
    json_put_text(o, key, text);
}

bool nhn_time(const char *text, int64_t *ms) {
    char whole[RFC3339_LEN + 1];
    if (strlen(text) != strlen("2026-11-22 21:15") || text[10] != ' ') return false;
    snprintf(whole, sizeof whole, "%.10sT%.5s:00+09:00", text, text + 11);
    return time_parse_rfc3339(whole, ms);
}

/* ---- what every call has to pass ---- */

static bool writes(const struct exchange *x) { return strcmp(x->http->method, "POST") == 0; }

static bool is_json(const struct exchange *x) {
    static const char wanted[] = "application/json";
    const char *type = http_header(x->http, "Content-Type");
    if (type == NULL || strncasecmp(type, wanted, strlen(wanted)) != 0) return false;
    return strchr("; ", type[strlen(wanted)]) != NULL; /* or its end */
}

static bool same(const char *a, const char *b) {
    return a != NULL && strlen(a) == strlen(b) && secret_equal(a, b, strlen(b));
}

static const char *refusal_of(const struct exchange *x) {
    const struct config *conf = x->sb->conf;
    if (writes(x) && !is_json(x)) return "-9996";
    if (!same(x->param[0], conf->app_key)) return "-1000";
    if (!same(http_header(x->http, "X-Secret-Key"), conf->alimtalk_secret)) return "-1001";
    return writes(x) && x->malformed ? "-3002" : NULL;
}

static const char *identity_of(struct arena *a, const char *key) { return arena_printf(a, "nhn %s", key); }

/* Unlike Toss's, a key that was used is refused, whatever came of its first use. */
static void execute_once(struct exchange *x, const char *key, const struct code *ordered) {
    static const struct kept_answer used = {200, "", 0};
    struct kept_answer kept;
    const char *identity = identity_of(x->http->arena, key);
    if (strlen(key) > IDEMPOTENCY_KEY_MAX) {
        nhn_answer(x, "-2004");
    } else if (idempotency_begin(x->sb->nhn_keys, identity, x->now, x->http->arena, &kept) != IDEMPOTENCY_NEW) {
        nhn_answer(x, "-1005");
    } else {
        dispatch_execute(x, ordered);
        idempotency_finish(x->sb->nhn_keys, identity, &used);
    }
}

static void serve(struct exchange *x) {
    const char *refusal = refusal_of(x), *key = http_header(x->http, NHN_IDEMPOTENCY_HEADER);
    const struct code *ordered = x->fault.mode == FAULT_ERROR ? x->fault.code : NULL;
    if (refusal != NULL)
        nhn_answer(x, refusal);
    else if (writes(x) && key != NULL && *key != '\0')
        execute_once(x, key, ordered);
    else
        dispatch_execute(x, ordered);
}

void nhn_restore_keys(struct sandbox *sb) {
    static const struct kept_answer used = {200, "", 0};
    struct arena *a = arena_new((size_t)1024 * 1024);
    messages_enter(sb->messages);
    for (uint64_t n = messages_first(sb->messages); a != NULL && n < messages_end(sb->messages); n++) {
        const struct message *m = messages_at(sb->messages, n);
        const char *key = m != NULL ? message_text(m, TEXT_IDEMPOTENCY_KEY) : "";
        if (*key != '\0') idempotency_restore(sb->nhn_keys, identity_of(a, key), m->accepted_at, &used);
        arena_reset(a);
    }
    messages_leave(sb->messages);
    arena_free(&a);
}

/* ---- the list of calls ---- */

static void note(struct exchange *x) {
    struct json_faults ignored = {0};
    struct json_in first, in = x->in;
    struct calls_subject subject = {0};
    in.faults = &ignored;
    if (json_array(&in, "recipientList", 1, SIZE_MAX, JSON_OPTIONAL) > 0 && json_item(&in, "recipientList", 0, &first))
        subject.own_id = json_text(&first, "recipientGroupingKey", 1, 100, JSON_OPTIONAL);
    calls_about(x->sb->calls, x->call, &subject);
}

const struct api nhn_api = {.body_max = BODY_MAX, .limits = &limits, .note = note, .serve = serve, .refuse = refuse};
