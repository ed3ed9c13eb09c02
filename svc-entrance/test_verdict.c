#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/timeutil.h"
#include "settle.h"
#include "verdict.h"

#define TICKETS 4

static int64_t at(const char *text) {
    int64_t ms;
    assert_true(time_parse_rfc3339(text, &ms));
    return ms;
}
static int32_t day(const char *text) {
    int32_t d;
    assert_true(date_parse(text, &d));
    return d;
}

#define NOON "2026-11-22T12:00:00+09:00"

struct scene {
    struct gate_ticket tickets[TICKETS];
    struct gate_order order;
};

/* A family of four, paid, for the slot 11:00-13:00 of 2026-11-22. */
static void scene_make(struct scene *s) {
    *s = (struct scene){.order = {.n_tickets = TICKETS, .status = "paid", .before_minutes = 30, .after_minutes = 30}};
    s->order.tickets = s->tickets;
    s->order.visit_day = day("2026-11-22");
    s->order.first_day = day("2026-11-20");
    s->order.last_day = day("2026-11-30");
    s->order.slot_begins = 11 * 60;
    s->order.slot_ends = 13 * 60;
    for (int i = 0; i < TICKETS; i++) s->tickets[i].id = i + 1;
}

static struct gate_scan scan_of(int64_t ticket, const char *now) {
    return (struct gate_scan){.id = 100, .ticket_id = ticket, .current = true, .here = true, .now_ms = at(now)};
}

static void expect_verdict(struct scene *s, const struct gate_scan *q, enum verdict want) {
    assert_string_equal(verdict_name(verdict_decide(&s->order, q).verdict), verdict_name(want));
}

static size_t inside(const struct scene *s) {
    size_t n = 0;
    for (int i = 0; i < TICKETS; i++) n += s->tickets[i].entered_ms != 0;
    return n;
}

/* ---- one person ---- */

static void a_person_goes_in_once(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    struct gate_scan q = scan_of(2, NOON);
    struct gate_result r = verdict_decide(&s.order, &q);
    assert_int_equal(r.verdict, VERDICT_ALLOWED);
    assert_int_equal(r.admitted, 1);
    assert_int_equal(r.remaining, 0);
    assert_true(r.entered_ms == q.now_ms && s.tickets[1].entered_ms == q.now_ms);
    assert_int_equal(s.tickets[1].entered_by, 100);
    assert_true(s.order.changed);
    assert_int_equal(inside(&s), 1);

    s.order.changed = false;
    struct gate_scan again = scan_of(2, "2026-11-22T12:00:01+09:00");
    r = verdict_decide(&s.order, &again);
    assert_int_equal(r.verdict, VERDICT_ALREADY_ENTERED);
    assert_int_equal(r.admitted, 0);
    assert_true(r.entered_ms == q.now_ms); /* the first time */
    assert_false(s.order.changed);
}

static void a_count_means_nothing_for_one_person(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    struct gate_scan q = scan_of(2, NOON);
    q.count = 3;
    assert_int_equal(verdict_decide(&s.order, &q).admitted, 1);
    assert_int_equal(inside(&s), 1);
}

/* ---- the order of checks: everything is wrong, then one thing after the other is put right ---- */

static void order_of_checks(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    struct gate_scan q = scan_of(1, "2026-11-22T15:00:00+09:00");
    q.current = q.here = false;
    s.order.status = "expired";
    s.tickets[0].gone = s.tickets[0].suspended = s.tickets[0].proof_required = true;
    s.order.visit_day = day("2026-11-23");
    expect_verdict(&s, &q, VERDICT_REPLACED);
    q.current = true;
    expect_verdict(&s, &q, VERDICT_WRONG_EXHIBITION);
    q.here = true;
    expect_verdict(&s, &q, VERDICT_UNPAID);
    s.order.status = "awaiting_deposit";
    expect_verdict(&s, &q, VERDICT_CANCELLED);
    s.tickets[0].gone = false;
    expect_verdict(&s, &q, VERDICT_SUSPENDED);
    s.tickets[0].suspended = false;
    expect_verdict(&s, &q, VERDICT_SUSPENDED);
    s.order.status = "partially_cancelled";
    s.tickets[0].entered_ms = 5; /* inside: known only of somebody who is here on the right day */
    expect_verdict(&s, &q, VERDICT_NOT_TODAY);
    s.order.visit_day = day("2026-11-22");
    expect_verdict(&s, &q, VERDICT_WRONG_SLOT);
    q.now_ms = at(NOON);
    expect_verdict(&s, &q, VERDICT_ALREADY_ENTERED);
    s.tickets[0].entered_ms = 0;
    expect_verdict(&s, &q, VERDICT_PROOF_NEEDED);
    assert_false(s.order.changed);
    q.proof_seen = true;
    expect_verdict(&s, &q, VERDICT_ALLOWED);
}

static void orders_without_money(void **state) {
    (void)state;
    static const struct {
        const char *status;
        enum verdict verdict;
    } cases[] = {{"reserved", VERDICT_UNPAID}, {"paying", VERDICT_UNPAID},
                 {"expired", VERDICT_UNPAID},  {"awaiting_deposit", VERDICT_SUSPENDED},
                 {"paid", VERDICT_ALLOWED},    {"partially_cancelled", VERDICT_ALLOWED}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int64_t ticket = 0; ticket <= 1; ticket++) {
            struct scene s;
            scene_make(&s);
            s.order.status = cases[i].status;
            struct gate_scan q = scan_of(ticket, NOON);
            expect_verdict(&s, &q, cases[i].verdict);
        }
    }
}

static void a_ticket_that_the_order_does_not_have(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    struct gate_scan q = scan_of(99, NOON);
    expect_verdict(&s, &q, VERDICT_CANCELLED);
}

/* ---- day and slot ---- */

struct moment {
    const char *now;
    enum verdict verdict;
};

static void check_moments(struct scene *s, const struct moment *m, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct gate_scan q = scan_of(1, m[i].now);
        enum verdict v = verdict_rules(&s->order, &q);
        if (v != m[i].verdict) fail_msg("%s: %s, not %s", m[i].now, verdict_name(v), verdict_name(m[i].verdict));
    }
}
#define CHECK(s, ...)                                                                                                  \
    check_moments(s, (const struct moment[]){__VA_ARGS__},                                                             \
                  sizeof((const struct moment[]){__VA_ARGS__}) / sizeof(struct moment))

static void edges_of_the_tolerance(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    CHECK(&s, {"2026-11-22T10:29:59.999+09:00", VERDICT_WRONG_SLOT}, {"2026-11-22T10:30:00+09:00", VERDICT_ALLOWED},
          {"2026-11-22T13:30:00+09:00", VERDICT_ALLOWED}, {"2026-11-22T13:30:00.001+09:00", VERDICT_WRONG_SLOT},
          {"2026-11-22T00:00:00+09:00", VERDICT_WRONG_SLOT}, {"2026-11-21T23:59:59.999+09:00", VERDICT_NOT_TODAY},
          {"2026-11-23T00:00:00+09:00", VERDICT_NOT_TODAY}, {"2026-11-23T12:00:00+09:00", VERDICT_NOT_TODAY});
    s.order.before_minutes = s.order.after_minutes = 0;
    CHECK(&s, {"2026-11-22T10:59:59.999+09:00", VERDICT_WRONG_SLOT}, {"2026-11-22T11:00:00+09:00", VERDICT_ALLOWED},
          {"2026-11-22T13:00:00+09:00", VERDICT_ALLOWED}, {"2026-11-22T13:00:00.001+09:00", VERDICT_WRONG_SLOT});
}

static void the_tolerance_passes_midnight(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    s.order.slot_begins = 10;         /* 00:10 */
    s.order.slot_ends = 24 * 60 - 10; /* 23:50 */
    CHECK(&s, {"2026-11-21T23:39:59.999+09:00", VERDICT_NOT_TODAY}, {"2026-11-21T23:40:00+09:00", VERDICT_ALLOWED},
          {"2026-11-22T00:00:00+09:00", VERDICT_ALLOWED}, {"2026-11-23T00:20:00+09:00", VERDICT_ALLOWED},
          {"2026-11-23T00:20:00.001+09:00", VERDICT_NOT_TODAY});
}

static void a_day_is_a_day_of_seoul(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    s.order.slot_begins = s.order.slot_ends = CODE_NO_SLOT;
    CHECK(&s, {"2026-11-21T14:59:59.999Z", VERDICT_NOT_TODAY}, {"2026-11-21T15:00:00Z", VERDICT_ALLOWED},
          {"2026-11-22T14:59:59.999Z", VERDICT_ALLOWED}, {"2026-11-22T15:00:00Z", VERDICT_NOT_TODAY});
}

static void without_a_day_any_day_of_the_exhibition(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    s.order.visit_day = 0;
    s.order.slot_begins = s.order.slot_ends = CODE_NO_SLOT;
    CHECK(&s, {"2026-11-19T23:59:59.999+09:00", VERDICT_NOT_TODAY}, {"2026-11-20T00:00:00+09:00", VERDICT_ALLOWED},
          {"2026-11-25T03:00:00+09:00", VERDICT_ALLOWED}, {"2026-11-30T23:59:59.999+09:00", VERDICT_ALLOWED},
          {"2026-12-01T00:00:00+09:00", VERDICT_NOT_TODAY});
}

/* ---- the code of the order ---- */

static struct gate_result group(struct scene *s, int64_t id, int32_t count) {
    struct gate_scan q = scan_of(0, NOON);
    q.id = id;
    q.count = count;
    q.now_ms += id;
    return verdict_decide(&s->order, &q);
}

static void expect_group(struct gate_result r, enum verdict v, int32_t admitted, int32_t remaining) {
    assert_string_equal(verdict_name(r.verdict), verdict_name(v));
    assert_int_equal(r.admitted, admitted);
    assert_int_equal(r.remaining, remaining);
}

static void three_and_one(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    expect_group(group(&s, 1, 3), VERDICT_ALLOWED, 3, 1);
    assert_int_equal(s.tickets[3].entered_ms, 0); /* lowest id first */
    expect_group(group(&s, 2, 1), VERDICT_ALLOWED, 1, 0);
    struct gate_result r = group(&s, 3, 1);
    expect_group(r, VERDICT_ALREADY_ENTERED, 0, 0);
    assert_true(r.entered_ms == at(NOON) + 1); /* the first of them */
}

static void all_that_remain(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    s.tickets[1].gone = true;
    expect_group(group(&s, 1, 1), VERDICT_ALLOWED, 1, 2);
    expect_group(group(&s, 2, 0), VERDICT_ALLOWED, 2, 0);
    assert_int_equal(s.tickets[1].entered_ms, 0);
}

static void fewer_remain_than_asked(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    expect_group(group(&s, 1, 3), VERDICT_ALLOWED, 3, 1);
    expect_group(group(&s, 2, 3), VERDICT_ALLOWED, 1, 0);
}

static void nobody_of_the_order_is_left(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    for (int i = 0; i < TICKETS; i++) s.tickets[i].gone = true;
    expect_group(group(&s, 1, 0), VERDICT_CANCELLED, 0, 0);
    for (int i = 0; i < TICKETS; i++) s.tickets[i] = (struct gate_ticket){.id = i + 1, .suspended = true};
    expect_group(group(&s, 1, 0), VERDICT_SUSPENDED, 0, 0);
}

static void proof_of_those_whom_it_would_let_in(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    s.tickets[2].proof_required = true;
    expect_group(group(&s, 1, 3), VERDICT_PROOF_NEEDED, 0, 4);
    assert_int_equal(inside(&s), 0);
    expect_group(group(&s, 1, 2), VERDICT_ALLOWED, 2, 2);
    struct gate_scan q = scan_of(0, NOON);
    expect_verdict(&s, &q, VERDICT_PROOF_NEEDED);
    q.proof_seen = true;
    expect_verdict(&s, &q, VERDICT_ALLOWED);
    assert_int_equal(inside(&s), 4);
}

static void a_holder_gets_the_place_that_the_group_has_taken(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s);
    group(&s, 1, 3);
    struct gate_scan q = scan_of(2, NOON);
    expect_verdict(&s, &q, VERDICT_ALLOWED);
    assert_int_equal(inside(&s), 4);
    assert_int_equal(s.tickets[1].entered_by, 100);
    assert_int_equal(s.tickets[3].entered_by, 1); /* the person of the group */
    expect_verdict(&s, &q, VERDICT_ALREADY_ENTERED);
    struct gate_scan other = scan_of(1, NOON); /* nobody is left to make room for */
    expect_verdict(&s, &other, VERDICT_ALREADY_ENTERED);
}

/* ---- live decisions are what settle() makes of the same scans ---- */

static unsigned long long dice = 88172645463325252ULL;
static unsigned roll(unsigned sides) {
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % sides);
}

static void decisions_agree_with_settle(void **state) {
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct scene live, settled;
        struct gate_claim claims[10];
        size_t n = 0;
        scene_make(&live);
        for (int64_t id = 1; id <= 10; id++) {
            struct gate_scan q = scan_of(roll(2) == 0 ? 0 : 1 + roll(TICKETS), NOON);
            q.id = id;
            q.count = 1 + (int32_t)roll(3);
            struct gate_result r = verdict_decide(&live.order, &q);
            if (r.verdict == VERDICT_ALLOWED)
                claims[n++] = (struct gate_claim){.id = id,
                                                  .scan_id = "s",
                                                  .scanner = "d",
                                                  .ticket_id = q.ticket_id,
                                                  .scanned_ms = r.entered_ms,
                                                  .count = r.admitted};
        }
        scene_make(&settled);
        settled.order.claims = claims;
        settled.order.n_claims = n;
        settle(&settled.order);
        for (int i = 0; i < TICKETS; i++) {
            assert_int_equal(live.tickets[i].entered_by, settled.tickets[i].entered_by);
            assert_int_equal(live.tickets[i].entered_ms, settled.tickets[i].entered_ms);
            assert_int_equal(live.tickets[i].by_group, settled.tickets[i].by_group);
        }
        for (size_t i = 0; i < n; i++) assert_null(claims[i].conflict);
    }
}

static void every_verdict_has_its_words(void **state) {
    (void)state;
    for (int i = 0; i < VERDICT_COUNT; i++) {
        assert_true(*verdict_name((enum verdict)i) != '\0');
        assert_true(*verdict_message((enum verdict)i, LANG_KO) != '\0');
        assert_true(*verdict_message((enum verdict)i, LANG_EN) != '\0');
    }
    assert_string_equal(verdict_message(VERDICT_ALLOWED, LANG_KO), "입장 처리되었습니다."); /* guide, scan */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_goes_in_once),
        cmocka_unit_test(a_count_means_nothing_for_one_person),
        cmocka_unit_test(order_of_checks),
        cmocka_unit_test(orders_without_money),
        cmocka_unit_test(a_ticket_that_the_order_does_not_have),
        cmocka_unit_test(edges_of_the_tolerance),
        cmocka_unit_test(the_tolerance_passes_midnight),
        cmocka_unit_test(a_day_is_a_day_of_seoul),
        cmocka_unit_test(without_a_day_any_day_of_the_exhibition),
        cmocka_unit_test(three_and_one),
        cmocka_unit_test(all_that_remain),
        cmocka_unit_test(fewer_remain_than_asked),
        cmocka_unit_test(nobody_of_the_order_is_left),
        cmocka_unit_test(proof_of_those_whom_it_would_let_in),
        cmocka_unit_test(a_holder_gets_the_place_that_the_group_has_taken),
        cmocka_unit_test(decisions_agree_with_settle),
        cmocka_unit_test(every_verdict_has_its_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
