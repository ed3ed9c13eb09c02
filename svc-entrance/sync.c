#include "sync.h"
#include <string.h>
#include "caller.h"
#include "common/arena.h"
#include "common/timeutil.h"
#include "verdict.h"

enum { TEXT_MAX = 64, TIME_MAX = 40, PEOPLE_MAX = 100 };
#define DAY_MS INT64_C(86400000)

/* ---- the rows apart ---- */

struct span {
    const char *at;
    size_t len;
};
/* Members of the array "scans" of the object, and the object without them. Only brackets and strings are looked at: what is in a
 * member is its own affair. */
struct parts {
    struct span rows[SYNC_MAX_ROWS];
    size_t n; /* may be more: the rest is not kept */
    struct strbuf rest;
};
static const char list_key[] = "\"scans\"";

/* Behind the string that begins here. */
static const char *pass_string(const char *at, const char *end) {
    for (at++; at < end && *at != '"'; at++) at += *at == '\\';
    return at < end ? at + 1 : end;
}

static const char *pass_space(const char *at, const char *end) {
    while (at < end && strchr(" \t\r\n", *at) != NULL && *at != '\0') at++;
    return at;
}

/* Behind the value that begins here: the next comma or closing bracket of its own level. */
static const char *pass_value(const char *at, const char *end) {
    for (int depth = 0; at < end;) {
        if (depth == 0 && strchr(",]}", *at) != NULL && *at != '\0') return at;
        if (*at == '"') {
            at = pass_string(at, end);
            continue;
        }
        depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
        at++;
    }
    return end;
}

/* Behind the members, at the bracket that closes them. */
static const char *take_rows(struct parts *p, const char *at, const char *end) {
    for (at = pass_space(at, end); at < end && *at != ']'; at = pass_space(at, end)) {
        const char *from = at;
        at = pass_value(at, end);
        if (p->n < SYNC_MAX_ROWS) p->rows[p->n] = (struct span){from, (size_t)(at - from)};
        p->n++;
        if (at == end || *at != ',') break;
        at = pass_space(at + 1, end);
        if (at < end && *at == ']') return end; /* a comma before nothing */
    }
    return at;
}

/* The array that is the value of the key, when the string that begins here is that key of the outermost object. */
static const char *array_of(const char *key, const char *end) {
    if ((size_t)(end - key) <= sizeof list_key || strncmp(key, list_key, sizeof list_key - 1) != 0) return NULL;
    const char *at = pass_space(key + sizeof list_key - 1, end);
    if (at == end || *at != ':') return NULL;
    at = pass_space(at + 1, end);
    return at < end && *at == '[' ? at : NULL;
}

static void take_apart(struct parts *p, const char *text, size_t len) {
    const char *at = text, *end = text + len, *kept = text;
    for (int depth = 0; at < end;) {
        const char *array = depth == 1 && *at == '"' ? array_of(at, end) : NULL;
        if (array != NULL && p->n == 0) {
            strbuf_put(&p->rest, kept, (size_t)(array + 1 - kept));
            at = kept = take_rows(p, array + 1, end);
        } else if (*at == '"') {
            at = pass_string(at, end);
        } else {
            depth += (*at == '{' || *at == '[') - (*at == '}' || *at == ']');
            at++;
        }
    }
    strbuf_put(&p->rest, kept, (size_t)(end - kept));
}

/* ---- a row ---- */

static int64_t read_time(struct json_in *in, const char *field) {
    const char *text = json_text(in, field, 1, TIME_MAX, JSON_REQUIRED);
    int64_t ms = 0;
    if (text != NULL && !time_parse_rfc3339(text, &ms)) json_bad(in, field, BAD_FORMAT);
    return ms;
}

static enum verdict read_verdict(struct json_in *in) {
    const char *text = json_text(in, "verdict", 1, TEXT_MAX, JSON_REQUIRED);
    for (enum verdict v = 0; text != NULL && v < VERDICT_COUNT; v++)
        if (strcmp(text, verdict_name(v)) == 0) return v;
    if (text != NULL) json_bad(in, "verdict", BAD_FORMAT);
    return VERDICT_INVALID;
}

static void read_row(struct arena *a, struct span text, struct sync_row *r) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    *r = (struct sync_row){.result = SYNC_REJECTED};
    if (json_open(&in, a, &faults, text.at, text.len, false) == ST_OK) {
        r->scan_id = json_text(&in, "scan_id", 1, TEXT_MAX, JSON_REQUIRED);
        r->qr_code = json_text(&in, "qr_code", 1, CODE_MAX, JSON_REQUIRED);
        r->scanned_ms = read_time(&in, "scanned_at");
        r->told = read_verdict(&in);
        r->count = json_has(&in, "count") ? (int32_t)json_int(&in, "count", 1, PEOPLE_MAX, JSON_REQUIRED) : 1;
        r->proof_seen = json_bool(&in, "proof_seen", JSON_OPTIONAL);
        json_end(&in);
        if (faults.n > 0) r->bad = faults.item[0].field;
    } else {
        r->bad = faults.n > 0 ? faults.item[0].field : "";
    }
}

enum status sync_read(struct arena *a, const char *body, size_t len, struct json_faults *faults, struct sync_batch *b) {
    struct parts p = {.n = 0};
    struct json_in in;
    strbuf_init(&p.rest, a, len);
    take_apart(&p, body, len);
    if (!strbuf_ok(&p.rest)) return ST_BUSY;
    enum status st = json_open(&in, a, faults, p.rest.data, p.rest.len, false);
    if (st != ST_OK) return st;
    b->device_id = json_text(&in, "device_id", 1, CALLER_DEVICE_MAX, JSON_OPTIONAL);
    b->sent_ms = read_time(&in, "sent_at");
    json_array(&in, "scans", 0, 0, JSON_REQUIRED);
    if (faults->n == 0 && (p.n == 0 || p.n > SYNC_MAX_ROWS)) json_bad(&in, "scans", BAD_LENGTH);
    json_end(&in);
    if (faults->n > 0) return ST_VALIDATION_FAILED;
    b->rows = arena_alloc(a, p.n * sizeof *b->rows);
    if (b->rows == NULL) return ST_BUSY;
    for (; b->n < p.n; b->n++) read_row(a, p.rows[b->n], &b->rows[b->n]);
    return ST_OK;
}

/* ---- what it means ---- */

int64_t sync_time(const struct sync_row *r, int64_t sent_ms, int64_t now_ms) {
    int64_t at = r->scanned_ms + (now_ms - sent_ms);
    if (at < now_ms - SYNC_OLDEST_DAYS * DAY_MS) return 0;
    return at < now_ms ? at : now_ms;
}

/* Of anybody it may have let in: who exactly is settled later, and this must not depend on it. */
static bool needs_proof(const struct gate_order *o, int64_t ticket_id) {
    for (size_t i = 0; i < o->n_tickets; i++) {
        const struct gate_ticket *t = &o->tickets[i];
        if ((ticket_id == 0 || t->id == ticket_id) && !t->gone && t->proof_required) return true;
    }
    return false;
}

/* Whoever was let in at another exhibition, or with what is no code of ours, takes nobody's place. Somebody whose ticket is gone
 * neither, but that settle() says, for it may come back. Everybody else is inside, though a rule may have been broken. */
void sync_judge(const struct sync_row *r, const struct gate_order *o, const struct scan_look *look, int64_t place,
                int64_t now_ms, struct scan_row *s) {
    bool let_in = r->told == VERDICT_ALLOWED;
    s->count = 1;
    if (o == NULL) {
        s->conflict = let_in ? verdict_name(VERDICT_INVALID) : NULL;
        return;
    }
    s->order_id = o->id;
    s->ticket_id = r->code.kind == CODE_TICKET ? r->code.id : 0;
    if (s->ticket_id == 0) s->count = r->count;
    if (!let_in) return;
    bool undatable = look->refused_ms == 0 && s->scanned_ms < look->issued_ms;
    if (undatable) s->scanned_ms = now_ms;
    const struct gate_scan scan = {
        .ticket_id = s->ticket_id,
        .count = s->count,
        .current = look->code_current,
        .here = place == o->exhibition_id,
        .now_ms = s->scanned_ms,
    };
    enum verdict v = verdict_rules(o, &scan);
    if (v == VERDICT_ALLOWED && !r->proof_seen && needs_proof(o, s->ticket_id)) v = VERDICT_PROOF_NEEDED;
    s->claim = scan.here;
    if (!s->claim)
        s->conflict = verdict_name(VERDICT_WRONG_EXHIBITION);
    else if (undatable)
        s->breaks = "clock";
    else if (v != VERDICT_ALLOWED && v != VERDICT_CANCELLED)
        s->breaks = verdict_name(v);
}

/* ---- the answer ---- */

static const struct {
    const char *name, *message[2]; /* enum lang */
} own_words[] = {
    {"over_admitted", {"표의 수보다 많은 인원이 입장했습니다.", "More people went in than there are tickets."}},
    {"clock",
     {"기기의 시각이 잘못되어 입장 시각을 알 수 없습니다.",
      "The clock of the device was wrong: nobody knows when this was."}},
};
static const char *const malformed[2] = {"형식이 올바르지 않은 기록입니다.", "This record is malformed."};

static const char *message_of(const char *conflict, enum lang lang) {
    for (size_t i = 0; i < sizeof own_words / sizeof *own_words; i++)
        if (strcmp(conflict, own_words[i].name) == 0) return own_words[i].message[lang];
    for (enum verdict v = 0; v < VERDICT_COUNT; v++)
        if (strcmp(conflict, verdict_name(v)) == 0) return verdict_message(v, lang);
    return NULL;
}

const char *sync_result_name(enum sync_result r) {
    static const char *const names[] = {[SYNC_ACCEPTED] = "accepted",
                                        [SYNC_CONFLICT] = "conflict",
                                        [SYNC_DUPLICATE] = "duplicate",
                                        [SYNC_REJECTED] = "rejected"};
    return names[r];
}

static void write_row(struct json_out *json, const struct sync_row *r, enum lang lang) {
    json_obj(json, NULL);
    json_put_text(json, "scan_id", r->scan_id);
    json_put_text(json, "result", sync_result_name(r->result));
    if (r->result == SYNC_REJECTED) {
        json_put_text(json, "field", r->bad);
        json_put_text(json, "message", malformed[lang]);
    }
    if (r->result == SYNC_DUPLICATE && r->first != NULL) json_put_text(json, "first", r->first);
    if (r->result != SYNC_REJECTED && r->conflict != NULL) {
        json_put_text(json, "conflict", r->conflict);
        json_put_text(json, "message", message_of(r->conflict, lang));
    }
    json_obj_end(json);
}

void sync_write(const struct sync_batch *b, enum lang lang, struct strbuf *out) {
    struct json_out json = {.b = out};
    json_obj(&json, NULL);
    json_arr(&json, "results");
    for (size_t i = 0; i < b->n; i++) write_row(&json, &b->rows[i], lang);
    json_arr_end(&json);
    json_obj_end(&json);
}
