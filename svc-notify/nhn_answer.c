#include "nhn_answer.h"

#include <string.h>

#include "answer.h"
#include "common/arena.h"
#include "nhn_codes.h"
#include "result.h"
#include "template.h"

enum { ALL_FAILED = -1031 };
static const char broken[] = "BROKEN_ANSWER";

/* ---- the header of every answer ---- */
/* False: this is no answer of theirs. */
static bool open_answer(struct json_in *in, struct arena *a, const char *text, size_t len, int *code) {
    struct json_in header;
    if (!answer_open(in, a, text, len) || !json_child(in, "header", &header, JSON_OPTIONAL)) return false;
    if (!answer_int(&header, "resultCode", code)) return false;
    return *code != 0 || json_bool(&header, "isSuccessful", JSON_OPTIONAL); /* a success says so twice */
}

static const char *word_of(struct arena *a, int code) { return arena_printf(a, "%d", code); }

/* ---- submit ---- */
/* Without a request id nobody could tell later what became of it: such a message has to be looked up. */
static void judge_row(struct arena *a, struct json_in *row, const char *request_id, struct outgoing *m) {
    int code, seq;
    if (!answer_int(row, "resultCode", &code)) return;
    if (code != 0) {
        result_put(m, nhn_api_result(code), word_of(a, code));
    } else if (request_id != NULL && answer_int(row, "recipientSeq", &seq)) {
        m->outcome = SUBMIT_ACCEPTED;
        m->result = RESULT_NONE;
        m->request_id = request_id;
        m->recipient_seq = seq;
        m->code = NULL;
    }
}

static size_t index_of(struct outgoing *const *m, size_t n, const char *own_id) {
    size_t i = 0;
    while (i < n && (own_id == NULL || strcmp(m[i]->own_id, own_id) != 0)) i++;
    return i;
}

/* A message whose row is missing, or is there twice, is open. */
static void judge_rows(struct arena *a, struct json_in *message, struct outgoing *const *m, size_t n) {
    const char *request_id = answer_word(message, "requestId");
    bool *seen = arena_alloc(a, n * sizeof *seen);
    size_t rows = seen == NULL ? 0 : answer_rows(message, "sendResults");
    for (size_t i = 0; i < rows; i++) {
        struct json_in row;
        if (!json_item(message, "sendResults", i, &row)) continue;
        size_t at = index_of(m, n, answer_word(&row, "recipientGroupingKey"));
        if (at == n) continue;
        if (seen[at])
            result_put(m[at], RESULT_NONE, broken);
        else
            judge_row(a, &row, request_id, m[at]);
        seen[at] = true;
    }
}

void nhn_read_submit(struct arena *a, const char *text, size_t len, struct outgoing *const *m, size_t n) {
    struct json_in in, message;
    int code = 0;
    bool read = open_answer(&in, a, text, len, &code);
    bool refused = read && code != 0;
    for (size_t i = 0; i < n; i++)
        result_put(m[i], refused ? nhn_api_result(code) : RESULT_NONE, refused ? word_of(a, code) : broken);
    if (read && (code == 0 || code == ALL_FAILED) && json_child(&in, "message", &message, JSON_OPTIONAL))
        judge_rows(a, &message, m, n);
}

/* ---- rows about a message ---- */
struct row {
    const char *own_id, *request_id, *created, *code;
    int seq;
    enum result fate;
};

/* False: nobody can say which message it is about. */
static bool read_row(struct json_in *in, struct row *r) {
    *r = (struct row){.own_id = answer_word(in, "recipientGroupingKey"),
                      .request_id = answer_word(in, "requestId"),
                      .created = answer_word(in, "createDate"),
                      .code = answer_word(in, "resultCode")};
    r->fate = nhn_fate(answer_word(in, "messageStatus"), r->code, answer_word(in, "resendStatus"));
    return r->request_id != NULL && answer_int(in, "recipientSeq", &r->seq);
}

/* ---- look up ---- */
static void tell(struct outgoing *m, const struct row *r) {
    m->outcome = SUBMIT_ACCEPTED;
    m->result = r->fate;
    m->request_id = r->request_id;
    m->recipient_seq = r->seq;
    m->code = r->code;
}

/* A message may have been submitted more than once: what has arrived counts before what may arrive, both before what has failed;
 * then the latest. */
static int weight(const struct row *r) {
    enum result_class class = result_class(r->fate);
    return class == RESULT_IS_GOOD ? 3 : class == RESULT_IS_OPEN ? 2 : class == RESULT_IS_LOST ? 1 : 0;
}

static bool is_better(const struct row *r, const struct row *best) {
    if (best->request_id == NULL || weight(r) != weight(best))
        return best->request_id == NULL || weight(r) > weight(best);
    return r->created != NULL && (best->created == NULL || strcmp(r->created, best->created) >= 0);
}

/* "None" counts only as the answer to our question: rows of others would mean that it was not understood. */
static void judge_list(struct json_in *list, struct outgoing *m) {
    struct row best = {0};
    int total = 0;
    size_t n = answer_rows(list, "messages");
    for (size_t i = 0; i < n; i++) {
        struct json_in item;
        struct row r;
        if (!json_item(list, "messages", i, &item) || !read_row(&item, &r)) continue;
        if (r.own_id != NULL && strcmp(r.own_id, m->own_id) == 0 && is_better(&r, &best)) best = r;
    }
    if (best.request_id != NULL)
        tell(m, &best);
    else if (n == 0 && answer_int(list, "totalCount", &total) && total == 0)
        result_put_asked(m, RESULT_NOT_FOUND, NULL);
}

void nhn_read_look_up(struct arena *a, const char *text, size_t len, struct outgoing *m) {
    struct json_in in, child;
    struct row r;
    int code;
    result_put_asked(m, RESULT_NONE, broken);
    if (!open_answer(&in, a, text, len, &code)) return;
    if (code != 0) {
        result_put_asked(m, nhn_api_result(code), word_of(a, code));
    } else if (json_child(&in, "messageSearchResultResponse", &child, JSON_OPTIONAL)) {
        judge_list(&child, m);
    } else if (json_child(&in, "message", &child, JSON_OPTIONAL) && read_row(&child, &r)) {
        if (r.own_id == NULL || strcmp(r.own_id, m->own_id) == 0) tell(m, &r);
    }
}

/* ---- feed ---- */
/* A row that cannot be understood is left out: it would come again for ever, and its message is looked up one day anyway. */
const char *nhn_read_feed(struct arena *a, const char *text, size_t len, struct feed *f, size_t *whole) {
    struct json_in in;
    int code;
    f->n = 0;
    *whole = 0;
    if (!open_answer(&in, a, text, len, &code)) return broken;
    if (code != 0) return word_of(a, code);
    if (!json_has(&in, "messages")) return broken;
    *whole = answer_rows(&in, "messages");
    f->rows = arena_alloc(a, *whole * sizeof *f->rows);
    if (f->rows == NULL) return broken;
    for (size_t i = 0; i < *whole; i++) {
        struct json_in item;
        struct row r;
        if (!json_item(&in, "messages", i, &item) || !read_row(&item, &r) || r.fate == RESULT_NONE) continue;
        f->rows[f->n++] = (struct delivery){r.own_id, r.request_id, r.seq, r.fate, r.code};
    }
    return NULL;
}

/* ---- templates ---- */
static bool same(const char *a, const char *b) { return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0; }

static const char *compare_buttons(struct json_in *approved, const struct template *t) {
    struct json_in button;
    size_t n = answer_rows(approved, "buttons");
    if (n != (t->button == NULL ? 0 : 1)) return "the approved template has another number of buttons";
    if (n == 0) return NULL;
    if (json_item(approved, "buttons", 0, &button) && same(answer_word(&button, "type"), "WL") &&
        same(answer_text(&button, "name"), t->button) && same(answer_text(&button, "linkMo"), t->link))
        return NULL;
    return "the approved button, or its link, is another one";
}

const char *nhn_read_template(struct arena *a, const char *text, size_t len, const struct template *t) {
    struct json_in in, approved;
    int code;
    if (!open_answer(&in, a, text, len, &code)) return "the answer about the template cannot be read";
    if (code != 0) return arena_printf(a, "the template is not told: %d", code);
    if (!json_child(&in, "template", &approved, JSON_OPTIONAL)) return "the answer tells no template";
    const char *status = answer_word(&approved, "status");
    if (!same(status, "TSC03"))
        return arena_printf(a, "the template is not approved: %s", status == NULL ? "" : status);
    if (json_bool(&approved, "block", JSON_OPTIONAL)) return "the template is blocked";
    if (json_bool(&approved, "dormant", JSON_OPTIONAL)) return "the template is dormant";
    if (!same(answer_text(&approved, "templateContent"), t->text)) return "the approved text is another one";
    return compare_buttons(&approved, t);
}
