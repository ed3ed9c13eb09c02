#include "sync.h"
#include <string.h>
#include "common/arena.h"
#include "common/test_arena.h"
#include "verdict.h"

#define MINUTE_MS INT64_C(60000)
static const int64_t now = INT64_C(1795349700000);

/* ---- reading ---- */

#define ROW(id)                                                                                                        \
    "{\"scan_id\":\"" id "\",\"qr_code\":\"q\",\"scanned_at\":\"2026-11-22T10:00:00Z\",\"verdict\":\"allowed\"}"
#define BATCH(rows) "{\"device_id\":\"dev-1\",\"sent_at\":\"2026-11-22T11:00:00Z\",\"scans\":[" rows "]}"

static enum status take(struct arena *a, const char *body, struct json_faults *faults, struct sync_batch *b) {
    *faults = (struct json_faults){.n = 0};
    *b = (struct sync_batch){.n = 0};
    return sync_read(a, body, strlen(body), faults, b);
}

static void a_batch_is_read(void **state) {
    struct json_faults faults;
    struct sync_batch b;
    assert_int_equal(take(*state, BATCH(ROW("a") " , " ROW("b")), &faults, &b), ST_OK);
    assert_int_equal(b.n, 2);
    assert_string_equal(b.device_id, "dev-1");
    assert_string_equal(b.rows[0].scan_id, "a");
    assert_string_equal(b.rows[1].scan_id, "b");
    assert_null(b.rows[1].bad);
    assert_int_equal(b.sent_ms - b.rows[1].scanned_ms, 60 * MINUTE_MS);
    assert_int_equal(b.rows[1].told, VERDICT_ALLOWED);
    assert_int_equal(b.rows[1].count, 1);
}

static void a_bad_row_is_alone_with_it(void **state) {
    static const struct {
        const char *row, *field;
    } rows[] = {
        {"7", ""},
        {"[]", ""},
        {"\"}],[{\"", ""},
        {"{}", "scan_id"},
        {"{\"scan_id\":\"x\\u0000\"}", "scan_id"},
        {"{\"scan_id\":\"x\\ud800\"}", "scan_id"},
        {"{\"scan_id\":\"x\",\"scan_id\":\"y\"}", "scan_id"},
        {"{\"scan_id\":{\"a\":[{\"b\":\"]}\\\"\"}]}}", "scan_id"},
        {"{\"scan_id\":nonsense}", ""},
        {"{\"scan_id\":\"x\",\"qr_code\":\"\",\"scanned_at\":\"2026-11-22T10:00:00Z\",\"verdict\":\"allowed\"}",
         "qr_code"},
        {"{\"scan_id\":\"x\",\"qr_code\":\"q\",\"scanned_at\":\"yesterday\",\"verdict\":\"allowed\"}", "scanned_at"},
        {"{\"scan_id\":\"x\",\"qr_code\":\"q\",\"scanned_at\":\"2026-11-22T10:00:00Z\",\"verdict\":\"maybe\"}",
         "verdict"},
        {"{\"scan_id\":\"x\",\"qr_code\":\"q\",\"scanned_at\":\"2026-11-22T10:00:00Z\",\"verdict\":\"allowed\","
         "\"count\":0}",
         "count"},
        {"{\"scan_id\":\"x\",\"qr_code\":\"q\",\"scanned_at\":\"2026-11-22T10:00:00Z\",\"verdict\":\"allowed\","
         "\"more\":0}",
         "more"},
    };
    struct json_faults faults;
    struct sync_batch b;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *body = arena_printf(*state, BATCH(ROW("a") ",%s," ROW("b")), rows[i].row);
        assert_int_equal(take(*state, body, &faults, &b), ST_OK);
        assert_int_equal(b.n, 3);
        assert_null(b.rows[0].bad);
        assert_string_equal(b.rows[1].bad, rows[i].field);
        assert_null(b.rows[2].bad);
        assert_string_equal(b.rows[2].scan_id, "b");
    }
}

static void a_bad_batch_is_refused(void **state) {
    static const struct {
        const char *body, *field; /* NULL: no JSON */
    } bodies[] = {
        {"", NULL},
        {"[]", ""},
        {"{\"scans\":[" ROW("a") "}", NULL},
        {"{\"scans\":[" ROW("a") ",]}", NULL},
        {"{\"scans\":[" ROW("a"), NULL},
        {"{\"scans\":[\"", NULL},
        {"{\"scans\":[" ROW("a") "]}", "sent_at"},
        {"{\"sent_at\":\"2026-11-22T11:00:00Z\"}", "scans"},
        {"{\"sent_at\":\"2026-11-22T11:00:00Z\",\"scans\":7}", "scans"},
        {"{\"sent_at\":\"2026-11-22T11:00:00Z\",\"in\":{\"scans\":[" ROW("a") "]}}", "scans"},
        {"{\"sent_at\":\"2026-11-22T11:00:00Z\",\"scans\":[" ROW("a") "],\"scans\":[" ROW("b") "]}", "scans"},
        {"{\"sent_at\":\"2026-11-22T11:00:00Z\",\"scans\":[" ROW("a") "],\"more\":1}", "more"},
        {BATCH(""), "scans"},
    };
    struct json_faults faults;
    struct sync_batch b;
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        enum status st = take(*state, bodies[i].body, &faults, &b);
        assert_int_equal(st, bodies[i].field != NULL ? ST_VALIDATION_FAILED : ST_MALFORMED_JSON);
        if (bodies[i].field != NULL) assert_string_equal(faults.item[0].field, bodies[i].field);
    }
}

static void a_batch_has_a_hundred_rows_at_most(void **state) {
    struct json_faults faults;
    struct sync_batch b;
    for (int n = SYNC_MAX_ROWS; n <= SYNC_MAX_ROWS + 1; n++) {
        struct strbuf rows;
        strbuf_init(&rows, *state, 1 << 20);
        for (int i = 0; i < n; i++) strbuf_puts(&rows, i > 0 ? "," ROW("a") : ROW("a"));
        enum status st = take(*state, arena_printf(*state, BATCH("%s"), rows.data), &faults, &b);
        assert_int_equal(st, n <= SYNC_MAX_ROWS ? ST_OK : ST_VALIDATION_FAILED);
    }
}

/* ---- meaning ---- */

static void a_clock_is_set_right(void **state) {
    (void)state;
    const struct sync_row r = {.scanned_ms = 1000 * MINUTE_MS};
    assert_int_equal(sync_time(&r, 1010 * MINUTE_MS, now), now - 10 * MINUTE_MS);
    assert_int_equal(sync_time(&r, r.scanned_ms, now), now);
    assert_int_equal(sync_time(&r, 990 * MINUTE_MS, now), now); /* the clock was set back meanwhile */
    assert_int_equal(sync_time(&r, r.scanned_ms + SYNC_OLDEST_DAYS * 1440 * MINUTE_MS + 1, now), 0);
}

static struct gate_ticket tickets[2];
static struct gate_order order(void) {
    int32_t day = (int32_t)((now + 540 * MINUTE_MS) / (1440 * MINUTE_MS));
    tickets[0] = (struct gate_ticket){.id = 1, .product_id = 1};
    tickets[1] = (struct gate_ticket){.id = 2, .product_id = 2, .proof_required = true};
    return (struct gate_order){.id = 5,
                               .exhibition_id = 3,
                               .status = "paid",
                               .visit_day = day,
                               .first_day = day,
                               .last_day = day,
                               .slot_begins = CODE_NO_SLOT,
                               .slot_ends = CODE_NO_SLOT,
                               .tickets = tickets,
                               .n_tickets = 2};
}

static struct sync_row let_in(enum code_kind kind, int64_t id) {
    return (struct sync_row){
        .told = VERDICT_ALLOWED, .count = 2, .ours = true, .code = {.kind = kind, .id = id, .order_id = 5}};
}

static struct scan_row judged(const struct sync_row *r, const struct gate_order *o, bool current, int64_t place) {
    const struct scan_look look = {.code_known = o != NULL, .code_current = current, .issued_ms = now - MINUTE_MS};
    struct scan_row s = {.scanned_ms = now};
    sync_judge(r, o, &look, place, now, &s);
    return s;
}

static void an_entry_is_a_claim(void **state) {
    const struct gate_order o = order();
    struct sync_row r = let_in(CODE_TICKET, 1);
    struct scan_row s = judged(&r, &o, true, 3);
    (void)state;
    assert_true(s.claim);
    assert_null(s.breaks);
    assert_int_equal(s.order_id, 5);
    assert_int_equal(s.ticket_id, 1);
    assert_int_equal(s.count, 1);
    r = let_in(CODE_ORDER, 5);
    r.proof_seen = true;
    s = judged(&r, &o, true, 3);
    assert_true(s.claim);
    assert_null(s.breaks);
    assert_int_equal(s.ticket_id, 0);
    assert_int_equal(s.count, 2);
    r.told = VERDICT_WRONG_SLOT;
    s = judged(&r, &o, true, 3);
    assert_false(s.claim);
    assert_null(s.conflict);
    assert_int_equal(s.order_id, 5);
}

static void whose_entry_breaks_a_rule_is_inside(void **state) {
    struct gate_order o = order();
    struct sync_row r = let_in(CODE_TICKET, 2);
    (void)state;
    assert_string_equal(judged(&r, &o, true, 3).breaks, "proof_needed");
    tickets[1].entered_ms = now; /* makes no difference */
    assert_string_equal(judged(&r, &o, true, 3).breaks, "proof_needed");
    assert_string_equal(
        judged(&(struct sync_row){.told = VERDICT_ALLOWED, .count = 1, .code.kind = CODE_ORDER}, &o, true, 3).breaks,
        "proof_needed");
    r = let_in(CODE_TICKET, 1);
    assert_string_equal(judged(&r, &o, false, 3).breaks, "replaced");
    o.visit_day++;
    assert_string_equal(judged(&r, &o, true, 3).breaks, "not_today");
    assert_true(judged(&r, &o, true, 3).claim);
    o.status = "awaiting_deposit";
    assert_string_equal(judged(&r, &o, true, 3).breaks, "suspended");
    tickets[0].gone = tickets[1].gone = true; /* what becomes of it settle() knows */
    assert_true(judged(&r, &o, true, 3).claim);
    assert_null(judged(&r, &o, true, 3).breaks);
}

static void an_entry_before_its_code_was_issued_is_the_last(void **state) {
    const struct gate_order o = order();
    const struct scan_look look = {.code_known = true, .code_current = true, .issued_ms = now - MINUTE_MS};
    struct sync_row r = let_in(CODE_TICKET, 1);
    struct scan_row s = {.scanned_ms = look.issued_ms - 1};
    (void)state;
    sync_judge(&r, &o, &look, 3, now, &s);
    assert_true(s.claim);
    assert_int_equal(s.scanned_ms, now);
    assert_string_equal(s.breaks, "clock");
    s = (struct scan_row){.scanned_ms = look.issued_ms};
    sync_judge(&r, &o, &look, 3, now, &s);
    assert_int_equal(s.scanned_ms, look.issued_ms);
    assert_null(s.breaks);
}

static void others_take_no_place(void **state) {
    const struct gate_order o = order();
    const struct sync_row r = let_in(CODE_TICKET, 1);
    struct scan_row s = judged(&r, NULL, false, 3);
    (void)state;
    assert_false(s.claim);
    assert_string_equal(s.conflict, "invalid");
    assert_int_equal(s.order_id, 0);
    s = judged(&r, &o, true, 4);
    assert_false(s.claim);
    assert_string_equal(s.conflict, "wrong_exhibition");
    s = judged(&(struct sync_row){.told = VERDICT_INVALID}, NULL, false, 3);
    assert_null(s.conflict);
}

static void every_row_has_its_result(void **state) {
    struct sync_row rows[] = {
        {.scan_id = "a", .result = SYNC_ACCEPTED},
        {.scan_id = "b", .result = SYNC_CONFLICT, .conflict = "over_admitted"},
        {.scan_id = "c", .result = SYNC_DUPLICATE, .first = "accepted", .conflict = "already_entered"},
        {.result = SYNC_REJECTED, .bad = "scan_id"},
    };
    const struct sync_batch b = {.rows = rows, .n = 4};
    struct strbuf out;
    strbuf_init(&out, *state, 4096);
    sync_write(&b, LANG_EN, &out);
    assert_string_equal(
        out.data,
        "{\"results\":[{\"scan_id\":\"a\",\"result\":\"accepted\"},"
        "{\"scan_id\":\"b\",\"result\":\"conflict\",\"conflict\":\"over_admitted\",\"message\":\"More people went in "
        "than "
        "there are tickets.\"},"
        "{\"scan_id\":\"c\",\"result\":\"duplicate\",\"first\":\"accepted\",\"conflict\":\"already_entered\","
        "\"message\":\"This ticket has already been used.\"},"
        "{\"scan_id\":null,\"result\":\"rejected\",\"field\":\"scan_id\",\"message\":\"This record is malformed.\"}]}");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_is_read),
        cmocka_unit_test(a_bad_row_is_alone_with_it),
        cmocka_unit_test(a_bad_batch_is_refused),
        cmocka_unit_test(a_batch_has_a_hundred_rows_at_most),
        cmocka_unit_test(a_clock_is_set_right),
        cmocka_unit_test(an_entry_is_a_claim),
        cmocka_unit_test(whose_entry_breaks_a_rule_is_inside),
        cmocka_unit_test(an_entry_before_its_code_was_issued_is_the_last),
        cmocka_unit_test(others_take_no_place),
        cmocka_unit_test(every_row_has_its_result),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
