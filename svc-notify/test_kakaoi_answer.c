/* What Kakao i answers, and what is made of it. */
#include "test_provider.h"

#include "kakaoi_answer.h"

/* ---- token ---- */
static void tokens(void **state) {
    static const struct {
        const char *text, *token, *code;
        int seconds;
    } cases[] = {
        {"{\"code\":\"200\",\"access_token\":\"T\",\"expires_in\":21600}", "T", NULL, 21600},
        {"{\"code\":200,\"access_token\":\"T\",\"expires_in\":\"60\"}", "T", NULL, 60},
        {"{\"code\":\"401\",\"detail\":\"x\"}", NULL, "401", 0},
        {"{\"code\":\"200\",\"expires_in\":60}", NULL, "BROKEN_ANSWER", 0},
        {"{\"code\":\"200\",\"access_token\":\"T\"}", NULL, "BROKEN_ANSWER", 0},
        {"{\"code\":\"200\",\"access_token\":\"T\",\"expires_in\":0}", NULL, "BROKEN_ANSWER", 0},
        {"{\"access_token\":\"T\",\"expires_in\":60}", NULL, "BROKEN_ANSWER", 0},
        {"", NULL, "BROKEN_ANSWER", 0},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        int seconds = 0;
        const char *code, *token = kakaoi_read_token(*state, cases[i].text, strlen(cases[i].text), &seconds, &code);
        if (cases[i].token == NULL) {
            assert_null(token);
            assert_string_equal(code, cases[i].code);
        } else {
            assert_string_equal(token, cases[i].token);
            assert_int_equal(seconds, cases[i].seconds);
        }
    }
}

/* ---- send ---- */
static void what_answers_to_a_send_mean(void **state) {
    static const struct {
        const char *text, *code, *uid;
        enum submit_outcome outcome;
        enum result result;
    } cases[] = {
        {"{\"code\":\"100\",\"uid\":\"U\",\"cid\":\"OWN\",\"result\":{\"detail_code\":\"API_200\"}}", NULL, "U",
         SUBMIT_ACCEPTED, RESULT_NONE},
        {"{\"code\":100,\"uid\":7}", NULL, "7", SUBMIT_ACCEPTED, RESULT_NONE},
        {"{\"code\":\"200\",\"uid\":\"U\",\"cid\":\"OWN\",\"kko_status_code\":\"0000\"}", "0000", "U", SUBMIT_ACCEPTED,
         RESULT_DELIVERED},
        {"{\"code\":\"200\",\"uid\":\"U\",\"cid\":\"OWN\",\"kko_status_code\":\"3019\"}", "3019", "U", SUBMIT_ACCEPTED,
         RESULT_FALLBACK_PENDING},
        {"{\"code\":\"400\",\"cid\":\"OWN\",\"result\":{\"detail_code\":\"ERR41001\"}}", "ERR41001", NULL,
         SUBMIT_REJECTED, RESULT_TEMPLATE},
        {"{\"code\":\"400\",\"result\":{\"detail_code\":\"API_409\"}}", "API_409", NULL, SUBMIT_UNKNOWN,
         RESULT_DUPLICATE},
        {"{\"code\":\"402\"}", "402", NULL, SUBMIT_REJECTED, RESULT_AUTH},
        {"{\"code\":\"429\"}", "429", NULL, SUBMIT_RETRY, RESULT_RATE},
        /* nothing is proven */
        {"{\"code\":\"500\",\"result\":{\"detail_code\":\"API_500\"}}", "API_500", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"{\"code\":\"100\",\"cid\":\"OWN\"}", "BROKEN_ANSWER", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"{\"code\":\"100\",\"uid\":\"U\",\"cid\":\"OTHER\"}", "BROKEN_ANSWER", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"{\"code\":\"400\",\"cid\":\"OTHER\"}", "BROKEN_ANSWER", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"{\"code\":true}", "BROKEN_ANSWER", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"{}", "BROKEN_ANSWER", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
        {"<html>", "BROKEN_ANSWER", NULL, SUBMIT_UNKNOWN, RESULT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outgoing m = ticket("OWN", "OWN-1");
        kakaoi_read_send(*state, cases[i].text, strlen(cases[i].text), &m);
        if (m.outcome != cases[i].outcome || m.result != cases[i].result)
            fail_msg("case %zu: %d %d", i, (int)m.outcome, (int)m.result);
        if (cases[i].code != NULL) assert_string_equal(m.code, cases[i].code);
        if (cases[i].uid != NULL) assert_string_equal(m.request_id, cases[i].uid);
        assert_true((m.code == NULL) == (cases[i].code == NULL) && (m.request_id == NULL) == (cases[i].uid == NULL));
    }
}

/* ---- search ---- */
#define ROW(cid, uid, kakao, sms, ended)                                                                               \
    "{\"seq_no\":1,\"uid\":" uid ",\"cid\":\"" cid "\",\"status_code\":\"API_200\",\"kko_status_code\":" kakao         \
    ",\"sms_status_code\":" sms ",\"ended_yn\":\"" ended "\"}"
#define RESULTS(rows) "{\"code\":\"200\",\"report_group_no\":\"G/1\",\"results\":[" rows "]}"

static void searches(void **state) {
    static const struct {
        const char *text;
        enum submit_outcome outcome;
        enum result result;
    } cases[] = {
        {RESULTS(ROW("OTHER", "\"V\"", "\"1000\"", "null", "Y") "," ROW("OWN", "\"U\"", "null", "null", "N")),
         SUBMIT_ACCEPTED, RESULT_NONE},
        {RESULTS(ROW("OWN", "\"U\"", "\"3019\"", "\"API_200\"", "Y")), SUBMIT_ACCEPTED, RESULT_FALLBACK_SENT},
        {RESULTS(""), SUBMIT_REJECTED, RESULT_NOT_FOUND},
        {RESULTS(ROW("OTHER", "\"V\"", "\"1000\"", "null", "Y")), SUBMIT_RETRY, RESULT_NONE},
        {RESULTS(ROW("OWN", "null", "\"1000\"", "null", "Y")), SUBMIT_RETRY, RESULT_NONE},
        {"{\"code\":\"200\"}", SUBMIT_RETRY, RESULT_NONE},
        {"{\"code\":\"500\",\"results\":[]}", SUBMIT_RETRY, RESULT_NONE},
        {"{\"results\":[]}", SUBMIT_RETRY, RESULT_NONE},
        {"", SUBMIT_RETRY, RESULT_NONE},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outgoing m = ticket("OWN", "OWN-1");
        kakaoi_read_search(*state, cases[i].text, strlen(cases[i].text), &m);
        if (m.outcome != cases[i].outcome || m.result != cases[i].result) fail_msg("case %zu", i);
        if (m.outcome == SUBMIT_ACCEPTED) assert_string_equal(m.request_id, "U");
    }
}

/* ---- results ---- */
static void a_group_of_results(void **state) {
    struct feed f = {.receipt = "old"};
    const char *text = RESULTS(ROW("A", "\"U1\"", "\"1000\"", "null", "Y") "," ROW(
        "B", "\"U2\"", "null", "null", "N") "," ROW("C", "\"U3\"", "\"3018\"", "\"API_500\"", "Y") ",7");
    assert_null(kakaoi_read_results(*state, text, strlen(text), &f));
    assert_string_equal(f.receipt, "G/1");
    assert_int_equal(f.n, 2);
    assert_string_equal(f.rows[0].own_id, "A");
    assert_string_equal(f.rows[0].request_id, "U1");
    assert_int_equal(f.rows[0].result, RESULT_DELIVERED);
    assert_int_equal(f.rows[1].result, RESULT_FALLBACK_FAILED);
    assert_string_equal(f.rows[1].code, "3018");
    text = "{\"code\":\"200\",\"report_group_no\":null,\"results\":[]}";
    assert_null(kakaoi_read_results(*state, text, strlen(text), &f));
    assert_null(f.receipt);
    assert_int_equal(f.n, 0);
}

/* HTTP says 200 to everything. */
static void refusals_in_the_body(void **state) {
    struct feed f = {.receipt = "old", .n = 4};
    assert_string_equal(kakaoi_read_results(*state, "{\"code\":\"500\"}", 14, &f), "500");
    assert_null(f.receipt);
    assert_int_equal(f.n, 0);
    assert_string_equal(kakaoi_read_complete(*state, "{\"code\":\"404\"}", 14), "404");
    assert_string_equal(kakaoi_read_complete(*state, "{}", 2), "BROKEN_ANSWER");
    assert_null(kakaoi_read_complete(*state, "{\"code\":\"200\"}", 14));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(what_answers_to_a_send_mean),
        cmocka_unit_test(searches),
        cmocka_unit_test(a_group_of_results),
        cmocka_unit_test(refusals_in_the_body),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
