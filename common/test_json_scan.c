#include "test_json.h"

static void malformed(void **state) {
    static const char *const bad[] = {
        "",
        " ",
        "x",
        "{",
        "}",
        "{]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":1}x",
        "{\"a\":1}{}",
        "{}}",
        "{\"a\":[1,]}",
        "{\"a\":[,1]}",
        "{\"a\":[1 2]}",
        "{\"a\":[1}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":+1}",
        "{\"a\":-}",
        "{\"a\":-01}",
        "{\"a\":1e}",
        "{\"a\":1e+}",
        "{\"a\":0x1}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":tru}",
        "{\"a\":True}",
        "{\"a\":nul}",
        "{\"a\":\"x}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"\\",
        "{\"a\":\"\\u",
        "{\"a\":\"line\nfeed\"}",
        "{\"a\":\"tab\t\"}",
        "{\"a\":\"\x01\"}",
        "{\"a\":1}//",
        "/**/{}",
        "\xEF\xBB\xBF{}",
        "{\"a\":1\xC2\xA0}",
        "[1,2",
        "1 2",
        "{\"a\":\"\\ud83d\\u12\"}",
        "{1:2}",
        "{\"a\" 1}",
        "{\"a\":1;\"b\":2}",
        "{\"a\":1,,\"b\":2}",
        "\"",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (open_text(*state, bad[i]) != ST_MALFORMED_JSON) fail_msg("not refused: %s", bad[i]);
    assert_int_equal(open_n(*state, "{\"a\":1}\0", 8), ST_MALFORMED_JSON);
    assert_int_equal(open_n(*state, "\0{}", 3), ST_MALFORMED_JSON);
}

static void wellformed(void **state) {
    static const char *const good[] = {
        "{}",
        " {\r\n\t} ",
        "{\"a\":1}",
        "{\"a\":-0}",
        "{\"a\":0.5}",
        "{\"a\":1e5}",
        "{\"a\":1E-5}",
        "{\"a\":[]}",
        "{\"a\":[[],{},[{}]]}",
        "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"}",
        "{\"a\":\"\\ud83d\\ude00\"}",
        "{\"a\":null}",
        "{\"a\":true,\"b\":false}",
        "{\"\":1}",
        "{\"a\":\"한글 😀\"}",
        "{\"A\":1,\"a\":2}",
        "{\"a\":\"\x7f\"}",
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (open_text(*state, good[i]) != ST_OK) fail_msg("refused: %s", good[i]);
}

static void only_an_object(void **state) {
    static const char *const others[] = {"[]", "[{\"a\":1}]", "1", "\"x\"", "null", "true"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(open_text(*state, others[i]), ST_VALIDATION_FAILED);
        assert_fault("", BAD_TYPE);
    }
}

static void empty_text(void **state) {
    struct json_faults none = {0};
    assert_int_equal(json_open(&in, *state, &none, "", 0, true), ST_OK);
    assert_false(json_has(&in, "a"));
    json_end(&in);
    assert_int_equal(none.n, 0);
    assert_int_equal(json_open(&in, *state, &none, NULL, 0, true), ST_OK);
    assert_int_equal(json_open(&in, *state, &none, "", 0, false), ST_MALFORMED_JSON);
    assert_null(json_text(&in, "a", 0, 9, JSON_OPTIONAL)); /* a refused text reads as {} */
}

static void text_that_is_no_utf8(void **state) {
    static const char *const bad[] = {
        "{\"a\":\"\x80\"}",
        "{\"a\":\"\xC0\x80\"}",
        "{\"a\":\"\xC1\xBF\"}",
        "{\"a\":\"\xE0\x9F\xBF\"}",
        "{\"a\":\"\xED\xA0\x80\"}",
        "{\"a\":\"\xF0\x8F\xBF\xBF\"}",
        "{\"a\":\"\xF4\x90\x80\x80\"}",
        "{\"a\":\"\xF5\x80\x80\x80\"}",
        "{\"a\":\"\xFF\"}",
        "{\"a\":\"\xED\x95\"}",
        "{\"a\":\"\xE2\x82\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"x\\u0000y\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\udc00\"}",
        "{\"a\":\"\\ud83d\\ud83d\"}",
        "{\"a\":\"\\ud83dx\"}",
        "{\"a\":\"\\ude00\\ud83d\"}",
        "{\"a\":\"\\ud83d\\n\"}",
        "{\"a\":[{\"b\":\"\xFF\"}]}",
        "{\"a\":{\"\\u0000\":1}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (open_text(*state, bad[i]) != ST_VALIDATION_FAILED) fail_msg("not refused: %s", bad[i]);
        assert_fault("a", BAD_UTF8);
    }
    assert_int_equal(open_n(*state, "{\"a\":\"x\0y\"}", 11), ST_VALIDATION_FAILED);
    assert_fault("a", BAD_UTF8);
    assert_int_equal(open_text(*state, "{\"b\":1,\"\xFF\":1}"), ST_VALIDATION_FAILED);
    assert_fault("", BAD_UTF8);
}

static const char object_start[] = "{\"a\":", array_start[] = "[";

static const char *nested(struct arena *a, size_t depth, const char *open, char close, bool finished) {
    struct strbuf b;
    strbuf_init(&b, a, 8 * depth + 32);
    for (size_t i = 0; i < depth; i++) strbuf_puts(&b, i + 1 < depth ? open : "{");
    for (size_t i = 0; i < depth && finished; i++) strbuf_putc(&b, i == 0 ? '}' : close);
    return b.data;
}

static void depth(void **state) {
    assert_int_equal(open_text(*state, nested(*state, 32, object_start, '}', true)), ST_OK);
    assert_int_equal(open_text(*state, nested(*state, 33, object_start, '}', true)), ST_VALIDATION_FAILED);
    assert_fault("a", BAD_DEPTH);
    assert_int_equal(open_text(*state, nested(*state, 1000, object_start, '}', true)), ST_VALIDATION_FAILED);
    assert_int_equal(open_text(*state, nested(*state, 1000, array_start, ']', true)), ST_VALIDATION_FAILED);
    assert_fault("", BAD_DEPTH);
    assert_int_equal(open_text(*state, nested(*state, 100000, array_start, ']', false)), ST_VALIDATION_FAILED);
    assert_int_equal(open_text(*state, "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}"), ST_OK);
}

static void doubled_keys(void **state) {
    assert_int_equal(open_text(*state, "{\"a\":1,\"b\":2,\"a\":1}"), ST_VALIDATION_FAILED);
    assert_fault("a", BAD_DUPLICATE);
    assert_int_equal(open_text(*state, "{\"a\":1,\"\\u0061\":1}"), ST_VALIDATION_FAILED);
    assert_fault("a", BAD_DUPLICATE);
    assert_int_equal(open_text(*state, "{\"a\":null,\"a\":null}"), ST_VALIDATION_FAILED);
    assert_int_equal(open_text(*state, "{\"items\":[{\"x\":1},{\"y\":1,\"y\":2}]}"), ST_VALIDATION_FAILED);
    assert_fault("items", BAD_DUPLICATE);
}

static void numbers_beyond_a_double(void **state) {
    assert_int_equal(open_text(*state, "{\"a\":1e999}"), ST_VALIDATION_FAILED);
    assert_fault("a", BAD_RANGE);
    assert_int_equal(open_text(*state, "{\"a\":[[-1e999]]}"), ST_VALIDATION_FAILED);
    char long_number[200] = "{\"a\":1";
    memset(long_number + 6, '0', 100);
    long_number[106] = '}';
    assert_int_equal(open_text(*state, long_number), ST_VALIDATION_FAILED);
    assert_fault("a", BAD_RANGE);
}

static const char *array_of(struct arena *a, size_t n, const char *item) {
    struct strbuf b;
    strbuf_init(&b, a, n * (strlen(item) + 1) + 32);
    strbuf_puts(&b, "{\"items\":[");
    for (size_t i = 0; i < n; i++) {
        if (i > 0) strbuf_putc(&b, ',');
        strbuf_puts(&b, item);
    }
    strbuf_puts(&b, "]}");
    return b.data;
}

static void ten_thousand_items_are_refused_quickly(void **state) {
    const char *text = array_of(*state, 10000, "{\"product_id\":1,\"quantity\":1}");
    int64_t least_us = INT64_MAX; /* of some: others use this machine too */
    for (int i = 0; i < 5; i++) {
        int64_t start = time_mono_us();
        assert_int_equal(open_text(*state, text), ST_VALIDATION_FAILED);
        int64_t took_us = time_mono_us() - start;
        if (took_us < least_us) least_us = took_us;
    }
    assert_true(least_us < 100000);
    assert_fault("items", BAD_LENGTH);
    arena_reset(*state);
    assert_int_equal(open_text(*state, array_of(*state, 10000, "1")), ST_VALIDATION_FAILED);
    assert_fault("items", BAD_LENGTH);
    arena_reset(*state);
    assert_int_equal(open_text(*state, array_of(*state, 8000, "1")), ST_OK);
    assert_int_equal(json_array(&in, "items", 1, 50, JSON_REQUIRED), 0);
    assert_fault("items", BAD_LENGTH);
    assert_int_equal(json_array(&in, "items", 1, 8000, JSON_REQUIRED), 8000);
    assert_int_equal(json_item_int(&in, "items", 7999, 0, 9), 1);
}

static void at_most_64_members(void **state) {
    for (int n = 64; n <= 65; n++) {
        struct strbuf b;
        strbuf_init(&b, *state, 2000);
        for (int i = 0; i < n; i++) strbuf_printf(&b, "%s\"m%d\":%d", i > 0 ? "," : "{", i, i);
        strbuf_putc(&b, '}');
        assert_int_equal(open_text(*state, b.data), n == 64 ? ST_OK : ST_VALIDATION_FAILED);
        if (n == 64) {
            assert_int_equal(json_int(&in, "m63", 0, 100, JSON_REQUIRED), 63);
            json_end(&in);
            assert_fault("m0", BAD_UNKNOWN);
        } else {
            assert_fault("", BAD_LENGTH);
        }
    }
}

static void too_little_memory(void **state) {
    const char *text = array_of(*state, 400, "1");
    struct arena *small = arena_new(2000);
    faults = (struct json_faults){0};
    assert_int_equal(json_open(&in, small, &faults, text, strlen(text), false), ST_VALIDATION_FAILED);
    assert_fault("", BAD_LENGTH);
    arena_free(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed),
        cmocka_unit_test(wellformed),
        cmocka_unit_test(only_an_object),
        cmocka_unit_test(empty_text),
        cmocka_unit_test(text_that_is_no_utf8),
        cmocka_unit_test(depth),
        cmocka_unit_test(doubled_keys),
        cmocka_unit_test(numbers_beyond_a_double),
        cmocka_unit_test(ten_thousand_items_are_refused_quickly),
        cmocka_unit_test(at_most_64_members),
        cmocka_unit_test(too_little_memory),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
