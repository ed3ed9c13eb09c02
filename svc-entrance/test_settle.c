#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "settle.h"

#define TICKETS 4
#define CLAIMS 6

struct scene {
    struct gate_ticket tickets[TICKETS];
    struct gate_claim claims[CLAIMS];
    struct gate_order order;
};

/* Four people, tickets 1..4. */
static void scene_make(struct scene *s, const struct gate_claim *claims, size_t n) {
    *s = (struct scene){.order = {.n_tickets = TICKETS, .n_claims = n}};
    s->order.tickets = s->tickets;
    s->order.claims = s->claims;
    for (int i = 0; i < TICKETS; i++) s->tickets[i].id = i + 1;
    if (n > 0) memcpy(s->claims, claims, n * sizeof *claims);
}

static const struct gate_claim *claim_of(const struct scene *s, int64_t id) {
    for (size_t i = 0; i < s->order.n_claims; i++)
        if (s->claims[i].id == id) return &s->claims[i];
    fail_msg("no claim %lld", (long long)id);
    return NULL;
}

static struct gate_claim own(int64_t id, int64_t ms, const char *device, const char *scan_id, int64_t ticket) {
    return (struct gate_claim){
        .id = id, .scan_id = scan_id, .scanner = device, .ticket_id = ticket, .scanned_ms = ms, .count = 1};
}
static struct gate_claim group(int64_t id, int64_t ms, int32_t count) {
    return (struct gate_claim){.id = id, .scan_id = "g", .scanner = "dev-1", .scanned_ms = ms, .count = count};
}

static void expect_inside(const struct scene *s, int64_t a, int64_t b, int64_t c, int64_t d) {
    const int64_t by[TICKETS] = {a, b, c, d};
    for (int i = 0; i < TICKETS; i++) assert_int_equal(s->tickets[i].entered_by, by[i]);
}
static void expect_claim(const struct scene *s, int64_t id, int32_t admitted, const char *conflict) {
    const struct gate_claim *c = claim_of(s, id);
    assert_int_equal(c->admitted, admitted);
    if (conflict == NULL)
        assert_null(c->conflict);
    else
        assert_string_equal(c->conflict != NULL ? c->conflict : "none", conflict);
}

static void nobody(void **state) {
    (void)state;
    struct scene s;
    scene_make(&s, NULL, 0);
    settle(&s.order);
    expect_inside(&s, 0, 0, 0, 0);
    assert_false(s.order.changed);
}

static void the_earlier_of_two_takes_the_ticket(void **state) {
    (void)state;
    const struct gate_claim claims[] = {own(7, 2000, "dev-1", "a", 2), own(8, 1000, "dev-2", "b", 2)};
    struct scene s;
    scene_make(&s, claims, 2);
    settle(&s.order);
    expect_inside(&s, 0, 8, 0, 0);
    assert_int_equal(s.tickets[1].entered_ms, 1000);
    expect_claim(&s, 8, 1, NULL);
    expect_claim(&s, 7, 0, "already_entered");
}

static void ties_are_broken_by_device_then_scan(void **state) {
    (void)state;
    const struct gate_claim claims[] = {own(1, 5, "dev-2", "a", 1), own(2, 5, "dev-1", "z", 1),
                                        own(3, 5, "dev-1", "b", 1)};
    struct scene s;
    scene_make(&s, claims, 3);
    settle(&s.order);
    expect_inside(&s, 3, 0, 0, 0);
    expect_claim(&s, 2, 0, "already_entered");
    expect_claim(&s, 1, 0, "already_entered");
}

static void a_group_leaves_tickets_that_are_named_to_their_holders(void **state) {
    (void)state;
    const struct gate_claim claims[] = {group(1, 10, 2), own(2, 20, "dev-1", "a", 1), own(3, 30, "dev-1", "b", 2)};
    struct scene s;
    scene_make(&s, claims, 3);
    settle(&s.order);
    expect_inside(&s, 2, 3, 1, 1);
    assert_true(s.tickets[2].by_group && s.tickets[3].by_group);
    assert_false(s.tickets[0].by_group || s.tickets[1].by_group);
}

static void a_group_without_room_takes_named_tickets_too(void **state) {
    (void)state;
    const struct gate_claim claims[] = {group(1, 10, 4), own(2, 20, "dev-1", "a", 3)};
    struct scene s;
    scene_make(&s, claims, 2);
    settle(&s.order);
    expect_inside(&s, 1, 1, 1, 1);
    expect_claim(&s, 1, 4, NULL);
    expect_claim(&s, 2, 0, "already_entered");
}

static void more_people_than_tickets(void **state) {
    (void)state;
    const struct gate_claim claims[] = {group(1, 10, 3), group(2, 20, 3), group(3, 30, 1)};
    struct scene s;
    scene_make(&s, claims, 3);
    settle(&s.order);
    expect_inside(&s, 1, 1, 1, 2);
    expect_claim(&s, 1, 3, NULL);
    expect_claim(&s, 2, 1, "over_admitted");
    expect_claim(&s, 3, 0, "over_admitted");
}

static void who_is_gone_is_not_there(void **state) {
    (void)state;
    const struct gate_claim claims[] = {group(1, 10, 2), own(2, 20, "dev-1", "a", 1)};
    struct scene s;
    scene_make(&s, claims, 2);
    s.tickets[0].gone = s.tickets[1].gone = s.tickets[2].gone = true;
    settle(&s.order);
    expect_inside(&s, 0, 0, 0, 1);
    expect_claim(&s, 1, 1, "over_admitted");
    expect_claim(&s, 2, 0, "cancelled");
    s.tickets[3].gone = true;
    s.tickets[3].stored_ms = 0;
    settle(&s.order);
    expect_inside(&s, 0, 0, 0, 0);
    expect_claim(&s, 1, 0, "cancelled");
}

static void who_went_in_before_the_ticket_was_voided_stays_inside(void **state) {
    (void)state;
    const struct gate_claim claims[] = {own(2, 20, "dev-1", "a", 1)};
    struct scene s;
    scene_make(&s, claims, 1);
    s.tickets[0].gone = true;
    s.tickets[0].stored_ms = 20;
    s.tickets[0].stored_by = 2;
    settle(&s.order);
    expect_inside(&s, 2, 0, 0, 0);
    assert_true(s.order.changed); /* the outcome of the claim is new */
}

static void a_broken_rule_stays_named_unless_something_worse_is(void **state) {
    (void)state;
    struct gate_claim claims[] = {own(1, 10, "dev-1", "a", 1), own(2, 20, "dev-1", "b", 1)};
    claims[0].breaks = claims[1].breaks = "not_today";
    struct scene s;
    scene_make(&s, claims, 2);
    settle(&s.order);
    expect_claim(&s, 1, 1, "not_today");
    expect_claim(&s, 2, 0, "already_entered");
    s.order.n_claims = 1; /* the first is undone */
    s.claims[0] = s.claims[1];
    settle(&s.order);
    expect_claim(&s, 2, 1, "not_today");
}

static void settled_again_nothing_changes(void **state) {
    (void)state;
    const struct gate_claim claims[] = {group(1, 10, 3), own(2, 20, "dev-1", "a", 1), own(3, 20, "dev-1", "b", 1)};
    struct scene s;
    scene_make(&s, claims, 3);
    settle(&s.order);
    assert_true(s.order.changed);
    s.order.changed = false;
    for (int i = 0; i < TICKETS; i++) {
        s.tickets[i].stored_ms = s.tickets[i].entered_ms;
        s.tickets[i].stored_by = s.tickets[i].entered_by;
    }
    for (size_t i = 0; i < 3; i++) s.claims[i].changed = false;
    settle(&s.order);
    assert_false(s.order.changed);
    for (size_t i = 0; i < 3; i++) assert_false(s.claims[i].changed);
}

/* ---- every order of arrival, and one claim more ---- */

static unsigned long long dice = 88172645463325252ULL;
static unsigned roll(unsigned sides) {
    dice ^= dice << 13;
    dice ^= dice >> 7;
    dice ^= dice << 17;
    return (unsigned)(dice % sides);
}

static struct gate_claim any_claim(int64_t id) {
    static const char *const devices[] = {"dev-1", "dev-2"}, *const scans[] = {"a", "b", "c", "d", "e", "f"};
    struct gate_claim c = own(id, 1 + roll(3), devices[roll(2)], scans[id - 1], 1 + roll(TICKETS));
    if (roll(3) == 0) {
        c.ticket_id = 0;
        c.count = 1 + (int32_t)roll(TICKETS);
    }
    return c;
}

static void expect_same(const struct scene *a, const struct scene *b) {
    for (int i = 0; i < TICKETS; i++) {
        assert_int_equal(a->tickets[i].entered_by, b->tickets[i].entered_by);
        assert_int_equal(a->tickets[i].entered_ms, b->tickets[i].entered_ms);
    }
    for (size_t i = 0; i < a->order.n_claims; i++)
        expect_claim(b, a->claims[i].id, a->claims[i].admitted, a->claims[i].conflict);
}

static void permute(struct gate_claim *claims, size_t n, size_t from, unsigned gone, const struct scene *want) {
    if (from == n) {
        struct scene s;
        scene_make(&s, claims, n);
        for (int i = 0; i < TICKETS; i++) s.tickets[i].gone = gone >> i & 1U;
        settle(&s.order);
        expect_same(want, &s);
        return;
    }
    for (size_t i = from; i < n; i++) {
        struct gate_claim t = claims[from];
        claims[from] = claims[i];
        claims[i] = t;
        permute(claims, n, from + 1, gone, want);
        claims[i] = claims[from];
        claims[from] = t;
    }
}

static void any_order_of_arrival(void **state) {
    (void)state;
    for (int round = 0; round < 60; round++) {
        struct gate_claim claims[CLAIMS];
        size_t n = 1 + roll(CLAIMS);
        unsigned gone = roll(4) == 0 ? roll(1U << TICKETS) : 0;
        for (size_t i = 0; i < n; i++) claims[i] = any_claim((int64_t)i + 1);
        struct scene want;
        scene_make(&want, claims, n);
        for (int i = 0; i < TICKETS; i++) want.tickets[i].gone = gone >> i & 1U;
        settle(&want.order);
        permute(claims, n, 0, gone, &want);
    }
}

static void one_claim_more_turns_nobody_out(void **state) {
    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct gate_claim claims[CLAIMS];
        struct scene before, after;
        for (size_t i = 0; i < CLAIMS; i++) claims[i] = any_claim((int64_t)i + 1);
        size_t n = roll(CLAIMS);
        scene_make(&before, claims, n);
        scene_make(&after, claims, n + 1);
        settle(&before.order);
        settle(&after.order);
        int32_t people = 0, inside = 0;
        for (size_t i = 0; i <= n; i++) people += claim_of(&after, (int64_t)i + 1)->admitted;
        for (int i = 0; i < TICKETS; i++) {
            inside += after.tickets[i].entered_ms != 0;
            if (before.tickets[i].entered_ms != 0) assert_int_not_equal(after.tickets[i].entered_ms, 0);
        }
        assert_int_equal(people, inside);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody),
        cmocka_unit_test(the_earlier_of_two_takes_the_ticket),
        cmocka_unit_test(ties_are_broken_by_device_then_scan),
        cmocka_unit_test(a_group_leaves_tickets_that_are_named_to_their_holders),
        cmocka_unit_test(a_group_without_room_takes_named_tickets_too),
        cmocka_unit_test(more_people_than_tickets),
        cmocka_unit_test(who_is_gone_is_not_there),
        cmocka_unit_test(who_went_in_before_the_ticket_was_voided_stays_inside),
        cmocka_unit_test(a_broken_rule_stays_named_unless_something_worse_is),
        cmocka_unit_test(settled_again_nothing_changes),
        cmocka_unit_test(any_order_of_arrival),
        cmocka_unit_test(one_claim_more_turns_nobody_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
