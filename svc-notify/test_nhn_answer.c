/* What NHN answers, and what is made of it. */
#include "test_provider.h"

#include "nhn_answer.h"

#define OK_HEADER "{\"header\":{\"resultCode\":0,\"resultMessage\":\"SUCCESS\",\"isSuccessful\":true}"
#define HEADER(code) "{\"header\":{\"resultCode\":" code ",\"resultMessage\":\"x\",\"isSuccessful\":false}"

/* ---- submit ---- */
static struct outgoing submitted(struct arena *a, const char *text) {
    struct outgoing m = ticket("OWN", "OWN-1"), *each[] = {&m};
    nhn_read_submit(a, text, strlen(text), each, 1);
    return m;
}

#define ROW(own_id, seq, code)                                                                                         \
    "{\"recipientSeq\":" seq ",\"recipientNo\":\"010\",\"resultCode\":" code ",\"recipientGroupingKey\":\"" own_id "\"}"
#define SENT(rows) OK_HEADER ",\"message\":{\"requestId\":\"R1\",\"sendResults\":[" rows "]}}"

static void taken(void **state) {
    struct outgoing m = submitted(*state, SENT(ROW("OTHER", "1", "0") "," ROW("OWN", "2", "0")));
    assert_int_equal(m.outcome, SUBMIT_ACCEPTED);
    assert_int_equal(m.result, RESULT_NONE);
    assert_string_equal(m.request_id, "R1");
    assert_int_equal(m.recipient_seq, 2);
    assert_null(m.code);
    assert_string_equal(m.phone, "01012345678"); /* the rest stays */
}

static void a_mixed_batch(void **state) {
    struct outgoing m[] = {ticket("A", "A-1"), ticket("B", "B-1"), ticket("C", "C-1")}, *each[] = {&m[0], &m[1], &m[2]};
    const char *text = SENT(ROW("B", "2", "-5000") "," ROW("A", "1", "0"));
    nhn_read_submit(*state, text, strlen(text), each, 3);
    assert_int_equal(m[0].outcome, SUBMIT_ACCEPTED);
    assert_int_equal(m[1].outcome, SUBMIT_REJECTED);
    assert_int_equal(m[1].result, RESULT_INVALID_NUMBER);
    assert_string_equal(m[1].code, "-5000");
    assert_int_equal(m[2].outcome, SUBMIT_UNKNOWN); /* nothing is said about it */
}

static void what_answers_to_a_submit_mean(void **state) {
    static const struct {
        const char *text, *code;
        enum submit_outcome outcome;
        enum result result;
    } cases[] = {
        {HEADER("-1005") "}", "-1005", SUBMIT_UNKNOWN, RESULT_DUPLICATE},
        {HEADER("-1001") "}", "-1001", SUBMIT_REJECTED, RESULT_AUTH},
        {HEADER("-7000") "}", "-7000", SUBMIT_RETRY, RESULT_TEMPORARY},
        {HEADER("-9999") "}", "-9999", SUBMIT_UNKNOWN, RESULT_NONE},
        {HEADER("-7777") "}", "-7777", SUBMIT_UNKNOWN, RESULT_NONE},
        {HEADER("\"-3005\"") "}", "-3005", SUBMIT_REJECTED, RESULT_TEMPLATE}, /* a number in quotes is one */
        {HEADER("-1031") ",\"message\":{\"requestId\":\"R1\",\"sendResults\":[" ROW("OWN", "1", "-5000") "]}}", "-5000",
         SUBMIT_REJECTED, RESULT_INVALID_NUMBER},
        {HEADER("-1031") "}", "-1031", SUBMIT_RETRY, RESULT_TEMPORARY},
        {HEADER("-1000") ",\"message\":{\"requestId\":\"R1\",\"sendResults\":[" ROW("OWN", "1", "0") "]}}", "-1000",
         SUBMIT_REJECTED, RESULT_AUTH},
        /* nothing is proven */
        {HEADER("0") ",\"message\":{\"requestId\":\"R1\",\"sendResults\":[" ROW("OWN", "1", "0") "]}}", "BROKEN_ANSWER",
         SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT(ROW("OWN", "1", "0") "," ROW("OWN", "2", "-5000")), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT(ROW("OWN", "1", "-5000") "," ROW("OWN", "2", "0")), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT(""), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT("7,null"), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT(ROW("OWN", "null", "0")), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT(ROW("OWN", "1", "null")), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {SENT(ROW("OWN", "99999999999", "0")), "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {OK_HEADER ",\"message\":{\"sendResults\":[" ROW("OWN", "1", "0") "]}}", "BROKEN_ANSWER", SUBMIT_UNKNOWN,
         RESULT_NONE},
        {OK_HEADER "}", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {"{\"header\":{}}", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {"{\"header\":7}", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {"{}", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {"[]", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {"", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
        {"<html><body>502 Bad Gateway</body></html>", "BROKEN_ANSWER", SUBMIT_UNKNOWN, RESULT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outgoing m = submitted(*state, cases[i].text);
        if (m.outcome != cases[i].outcome || m.result != cases[i].result || strcmp(m.code, cases[i].code) != 0)
            fail_msg("case %zu: %d %d %s", i, (int)m.outcome, (int)m.result, m.code);
    }
}

/* ---- look up ---- */
static struct outgoing looked_up(struct arena *a, const char *text) {
    struct outgoing m = ticket("OWN", "OWN-1");
    nhn_read_look_up(a, text, strlen(text), &m);
    return m;
}

#define MESSAGE(own_id, request, created, status, code, resend)                                                        \
    "{\"requestId\":\"" request "\",\"recipientSeq\":1,\"createDate\":\"" created "\",\"messageStatus\":\"" status     \
    "\",\"resultCode\":" code ",\"resendStatus\":\"" resend "\",\"recipientGroupingKey\":\"" own_id "\"}"
#define LIST(rows, total)                                                                                              \
    OK_HEADER ",\"messageSearchResultResponse\":{\"messages\":[" rows "],\"totalCount\":" total "}}"

static void found(void **state) {
    struct outgoing m =
        looked_up(*state, LIST(MESSAGE("OWN", "R7", "2026-03-01 00:00:00", "REQUESTED", "null", "RSC02"), "1"));
    assert_int_equal(m.outcome, SUBMIT_ACCEPTED);
    assert_int_equal(m.result, RESULT_NONE);
    assert_string_equal(m.request_id, "R7");
    assert_int_equal(m.recipient_seq, 1);
    m = looked_up(*state, OK_HEADER ",\"message\":" MESSAGE("OWN", "R7", "x", "COMPLETED", "\"1000\"", "RSC02") "}");
    assert_int_equal(m.outcome, SUBMIT_ACCEPTED);
    assert_int_equal(m.result, RESULT_DELIVERED);
    assert_string_equal(m.code, "1000");
}

static void of_several_the_one_that_counts(void **state) {
#define FAILED_FIRST MESSAGE("OWN", "R1", "2026-03-01 00:00:00", "FAILED", "\"3012\"", "RSC01")
#define FAILED_LATER MESSAGE("OWN", "R2", "2026-03-01 00:00:09", "FAILED", "\"3019\"", "RSC01")
#define UNDER_WAY MESSAGE("OWN", "R3", "2026-03-01 00:00:05", "SENDING", "null", "RSC01")
#define ARRIVED MESSAGE("OWN", "R4", "2026-03-01 00:00:01", "COMPLETED", "\"1000\"", "RSC01")
#define OF_ANOTHER MESSAGE("OWN2", "R5", "2026-03-01 00:00:09", "COMPLETED", "\"1000\"", "RSC01")
    static const struct {
        const char *text, *request_id;
    } cases[] = {
        {LIST(FAILED_FIRST "," FAILED_LATER, "2"), "R2"},
        {LIST(FAILED_LATER "," FAILED_FIRST, "2"), "R2"},
        {LIST(FAILED_LATER "," UNDER_WAY "," FAILED_FIRST, "3"), "R3"},
        {LIST(ARRIVED "," UNDER_WAY "," FAILED_LATER, "3"), "R4"},
        {LIST(OF_ANOTHER "," UNDER_WAY, "2"), "R3"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outgoing m = looked_up(*state, cases[i].text);
        assert_int_equal(m.outcome, SUBMIT_ACCEPTED);
        assert_string_equal(m.request_id, cases[i].request_id);
    }
}

static void not_there_or_not_told(void **state) {
    static const struct {
        const char *text;
        enum submit_outcome outcome;
        enum result result;
    } cases[] = {
        {LIST("", "0"), SUBMIT_REJECTED, RESULT_NOT_FOUND},
        {HEADER("-1016") "}", SUBMIT_REJECTED, RESULT_NOT_FOUND},
        {LIST("", "3"), SUBMIT_RETRY, RESULT_NONE},
        {LIST(OF_ANOTHER, "1"), SUBMIT_RETRY, RESULT_NONE}, /* the question was not understood */
        {OK_HEADER ",\"messageSearchResultResponse\":{}}", SUBMIT_RETRY, RESULT_NONE},
        {OK_HEADER ",\"message\":" OF_ANOTHER "}", SUBMIT_RETRY, RESULT_NONE},
        {OK_HEADER ",\"message\":{}}", SUBMIT_RETRY, RESULT_NONE},
        {HEADER("-1001") "}", SUBMIT_RETRY, RESULT_AUTH},
        {HEADER("-4003") "}", SUBMIT_RETRY, RESULT_REJECTED},
        {HEADER("-9999") "}", SUBMIT_RETRY, RESULT_NONE},
        {"", SUBMIT_RETRY, RESULT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outgoing m = looked_up(*state, cases[i].text);
        if (m.outcome != cases[i].outcome || m.result != cases[i].result) fail_msg("case %zu", i);
        assert_null(m.request_id);
    }
}

/* ---- feed ---- */
static void a_page_of_results(void **state) {
    const char *text =
        OK_HEADER ",\"messages\":["
                  "{\"requestId\":\"R1\",\"recipientSeq\":1,\"messageStatus\":\"COMPLETED\",\"resultCode\":\"1000\"},"
                  "{\"requestId\":\"R1\",\"recipientSeq\":2,\"messageStatus\":\"FAILED\",\"resultCode\":\"3019\","
                  "\"resendStatus\":"
                  "\"RSC04\"},"
                  "{\"requestId\":\"R1\",\"recipientSeq\":3,\"messageStatus\":\"SENDING\"},"      /* no news */
                  "{\"recipientSeq\":4,\"messageStatus\":\"COMPLETED\",\"resultCode\":\"1000\"}," /* of whom? */
                  "\"row\"]}";
    struct feed f = {0};
    size_t whole;
    assert_null(nhn_read_feed(*state, text, strlen(text), &f, &whole));
    assert_int_equal(whole, 5);
    assert_int_equal(f.n, 2);
    assert_null(f.rows[0].own_id);
    assert_string_equal(f.rows[0].request_id, "R1");
    assert_int_equal(f.rows[0].result, RESULT_DELIVERED);
    assert_int_equal(f.rows[1].recipient_seq, 2);
    assert_int_equal(f.rows[1].result, RESULT_FALLBACK_SENT);
    assert_string_equal(f.rows[1].code, "3019");
}

static void what_is_no_page(void **state) {
    static const struct {
        const char *text, *code;
    } cases[] = {{HEADER("-4003") "}", "-4003"}, {OK_HEADER "}", "BROKEN_ANSWER"}, {"<html>", "BROKEN_ANSWER"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct feed f = {.n = 9};
        size_t whole;
        assert_string_equal(nhn_read_feed(*state, cases[i].text, strlen(cases[i].text), &f, &whole), cases[i].code);
        assert_int_equal(f.n, 0);
    }
}

/* ---- templates ---- */
#define CONTENT "#{이름}님, \\\"#{전시명}\\\" 예매\\n#{예매번호}"
#define BUTTON(name, link) "[{\"ordering\":1,\"type\":\"WL\",\"name\":\"" name "\",\"linkMo\":\"" link "\"}]"
#define LINK "https://shop.example/ticket/#o=#{예매번호}"
#define TEMPLATE(content, buttons, rest)                                                                               \
    OK_HEADER ",\"template\":{\"templateContent\":\"" content "\",\"buttons\":" buttons "," rest "}}"
#define GOOD "\"status\":\"TSC03\",\"block\":false,\"dormant\":false"

static void templates_as_approved(void **state) {
    static const struct {
        const char *text, *said; /* a part of it; NULL: nothing */
    } cases[] = {
        {TEMPLATE(CONTENT, BUTTON("입장권 보기", LINK), GOOD), NULL},
        {TEMPLATE(CONTENT " ", BUTTON("입장권 보기", LINK), GOOD), "text"},
        {TEMPLATE(CONTENT "\\r", BUTTON("입장권 보기", LINK), GOOD), "text"},
        {TEMPLATE("", BUTTON("입장권 보기", LINK), GOOD), "text"},
        {TEMPLATE(CONTENT, BUTTON("입장권", LINK), GOOD), "button"},
        {TEMPLATE(CONTENT, BUTTON("입장권 보기", LINK "x"), GOOD), "link"},
        {TEMPLATE(CONTENT, "[]", GOOD), "buttons"},
        {TEMPLATE(CONTENT, "null", GOOD), "buttons"},
        {TEMPLATE(CONTENT, BUTTON("입장권 보기", LINK), "\"status\":\"TSC01\""), "TSC01"},
        {TEMPLATE(CONTENT, BUTTON("입장권 보기", LINK), "\"block\":false"), "not approved"},
        {TEMPLATE(CONTENT, BUTTON("입장권 보기", LINK), "\"status\":\"TSC03\",\"block\":true"), "blocked"},
        {TEMPLATE(CONTENT, BUTTON("입장권 보기", LINK), "\"status\":\"TSC03\",\"dormant\":true"), "dormant"},
        {HEADER("-3003") "}", "-3003"},
        {OK_HEADER "}", "no template"},
        {"<html>", "cannot be read"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const char *said = nhn_read_template(*state, cases[i].text, strlen(cases[i].text), &ticket_paid);
        const char *part = cases[i].said;
        bool right = part == NULL ? said == NULL : said != NULL && strstr(said, part) != NULL;
        if (!right) fail_msg("case %zu: %s", i, said == NULL ? "nothing" : said);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(taken),
        cmocka_unit_test(a_mixed_batch),
        cmocka_unit_test(what_answers_to_a_submit_mean),
        cmocka_unit_test(found),
        cmocka_unit_test(of_several_the_one_that_counts),
        cmocka_unit_test(not_there_or_not_told),
        cmocka_unit_test(a_page_of_results),
        cmocka_unit_test(what_is_no_page),
        cmocka_unit_test(templates_as_approved),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
