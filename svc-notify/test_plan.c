#include "common/test_arena.h"
#include <stdio.h>
#include <string.h>
#include "common/arena.h"
#include "common/timeutil.h"
#include "plan.h"

#define HOUR (3600 * 1000LL)

static int64_t at(const char *text) {
    int64_t ms = 0;
    assert_true(time_parse_rfc3339(text, &ms));
    return ms;
}

static int32_t on(const char *date) {
    int32_t day = 0;
    assert_true(date_parse(date, &day));
    return day;
}

/* Everything about one order, for tests to change. */
struct scene {
    struct order_facts facts;
    struct exhibition_fact exhibition;
    struct slot_fact slot;
    struct payment_fact payments[4];
    struct plan plan;
};

static struct scene *scene_new(struct arena *a) {
    struct scene *s = arena_alloc(a, sizeof *s);
    assert_non_null(s);
    s->exhibition = (struct exhibition_fact){
        .name = "빛의 정원", .venue = "서울 성수 아트홀", .first_day = on("2026-11-01"), .last_day = on("2027-01-31")};
    s->facts.order = (struct order_fact){.number = "ORD202611220000000001",
                                         .status = "paid",
                                         .name = "홍길동",
                                         .phone = "01012345678",
                                         .exhibition_id = 7,
                                         .total_amount = 1234567,
                                         .created_ms = at("2026-11-22T12:00:00+09:00"),
                                         .token_version = 1,
                                         .live_tickets = 2,
                                         .visit_day = on("2026-12-01")};
    s->facts.exhibition = &s->exhibition;
    s->facts.payments = s->payments;
    return s;
}

static void plan(struct arena *a, struct scene *s) { assert_true(plan_order(a, &s->facts, &s->plan)); }

static const struct planned *find(const struct scene *s, const char *event) {
    for (size_t i = 0; i < s->plan.n; i++)
        if (strcmp(s->plan.messages[i].event, event) == 0) return &s->plan.messages[i];
    return NULL;
}

static const char *value(const struct planned *m, const char *name) {
    int i = template_var(m->template, name);
    assert_true(i >= 0);
    return m->values[i];
}

static struct payment_fact account(const char *type) {
    return (struct payment_fact){.type = type,
                                 .entity = "att1",
                                 .amount = 30000,
                                 .bank = "신한",
                                 .account_number = "110-123-456789",
                                 .account_holder = "주식회사 전시",
                                 .account_due_ms = at("2026-11-23T12:00:00+09:00"),
                                 .kind = ""};
}

static struct payment_fact refund(const char *type, const char *kind) {
    return (struct payment_fact){.type = type,
                                 .entity = "ref1",
                                 .kind = kind,
                                 .amount = 13500,
                                 .fee = 1500,
                                 .n_tickets = 1,
                                 .bank = "",
                                 .account_number = "",
                                 .account_holder = ""};
}

/* Values that are missing are those made when the message is sent. */
static void must_be_complete(const struct planned *m) {
    for (size_t i = 0; i < m->template->n_vars; i++) {
        const char *name = m->template->vars[i].name;
        bool later = strcmp(name, "주소") == 0 || strcmp(name, "토큰") == 0;
        if ((m->values[i] == NULL) != later) fail_msg("%s: %s", m->event, name);
    }
}

static void a_paid_order_has_its_ticket_and_a_reminder(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    plan(a, s);
    assert_int_equal(s->plan.n, 2);
    const struct planned *paid = find(s, "paid"), *reminder = find(s, "reminder");
    must_be_complete(paid);
    must_be_complete(reminder);
    assert_string_equal(value(paid, "이름"), "홍길동");
    assert_string_equal(value(paid, "전시명"), "빛의 정원");
    assert_string_equal(value(paid, "장소"), "서울 성수 아트홀");
    assert_string_equal(value(paid, "관람일시"), "2026-12-01(화)");
    assert_string_equal(value(paid, "매수"), "2매");
    assert_string_equal(value(paid, "결제금액"), "1,234,567원");
    assert_string_equal(value(paid, "예매번호"), "ORD202611220000000001");
    assert_int_equal(paid->due_ms, 0);
    assert_int_equal(paid->until_ms, at("2026-12-03T00:00:00+09:00"));
    assert_int_equal(paid->template->priority, PRIORITY_TICKET);
    assert_int_equal(reminder->due_ms, at("2026-11-30T10:00:00+09:00"));
    assert_int_equal(reminder->until_ms, at("2026-12-01T00:00:00+09:00"));
    assert_true(reminder->only_before_due);
    assert_false(paid->only_before_due);
}

static void nobody_is_told_of_an_order_whose_buyer_is_erased(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    s->facts.order.name = s->facts.order.phone = "";
    s->payments[s->facts.n_payments++] = refund("refund.done", "buyer");
    plan(a, s);
    assert_int_equal(s->plan.n, 0);
    assert_null(s->plan.awaits);
}

static void a_renewed_link_is_told_again(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    plan(a, s);
    const size_t n = s->plan.n;
    s->facts.order.token_version = 3;
    plan(a, s);
    assert_int_equal(s->plan.n, n);
    assert_null(find(s, "paid"));
    must_be_complete(find(s, "paid/3"));
    assert_string_equal(find(s, "paid/3")->template->key, "paid");
}

static void the_day_may_be_of_a_slot_or_open(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    s->slot = (struct slot_fact){.day = on("2026-12-25"), .begins = "14:00"};
    s->facts.slot = &s->slot;
    s->facts.order.slot_id = 9;
    plan(a, s);
    assert_string_equal(value(find(s, "paid"), "관람일시"), "2026-12-25(금) 14:00");
    assert_int_equal(find(s, "reminder")->due_ms, at("2026-12-24T10:00:00+09:00"));
    s = scene_new(a);
    s->facts.order.visit_day = NO_DAY;
    plan(a, s);
    assert_int_equal(s->plan.n, 1);
    assert_string_equal(value(find(s, "paid"), "관람일시"), "2026-11-01(일) ~ 2027-01-31(일)");
    assert_int_equal(find(s, "paid")->until_ms, at("2027-02-02T00:00:00+09:00"));
}

static void without_live_tickets_there_is_nothing_to_tell(void **state) {
    struct arena *a = *state;
    static const char *const others[] = {"reserved", "paying", "awaiting_deposit", "cancelled", "expired"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct scene *s = scene_new(a);
        s->facts.order.status = others[i];
        plan(a, s);
        assert_int_equal(s->plan.n, 0);
    }
    struct scene *s = scene_new(a);
    s->facts.order.live_tickets = 0;
    plan(a, s);
    assert_int_equal(s->plan.n, 0);
    s->facts.order.status = "partially_cancelled";
    s->facts.order.live_tickets = 1;
    plan(a, s);
    assert_non_null(find(s, "paid"));
}

static void an_account_is_told_and_its_end(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    s->facts.order.status = "awaiting_deposit";
    s->payments[0] = account("payment.account_issued");
    s->facts.n_payments = 1;
    plan(a, s);
    assert_int_equal(s->plan.n, 2);
    const struct planned *deposit = find(s, "deposit/att1"), *due = find(s, "deposit_due/att1");
    must_be_complete(deposit);
    must_be_complete(due);
    assert_string_equal(value(deposit, "은행"), "신한");
    assert_string_equal(value(deposit, "계좌번호"), "110-123-456789");
    assert_string_equal(value(deposit, "예금주"), "주식회사 전시");
    assert_string_equal(value(deposit, "입금금액"), "30,000원");
    assert_string_equal(value(deposit, "입금기한"), "2026-11-23(월) 12:00");
    assert_int_equal(due->due_ms, at("2026-11-23T09:00:00+09:00"));
    assert_int_equal(due->until_ms, at("2026-11-23T12:00:00+09:00"));
    /* Nearly at once: one message is enough. */
    s->payments[0].account_due_ms = s->facts.order.created_ms + 4 * HOUR - 1;
    plan(a, s);
    assert_null(find(s, "deposit_due/att1"));
    assert_non_null(find(s, "deposit/att1"));
    /* Paid, or given up, while the message waited. */
    s->facts.order.status = "paid";
    plan(a, s);
    assert_null(find(s, "deposit/att1"));
    s->facts.order.status = "awaiting_deposit";
    s->payments[0] = account("payment.failed");
    plan(a, s);
    assert_int_equal(s->plan.n, 0);
    /* The bank took it back. */
    s->payments[0] = account("payment.reversed");
    plan(a, s);
    assert_non_null(find(s, "deposit_again/att1"));
    assert_non_null(find(s, "deposit_due/att1"));
}

static void refunds_are_told_step_by_step(void **state) {
    struct arena *a = *state;
    struct {
        const char *type, *kind;
        bool cancelled, account, refunded;
    } rows[] = {
        {"refund.accepted", "buyer", true, false, false},       {"refund.accepted", "staff", true, false, false},
        {"refund.needs_account", "buyer", true, true, false},   {"refund.done", "staff", true, false, true},
        {"refund.done", "return", false, false, true},          {"refund.done", "external", false, false, true},
        {"refund.needs_account", "return", false, true, false}, {"refund.rejected", "buyer", false, false, false},
        {"refund.requested", "buyer", false, false, false},     {"refund.rejected", "return", false, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scene *s = scene_new(a);
        s->facts.order.status = "cancelled";
        s->facts.order.live_tickets = 0;
        s->payments[0] = refund(rows[i].type, rows[i].kind);
        s->facts.n_payments = 1;
        plan(a, s);
        assert_true((find(s, "cancelled/ref1") != NULL) == rows[i].cancelled);
        assert_true((find(s, "refund_account/ref1") != NULL) == rows[i].account);
        assert_true((find(s, "refunded/ref1") != NULL) == rows[i].refunded);
        assert_null(find(s, "refund_refused/ref1")); /* a cancelled order: the money went back in another way */
        for (size_t k = 0; k < s->plan.n; k++) {
            must_be_complete(&s->plan.messages[k]);
            assert_string_equal(value(&s->plan.messages[k], "환불금액"), "13,500원");
            assert_int_equal(s->plan.messages[k].template->priority, PRIORITY_REFUND);
        }
        if (rows[i].cancelled) {
            assert_string_equal(value(find(s, "cancelled/ref1"), "수수료"), "1,500원");
            assert_string_equal(value(find(s, "cancelled/ref1"), "매수"), "1매");
        }
    }
}

static void a_refund_that_is_refused_is_told(void **state) {
    struct arena *a = *state;
    static const char *const kinds[] = {"buyer", "staff", "return", "external"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct scene *s = scene_new(a);
        s->payments[0] = refund("refund.accepted", kinds[i]);
        s->facts.n_payments = 1;
        plan(a, s);
        assert_null(find(s, "refund_refused/ref1"));
        s->payments[0] = refund("refund.rejected", kinds[i]);
        plan(a, s);
        const struct planned *m = find(s, "refund_refused/ref1");
        assert_true((m != NULL) == (i < 2)); /* the others nobody has asked for */
        assert_null(find(s, "cancelled/ref1"));
        assert_non_null(find(s, "paid"));
        if (m == NULL) continue;
        must_be_complete(m);
        assert_string_equal(value(m, "매수"), "1매");
        assert_int_equal(m->template->priority, PRIORITY_REFUND);
        s->facts.order.live_tickets = 0;
        plan(a, s);
        assert_null(find(s, "refund_refused/ref1"));
    }
}

static void nothing_to_give_back_is_not_told_as_given_back(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    s->facts.order.status = "cancelled";
    s->payments[0] = refund("refund.done", "buyer");
    s->payments[0].amount = 0;
    s->facts.n_payments = 1;
    plan(a, s);
    assert_null(find(s, "refunded/ref1"));
    assert_string_equal(value(find(s, "cancelled/ref1"), "환불금액"), "0원");
}

static void what_is_missing_is_awaited(void **state) {
    struct arena *a = *state;
    struct scene *s = scene_new(a);
    s->facts.exhibition = NULL;
    s->facts.order.slot_id = 9;
    plan(a, s);
    assert_int_equal(s->plan.n, 0);
    assert_string_equal(s->plan.awaits, "exhibition/7");
    s->facts.exhibition = &s->exhibition;
    plan(a, s);
    assert_string_equal(s->plan.awaits, "slot/9");
    s->slot = (struct slot_fact){.day = on("2026-12-25"), .begins = "14:00"};
    s->facts.slot = &s->slot;
    plan(a, s);
    assert_null(s->plan.awaits);
    assert_int_equal(s->plan.n, 2);
}

/* ---- in whatever order facts come ---- */

struct told {
    const char *entity;
    int version;
    const char *type; /* of payment; booking's is told by status */
    const char *status;
    int live;
};
static const struct told story[] = {
    {"exhibition", 1, NULL, NULL, 0},
    {"order", 2, NULL, "awaiting_deposit", 0},
    {"att1", 3, "payment.account_issued", NULL, 0},
    {"order", 4, NULL, "paid", 2},
    {"att1", 5, "payment.paid", NULL, 0},
    {"order", 6, NULL, "paid", 1}, /* a ticket is being given back */
    {"ref1", 2, "refund.accepted", NULL, 0},
    {"ref1", 4, "refund.done", NULL, 0},
    {"order", 7, NULL, "partially_cancelled", 1},
};
#define N_STORY (sizeof story / sizeof *story)

static void hear(struct scene *s, int versions[4], const struct told *t) {
    static const char *const entities[] = {"exhibition", "order", "att1", "ref1"};
    size_t e = 0;
    while (strcmp(entities[e], t->entity) != 0) e++;
    if (t->version <= versions[e]) return;
    versions[e] = t->version;
    if (e == 0) s->facts.exhibition = &s->exhibition;
    if (e == 1) {
        s->facts.order.status = t->status;
        s->facts.order.live_tickets = t->live;
    }
    if (e == 2) s->payments[0] = account(t->type);
    if (e == 3) s->payments[1] = refund(t->type, "buyer");
}

static void any_order_of_facts_ends_in_the_same_messages(void **state) {
    struct arena *a = *state;
    static const char *const last[] = {"paid", "reminder", "cancelled/ref1", "refunded/ref1"};
    uint32_t chance = 7;
    for (int round = 0; round < 500; round++) {
        struct told heard[2 * N_STORY] = {{0}}; /* everything comes twice */
        struct scene *s = scene_new(a);
        int versions[4] = {0};
        for (size_t i = 0; i < 2 * N_STORY; i++) {
            chance = chance * 1664525 + 1013904223;
            size_t k = (chance >> 8) % (i + 1);
            heard[i] = heard[k];
            heard[k] = story[i % N_STORY];
        }
        s->facts.exhibition = NULL;
        s->facts.order.status = "reserved";
        s->payments[0] = account("");
        s->payments[1] = refund("", "buyer");
        s->facts.n_payments = 2;
        for (size_t i = 0; i < 2 * N_STORY; i++) {
            hear(s, versions, &heard[i]);
            plan(a, s);
        }
        assert_int_equal(s->plan.n, 4);
        for (size_t i = 0; i < 4; i++) assert_non_null(find(s, last[i]));
        if (round % 100 == 99) arena_reset(a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_paid_order_has_its_ticket_and_a_reminder),
        cmocka_unit_test(nobody_is_told_of_an_order_whose_buyer_is_erased),
        cmocka_unit_test(a_renewed_link_is_told_again),
        cmocka_unit_test(the_day_may_be_of_a_slot_or_open),
        cmocka_unit_test(without_live_tickets_there_is_nothing_to_tell),
        cmocka_unit_test(an_account_is_told_and_its_end),
        cmocka_unit_test(refunds_are_told_step_by_step),
        cmocka_unit_test(a_refund_that_is_refused_is_told),
        cmocka_unit_test(nothing_to_give_back_is_not_told_as_given_back),
        cmocka_unit_test(what_is_missing_is_awaited),
        cmocka_unit_test(any_order_of_facts_ends_in_the_same_messages),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
