#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bus_envelope.h"

enum { ROOM = 4096 };

static const struct bus_head full = {.op = "order.create",
                                     .request_id = "r-1",
                                     .idem_key = "key",
                                     .idem_given = true,
                                     .path = "/api/orders",
                                     .deadline_ms = 1795000000123,
                                     .user_id = -7,
                                     .role = ROLE_MANAGER,
                                     .scope = "aaa,bbb",
                                     .token = TOKEN_MANAGE,
                                     .token_version = 513,
                                     .lang = LANG_EN,
                                     .client = "10.0.0.1",
                                     .n_params = 2,
                                     .params = {{"order_number", "ORD1"}, {"q", "홍길동"}},
                                     .body = "{\"a\":1}",
                                     .body_len = 7};

struct fixture {
    struct hmac_key *key, *other;
    uint8_t bytes[ROOM], mac[HMAC_LEN];
    size_t len;
};

/* A signed message of two calls. */
static int set_up(void **state) {
    struct fixture *f = calloc(1, sizeof *f);
    f->key = hmac_key_new("k1", 2);
    f->other = hmac_key_new("k2", 2);
    size_t frame = env_head_size(&full);
    f->len = env_size("gateway", 2, 2 * frame);
    assert_true(f->len < ROOM);
    struct env_writer w;
    env_begin(&w, f->bytes, ENV_REQUEST, "gateway", 2);
    env_head_write(&full, env_frame(&w, frame));
    env_head_write(&full, env_frame(&w, frame));
    env_sign(&w, f->key, NULL, f->mac);
    assert_ptr_equal(w.at, f->bytes + f->len);
    *state = f;
    return 0;
}

static int tear_down(void **state) {
    struct fixture *f = *state;
    hmac_key_free(&f->key);
    hmac_key_free(&f->other);
    free(f);
    return 0;
}

static void a_call_comes_back_whole(void **state) {
    struct fixture *f = *state;
    struct envelope e;
    size_t len;
    assert_int_equal(env_open(&e, f->bytes, f->len), ENV_OK);
    assert_string_equal(e.caller, "gateway");
    assert_int_equal(e.n, 2);
    assert_string_equal(env_peek_op(&e), "order.create");
    assert_true(env_verify(&e, f->key, NULL));
    for (int i = 0; i < 2; i++) {
        struct bus_head h;
        assert_false(env_done(&e));
        const uint8_t *frame = env_next(&e, &len);
        assert_true(env_head_read(&h, frame, len));
        assert_string_equal(h.op, full.op);
        assert_string_equal(h.request_id, full.request_id);
        assert_string_equal(h.idem_key, full.idem_key);
        assert_true(h.idem_given);
        assert_string_equal(h.path, full.path);
        assert_int_equal(h.deadline_ms, full.deadline_ms);
        assert_int_equal(h.user_id, full.user_id);
        assert_int_equal(h.role, full.role);
        assert_string_equal(h.scope, full.scope);
        assert_int_equal(h.token, full.token);
        assert_int_equal(h.token_version, full.token_version);
        assert_int_equal(h.lang, full.lang);
        assert_string_equal(h.client, full.client);
        assert_int_equal(h.n_params, 2);
        assert_string_equal(h.params[1].name, "q");
        assert_string_equal(h.params[1].value, "홍길동");
        assert_int_equal(h.body_len, 7);
        assert_string_equal(h.body, full.body);
    }
    assert_true(env_done(&e));
    assert_null(env_next(&e, &len));
}

static void every_flipped_bit_is_noticed(void **state) {
    struct fixture *f = *state;
    for (size_t bit = 0; bit < 8 * f->len; bit++) {
        struct envelope e;
        f->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
        assert_true(env_open(&e, f->bytes, f->len) != ENV_OK || !env_verify(&e, f->key, NULL));
        f->bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static void every_cut_and_another_key_are_noticed(void **state) {
    struct fixture *f = *state;
    struct envelope e;
    for (size_t len = 0; len < f->len; len++)
        assert_true(env_open(&e, f->bytes, len) != ENV_OK || !env_verify(&e, f->key, NULL));
    assert_int_equal(env_open(&e, f->bytes, f->len), ENV_OK);
    assert_false(env_verify(&e, f->other, NULL));
}

static void versions_and_counts_are_checked(void **state) {
    struct fixture *f = *state;
    struct envelope e;
    f->bytes[4]++;
    assert_int_equal(env_open(&e, f->bytes, f->len), ENV_BAD_VERSION);
    f->bytes[4]--;
    f->bytes[7] = 0;
    assert_int_equal(env_open(&e, f->bytes, f->len), ENV_BAD_SHAPE);
    f->bytes[6] = (BUS_MAX_BATCH + 1) >> 8;
    f->bytes[7] = (BUS_MAX_BATCH + 1) & 255;
    assert_int_equal(env_open(&e, f->bytes, f->len), ENV_BAD_SHAPE);
}

static void a_reply_fits_one_request_only(void **state) {
    struct fixture *f = *state;
    uint8_t bytes[ROOM], mac[HMAC_LEN], foreign[HMAC_LEN] = {1};
    struct env_writer w;
    env_begin(&w, bytes, ENV_REPLY, "gateway", 1);
    env_answer_write(env_frame(&w, env_answer_size(2)), ST_SOLD_OUT, 3, "{}", 2);
    env_sign(&w, f->key, f->mac, mac);
    struct envelope e;
    struct bus_reply r;
    size_t len;
    assert_int_equal(env_open(&e, bytes, (size_t)(w.at - bytes)), ENV_OK);
    assert_true(env_verify(&e, f->key, f->mac));
    assert_false(env_verify(&e, f->key, foreign));
    assert_false(env_verify(&e, f->key, NULL));
    const uint8_t *frame = env_next(&e, &len);
    assert_true(env_answer_read(&r, frame, len));
    assert_int_equal(r.status, ST_SOLD_OUT);
    assert_int_equal(r.retry_after, 3);
    assert_memory_equal(r.body, "{}", 2);
    assert_false(env_answer_read(&r, frame, len - 1));
    bytes[frame - bytes + 1] = ST_PARKED;
    assert_false(env_answer_read(&r, frame, len));
    bytes[frame - bytes] = 0xff;
    assert_false(env_answer_read(&r, frame, len));
}

static void damaged_frames_are_refused(void **state) {
    (void)state;
    uint8_t frame[ROOM];
    struct bus_head h;
    size_t len = env_head_size(&full);
    env_head_write(&full, frame);
    assert_true(env_head_read(&h, frame, len));
    for (size_t cut = 0; cut < len; cut++) assert_false(env_head_read(&h, frame, cut));
    frame[len] = 0;
    assert_false(env_head_read(&h, frame, len + 1)); /* trailing byte */
    frame[3] = 0;                                    /* NUL inside of the op */
    assert_false(env_head_read(&h, frame, len));
}

static void what_does_not_fit_is_not_written(void **state) {
    (void)state;
    char op[66];
    memset(op, 'x', sizeof op);
    op[65] = '\0';
    struct bus_head h = full;
    h.op = op;
    assert_int_equal(env_head_size(&h), 0);
    h.op = op + 1;
    assert_int_not_equal(env_head_size(&h), 0);
    h.body_len = BUS_MAX_MESSAGE;
    assert_int_equal(env_head_size(&h), 0);
    h = full;
    h.role = (enum role)(ROLE_STAFF | ROLE_VIEWER);
    uint8_t frame[ROOM];
    env_head_write(&h, frame);
    assert_false(env_head_read(&h, frame, env_head_size(&full)));
}

/* Statuses, roles and scopes of tokens travel as numbers, and while programs are replaced those of yesterday talk to those of today.
 * Moved, a refusal would be read as a success, a viewer as a manager; added at the end, it makes yesterday's reader refuse every
 * message that has it. So whoever comes here because of a change raises ENV_VERSION first (then the two refuse each other,
 * whatever they say), and writes down the numbers of the new version second. */
static void numbers_change_with_the_version_only(void **state) {
    (void)state;
    static const char statuses[] = /* 0, 1, 2 ... */
        " OK CREATED ACCEPTED NO_CONTENT PARKED DRAINING EXPIRED_CALL MALFORMED_JSON SOLD_OUT"
        " RESERVATION_FAILED SALE_NOT_OPEN SALE_ENDED LIMIT_PER_ORDER LIMIT_PER_PHONE AMOUNT_MISMATCH"
        " BAD_REQUEST UNAUTHENTICATED FORBIDDEN TOKEN_REQUIRED QUEUE_PASS_REQUIRED PROOF_REQUIRED NOT_FOUND"
        " METHOD_NOT_ALLOWED IDEMPOTENCY_MISMATCH INVALID_STATE ORDER_EXPIRED REFUND_CLOSED QUOTE_CHANGED"
        " TOTAL_BELOW_SOLD IN_USE REQUEST_TIMEOUT BODY_TOO_LARGE UNSUPPORTED_MEDIA_TYPE VALIDATION_FAILED"
        " ACCOUNT_LOCKED RATE_LIMITED HEADERS_TOO_LARGE INTERNAL PAYMENT_PROVIDER_ERROR BUSY OUTCOME_UNKNOWN";
    static const enum role roles[] = {ROLE_VISITOR,    ROLE_VIEWER,  ROLE_STAFF,  ROLE_FINANCE,  ROLE_MANAGER,
                                      ROLE_SUPERADMIN, ROLE_SERVICE, ROLE_DEVICE, ROLE_ENROLLING};
    char now[2 * sizeof statuses] = "";
    size_t len = 0;
    for (enum status s = 0; s < ST_COUNT; s++)
        len += (size_t)snprintf(now + len, sizeof now - len, " %s", status_code(s));
    assert_int_equal(ENV_VERSION, 2);
    assert_string_equal(now, statuses);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) assert_int_equal(roles[i], 1U << i);
    assert_int_equal(ROLES_EVERY, (1U << sizeof roles / sizeof *roles) - 1);
    assert_int_equal(TOKEN_NONE, 0);
    assert_int_equal(TOKEN_VIEW, 1);
    assert_int_equal(TOKEN_MANAGE, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_comes_back_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_cut_and_another_key_are_noticed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_and_counts_are_checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_reply_fits_one_request_only, set_up, tear_down),
        cmocka_unit_test(damaged_frames_are_refused),
        cmocka_unit_test(what_does_not_fit_is_not_written),
        cmocka_unit_test(numbers_change_with_the_version_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
