#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arena.h"
#include "json.h"
#include "utf8.h"

static void all_kinds_of_values(void **state) {
    (void)state;
    struct arena *a = arena_new(1 << 16);
    struct strbuf b;
    strbuf_init(&b, a, 10000);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_text(&o, "t", "한글");
    json_put_text(&o, "none", NULL);
    json_put_int(&o, "i", -5);
    json_arr(&o, "list");
    json_put_int(&o, NULL, 1);
    json_put_bool(&o, NULL, true);
    json_obj(&o, NULL);
    json_obj_end(&o);
    json_arr(&o, NULL);
    json_arr_end(&o);
    json_put_ints(&o, NULL, (const int64_t[]){3, -4}, 2);
    json_arr_end(&o);
    json_put_ints(&o, "nothing", NULL, 0);
    json_obj(&o, "child");
    json_put_bool(&o, "f", false);
    json_put_null(&o, "n");
    json_obj_end(&o);
    json_put_time(&o, "at", 1795349700123);
    json_put_time(&o, "never", 0);
    json_put_raw(&o, "raw", "{\"x\":1}");
    json_obj_end(&o);
    assert_string_equal(b.data, "{\"t\":\"한글\",\"none\":null,\"i\":-5,\"list\":[1,true,{},[],[3,-4]],\"nothing\":[],"
                                "\"child\":{\"f\":false,\"n\":null},"
                                "\"at\":\"2026-11-22T21:15:00.123+09:00\",\"never\":null,\"raw\":{\"x\":1}}");
    arena_free(&a);
}

static void texts_are_escaped(void **state) {
    (void)state;
    static const struct {
        const char *text, *json;
    } cases[] = {
        {"", "\"\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
        {"😀é", "\"😀é\""},
        {"\xFFok\xC3", "\"\xEF\xBF\xBDok\xEF\xBF\xBD\""}, /* what is no UTF-8 becomes U+FFFD */
        {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"</script>", "\"</script>\""},
    };
    struct arena *a = arena_new(1 << 16);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf b;
        strbuf_init(&b, a, 1000);
        struct json_out o = {.b = &b};
        json_put_text(&o, NULL, cases[i].text);
        assert_string_equal(b.data, cases[i].json);
    }
    arena_free(&a);
}

static void no_id_is_null(void **state) {
    (void)state;
    struct arena *a = arena_new(1 << 16);
    struct strbuf b;
    strbuf_init(&b, a, 1000);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_id(&o, "user_id", 7);
    json_put_id(&o, "admin_id", 0);
    json_put_cursor(&o, INT64_MAX);
    json_put_cursor(&o, 0);
    json_obj_end(&o);
    assert_string_equal(b.data, "{\"user_id\":7,\"admin_id\":null,\"next_cursor\":\"9223372036854775807\","
                                "\"next_cursor\":null}");
    arena_free(&a);
}

static void too_long_is_noticed(void **state) {
    (void)state;
    struct arena *a = arena_new(1 << 16);
    struct strbuf b;
    strbuf_init(&b, a, 10);
    struct json_out o = {.b = &b};
    json_put_text(&o, NULL, "123456789");
    assert_false(strbuf_ok(&b));
    arena_free(&a);
}

/* Every number below 2^21 and some beyond, encoded in the given length: valid are exactly the shortest forms of
 * characters that are no surrogates. */
static void utf8_of_every_number(void **state) {
    (void)state;
    static const unsigned lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    for (unsigned len = 2; len <= 4; len++)
        for (uint32_t c = 0; c < 1u << (len == 2 ? 11 : len == 3 ? 16 : 21); c++) {
            char s[4];
            for (unsigned i = 0; i < len; i++) s[i] = (char)(0x80 | (c >> 6 * (len - 1 - i) & 0x3F));
            s[0] = (char)(lead[len] | c >> 6 * (len - 1));
            bool valid = c >= least[len] && c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
            if (utf8_char(s, len) != (valid ? len : 0)) fail_msg("U+%06X in %u bytes", c, len);
            if (utf8_char(s, len - 1) != 0) fail_msg("U+%06X cut", c);
        }
}

static void utf8_of_texts(void **state) {
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("한글 a 😀", strlen("한글 a 😀")));
    assert_false(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("한", 2));
    assert_false(utf8_valid("\x80", 1));
    assert_false(utf8_valid("\xF8\x88\x80\x80\x80", 5));
    assert_int_equal(utf8_count("한글 a 😀"), 6);
    assert_int_equal(utf8_cut("한글", 6, 6), 6);
    assert_int_equal(utf8_cut("한글", 6, 5), 3);
    assert_int_equal(utf8_cut("한글", 6, 2), 0);
    assert_int_equal(utf8_cut("abc", 3, 2), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_of_values), cmocka_unit_test(texts_are_escaped),    cmocka_unit_test(no_id_is_null),
        cmocka_unit_test(too_long_is_noticed), cmocka_unit_test(utf8_of_every_number), cmocka_unit_test(utf8_of_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
