/* Kakao i over the wire: tokens, and what becomes of messages when the answer is anything but good. */
#include "test_wire.h"

#include <signal.h>

#include "common/log.h"
#include "kakaoi.h"

enum { THREADS = 8, LOG_MAX = 65536 };

#define TOKEN(text, seconds)                                                                                           \
    { HEAD("200") "{\"code\":\"200\",\"access_token\":\"" text "\",\"expires_in\":" seconds "}", PEER_CLOSE, 0, 0 }
#define SENT                                                                                                           \
    { HEAD("200") "{\"code\":\"100\",\"uid\":\"U1\",\"result\":{\"detail_code\":\"API_200\"}}", PEER_CLOSE, 0, 0 }
#define UNAUTHORIZED                                                                                                   \
    { HEAD("401") "{\"code\":\"401\"}", PEER_CLOSE, 0, 0 }

static void start(struct fixture *f, struct arena *a, const struct peer_answer *answers, size_t n) {
    wire_start(f, a, kakaoi_open, &test_conf, answers, n);
}

/* ---- calls ---- */
static void what_is_sent(void **state) {
    static const struct peer_answer refused = UNAUTHORIZED, answers[] = {TOKEN("T1", "21600"), SENT};
    char request[PEER_REQUEST_MAX + 1];
    struct fixture f;
    start(&f, *state, &refused, 1);
    submit(&f, *state);
    peer_request(&f.peer, request);
    assert_ptr_equal(strstr(request, "POST /v2/oauth/token HTTP/1.1\r\n"), request);
    assert_non_null(strstr(request, "\r\nAuthorization: Basic APP/KEY the-secret\r\n"));
    assert_non_null(strstr(request, "\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
    assert_non_null(strstr(request, "\r\n\r\ngrant_type=client_credentials"));
    stop(&f);
    start(&f, *state, answers, COUNT(answers));
    struct outgoing m = submit(&f, *state);
    assert_int_equal(m.outcome, SUBMIT_ACCEPTED);
    assert_string_equal(m.request_id, "U1");
    peer_request(&f.peer, request);
    assert_ptr_equal(strstr(request, "POST /v2/send/kakao HTTP/1.1\r\n"), request);
    assert_non_null(strstr(request, "\r\nAuthorization: Bearer T1\r\n"));
    assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"message_type\":\"AT\","));
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
        {{HEAD("500") "{\"code\":\"100\",\"uid\":\"U1\"}", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "HTTP_500"},
        {{HEAD("502") "<html>Bad Gateway</html>", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "HTTP_502"},
        {{HEAD("429") "", PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_RATE, "HTTP_429"},
        {{HEAD("200") "<html>hello</html>", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "BROKEN_ANSWER"},
        {{HEAD("404") "<html>no</html>", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "BROKEN_ANSWER"},
        {{"", PEER_CLOSE, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "CONNECTION_LOST"},
        {{"", PEER_HANG, 0, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "TIMEOUT"},
        {{HEAD("200") "x", PEER_CLOSE, 3 << 20, 0}, SUBMIT_UNKNOWN, RESULT_NONE, "TOO_LARGE"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct peer_answer answers[] = {TOKEN("T1", "21600"), cases[i].answer};
        struct fixture f;
        bool hasty = strcmp(cases[i].code, "TIMEOUT") == 0;
        struct outgoing m = start_and_submit(&f, *state, kakaoi_open, hasty, answers, COUNT(answers));
        if (m.outcome != cases[i].outcome || m.result != cases[i].result || strcmp(m.code, cases[i].code) != 0)
            fail_msg("case %zu: %d %d %s", i, (int)m.outcome, (int)m.result, m.code);
        f.provider.look_up(f.provider.self, *state, &m); /* whatever comes, a look-up says "again" */
        if (m.outcome != SUBMIT_RETRY) fail_msg("case %zu: %d", i, (int)m.outcome);
        struct feed feed = {.page = 4, .receipt = "G"};
        assert_false(f.provider.feed_stored(f.provider.self, *state, &feed));
        assert_false(f.provider.feed(f.provider.self, *state, &feed));
        assert_int_equal(feed.page, 0);
        assert_null(feed.receipt);
        stop(&f);
    }
}

static void groups_of_results(void **state) {
    static const struct peer_answer answers[] = {
        TOKEN("T1", "21600"),
        {HEAD("200") "{\"code\":\"200\",\"report_group_no\":\"G1\",\"results\":[{\"uid\":\"U\",\"cid\":\"OWN\","
                     "\"kko_status_code\":\"1000\",\"ended_yn\":\"Y\"}]}",
         PEER_CLOSE, 0, 0},
        {HEAD("200") "{\"code\":\"200\"}", PEER_CLOSE, 0, 0},
        {HEAD("200") "{\"code\":\"200\",\"report_group_no\":null,\"results\":[]}", PEER_CLOSE, 0, 0},
    };
    char request[PEER_REQUEST_MAX + 1];
    struct fixture f;
    struct feed feed = {0};
    start(&f, *state, answers, COUNT(answers));
    assert_true(f.provider.feed(f.provider.self, *state, &feed));
    assert_int_equal(feed.n, 1);
    assert_int_equal(feed.page, 1);
    assert_true(f.provider.feed_stored(f.provider.self, *state, &feed));
    peer_request(&f.peer, request);
    assert_ptr_equal(strstr(request, "PUT /v2/info/message/results/complete/G1 HTTP/1.1\r\n"), request);
    assert_true(f.provider.feed(f.provider.self, *state, &feed));
    assert_int_equal(feed.page, 0);
    assert_null(feed.receipt);
    stop(&f);
}

/* ---- tokens ---- */
static void a_refused_token_is_renewed_once(void **state) {
    static const struct peer_answer good[] = {TOKEN("T1", "21600"), UNAUTHORIZED, TOKEN("T2", "21600"), SENT};
    static const struct peer_answer bad[] = {TOKEN("T1", "21600"), UNAUTHORIZED, TOKEN("T2", "21600"), UNAUTHORIZED};
    char request[PEER_REQUEST_MAX + 1];
    struct fixture f;
    start(&f, *state, good, COUNT(good));
    assert_int_equal(submit(&f, *state).outcome, SUBMIT_ACCEPTED);
    assert_non_null(strstr(peer_request(&f.peer, request), "Authorization: Bearer T2\r\n"));
    assert_int_equal(submit(&f, *state).outcome, SUBMIT_ACCEPTED); /* with the token it has */
    assert_int_equal(peer_requests(&f.peer), 5);
    stop(&f);
    start(&f, *state, bad, COUNT(bad));
    struct outgoing m = submit(&f, *state);
    assert_int_equal(m.outcome, SUBMIT_REJECTED);
    assert_int_equal(m.result, RESULT_AUTH);
    assert_int_equal(peer_requests(&f.peer), 4);
    stop(&f);
}

static void no_token_no_message(void **state) {
    static const struct {
        struct peer_answer answer;
        enum submit_outcome outcome;
        enum result result;
        const char *code;
    } cases[] = {
        {UNAUTHORIZED, SUBMIT_REJECTED, RESULT_AUTH, "HTTP_401"},
        {{HEAD("200") "{\"code\":\"400\"}", PEER_CLOSE, 0, 0}, SUBMIT_REJECTED, RESULT_AUTH, "400"},
        {{HEAD("200") "{\"code\":\"500\"}", PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_TEMPORARY, "500"},
        {{HEAD("200") "<html>", PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_TEMPORARY, "BROKEN_ANSWER"},
        {{HEAD("503") "", PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_TEMPORARY, "HTTP_503"},
        {{HEAD("429") "", PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_RATE, "HTTP_429"},
        {{"", PEER_HANG, 0, 0}, SUBMIT_RETRY, RESULT_TEMPORARY, "TIMEOUT"},
        {{"", PEER_CLOSE, 0, 0}, SUBMIT_RETRY, RESULT_TEMPORARY, "CONNECTION_LOST"},
        {TOKEN("T\\n", "60"), SUBMIT_RETRY, RESULT_TEMPORARY, "BAD_CALL"}, /* it would begin another header */
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        bool hasty = strcmp(cases[i].code, "TIMEOUT") == 0;
        struct outgoing m = start_and_submit(&f, *state, kakaoi_open, hasty, &cases[i].answer, 1);
        if (m.outcome != cases[i].outcome || m.result != cases[i].result || strcmp(m.code, cases[i].code) != 0)
            fail_msg("case %zu: %d %d %s", i, (int)m.outcome, (int)m.result, m.code);
        assert_int_equal(peer_requests(&f.peer), 1);
        stop(&f);
    }
}

static int64_t clock_ms;

static int64_t read_clock(void) { return clock_ms; }

/* Renewed before its end; as long as that fails the old one serves. */
static void a_token_that_grows_old(void **state) {
    static const struct peer_answer answers[] = {TOKEN("T1", "1000"), SENT}; /* which is no token */
    static const struct {
        int64_t age_ms;
        size_t requests; /* of a submit: its own, and one for a token */
    } ages[] = {{0, 2}, {749999, 1}, {750000, 2}, {750000, 1}, {759999, 1}, {760000, 2}, {999999, 2}};
    struct provider_conf conf = test_conf;
    char request[PEER_REQUEST_MAX + 1];
    struct fixture f;
    conf.clock = read_clock;
    wire_start(&f, *state, kakaoi_open, &conf, answers, COUNT(answers));
    for (size_t i = 0; i < COUNT(ages); i++) {
        size_t before = peer_requests(&f.peer);
        clock_ms = 5000 + ages[i].age_ms;
        assert_int_equal(submit(&f, *state).outcome, SUBMIT_ACCEPTED);
        assert_int_equal(peer_requests(&f.peer), before + ages[i].requests);
        assert_non_null(strstr(peer_request(&f.peer, request), "Authorization: Bearer T1\r\n"));
    }
    clock_ms = 5000 + 1000000;
    assert_int_equal(submit(&f, *state).outcome, SUBMIT_RETRY);
    stop(&f);
}

struct caller {
    struct fixture *f;
    enum submit_outcome outcome;
};

static void *call(void *arg) {
    struct caller *c = arg;
    struct arena *a = arena_new(ARENA_MAX);
    c->outcome = submit(c->f, a).outcome;
    arena_free(&a);
    return NULL;
}

static void threads_share_a_token(void **state) {
    static const struct peer_answer answers[] = {
        {HEAD("200") "{\"code\":\"200\",\"access_token\":\"T1\",\"expires_in\":21600}", PEER_CLOSE, 0, 1}, SENT};
    struct fixture f;
    pthread_t threads[THREADS];
    struct caller callers[THREADS];
    start(&f, *state, answers, COUNT(answers));
    for (size_t i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){.f = &f};
        pthread_create(&threads[i], NULL, call, &callers[i]);
    }
    for (size_t i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(callers[i].outcome, SUBMIT_ACCEPTED);
    }
    assert_int_equal(peer_requests(&f.peer), THREADS + 1);
    stop(&f);
}

/* ---- log ---- */
static void the_log_keeps_secrets(void **state) {
    static const struct peer_answer answers[] = {TOKEN("tok-geheim", "21600"), SENT, UNAUTHORIZED};
    static const char *const secrets[] = {"the-secret", "APP",         SENDER_KEY, "tok-geheim",
                                          "Bearer",     "01012345678", "홍길동"};
    char path[] = "/tmp/test_kakaoi.XXXXXX", text[LOG_MAX];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct fixture f;
    start(&f, *state, answers, COUNT(answers));
    log_init("test", LOG_DEBUG, path);
    struct outgoing m = submit(&f, *state);
    f.provider.look_up(f.provider.self, *state, &m);
    log_init("test", LOG_ERROR, NULL);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    unlink(path);
    assert_true(n > 0);
    text[n] = '\0';
    for (size_t i = 0; i < COUNT(secrets); i++)
        if (strstr(text, secrets[i]) != NULL) fail_msg("%s is in the log", secrets[i]);
    assert_non_null(strstr(text, "\"call\":\"token\""));
    assert_non_null(strstr(text, "\"call\":\"submit\",\"about\":\"OWN\",\"code\":\"\""));
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent),          cmocka_unit_test(answers_that_are_none),
        cmocka_unit_test(groups_of_results),     cmocka_unit_test(a_refused_token_is_renewed_once),
        cmocka_unit_test(no_token_no_message),   cmocka_unit_test(a_token_that_grows_old),
        cmocka_unit_test(threads_share_a_token), cmocka_unit_test(the_log_keeps_secrets),
    };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR, NULL);
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
