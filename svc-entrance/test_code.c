#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "code.h"
#include "common/crypto.h"

static uint8_t public_key[SIGN_PUBLIC_LEN];
static struct sign_key *ours;
static struct verify_key *known, *other;
static char text[CODE_LEN + 1];

static const struct code sample = {
    .kind = CODE_TICKET,
    .key_id = 258,
    .version = 3,
    .slot_begins = 600,
    .slot_ends = 660,
    .id = INT64_C(0x0102030405060708),
    .order_id = INT64_MAX,
    .exhibition_id = UINT32_MAX,
    .product_id = 77,
    .issued_s = 1800000000,
    .visit_day = 20780,
};

static int set_up(void **state) {
    uint8_t foreign_seed[SIGN_SEED_LEN], foreign[SIGN_PUBLIC_LEN], own_seed[SIGN_SEED_LEN];
    (void)state;
    assert_true(sign_key_make(foreign_seed, foreign));
    assert_true(sign_key_make(own_seed, public_key));
    ours = sign_key_new(own_seed);
    known = verify_key_new(public_key);
    other = verify_key_new(foreign);
    code_make(&sample, ours, text);
    return ours == NULL || known == NULL || other == NULL;
}

static int tear_down(void **state) {
    (void)state;
    sign_key_free(&ours);
    verify_key_free(&known);
    verify_key_free(&other);
    return 0;
}

static bool accepted(const char *code) {
    struct code c;
    return code_read(code, &c) && code_signed_by(code, known);
}

static void says_what_was_put_in(void **state) {
    struct code c;
    (void)state;
    assert_int_equal(strlen(text), CODE_LEN);
    assert_true(code_read(text, &c));
    assert_int_equal(c.kind, sample.kind);
    assert_int_equal(c.key_id, sample.key_id);
    assert_int_equal(c.version, sample.version);
    assert_int_equal(c.slot_begins, sample.slot_begins);
    assert_int_equal(c.slot_ends, sample.slot_ends);
    assert_int_equal(c.id, sample.id);
    assert_int_equal(c.order_id, sample.order_id);
    assert_int_equal(c.exhibition_id, sample.exhibition_id);
    assert_int_equal(c.product_id, sample.product_id);
    assert_int_equal(c.issued_s, sample.issued_s);
    assert_int_equal(c.visit_day, sample.visit_day);
    assert_true(code_signed_by(text, known));
}

static void any_changed_bit_is_noticed(void **state) {
    uint8_t bytes[CODE_BYTES + SIGNATURE_LEN];
    char changed[CODE_LEN + 1];
    (void)state;
    assert_int_equal(base64url_decode(text, CODE_LEN, bytes, sizeof bytes), sizeof bytes);
    for (size_t bit = 0; bit < 8 * sizeof bytes; bit++) {
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        base64url_encode(bytes, sizeof bytes, changed);
        assert_false(accepted(changed));
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

/* Also those that would decode to the same bytes. */
static void any_changed_character_is_noticed(void **state) {
    char changed[CODE_LEN + 1];
    (void)state;
    memcpy(changed, text, sizeof changed);
    for (size_t i = 0; i < CODE_LEN; i++) {
        for (int c = 1; c < 256; c++) {
            changed[i] = (char)c;
            if (changed[i] != text[i]) assert_false(accepted(changed));
        }
        changed[i] = text[i];
    }
}

static void other_lengths_are_refused(void **state) {
    char longer[CODE_MAX + 1], shorter[CODE_LEN + 1];
    (void)state;
    for (size_t n = 0; n < CODE_LEN; n++) {
        snprintf(shorter, sizeof shorter, "%.*s", (int)n, text);
        assert_false(accepted(shorter));
    }
    for (size_t n = CODE_LEN + 1; n <= CODE_MAX; n++) {
        memset(longer, 'A', n);
        memcpy(longer, text, CODE_LEN);
        longer[n] = '\0';
        assert_false(accepted(longer));
    }
}

static void another_key_is_refused(void **state) {
    (void)state;
    assert_false(code_signed_by(text, other));
}

/* A signature of ours over the same bytes does not make them a code of another form. */
static void other_forms_are_refused(void **state) {
    uint8_t bytes[CODE_BYTES + SIGNATURE_LEN];
    char changed[CODE_LEN + 1];
    struct code c;
    (void)state;
    assert_int_equal(base64url_decode(text, CODE_LEN, bytes, sizeof bytes), sizeof bytes);
    static const struct {
        size_t at;
        uint8_t byte;
    } forms[] = {{0, 0}, {0, 2}, {0, 255}, {1, 'T'}, {1, 0}, {1, 'x'}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        uint8_t was = bytes[forms[i].at];
        bytes[forms[i].at] = forms[i].byte;
        const struct slice parts[] = {{"exhibition-code/1", 17}, {bytes, CODE_BYTES}};
        sign(ours, parts, 2, bytes + CODE_BYTES);
        base64url_encode(bytes, sizeof bytes, changed);
        assert_false(code_read(changed, &c));
        bytes[forms[i].at] = was;
    }
}

static void ids_tell_codes_apart(void **state) {
    uint8_t id[CODE_ID_LEN], again[CODE_ID_LEN], next[CODE_ID_LEN], hash[SHA256_LEN];
    char other_text[CODE_LEN + 1];
    struct code c = sample;
    (void)state;
    const struct slice whole[] = {{"ticket-code-id", 14}, {text, CODE_LEN}};
    sha256(whole, 2, hash);
    code_id(text, id);
    code_id(text, again);
    assert_memory_equal(id, hash, CODE_ID_LEN);
    assert_memory_equal(id, again, CODE_ID_LEN);
    c.version++;
    code_make(&c, ours, other_text);
    code_id(other_text, next);
    assert_memory_not_equal(id, next, CODE_ID_LEN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_was_put_in),
        cmocka_unit_test(any_changed_bit_is_noticed),
        cmocka_unit_test(any_changed_character_is_noticed),
        cmocka_unit_test(other_lengths_are_refused),
        cmocka_unit_test(another_key_is_refused),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(ids_tell_codes_apart),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
