#include <string.h>

#include "body.h"
#include "test_arena.h"

enum { OUT_MAX = 4096 };

struct wish {
    const char *name;
    int64_t n;
    int times_read;
};

static void read_wish(struct json_in *in, void *arg) {
    struct wish *w = arg;
    w->times_read++;
    w->name = json_text(in, "name", 1, 5, JSON_REQUIRED);
    w->n = json_int(in, "n", 1, 9, JSON_OPTIONAL);
}

static void bodies(void **state) {
    static const struct {
        const char *body;
        bool empty_ok;
        enum status st;
        int times_read;
        const char *said[3]; /* in the answer */
    } cases[] = {
        {"{\"name\":\"a\",\"n\":3}", false, ST_OK, 1, {NULL}},
        {"{\"name\":\"a\"}", true, ST_OK, 1, {NULL}},
        {"{\"name\":\"a\",\"n\":10}", false, ST_VALIDATION_FAILED, 1, {"\"field\":\"n\""}},
        {"{\"n\":0,\"x\":1}", false, ST_VALIDATION_FAILED, 1, {"\"name\"", "\"n\"", "\"x\""}},
        {"", true, ST_VALIDATION_FAILED, 1, {"\"field\":\"name\""}},
        {"[1]", false, ST_VALIDATION_FAILED, 0, {"\"errors\":[{"}},
        {"{\"name\":\"a\",\"name\":\"b\"}", false, ST_VALIDATION_FAILED, 0, {"\"errors\":[{"}},
        {"{\"name\":", false, ST_MALFORMED_JSON, 0, {NULL}},
        {"", false, ST_MALFORMED_JSON, 0, {NULL}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus_req req = {.arena = *state, .head = {.lang = LANG_EN}};
        struct wish w = {.n = 0};
        struct strbuf out;
        req.head.body = cases[i].body;
        req.head.body_len = strlen(cases[i].body);
        strbuf_init(&out, *state, OUT_MAX);
        enum status st = body_read(&req, cases[i].empty_ok, read_wish, &w, &out);
        if (st != cases[i].st) fail_msg("%s: %s", cases[i].body, status_code(st));
        assert_int_equal(w.times_read, cases[i].times_read);
        assert_int_equal(out.len > 0, st == ST_VALIDATION_FAILED);
        for (size_t k = 0; k < 3 && cases[i].said[k] != NULL; k++)
            if (strstr(out.data, cases[i].said[k]) == NULL) fail_msg("%s: %s", cases[i].body, out.data);
        if (st == ST_OK) assert_string_equal(w.name, "a");
    }
}

static void one_fault_in_the_callers_language(void **state) {
    static const char *const texts[] = {[LANG_KO] = "형식", [LANG_EN] = "format"};
    static const enum lang langs[] = {LANG_KO, LANG_EN};
    for (size_t i = 0; i < 2; i++) {
        const struct bus_req req = {.arena = *state, .head = {.lang = langs[i]}};
        struct strbuf out;
        strbuf_init(&out, *state, OUT_MAX);
        assert_int_equal(body_refuse(&req, "cursor", BAD_FORMAT, &out), ST_VALIDATION_FAILED);
        assert_non_null(strstr(out.data, "{\"errors\":[{\"field\":\"cursor\",\"message\":\""));
        assert_non_null(strstr(out.data, texts[langs[i]]));
    }
}

static void read_reason(struct json_in *in, void *arg) { *(const char **)arg = body_reason(in); }

static void reasons(void **state) {
    static const struct {
        const char *body, *reason; /* NULL: refused */
    } cases[] = {
        {"{\"reason\":\"환불 요청\"}", "환불 요청"},
        {"{\"reason\":\" \\t\\u3000a  b\\u00a0\\n\"}", "a  b"},
        {"{\"reason\":\"x\"}", "x"},
        {"{\"reason\":\".\"}", "."},
        {"{\"reason\":\"\"}", NULL},
        {"{\"reason\":\"   \"}", NULL},
        {"{\"reason\":\"\\u3000\\u200b\\u3164\\ufeff\"}", NULL},
        {"{\"reason\":1}", NULL},
        {"{}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bus_req req = {.arena = *state, .head = {.body = cases[i].body, .body_len = strlen(cases[i].body)}};
        const char *reason = NULL;
        struct strbuf out;
        strbuf_init(&out, *state, OUT_MAX);
        enum status st = body_read(&req, false, read_reason, &reason, &out);
        if ((st == ST_OK) != (cases[i].reason != NULL)) fail_msg("%s: %s", cases[i].body, status_code(st));
        if (st == ST_OK) assert_string_equal(reason, cases[i].reason);
        if (st != ST_OK) assert_non_null(strstr(out.data, "\"reason\""));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bodies),
        cmocka_unit_test(reasons),
        cmocka_unit_test(one_fault_in_the_callers_language),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
