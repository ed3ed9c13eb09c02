/* The whole provider against a server that misbehaves in every way. */
#include "common/test_peer.h"

#include <fcntl.h>
#include <signal.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/test_arena.h"
#include "common/timeutil.h"
#include "toss.h"

enum { OPEN_MS = 100, LONG_OPEN_MS = 3600000 };
enum { PATIENT_MS = 20000, HASTY_MS = 300 /* where no answer is expected in time */, SOON_US = 15000000 };

#define COUNT(list) (sizeof(list) / sizeof *(list))
#define HEAD(status) "HTTP/1.1 " status " X\r\nx-tosspayments-trace-id: trace-1\r\nConnection: close\r\n\r\n"
#define PAYMENT(key, order)                                                                                            \
    "{\"version\":\"2022-11-16\",\"paymentKey\":\"" key "\",\"orderId\":\"" order "\",\"status\":\"DONE\","            \
    "\"totalAmount\":15000,\"balanceAmount\":15000,\"method\":\"카드\"}"
#define DONE HEAD("200") PAYMENT("pk1", "order-1")
#define ROW(key, at)                                                                                                   \
    "{\"transactionKey\":\"" key "\",\"paymentKey\":\"p\",\"orderId\":\"o\",\"status\":\"DONE\",\"amount\":5,"         \
    "\"transactionAt\":\"" at "\"}"

/* ---- a provider whose Toss is a peer ---- */
struct fixture {
    struct peer peer;
    struct toss *toss;
    struct provider provider;
    struct arena *arena;
};

static void start_with(struct fixture *f, struct arena *a, const struct peer_answer *answers, size_t n,
                       int64_t breaker_failures, int64_t open_ms, int timeout_ms) {
    peer_start(&f->peer, answers, n);
    f->arena = a;
    f->toss = toss_open(&(struct toss_conf){.secret_key = "test_sk_abc",
                                            .url = arena_printf(a, "http://127.0.0.1:%d/v1/payments", f->peer.port),
                                            .connect_timeout_ms = PATIENT_MS,
                                            .timeout_ms = timeout_ms,
                                            .breaker_failures = breaker_failures,
                                            .breaker_open_ms = open_ms});
    assert_non_null(f->toss);
    f->provider = toss_provider(f->toss);
}

static void start(struct fixture *f, struct arena *a, const struct peer_answer *answers, size_t n) {
    start_with(f, a, answers, n, 1000, OPEN_MS, PATIENT_MS);
}

static void stop(struct fixture *f) {
    toss_close(&f->toss);
    peer_stop(&f->peer);
    arena_reset(f->arena);
}

static struct call_result do_open(struct fixture *f) {
    struct call_result r;
    f->provider.open(f->provider.self, f->arena,
                     &(struct payment_wish){.attempt_id = "order-1",
                                            .order_name = "관람권",
                                            .customer_name = "홍길동",
                                            .method = "card",
                                            .success_url = "https://shop.example/ok",
                                            .fail_url = "https://shop.example/no",
                                            .amount = 15000,
                                            .key = "open:1"},
                     &r);
    return r;
}

static struct call_result do_confirm(struct fixture *f) {
    struct call_result r;
    f->provider.confirm(f->provider.self, f->arena, "pk1", "order-1", 15000, "confirm:1", &r);
    return r;
}

static struct call_result do_cancel(struct fixture *f) {
    struct call_result r;
    f->provider.cancel(f->provider.self, f->arena,
                       &(struct cancel_wish){.payment_key = "pk1",
                                             .reason = "변심",
                                             .amount = 5000,
                                             .balance = 15000,
                                             .account = &(struct refund_account){"20", "110123456789", "홍길동"},
                                             .key = "cancel:1",
                                             .attempt_id = "order-1"},
                       &r);
    return r;
}

static struct call_result do_look_up(struct fixture *f) {
    struct call_result r;
    f->provider.look_up(f->provider.self, f->arena, "pk1", "order-1", &r);
    return r;
}

static struct call_result (*const calls[])(struct fixture *) = {do_open, do_confirm, do_cancel, do_look_up};
enum { LOOK_UP = 3 };

/* ---- what is sent ---- */
static void what_is_sent(void **state) {
    static const struct peer_answer answer = {DONE, PEER_CLOSE, 0, 0};
    static const struct {
        const char *line, *key;
    } cases[] = {
        {"POST /v1/payments HTTP/1.1\r\n", "open:1"},
        {"POST /v1/payments/confirm HTTP/1.1\r\n", "confirm:1"},
        {"POST /v1/payments/pk1/cancel HTTP/1.1\r\n", "cancel:1"},
        {"GET /v1/payments/pk1 HTTP/1.1\r\n", NULL},
    };
    struct fixture f;
    char request[PEER_REQUEST_MAX + 1];
    start(&f, *state, &answer, 1);
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct call_result r = calls[i](&f);
        assert_int_equal(r.outcome, CALL_DONE);
        assert_int_equal(r.http_status, 200);
        assert_null(r.code);
        assert_string_equal(r.trace, "trace-1");
        assert_true(r.took_us > 0);
        assert_int_equal(r.money->state, MONEY_DONE);
        assert_int_equal(r.money->balance, 15000);
        assert_ptr_equal(strstr(peer_request(&f.peer, request), cases[i].line), request);
        assert_non_null(strstr(request, "\r\nAuthorization: Basic dGVzdF9za19hYmM6\r\n"));
        assert_null(strcasestr(request, "Accept-Language"));
        const char *key = strstr(request, "\r\nIdempotency-Key: ");
        assert_int_equal(key != NULL, cases[i].key != NULL);
        if (key == NULL || cases[i].key == NULL) continue;
        assert_ptr_equal(strstr(key + 19, cases[i].key), key + 19);
        assert_non_null(strstr(request, "\r\nContent-Type: application/json\r\n"));
    }
    struct call_result r;
    f.provider.look_up(f.provider.self, f.arena, NULL, "order-1", &r);
    assert_int_equal(r.outcome, CALL_DONE);
    assert_non_null(strstr(peer_request(&f.peer, request), "GET /v1/payments/orders/order-1 HTTP/1.1\r\n"));
    stop(&f);
}

/* ---- what comes back ---- */
/* Outcome of every kind of call but a look-up; a look-up executes nothing, so what is unknown there is only to be retried. */
static void what_answers_mean(void **state) {
    static const struct {
        struct peer_answer answer;
        enum call_outcome outcome;
        const char *code;
    } cases[] = {
        {{HEAD("409") "{\"code\":\"IDEMPOTENT_REQUEST_PROCESSING\"}", PEER_CLOSE, 0, 0},
         CALL_RETRY,
         "IDEMPOTENT_REQUEST_PROCESSING"},
        {{HEAD("429") "", PEER_CLOSE, 0, 0}, CALL_RETRY, "NO_CODE"},
        {{HEAD("500") "{\"code\":\"FAILED_INTERNAL_SYSTEM_PROCESSING\"}", PEER_CLOSE, 0, 0},
         CALL_UNKNOWN,
         "FAILED_INTERNAL_SYSTEM_PROCESSING"},
        {{HEAD("400") "{\"code\":\"PROVIDER_ERROR\",\"message\":\"m\"}", PEER_CLOSE, 0, 0},
         CALL_UNKNOWN,
         "PROVIDER_ERROR"},
        {{HEAD("502") "<html>bad gateway</html>", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "NO_CODE"},
        {{HEAD("404") "<html>not found</html>", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "NO_CODE"},
        {{HEAD("302") "", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "NO_CODE"},
        {{HEAD("200") "", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "BROKEN_ANSWER"},
        {{HEAD("200") "{}", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "BROKEN_ANSWER"},
        {{HEAD("200") "{\"paymentKey\":\"pk1\",\"orderId\":\"order-1\",\"status\":\"DO", PEER_CLOSE, 0, 0},
         CALL_UNKNOWN,
         "BROKEN_ANSWER"},
        {{HEAD("200") "garbage", PEER_CLOSE, 100, 0}, CALL_UNKNOWN, "BROKEN_ANSWER"},
        {{"garbage\r\n\r\n", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "BROKEN_ANSWER"},
        {{HEAD("200") "{", PEER_CLOSE, 5 << 20, 0}, CALL_UNKNOWN, "TOO_LARGE"},
        {{DONE, PEER_CLOSE, 0, 20}, CALL_UNKNOWN, "TIMEOUT"}, /* a byte every 20 ms */
        {{"", PEER_HANG, 0, 0}, CALL_UNKNOWN, "TIMEOUT"},
        {{"", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nContent-", PEER_CLOSE, 0, 0}, CALL_UNKNOWN, "CONNECTION_LOST"},
        {{"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"paymentKey\"", PEER_CLOSE, 0, 0},
         CALL_UNKNOWN,
         "CONNECTION_LOST"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct fixture f;
        bool waits = strcmp(cases[i].code, "TIMEOUT") == 0;
        start_with(&f, *state, &cases[i].answer, 1, 1000, OPEN_MS, waits ? HASTY_MS : PATIENT_MS);
        for (size_t c = 0; c < COUNT(calls); c++) {
            struct call_result r;
            size_t before = peer_requests(&f.peer);
            do r = calls[c](&f);
            while (waits && peer_requests(&f.peer) == before); /* nothing was sent: the machine stood still */
            enum call_outcome expected = c == LOOK_UP ? CALL_RETRY : cases[i].outcome;
            if (r.outcome != expected || strcmp(r.code, cases[i].code) != 0)
                fail_msg("case %zu, call %zu: %d %s", i, c, (int)r.outcome, r.code);
            assert_null(r.money);
            assert_true(r.took_us < SOON_US);
        }
        stop(&f);
    }
}

static void refusals(void **state) {
    static const struct peer_answer answers[] = {
        {HEAD("403") "{\"code\":\"REJECT_CARD_COMPANY\",\"message\":\"결제 승인이 거절되었습니다.\"}", PEER_CLOSE, 0,
         0},
        {HEAD("400") "{\"code\":\"NOT_MATCHES_REFUNDABLE_AMOUNT\",\"message\":\"x\"}", PEER_CLOSE, 0, 0},
        {HEAD("404") "{\"code\":\"NOT_FOUND_PAYMENT\",\"message\":\"x\"}", PEER_CLOSE, 0, 0},
        {HEAD("400") "{\"code\":\"ALREADY_CANCELED_PAYMENT\",\"message\":\"x\"}", PEER_CLOSE, 0, 0},
    };
    struct fixture f;
    start(&f, *state, answers, COUNT(answers));
    struct call_result r = do_confirm(&f);
    assert_int_equal(r.outcome, CALL_REFUSED);
    assert_int_equal(r.refusal, REFUSAL_BUYER);
    assert_string_equal(r.message, "결제 승인이 거절되었습니다.");
    r = do_cancel(&f);
    assert_int_equal(r.outcome, CALL_REFUSED);
    assert_int_equal(r.refusal, REFUSAL_LATER);
    r = do_look_up(&f);
    assert_int_equal(r.outcome, CALL_REFUSED);
    assert_int_equal(r.refusal, REFUSAL_FINAL);
    assert_int_equal(do_cancel(&f).outcome, CALL_UNKNOWN);
    stop(&f);
}

/* An idempotency key used before brings the answer of its first use. */
static void an_answer_about_another_payment(void **state) {
    static const struct peer_answer other_key = {HEAD("200") PAYMENT("pk2", "order-1"), PEER_CLOSE, 0, 0};
    static const struct peer_answer other_order = {HEAD("200") PAYMENT("pk1", "order-2"), PEER_CLOSE, 0, 0};
    struct fixture f;
    start(&f, *state, &other_order, 1);
    for (size_t c = 0; c < COUNT(calls); c++) {
        struct call_result r = calls[c](&f);
        assert_int_equal(r.outcome, c == LOOK_UP ? CALL_REFUSED : CALL_UNKNOWN);
        assert_string_equal(r.code, "OTHER_PAYMENT");
        assert_null(r.money);
    }
    stop(&f);
    start(&f, *state, &other_key, 1);
    assert_int_equal(do_open(&f).outcome, CALL_DONE); /* no key is known before */
    assert_int_equal(do_confirm(&f).outcome, CALL_UNKNOWN);
    assert_int_equal(do_cancel(&f).outcome, CALL_UNKNOWN);
    assert_int_equal(do_look_up(&f).outcome, CALL_REFUSED);
    stop(&f);
}

static void calls_that_cannot_be_made(void **state) {
    static const struct peer_answer answer = {DONE, PEER_CLOSE, 0, 0};
    static const char *const keys[] = {NULL, "", "a\r\nb"};
    char long_key[302];
    memset(long_key, 'a', sizeof long_key - 1);
    long_key[301] = '\0';
    struct fixture f;
    struct call_result r;
    start(&f, *state, &answer, 1);
    for (size_t i = 0; i <= COUNT(keys); i++) {
        const char *key = i < COUNT(keys) ? keys[i] : long_key;
        f.provider.confirm(f.provider.self, f.arena, "pk1", "order-1", 15000, key, &r);
        assert_int_equal(r.outcome, CALL_RETRY);
        assert_string_equal(r.code, "BAD_CALL");
    }
    f.provider.look_up(f.provider.self, f.arena, "..", "order-1", &r);
    assert_int_equal(r.outcome, CALL_RETRY);
    assert_string_equal(r.code, "BAD_CALL");
    assert_int_equal(peer_requests(&f.peer), 0);
    long_key[300] = '\0';
    f.provider.confirm(f.provider.self, f.arena, "pk1", "order-1", 15000, long_key, &r);
    assert_int_equal(r.outcome, CALL_DONE);
    stop(&f);
}

static void nobody_there(void **state) {
    static const struct peer_answer gone = {"", PEER_GONE, 0, 0};
    struct fixture f;
    start(&f, *state, &gone, 1);
    assert_int_equal(do_confirm(&f).outcome, CALL_UNKNOWN); /* it had taken the request */
    struct call_result r = do_confirm(&f);
    assert_int_equal(r.outcome, CALL_RETRY);
    assert_string_equal(r.code, "NO_CONNECTION");
    assert_int_equal(r.http_status, 0);
    stop(&f);
}

/* ---- transactions ---- */
static void transactions(void **state) {
    static const struct peer_answer answers[] = {
        {HEAD("200") "[" ROW("t1", "2026-03-01T00:00:00") "," ROW("t2", "2026-03-02T00:00:00") "]", PEER_CLOSE, 0, 0},
        {HEAD("200") "[]", PEER_CLOSE, 0, 0},
        {HEAD("200") "[{}]", PEER_CLOSE, 0, 0},
        {HEAD("401") "{\"code\":\"UNAUTHORIZED_KEY\"}", PEER_CLOSE, 0, 0},
    };
    const int64_t day = INT64_C(1772290800000); /* 2026-03-01T00:00:00+09:00 */
    struct fixture f;
    struct transactions l;
    start(&f, *state, answers, COUNT(answers));
    f.provider.list(f.provider.self, f.arena, day, day + 86400000, NULL, 2, &l);
    assert_int_equal(l.outcome, CALL_DONE);
    assert_int_equal(l.n, 1); /* the second belongs to the next day */
    assert_string_equal(l.rows[0].transaction_key, "t1");
    assert_string_equal(l.next, "t2"); /* a full page: there may be more */
    f.provider.list(f.provider.self, f.arena, day, day + 86400000, l.next, 2, &l);
    assert_int_equal(l.outcome, CALL_DONE);
    assert_int_equal(l.n, 0);
    assert_null(l.next);
    f.provider.list(f.provider.self, f.arena, day, day + 86400000, NULL, 2, &l);
    assert_int_equal(l.outcome, CALL_RETRY);
    assert_string_equal(l.code, "BROKEN_ANSWER");
    assert_int_equal(l.n, 0);
    f.provider.list(f.provider.self, f.arena, day, day + 86400000, NULL, 2, &l);
    assert_int_equal(l.outcome, CALL_RETRY);
    assert_string_equal(l.code, "UNAUTHORIZED_KEY");
    stop(&f);
}

/* ---- circuits ---- */
static const struct peer_answer troubled[] = {
    {HEAD("503") "", PEER_CLOSE, 0, 0},
    {HEAD("429") "", PEER_CLOSE, 0, 0},
    {"", PEER_CLOSE, 0, 0},
    {DONE, PEER_CLOSE, 0, 0},
};

static int64_t confirm_circuit(void) {
    return metric_value(metric_get(METRIC_GAUGE, "provider_circuit_open", "call=\"confirm\"", ""));
}

static void trouble_opens_the_circuit(void **state) {
    struct fixture f;
    start_with(&f, *state, troubled, COUNT(troubled), 3, LONG_OPEN_MS, PATIENT_MS);
    for (int i = 0; i < 3; i++) {
        assert_true(f.provider.healthy(f.provider.self));
        assert_string_not_equal(do_confirm(&f).code, "CIRCUIT_OPEN");
    }
    struct call_result r = do_confirm(&f);
    assert_int_equal(r.outcome, CALL_RETRY);
    assert_string_equal(r.code, "CIRCUIT_OPEN");
    assert_false(f.provider.healthy(f.provider.self));
    assert_int_equal(confirm_circuit(), 1);
    assert_int_equal(peer_requests(&f.peer), 3);
    assert_int_equal(do_look_up(&f).outcome, CALL_DONE); /* each kind has its own */
    stop(&f);
}

static void a_good_call_closes_it(void **state) {
    struct fixture f;
    start_with(&f, *state, troubled, COUNT(troubled), 3, OPEN_MS, PATIENT_MS);
    for (int i = 0; i < 2; i++) do_confirm(&f);
    int64_t begin = time_mono_ms(); /* not after it opens */
    while (do_confirm(&f).outcome != CALL_DONE) {
        assert_true(time_mono_ms() - begin < PATIENT_MS);
        arena_reset(f.arena);
    }
    assert_true(time_mono_ms() - begin >= OPEN_MS);
    assert_int_equal(peer_requests(&f.peer), 4);
    assert_true(f.provider.healthy(f.provider.self));
    assert_int_equal(confirm_circuit(), 0);
    stop(&f);
}

/* Nobody buys: probes alone find out when all is well again. */
static void a_probe_closes_it(void **state) {
    static const struct peer_answer answers[] = {
        {HEAD("503") "", PEER_CLOSE, 0, 0},
        {HEAD("503") "", PEER_CLOSE, 0, 0}, /* the first probe's */
        {HEAD("400") "{\"code\":\"INVALID_REQUEST\"}", PEER_CLOSE, 0, 0},
    };
    struct fixture f;
    char request[PEER_REQUEST_MAX + 1];
    start_with(&f, *state, answers, COUNT(answers), 1, OPEN_MS, PATIENT_MS);
    f.provider.probe(f.provider.self, f.arena);
    assert_int_equal(peer_requests(&f.peer), 0); /* it is well */
    int64_t begin = time_mono_ms();              /* not after it opens */
    do_open(&f);
    while (!f.provider.healthy(f.provider.self)) { /* also not while the next probe is due */
        assert_true(time_mono_ms() - begin < PATIENT_MS);
        f.provider.probe(f.provider.self, f.arena);
        arena_reset(f.arena);
    }
    assert_int_equal(peer_requests(&f.peer), 3);
    assert_true(time_mono_ms() - begin >= OPEN_MS);
    assert_ptr_equal(strstr(peer_request(&f.peer, request), "POST /v1/payments HTTP/1.1\r\n"), request);
    assert_non_null(strstr(request, "\r\n\r\n{}")); /* lacks all that a payment needs */
    stop(&f);
}

/* Definite refusals are no trouble of Toss's. */
static void refusals_leave_it_closed(void **state) {
    static const struct peer_answer answer = {HEAD("403") "{\"code\":\"REJECT_CARD_COMPANY\"}", PEER_CLOSE, 0, 0};
    struct fixture f;
    start_with(&f, *state, &answer, 1, 3, LONG_OPEN_MS, PATIENT_MS);
    for (int i = 0; i < 10; i++) assert_string_equal(do_confirm(&f).code, "REJECT_CARD_COMPANY");
    stop(&f);
}

/* ---- threads ---- */
static void *call_often(void *arg) {
    struct fixture mine = {.provider = ((struct fixture *)arg)->provider, .arena = arena_new(ARENA_MAX)};
    intptr_t done = 0;
    for (int i = 0; i < 50; i++) {
        done += do_confirm(&mine).outcome == CALL_DONE;
        arena_reset(mine.arena);
    }
    arena_free(&mine.arena);
    return (void *)done; /* NOLINT(performance-no-int-to-ptr) */
}

static void threads_keep_their_connections(void **state) {
    static const char body[] = PAYMENT("pk1", "order-1");
    char text[400];
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", sizeof body - 1, body);
    const struct peer_answer answer = {text, PEER_KEEP, 0, 0};
    enum { THREADS = 4 };
    struct fixture f;
    pthread_t threads[THREADS];
    start(&f, *state, &answer, 1);
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, call_often, &f);
    for (int i = 0; i < THREADS; i++) {
        void *done;
        pthread_join(threads[i], &done);
        assert_int_equal((intptr_t)done, 50);
    }
    assert_true(f.peer.n_connections <= THREADS);
    assert_int_equal(peer_requests(&f.peer), THREADS * 50);
    stop(&f);
}

/* ---- the log ---- */
static void the_log_keeps_secrets(void **state) {
    static const struct peer_answer answer = {
        HEAD("200") "{\"paymentKey\":\"pk1\",\"orderId\":\"order-1\",\"status\":\"DONE\",\"totalAmount\":15000,"
                    "\"balanceAmount\":15000,\"secret\":\"ps_geheim\",\"card\":{\"number\":\"43301234****123*\"},"
                    "\"virtualAccount\":{\"accountNumber\":\"X6505636518308\",\"customerName\":\"홍길동\"}}",
        PEER_CLOSE, 0, 0};
    static const char *const secrets[] = {"test_sk",   "dGVzdF9z",  "Basic",          "pk1",
                                          "ps_geheim", "43301234",  "X6505636518308", "홍길동",
                                          "110123456", "confirm:1", "cancel:1"};
    char path[] = "/tmp/test_toss.XXXXXX", text[65536];
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    struct fixture f;
    start(&f, *state, &answer, 1);
    log_init("test", LOG_DEBUG, path);
    for (size_t c = 0; c < COUNT(calls); c++) calls[c](&f);
    log_init("test", LOG_ERROR, NULL);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    unlink(path);
    assert_true(n > 0);
    text[n] = '\0';
    for (size_t i = 0; i < COUNT(secrets); i++)
        if (strstr(text, secrets[i]) != NULL) fail_msg("%s is in the log", secrets[i]);
    assert_non_null(strstr(text, "\"call\":\"confirm\""));
    assert_non_null(strstr(text, "\"order_id\":\"order-1\""));
    assert_non_null(strstr(text, "\"outcome\":\"done\""));
    assert_non_null(strstr(text, "\"trace_id\":\"trace-1\""));
    stop(&f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent),
        cmocka_unit_test(what_answers_mean),
        cmocka_unit_test(refusals),
        cmocka_unit_test(an_answer_about_another_payment),
        cmocka_unit_test(calls_that_cannot_be_made),
        cmocka_unit_test(nobody_there),
        cmocka_unit_test(transactions),
        cmocka_unit_test(trouble_opens_the_circuit),
        cmocka_unit_test(a_good_call_closes_it),
        cmocka_unit_test(a_probe_closes_it),
        cmocka_unit_test(refusals_leave_it_closed),
        cmocka_unit_test(threads_keep_their_connections),
        cmocka_unit_test(the_log_keeps_secrets),
    };
    signal(SIGPIPE, SIG_IGN);
    log_init("test", LOG_ERROR, NULL);
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
