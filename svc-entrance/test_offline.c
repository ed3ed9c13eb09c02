#include "offline.h"
#include <stdio.h>
#include <string.h>
#include "code.h"
#include "common/arena.h"
#include "common/crypto.h"
#include "common/test_arena.h"

static const char code[] = "AXQAAQAAAAAAAAABAAAAAAAAAAEAAAABAAAAAQAAAAD__wAAAAAAAA";
static const struct offline_entry ticket = {
    .code = code,
    .state = "valid",
    .people = 3,
    .products = "",
    .order_number = "ORD20261122ABCDEFGHJK",
    .customer_name = "홍길동",
};

struct row {
    char id[32], value[256], state[4];
    int used;
};
static struct row write(struct arena *a, const struct offline_entry *e) {
    struct strbuf text;
    struct row row = {.used = -1};
    strbuf_init(&text, a, 4096);
    struct json_out out = {.b = &text};
    offline_write(&out, a, e);
    assert_true(strbuf_ok(&text));
    struct json_faults faults = {.n = 0};
    struct json_in in;
    const char *whole = arena_printf(a, "{\"row\":%s}", text.data);
    assert_int_equal(json_open(&in, a, &faults, whole, strlen(whole), false), ST_OK);
    assert_int_equal(json_array(&in, "row", 4, 4, JSON_REQUIRED), 4);
    snprintf(row.id, sizeof row.id, "%s", json_item_text(&in, "row", 0, 1, 31));
    snprintf(row.value, sizeof row.value, "%s", json_item_text(&in, "row", 1, 0, 255));
    snprintf(row.state, sizeof row.state, "%s", json_item_text(&in, "row", 2, 1, 1));
    row.used = (int)json_item_int(&in, "row", 3, 0, 100);
    assert_int_equal(faults.n, 0);
    return row;
}

/* What a scanner does with a value; NULL: it does not open. */
static const char *open_with(struct arena *a, const char *whole_code, const char *value) {
    uint8_t key[AEAD_KEY_LEN], bytes[256];
    char *plain = arena_alloc(a, 256);
    long n = base64url_decode(value, strlen(value), bytes, sizeof bytes);
    if (n < SEAL_OVERHEAD) return NULL;
    hkdf_sha256(whole_code, strlen(whole_code), "exhibition-manifest/1", key);
    return aead_open(key, bytes, (size_t)n, (uint8_t *)plain) >= 0 ? plain : NULL;
}

static void the_code_opens_its_entry(void **state) {
    const struct row row = write(*state, &ticket);
    uint8_t id[CODE_ID_LEN], found[CODE_ID_LEN];
    code_id(code, id);
    assert_int_equal(base64url_decode(row.id, strlen(row.id), found, sizeof found), CODE_ID_LEN);
    assert_memory_equal(found, id, CODE_ID_LEN);
    assert_string_equal(open_with(*state, code, row.value), "ORD20261122ABCDEFGHJK\n\n홍*동");
    assert_string_equal(row.state, "v");
    assert_int_equal(row.used, 0);
}

static void nothing_less_opens_it(void **state) {
    const struct row row = write(*state, &ticket);
    char other[sizeof code];
    for (size_t bit = 0; bit < (sizeof code - 1) * 8; bit++) {
        memcpy(other, code, sizeof code);
        other[bit / 8] = (char)(other[bit / 8] ^ (1 << bit % 8));
        if (other[bit / 8] != '\0') assert_null(open_with(*state, other, row.value));
    }
    memcpy(other, code, sizeof code);
    other[sizeof code - 2] = '\0';
    assert_null(open_with(*state, other, row.value));
    assert_null(open_with(*state, row.id, row.value));
}

static void a_changed_entry_does_not_open(void **state) {
    const struct row row = write(*state, &ticket);
    char value[sizeof row.value];
    for (size_t i = 0; i < strlen(row.value) - 1; i++) { /* the last character has bits that say nothing */
        memcpy(value, row.value, sizeof value);
        value[i] = value[i] == 'A' ? 'B' : 'A';
        assert_null(open_with(*state, code, value));
    }
}

static void an_entry_is_never_written_twice_alike(void **state) {
    assert_string_not_equal(write(*state, &ticket).value, write(*state, &ticket).value);
}

static void who_has_a_value(void **state) {
    static const struct {
        const char *state, *products, *letter;
        int64_t people;
        bool value;
    } rows[] = {
        {"valid", "", "v", 1, true},         {"suspended", "", "s", 1, true},      {"cancelled", "", "c", 1, false},
        {"replaced", "", "r", 1, false},     {"valid", "12*2 13*1", "v", 3, true}, {"valid", "12*1", "v", 1, false},
        {"replaced", "12*2", "r", 2, false}, {"suspended", "12*2", "s", 2, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct offline_entry e = ticket;
        e.state = rows[i].state;
        e.products = rows[i].products;
        e.people = rows[i].people;
        e.used = (int64_t)i;
        const struct row row = write(*state, &e);
        assert_string_equal(row.state, rows[i].letter);
        assert_int_equal(row.used, i);
        assert_int_equal(*row.value != '\0', rows[i].value);
        if (rows[i].value && *e.products != '\0')
            assert_non_null(strstr(open_with(*state, code, row.value), e.products));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_code_opens_its_entry),
        cmocka_unit_test(nothing_less_opens_it),
        cmocka_unit_test(a_changed_entry_does_not_open),
        cmocka_unit_test(an_entry_is_never_written_twice_alike),
        cmocka_unit_test(who_has_a_value),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
