/* NHN Cloud over the wire: what is sent, and what becomes of messages when the answer is anything but good. */
#include "test_wire.h"

#include <signal.h>

#include "common/log.h"
#include "common/strbuf.h"
#include "nhn.h"

enum { LOG_MAX = 65536 };

#define SENT                                                                                                           \
    "{\"header\":{\"resultCode\":0,\"resultMessage\":\"SUCCESS\",\"isSuccessful\":true},\"message\":{\"requestId\":"   \
    "\"R1\",\"sendResults\":[{\"recipientSeq\":1,\"resultCode\":0,\"recipientGroupingKey\":\"OWN\"}]}}"
#define DELIVERED                                                                                                      \
    "{\"header\":{\"resultCode\":0,\"isSuccessful\":true},\"messages\":[{\"requestId\":\"R1\",\"recipientSeq\":1,"     \
    "\"messageStatus\":\"COMPLETED\",\"resultCode\":\"1000\"}]}"

static void start(struct fixture *f, struct arena *a, const struct peer_answer *answers, size_t n) {
    wire_start(f, a, nhn_open, &test_conf, answers, n);
}

static void what_is_sent(void **state) {
    static const struct peer_answer answer = {HEAD("200") SENT, PEER_CLOSE, 0, 0};
    static const char *const parts[] = {
        "POST /alimtalk/v2.3/appkeys/APP%2FKEY/messages HTTP/1.1\r\n",
        "\r\nX-Secret-Key: the-secret\r\n",
        "\r\nX-NC-API-IDEMPOTENCY-KEY: OWN-1\r\n",
        "\r\nContent-Type: application/json;charset=UTF-8\r\n",
        "\r\n\r\n{\"senderKey\":\"",
    };
    char request[PEER_REQUEST_MAX + 1];
    struct fixture f;
    start(&f, *state, &answer, 1);
    struct outgoing m = submit(&f, *state);
    assert_int_equal(m.outcome, SUBMIT_ACCEPTED);
    assert_string_equal(m.request_id, "R1");
    assert_int_equal(peer_requests(&f.peer), 1);
    peer_request(&f.peer, request);
    for (size_t i = 0; i < COUNT(parts); i++)
        if (strstr(request, parts[i]) == NULL) fail_msg("not sent: %s", parts[i]);
    stop(&f);
}

/* Only what surely was not taken may be sent again without a question. */
static void answers_that_are_none(void **state) {
    static const struct {
        struct peer_answer answer;
        enum submit_outcome outcome;
        enum result result;
        const char *code;
    } cases[] = {
        {{HEAD("500") SENT, PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "HTTP_500"},
        {{HEAD("502") "<html>Bad Gateway</html>", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "HTTP_502"},
        {{HEAD("429") SENT, PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_RATE, "HTTP_429"},
        {{HEAD("200") "<html>hello</html>", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "BROKEN_ANSWER"},
        {{HEAD("302"), PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "BROKEN_ANSWER"},
        {{HEAD("403") "<html>no</html>", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "BROKEN_ANSWER"},
        {{HEAD("401") "{\"header\":{\"resultCode\":-1001,\"isSuccessful\":false}}", PEER_CLOSE, 0, 0},
         SUBMIT_REJECTED,
         RESULT_AUTH,
         "-1001"},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n" SENT, PEER_CLOSE, 0, 0},
         SUBMIT_UNKNOWN,
         RESULT_NONE,
         "CONNECTION_LOST"},
        {{"garbage\r\n\r\n", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "BROKEN_ANSWER"},
        {{"", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "CONNECTION_LOST"},
        {{"", PEER_HANG, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "TIMEOUT"},
        {{HEAD("200") SENT, PEER_CLOSE, 0, 20}, SUBMIT_UNKNOWN, RESULT_NONE, "TIMEOUT"},
        {{HEAD("200") "x", PEER_CLOSE, 3 << 20, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "TOO_LARGE"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        bool hasty = strcmp(cases[i].code, "TIMEOUT") == 0;
        struct outgoing m = start_and_submit(&f, *state, nhn_open, hasty, &cases[i].answer, 1);
        if (m.outcome != cases[i].outcome || m.result != cases[i].result || strcmp(m.code, cases[i].code) != 0)
            fail_msg("case %zu: %d %d %s", i, (int)m.outcome, (int)m.result, m.code);
        f.provider.look_up(f.provider.self, *state, &m); /* whatever comes, a look-up says "again" */
        if (m.outcome != SUBMIT_RETRY) fail_msg("case %zu: %d", i, (int)m.outcome);
        struct feed feed = {.page = 4, .n = 9};
        assert_false(f.provider.feed(f.provider.self, *state, &feed));
        assert_int_equal(feed.page, 0);
        assert_non_null(f.provider.check_template(f.provider.self, *state, &ticket_paid));
        stop(&f);
    }
}

static void calls_that_cannot_be_made(void **state) {
    struct provider_conf conf = test_conf;
    struct provider p;
    static const struct {
        const char *base_url, *secret, *code;
    } cases[] = {{"http://127.0.0.1:1", "s", "NO_CONNECTION"},
                 {"ftp://127.0.0.1:1", "s", "BAD_CALL"},
                 {"http://127.0.0.1:1", "a\r\nX-Other: b", "BAD_CALL"}};
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct outgoing m = ticket("OWN", "OWN-1"), *each[] = {&m};
        conf.base_url = cases[i].base_url;
        conf.secret_key = cases[i].secret;
        assert_true(nhn_open(&conf, &p));
        p.submit(p.self, *state, each, 1);
        assert_int_equal(m.outcome, SUBMIT_RETRY);
        assert_string_equal(m.code, cases[i].code);
        p.close(p.self);
    }
    conf.secret_key = arena_printf(*state, "%0300d", 1);
    assert_false(nhn_open(&conf, &p));
}

static void a_feed_is_read_page_by_page(void **state) {
    static const struct peer_answer answer = {HEAD("200") DELIVERED, PEER_CLOSE, 0, 0};
    struct fixture f;
    struct feed feed = {.from_ms = 1, .to_ms = 2};
    start(&f, *state, &answer, 1);
    assert_true(f.provider.feed(f.provider.self, *state, &feed));
    assert_int_equal(feed.n, 1);
    assert_int_equal(feed.page, 0); /* not a whole page: it was the last */
    assert_null(feed.receipt);
    stop(&f);
    struct strbuf b;
    strbuf_init(&b, *state, 1 << 20);
    strbuf_puts(&b, HEAD("200") "{\"header\":{\"resultCode\":0,\"isSuccessful\":true},\"messages\":[");
    for (int i = 0; i < 500; i++) strbuf_puts(&b, i == 0 ? "{}" : ",{}");
    strbuf_puts(&b, "]}");
    const struct peer_answer pages[] = {{b.data, PEER_CLOSE, 0, 0}, {HEAD("200") DELIVERED, PEER_CLOSE, 0, 0}};
    char request[PEER_REQUEST_MAX + 1];
    start(&f, *state, pages, COUNT(pages));
    assert_true(f.provider.feed(f.provider.self, *state, &feed));
    assert_int_equal(feed.n, 0); /* rows that say nothing, and yet a page is a page */
    assert_int_equal(feed.page, 1);
    assert_true(f.provider.feed(f.provider.self, *state, &feed));
    assert_int_equal(feed.n, 1);
    assert_int_equal(feed.page, 0);
    assert_non_null(strstr(peer_request(&f.peer, request), "&pageNum=2&pageSize=500 HTTP"));
    stop(&f);
}

static void the_log_keeps_secrets(void **state) {
    static const struct peer_answer answer = {HEAD("500") SENT, PEER_CLOSE, 0, 0};
    static const char *const secrets[] = {"the-secret", "APP", SENDER_KEY, "01012345678", "홍길동", "빛의"};
    char path[] = "/tmp/test_nhn.XXXXXX", text[LOG_MAX];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct fixture f;
    start(&f, *state, &answer, 1);
    log_init("test", LOG_DEBUG, path);
    struct outgoing m = submit(&f, *state);
    f.provider.look_up(f.provider.self, *state, &m);
    f.provider.check_template(f.provider.self, *state, &ticket_paid);
    log_init("test", LOG_ERROR, NULL);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    unlink(path);
    assert_true(n > 0);
    text[n] = '\0';
    for (size_t i = 0; i < COUNT(secrets); i++)
        if (strstr(text, secrets[i]) != NULL) fail_msg("%s is in the log", secrets[i]);
    assert_non_null(strstr(text, "\"call\":\"submit\",\"about\":\"OWN-1\",\"code\":\"HTTP_500\""));
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(calls_that_cannot_be_made),
        cmocka_unit_test(a_feed_is_read_page_by_page),
        cmocka_unit_test(the_log_keeps_secrets),
    };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR, NULL);
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
