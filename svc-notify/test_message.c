#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "message.h"
#include "result.h"

#define NOW 1800000000000
#define DAY (24 * 3600 * 1000LL)

static const struct message_times times = {
    .now_ms = NOW, .retry_first_ms = 10000, .look_up_ms = 5000, .result_after_ms = 600000, .lost_after_ms = 3 * DAY};

static struct message_move after(enum message_state state, enum submit_outcome outcome, enum result result) {
    struct message_at m = {.state = state, .sent_ms = NOW - 1000, .tries = 1};
    struct message_news news = {.outcome = outcome, .result = result};
    return message_after(&m, &news, &times);
}

#define GOES(state, outcome, result, next)                                                                             \
    assert_string_equal(message_state_name(after(MESSAGE_##state, SUBMIT_##outcome, RESULT_##result).to), next)

static void answers_to_a_submit(void **state) {
    (void)state;
    GOES(SENDING, ACCEPTED, NONE, "accepted");
    GOES(SENDING, ACCEPTED, DELIVERED, "delivered");
    GOES(SENDING, ACCEPTED, FALLBACK_PENDING, "fallback");
    GOES(SENDING, RETRY, NONE, "queued");
    GOES(SENDING, RETRY, RATE, "queued");
    GOES(SENDING, UNKNOWN, NONE, "unknown");
    GOES(SENDING, UNKNOWN, DUPLICATE, "unknown");
    GOES(SENDING, REJECTED, INVALID_NUMBER, "failed");
    GOES(SENDING, REJECTED, REJECTED, "failed");
    GOES(SENDING, REJECTED, BLOCKED, "failed");
    GOES(SENDING, REJECTED, FALLBACK_CONFIG, "queued");
    GOES(SENDING, REJECTED, DUPLICATE, "unknown");
    GOES(SENDING, REJECTED, NONE, "unknown");
    GOES(SENDING, REJECTED, NOT_FOUND, "unknown");
}

static void results_of_what_was_taken(void **state) {
    (void)state;
    static const enum message_state from[] = {MESSAGE_ACCEPTED, MESSAGE_UNKNOWN};
    for (size_t i = 0; i < 2; i++) {
        const char *name = message_state_name(from[i]);
        struct {
            enum result result;
            const char *to;
        } rows[] = {
            {RESULT_NONE, "accepted"},
            {RESULT_DELIVERED, "delivered"},
            {RESULT_FALLBACK_SENT, "fallback_sent"},
            {RESULT_FALLBACK_PENDING, "fallback"},
            {RESULT_FALLBACK_FAILED, "failed"},
            {RESULT_NOT_KAKAO_USER, "failed"},
            {RESULT_NOT_REACHABLE, "failed"},
            {RESULT_TEMPORARY, "queued"},
            {RESULT_TEMPLATE, "queued"},
            {RESULT_SENDER, "queued"},
            {RESULT_UNCONFIRMED, "lost"},
            {RESULT_DUPLICATE, "accepted"},
        };
        for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
            const char *to = message_state_name(after(from[i], SUBMIT_ACCEPTED, rows[k].result).to);
            if (strcmp(to, rows[k].to) != 0) fail_msg("%s, %s: %s", name, result_name(rows[k].result), to);
        }
    }
    GOES(FALLBACK, ACCEPTED, FALLBACK_PENDING, "fallback");
    GOES(FALLBACK, ACCEPTED, NONE, "fallback");
    GOES(FALLBACK, ACCEPTED, TEMPORARY, "fallback");
    GOES(FALLBACK, ACCEPTED, SENDER, "fallback");
    GOES(FALLBACK, ACCEPTED, FALLBACK_SENT, "fallback_sent");
    GOES(FALLBACK, ACCEPTED, FALLBACK_FAILED, "failed");
    GOES(FALLBACK, ACCEPTED, UNCONFIRMED, "lost");
}

/* Every move there can be is legal, whatever comes. */
static void must_be_legal(enum message_state from, const struct message_news *news, int variant) {
    const struct message_at m = {.state = from,
                                 .tries = variant & 1 ? 4 : 0,
                                 .looks = variant & 2 ? 1 : 0,
                                 .without_fallback = variant & 4,
                                 .sent_ms = variant & 8 ? NOW - 4 * DAY : NOW};
    struct message_move move = message_after(&m, news, &times);
    if (move.to != from && !message_may_move(from, move.to))
        fail_msg("%s to %s by %s", message_state_name(from), message_state_name(move.to), result_name(news->result));
    assert_true(message_has_ended(move.to) == (move.due_ms == 0));
    /* Only what is proven not to be with the buyer is sent again. */
    assert_false(move.to == MESSAGE_QUEUED && news->outcome == SUBMIT_UNKNOWN);
}

static void every_move_is_in_the_table(void **state) {
    (void)state;
    static const enum message_state from[] = {MESSAGE_SENDING, MESSAGE_UNKNOWN, MESSAGE_ACCEPTED, MESSAGE_FALLBACK};
    const int outcomes = SUBMIT_UNKNOWN + 1, variants = 16;
    for (size_t i = 0; i < sizeof from / sizeof *from; i++)
        for (int k = 0; k < outcomes * RESULT_COUNT * variants; k++) {
            const struct message_news news = {.outcome = (enum submit_outcome)(k / variants / RESULT_COUNT),
                                              .result = (enum result)(k / variants % RESULT_COUNT),
                                              .template_is_right = k & 1};
            must_be_legal(from[i], &news, k % variants);
        }
}

static void what_is_not_found_twice_is_sent_again(void **state) {
    (void)state;
    struct message_at m = {.state = MESSAGE_UNKNOWN, .sent_ms = NOW - 20000};
    struct message_news none = {.outcome = SUBMIT_REJECTED, .result = RESULT_NOT_FOUND};
    struct message_move move = message_after(&m, &none, &times);
    assert_int_equal(move.to, MESSAGE_UNKNOWN);
    assert_int_equal(move.looks, 1);
    assert_int_equal(move.due_ms, NOW + times.look_up_ms);
    m.looks = move.looks;
    struct message_news silence = {.outcome = SUBMIT_RETRY, .result = RESULT_NONE};
    move = message_after(&m, &silence, &times);
    assert_int_equal(move.to, MESSAGE_UNKNOWN);
    assert_int_equal(move.looks, 1); /* no answer proves nothing */
    move = message_after(&m, &none, &times);
    assert_int_equal(move.to, MESSAGE_QUEUED);
    assert_int_equal(move.looks, 0);
    assert_int_equal(move.due_ms, NOW);
}

static void an_earlier_submit_does_not_count(void **state) {
    (void)state;
    struct message_at m = {.state = MESSAGE_UNKNOWN, .sent_ms = NOW, .request_id = "old"};
    struct message_news old = {.outcome = SUBMIT_ACCEPTED, .result = RESULT_TEMPORARY, .request_id = "old"};
    assert_int_equal(message_after(&m, &old, &times).to, MESSAGE_UNKNOWN);
    assert_int_equal(message_after(&m, &old, &times).looks, 1);
    struct message_news new = {.outcome = SUBMIT_ACCEPTED, .result = RESULT_NONE, .request_id = "new"};
    assert_int_equal(message_after(&m, &new, &times).to, MESSAGE_ACCEPTED);
}

static void nothing_is_burnt_while_the_operator_must_act(void **state) {
    (void)state;
    struct message_move move = after(MESSAGE_SENDING, SUBMIT_REJECTED, RESULT_TEMPLATE);
    assert_int_equal(move.to, MESSAGE_QUEUED);
    assert_int_equal(move.tries, 1);
    assert_int_equal(move.alarm, ALARM_TEMPLATE);
    move = after(MESSAGE_SENDING, SUBMIT_REJECTED, RESULT_AUTH);
    assert_int_equal(move.to, MESSAGE_QUEUED);
    assert_int_equal(move.tries, 1);
    assert_int_equal(move.alarm, ALARM_PROVIDER);
    move = after(MESSAGE_UNKNOWN, SUBMIT_REJECTED, RESULT_AUTH); /* the look-up was refused */
    assert_int_equal(move.to, MESSAGE_UNKNOWN);
    assert_int_equal(move.alarm, ALARM_PROVIDER);
    move = after(MESSAGE_ACCEPTED, SUBMIT_ACCEPTED, RESULT_TEMPLATE);
    assert_int_equal(move.alarm, ALARM_TEMPLATE);
}

static void a_right_template_is_not_to_blame(void **state) {
    (void)state;
    struct message_at m = {.state = MESSAGE_SENDING, .sent_ms = NOW};
    struct message_news news = {.outcome = SUBMIT_REJECTED, .result = RESULT_TEMPLATE, .template_is_right = true};
    struct message_move move = message_after(&m, &news, &times);
    assert_int_equal(move.to, MESSAGE_QUEUED);
    assert_int_equal(move.alarm, ALARM_NONE);
    assert_int_equal(move.tries, 1);
    m.tries = 4;
    assert_int_equal(message_after(&m, &news, &times).to, MESSAGE_FAILED);
}

static void tries_end(void **state) {
    (void)state;
    struct message_at m = {.state = MESSAGE_ACCEPTED, .sent_ms = NOW, .tries = 3};
    struct message_news passing = {.outcome = SUBMIT_ACCEPTED, .result = RESULT_TEMPORARY};
    assert_int_equal(message_after(&m, &passing, &times).to, MESSAGE_QUEUED);
    m.tries = 4;
    assert_int_equal(message_after(&m, &passing, &times).to, MESSAGE_FAILED);
    m = (struct message_at){.state = MESSAGE_SENDING, .sent_ms = NOW, .tries = 1000};
    struct message_news away = {.outcome = SUBMIT_RETRY, .result = RESULT_NONE}; /* for as long as it is of use */
    assert_int_equal(message_after(&m, &away, &times).to, MESSAGE_QUEUED);
    m = (struct message_at){.state = MESSAGE_SENDING, .sent_ms = NOW, .without_fallback = true};
    struct message_news no_sms = {.outcome = SUBMIT_REJECTED, .result = RESULT_FALLBACK_CONFIG};
    assert_int_equal(message_after(&m, &no_sms, &times).to, MESSAGE_FAILED);
}

static void silence_ends_as_lost(void **state) {
    (void)state;
    static const enum message_state from[] = {MESSAGE_UNKNOWN, MESSAGE_ACCEPTED, MESSAGE_FALLBACK};
    struct message_news silence = {.outcome = SUBMIT_RETRY}, nothing = {.outcome = SUBMIT_ACCEPTED};
    for (size_t i = 0; i < 3; i++) {
        struct message_at m = {.state = from[i], .sent_ms = NOW - 3 * DAY + 1};
        assert_false(message_has_ended(message_after(&m, &silence, &times).to));
        m.sent_ms--;
        assert_int_equal(message_after(&m, &silence, &times).to, MESSAGE_LOST);
        assert_int_equal(message_after(&m, &nothing, &times).to, MESSAGE_LOST);
    }
}

static void pauses_grow_and_spread(void **state) {
    static const int64_t waits[] = {10, 60, 300, 1800, 1800};
    (void)state;
    for (int tries = 0; tries < 5; tries++)
        assert_int_equal(message_retry_ms(&times, tries), NOW + waits[tries] * 1000);
    struct message_times late = times;
    int64_t most = 0;
    for (late.chance = 0; late.chance < 300000; late.chance += 7) {
        int64_t wait = message_retry_ms(&late, 3) - NOW;
        assert_in_range(wait, 1800000, 1800000 + 1800000 / 8);
        most = wait > most ? wait : most;
    }
    assert_true(most > 2000000);
    assert_int_equal(message_retry_ms(&times, -1), NOW + 10000);
}

static void the_feed_concerns_the_last_submit(void **state) {
    (void)state;
    struct delivery r1 = {.request_id = "r1", .recipient_seq = 3}, own = {.own_id = "o"};
    struct message_at m = {.state = MESSAGE_ACCEPTED, .request_id = "r1"};
    assert_true(message_is_concerned(&m, 3, &r1));
    assert_false(message_is_concerned(&m, 4, &r1));
    assert_true(message_is_concerned(&m, 3, &own));
    m.request_id = "r2";
    assert_false(message_is_concerned(&m, 3, &r1));
    m.state = MESSAGE_UNKNOWN; /* r2 is over, r1 must be the submit whose answer was lost */
    assert_true(message_is_concerned(&m, 3, &r1));
    assert_false(message_is_concerned(&m, 3, &own));
    m.request_id = "r1";
    assert_false(message_is_concerned(&m, 3, &r1));
    m.request_id = NULL;
    assert_true(message_is_concerned(&m, 0, &own));
    for (int s = 0; s < MESSAGE_STATES; s++) {
        m = (struct message_at){.state = (enum message_state)s};
        bool open = s == MESSAGE_SENDING || s == MESSAGE_UNKNOWN || s == MESSAGE_ACCEPTED || s == MESSAGE_FALLBACK;
        assert_true(message_is_concerned(&m, 0, &own) == open);
    }
}

/* ---- the tables of C and SQL ---- */

#define WORD_MAX 32

/* The next quoted word; where it ends. NULL: there is none. */
static const char *next_word(const char *at, char out[WORD_MAX]) {
    const char *begin = strchr(at, '\''), *end = begin == NULL ? NULL : strchr(begin + 1, '\'');
    if (end == NULL || end - begin > WORD_MAX) return NULL;
    memcpy(out, begin + 1, (size_t)(end - begin - 1));
    out[end - begin - 1] = '\0';
    return end + 1;
}

static void the_database_holds_the_same_moves(void **state) {
    (void)state;
    bool sql[MESSAGE_STATES][MESSAGE_STATES] = {{false}};
    FILE *f = fopen("migrations/011_notify.sql", "r");
    char line[256], from[WORD_MAX], to[WORD_MAX];
    bool inside = false;
    assert_non_null(f);
    while (fgets(line, sizeof line, f) != NULL) {
        if (strncmp(line, "INSERT INTO message_moves", 25) == 0) inside = true;
        for (char *at = line; inside && (at = strstr(at, "('")) != NULL; at++) {
            const char *second = next_word(at, from);
            assert_non_null(second);
            assert_non_null(next_word(second, to));
            assert_int_not_equal(message_state_parse(from), MESSAGE_STATES);
            assert_int_not_equal(message_state_parse(to), MESSAGE_STATES);
            sql[message_state_parse(from)][message_state_parse(to)] = true;
        }
        if (inside && strchr(line, ';') != NULL) inside = false;
    }
    fclose(f);
    for (int i = 0; i < MESSAGE_STATES; i++)
        for (int k = 0; k < MESSAGE_STATES; k++)
            if (sql[i][k] != message_may_move((enum message_state)i, (enum message_state)k))
                fail_msg("%s to %s: SQL says %d", message_state_name((enum message_state)i),
                         message_state_name((enum message_state)k), sql[i][k]);
    assert_int_equal(message_state_parse("nonsense"), MESSAGE_STATES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_to_a_submit),
        cmocka_unit_test(results_of_what_was_taken),
        cmocka_unit_test(every_move_is_in_the_table),
        cmocka_unit_test(what_is_not_found_twice_is_sent_again),
        cmocka_unit_test(an_earlier_submit_does_not_count),
        cmocka_unit_test(nothing_is_burnt_while_the_operator_must_act),
        cmocka_unit_test(a_right_template_is_not_to_blame),
        cmocka_unit_test(tries_end),
        cmocka_unit_test(silence_ends_as_lost),
        cmocka_unit_test(pauses_grow_and_spread),
        cmocka_unit_test(the_feed_concerns_the_last_submit),
        cmocka_unit_test(the_database_holds_the_same_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
