#include "kakaoi_answer.h"

#include <string.h>

#include "answer.h"
#include "common/arena.h"
#include "kakaoi_codes.h"
#include "result.h"

static const char broken[] = "BROKEN_ANSWER";

static bool same(const char *a, const char *b) { return a != NULL && strcmp(a, b) == 0; }

/* The body's own code counts: HTTP says 200 to nearly everything. NULL: success. */
static const char *open_answer(struct json_in *in, struct arena *a, const char *text, size_t len) {
    if (!answer_open(in, a, text, len)) return broken;
    const char *code = answer_word(in, "code");
    return code == NULL ? broken : same(code, "200") || same(code, "API_200") ? NULL : code;
}

/* ---- token ---- */
const char *kakaoi_read_token(struct arena *a, const char *text, size_t len, int *seconds, const char **code) {
    struct json_in in;
    *code = open_answer(&in, a, text, len);
    if (*code != NULL) return NULL;
    const char *token = answer_text(&in, "access_token");
    if (token == NULL || !answer_int(&in, "expires_in", seconds) || *seconds <= 0) *code = broken;
    return *code == NULL ? token : NULL;
}

/* ---- send ---- */
static bool is_ended(struct json_in *row) { return same(answer_word(row, "ended_yn"), "Y"); }

static enum result read_fate(struct json_in *row) {
    return kakaoi_fate(&(struct kakaoi_words){.status = answer_word(row, "status_code"),
                                              .kakao = answer_word(row, "kko_status_code"),
                                              .sms = answer_word(row, "sms_status_code"),
                                              .ended = is_ended(row)});
}

static const char *told_code(struct json_in *row) {
    const char *kakao = answer_word(row, "kko_status_code");
    return kakao != NULL ? kakao : answer_word(row, "status_code");
}

static void tell(struct outgoing *m, struct json_in *row, const char *uid) {
    m->outcome = SUBMIT_ACCEPTED;
    m->result = read_fate(row);
    m->request_id = uid;
    m->recipient_seq = 0;
    m->code = m->result == RESULT_NONE ? NULL : told_code(row);
}

/* By contract ("push") Kakao's verdict may come with the answer. An answer about another message proves nothing. */
void kakaoi_read_send(struct arena *a, const char *text, size_t len, struct outgoing *m) {
    struct json_in in, result;
    result_put(m, RESULT_NONE, broken);
    if (!answer_open(&in, a, text, len)) return;
    const char *code = answer_word(&in, "code"), *uid = answer_word(&in, "uid"), *cid = answer_word(&in, "cid");
    bool detailed = json_child(&in, "result", &result, JSON_OPTIONAL);
    const char *detail = detailed ? answer_word(&result, "detail_code") : NULL;
    enum result r = kakaoi_api_result(code, detail);
    if (cid != NULL && strcmp(cid, m->own_id) != 0) return;
    if (r != RESULT_DELIVERED)
        result_put(m, r, detail != NULL ? detail : code != NULL ? code : broken);
    else if (uid != NULL)
        tell(m, &in, uid);
}

/* ---- search ---- */
void kakaoi_read_search(struct arena *a, const char *text, size_t len, struct outgoing *m) {
    struct json_in in;
    const char *code = open_answer(&in, a, text, len);
    result_put_asked(m, RESULT_NONE, code != NULL ? code : broken);
    if (code != NULL || !json_has(&in, "results")) return;
    size_t n = answer_rows(&in, "results");
    for (size_t i = 0; i < n; i++) {
        struct json_in row;
        if (!json_item(&in, "results", i, &row) || !same(answer_word(&row, "cid"), m->own_id)) continue;
        const char *uid = answer_word(&row, "uid");
        if (uid != NULL) {
            tell(m, &row, uid);
            return;
        }
    }
    if (n == 0) result_put_asked(m, RESULT_NOT_FOUND, NULL); /* rows of others: the question was not understood */
}

/* ---- results ---- */
const char *kakaoi_read_results(struct arena *a, const char *text, size_t len, struct feed *f) {
    struct json_in in;
    f->n = 0;
    f->receipt = NULL;
    const char *code = open_answer(&in, a, text, len);
    if (code != NULL) return code;
    size_t n = answer_rows(&in, "results");
    f->rows = arena_alloc(a, n * sizeof *f->rows);
    if (f->rows == NULL) return broken;
    for (size_t i = 0; i < n; i++) {
        struct json_in row;
        if (!json_item(&in, "results", i, &row)) continue;
        struct delivery d = {.own_id = answer_word(&row, "cid"),
                             .request_id = answer_word(&row, "uid"),
                             .result = read_fate(&row),
                             .code = told_code(&row)};
        if ((d.own_id != NULL || d.request_id != NULL) && d.result != RESULT_NONE) f->rows[f->n++] = d;
    }
    f->receipt = answer_word(&in, "report_group_no");
    return NULL;
}

const char *kakaoi_read_complete(struct arena *a, const char *text, size_t len) {
    struct json_in in;
    return open_answer(&in, a, text, len);
}
