/* Addresses and bodies, byte for byte as NHN's guide has them. */
#include "test_provider.h"

#include "nhn_request.h"

#define APP "/alimtalk/v2.3/appkeys/APP%2FKEY"

static void a_submit(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("ntf-000042", "run-20260301"), *each[] = {&m};
    m.fallback = "…";
    assert_string_equal(
        nhn_submit_body(*state, &conf, each, 1),
        "{\"senderKey\":\"" SENDER_KEY "\",\"templateCode\":\"TICKET_PAID\",\"senderGroupingKey\":\"run-20260301\","
        "\"recipientList\":[{\"recipientNo\":\"01012345678\",\"recipientGroupingKey\":\"ntf-000042\","
        "\"templateParameter\":{\"이름\":\"홍길동\",\"전시명\":\"빛의 정원\",\"예매번호\":\"ORD20260301001\"},"
        "\"resendParameter\":{\"isResend\":true,\"resendType\":\"LMS\",\"resendTitle\":\"예매 완료\","
        "\"resendContent\":\"…\",\"resendSendNo\":\"0212345678\"}}]}");
    assert_string_equal(nhn_messages_path(*state, &conf), APP "/messages");
}

static void a_submit_without_fallback(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("a", "a-1"), *each[] = {&m};
    const char *without = "\"resendParameter\":{\"isResend\":false}}]}"; /* said, or the console would decide */
    m.fallback = NULL;
    assert_non_null(strstr(nhn_submit_body(*state, &conf, each, 1), without));
    m.fallback = "text";
    conf.sms_sender = "";
    assert_non_null(strstr(nhn_submit_body(*state, &conf, each, 1), without));
}

static void a_submit_of_many(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m[] = {ticket("a", "a-1"), ticket("b", "b-7")}, *each[] = {&m[0], &m[1]};
    m[1].phone = "01099998888";
    const char *body = nhn_submit_body(*state, &conf, each, 2);
    assert_non_null(strstr(body, "\"senderGroupingKey\":\"a-1\",\"recipientList\":[{\"recipientNo\":\"01012345678\","
                                 "\"recipientGroupingKey\":\"a\","));
    assert_non_null(strstr(body, "}},{\"recipientNo\":\"01099998888\",\"recipientGroupingKey\":\"b\","));
    assert_null(strstr(body, "b-7"));
}

static void look_ups(void **state) {
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("A B&c", "k");
    m.last_submitted_ms += 3600 * 1000;
    assert_string_equal(nhn_look_up_path(*state, &conf, &m),
                        APP "/messages?startCreateDate=2026-02-28%2023:50&endCreateDate=2026-03-01%2001:10"
                            "&recipientGroupingKey=A%20B%26c&pageNum=1&pageSize=100");
    m.last_submitted_ms += INT64_C(60) * 24 * 3600 * 1000; /* a query spans 30 days at most: the last ones */
    assert_non_null(strstr(nhn_look_up_path(*state, &conf, &m),
                           "startCreateDate=2026-04-01%2001:10&endCreateDate=2026-04-30%2001:10&"));
    m.request_id = "2026../x";
    m.recipient_seq = 17;
    assert_string_equal(nhn_look_up_path(*state, &conf, &m), APP "/messages/2026..%2Fx/17");
}

static void feeds_and_templates(void **state) {
    struct provider_conf conf = test_conf;
    int64_t noon = INT64_C(1772334059999); /* 12:00:59.999 */
    assert_string_equal(nhn_feed_path(*state, &conf, noon, noon + 60000, 3),
                        APP "/message-results?startUpdateDate=2026-03-01%2012:00&endUpdateDate=2026-03-01%2012:02"
                            "&pageNum=3&pageSize=500");
    assert_string_equal(nhn_template_path(*state, &conf, &ticket_paid),
                        APP "/senders/" SENDER_KEY "/templates/TICKET_PAID");
}

static void without_memory(void **state) {
    (void)state;
    struct provider_conf conf = test_conf;
    struct outgoing m = ticket("a", "a-1"), *each[] = {&m};
    for (size_t max = 16; max < 2048; max += 64) { /* whole or NULL, never a part */
        struct arena *a = arena_new(max);
        const char *body = nhn_submit_body(a, &conf, each, 1);
        const char *path = nhn_look_up_path(a, &conf, &m);
        if (body != NULL) assert_string_equal(body + strlen(body) - 4, "}}]}");
        if (path != NULL) assert_non_null(strstr(path, "&pageSize=100"));
        arena_free(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_submit), cmocka_unit_test(a_submit_without_fallback), cmocka_unit_test(a_submit_of_many),
        cmocka_unit_test(look_ups), cmocka_unit_test(feeds_and_templates),       cmocka_unit_test(without_memory),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
