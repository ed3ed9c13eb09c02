#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "audit_chain.h"

#define ROWS 4

struct made {
    char text[24], salt[16], body[24], digest[AUDIT_HASH_DIGITS + 1], hash[AUDIT_HASH_DIGITS + 1];
};

static void hash(const char *before, const char *text, char out[AUDIT_HASH_DIGITS + 1]) {
    const struct slice parts[] = {{before, strlen(before)}, {text, strlen(text)}};
    uint8_t bytes[SHA256_LEN];
    sha256(parts, 2, bytes);
    hex_encode(bytes, sizeof bytes, out);
}

/* A log as it should be. */
static void make(struct made made[ROWS], struct audit_row rows[ROWS]) {
    for (int i = 0; i < ROWS; i++) {
        struct made *m = &made[i];
        snprintf(m->text, sizeof m->text, "row %d", i);
        snprintf(m->salt, sizeof m->salt, "s%d", i);
        snprintf(m->body, sizeof m->body, "{\"n\": %d}", i);
        hash(m->salt, m->body, m->digest);
        hash(i == 0 ? "" : made[i - 1].hash, m->text, m->hash);
        rows[i] = (struct audit_row){.seq = i + 1,
                                     .text = m->text,
                                     .digest = m->digest,
                                     .hash = m->hash,
                                     .has_texts = true,
                                     .salt = m->salt,
                                     .body = m->body,
                                     .erased_early = true};
    }
}

/* What is found at each row; the one at `without` (-1: none) is not there. */
static void expect(const struct audit_row rows[ROWS], int without, const unsigned faults[ROWS]) {
    struct audit_chain chain = {0};
    for (int i = 0; i < ROWS; i++)
        if (i != without) assert_int_equal(audit_chain_next(&chain, &rows[i]), faults[i]);
    assert_int_equal(chain.seq, ROWS - (without == ROWS - 1));
}

static void a_whole_chain_has_no_fault(void **state) {
    (void)state;
    struct made made[ROWS];
    struct audit_row rows[ROWS];
    make(made, rows);
    expect(rows, -1, (const unsigned[ROWS]){0});
}

static void a_row_that_is_missing_is_a_gap(void **state) {
    (void)state;
    struct made made[ROWS];
    struct audit_row rows[ROWS];
    make(made, rows);
    expect(rows, 1, (const unsigned[ROWS]){0, 0, AUDIT_GAP, 0});
    expect(rows, 0, (const unsigned[ROWS]){0, AUDIT_GAP, 0, 0});
    expect(rows, ROWS - 1, (const unsigned[ROWS]){0}); /* the end says that */
}

static void a_row_that_was_changed_is_found(void **state) {
    (void)state;
    struct made made[ROWS];
    struct audit_row rows[ROWS];
    make(made, rows);
    rows[1].text = "another";
    expect(rows, -1, (const unsigned[ROWS]){0, AUDIT_CHANGED, 0, 0});
    hash(made[0].hash, rows[1].text, made[1].hash); /* whoever does it well is found one row later */
    expect(rows, -1, (const unsigned[ROWS]){0, 0, AUDIT_CHANGED, 0});
}

static void texts_are_theirs_or_erased_in_time(void **state) {
    (void)state;
    struct made made[ROWS];
    struct audit_row rows[ROWS];
    make(made, rows);
    rows[0].body = "{}";
    rows[1].has_texts = false;
    rows[2].salt = rows[2].body = NULL;
    rows[3].salt = rows[3].body = NULL;
    rows[3].erased_early = false;
    expect(rows, -1, (const unsigned[ROWS]){AUDIT_TEXTS_CHANGED, AUDIT_TEXTS_MISSING, AUDIT_TEXTS_EARLY, 0});
}

static void what_was_noted_is_read_strictly(void **state) {
    (void)state;
    static const char digits[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    static const char *const bad[] = {
        "", ":", "1", "1:", "x:%s", "0:%s", ":%s", "1:%s0", "1 :%s", "-1:%s", "1234567890123456789:%s"};
    struct audit_chain c;
    char text[128];
    snprintf(text, sizeof text, "17:%s", digits);
    assert_true(audit_chain_parse(text, &c));
    assert_int_equal(c.seq, 17);
    assert_string_equal(c.hash, digits);
    text[strlen(text) - 1] = 'F';
    assert_false(audit_chain_parse(text, &c));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *mark = strstr(bad[i], "%s");
        size_t before = mark != NULL ? (size_t)(mark - bad[i]) : strlen(bad[i]);
        snprintf(text, sizeof text, "%.*s%s%s", (int)before, bad[i], mark != NULL ? digits : "",
                 mark != NULL ? mark + 2 : "");
        assert_false(audit_chain_parse(text, &c));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_chain_has_no_fault),      cmocka_unit_test(a_row_that_is_missing_is_a_gap),
        cmocka_unit_test(a_row_that_was_changed_is_found), cmocka_unit_test(texts_are_theirs_or_erased_in_time),
        cmocka_unit_test(what_was_noted_is_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
