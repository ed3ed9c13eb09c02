#include "test_json.h"

static void texts(void **state) {
    assert_int_equal(open_text(*state,
                               "{\"a\":\"한글\",\"b\":\"\",\"c\":5,\"d\":null,\"e\":\"x\\u0007\",\"f\":\"a\\n\\tb\","
                               "\"g\":\"\\u0085\",\"h\":\"\\u007f\",\"i\":\" x \",\"j\":\"😀😀\"}"),
                     ST_OK);
    assert_string_equal(json_text(&in, "a", 2, 2, JSON_REQUIRED), "한글"); /* counted in characters */
    assert_string_equal(json_text(&in, "b", 0, 5, JSON_REQUIRED), "");
    assert_string_equal(json_text(&in, "f", 0, 5, JSON_REQUIRED), "a\n\tb");
    assert_string_equal(json_text(&in, "i", 3, 3, JSON_REQUIRED), " x ");
    assert_string_equal(json_text(&in, "j", 2, 2, JSON_REQUIRED), "😀😀");
    assert_null(json_text(&in, "d", 0, 5, JSON_OPTIONAL));
    assert_null(json_text(&in, "none", 0, 5, JSON_OPTIONAL));
    assert_int_equal(faults.n, 0);
    assert_null(json_text(&in, "a", 3, 9, JSON_REQUIRED));
    assert_fault("a", BAD_LENGTH);
    assert_null(json_text(&in, "b", 1, 9, JSON_REQUIRED));
    assert_fault("b", BAD_LENGTH);
    assert_null(json_text(&in, "c", 0, 9, JSON_OPTIONAL));
    assert_fault("c", BAD_TYPE);
    assert_null(json_text(&in, "d", 0, 9, JSON_REQUIRED));
    assert_fault("d", BAD_MISSING);
    assert_null(json_text(&in, "none", 0, 9, JSON_REQUIRED));
    assert_fault("none", BAD_MISSING);
    assert_null(json_text(&in, "e", 0, 9, JSON_REQUIRED));
    assert_fault("e", BAD_FORMAT);
    assert_null(json_text(&in, "g", 0, 9, JSON_REQUIRED));
    assert_fault("g", BAD_FORMAT);
    assert_null(json_text(&in, "h", 0, 9, JSON_REQUIRED));
    assert_fault("h", BAD_FORMAT);
}

static void integers(void **state) {
    static const struct {
        const char *text;
        int64_t v;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"1.0", 1},
                {"1e3", 1000},
                {"-5", -5},
                {"9007199254740991", 9007199254740991},
                {"-9007199254740991", -9007199254740991}};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(open_text(*state, arena_printf(*state, "{\"a\":%s}", good[i].text)), ST_OK);
        assert_true(json_int(&in, "a", INT64_MIN, INT64_MAX, JSON_REQUIRED) == good[i].v);
        assert_int_equal(faults.n, 0);
    }
    static const struct {
        const char *text;
        enum json_fault fault;
    } bad[] = {{"0", BAD_RANGE},
               {"101", BAD_RANGE},
               {"-1", BAD_RANGE},
               {"1.5", BAD_TYPE},
               {"\"5\"", BAD_TYPE},
               {"true", BAD_TYPE},
               {"[]", BAD_TYPE},
               {"null", BAD_MISSING},
               {"9007199254740992", BAD_RANGE},
               {"9007199254740993", BAD_RANGE},
               {"1e300", BAD_RANGE},
               {"-1e300", BAD_RANGE},
               {"2147483648", BAD_RANGE},
               {"4294967297", BAD_RANGE},
               {"18446744073709551617", BAD_RANGE}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(open_text(*state, arena_printf(*state, "{\"a\":%s}", bad[i].text)), ST_OK);
        assert_int_equal(json_int(&in, "a", 1, 100, JSON_REQUIRED), 0);
        assert_fault("a", bad[i].fault);
    }
}

static void bools(void **state) {
    assert_int_equal(open_text(*state, "{\"t\":true,\"f\":false,\"n\":null,\"x\":1}"), ST_OK);
    assert_true(json_bool(&in, "t", JSON_REQUIRED));
    assert_false(json_bool(&in, "f", JSON_REQUIRED));
    assert_false(json_bool(&in, "n", JSON_OPTIONAL));
    assert_int_equal(faults.n, 0);
    assert_true(json_has(&in, "f"));
    assert_false(json_has(&in, "n"));
    assert_false(json_bool(&in, "x", JSON_OPTIONAL));
    assert_fault("x", BAD_TYPE);
    assert_false(json_bool(&in, "n", JSON_REQUIRED));
    assert_fault("n", BAD_MISSING);
}

static void items_name_their_faults(void **state) {
    assert_int_equal(open_text(*state, "{\"items\":[{\"id\":1,\"q\":2},{\"id\":\"x\",\"odd\":1},5]}"), ST_OK);
    assert_int_equal(json_array(&in, "items", 1, 10, JSON_REQUIRED), 3);
    struct json_in item;
    assert_true(json_item(&in, "items", 0, &item));
    assert_int_equal(json_int(&item, "id", 1, 9, JSON_REQUIRED), 1);
    assert_int_equal(json_int(&item, "q", 1, 9, JSON_REQUIRED), 2);
    json_end(&item);
    assert_int_equal(faults.n, 0);
    assert_true(json_item(&in, "items", 1, &item));
    json_int(&item, "id", 1, 9, JSON_REQUIRED);
    json_int(&item, "q", 1, 9, JSON_REQUIRED);
    json_end(&item);
    assert_fault("items[1].id", BAD_TYPE);
    assert_fault("items[1].q", BAD_MISSING);
    assert_fault("items[1].odd", BAD_UNKNOWN);
    assert_false(json_item(&in, "items", 2, &item));
    assert_fault("items[2]", BAD_TYPE);
    assert_false(json_item(&in, "items", 3, &item));
    assert_fault("items[3]", BAD_TYPE);
    assert_int_equal(faults.n, 5);
}

static void arrays_of_plain_values(void **state) {
    assert_int_equal(open_text(*state, "{\"n\":[1,2,\"x\"],\"t\":[\"a\",\"bcd\",7],\"o\":{},\"z\":null}"), ST_OK);
    assert_int_equal(json_item_int(&in, "n", 1, 0, 9), 2);
    assert_int_equal(json_item_int(&in, "n", 2, 0, 9), 0);
    assert_fault("n[2]", BAD_TYPE);
    assert_string_equal(json_item_text(&in, "t", 0, 1, 2), "a");
    assert_null(json_item_text(&in, "t", 1, 1, 2));
    assert_fault("t[1]", BAD_LENGTH);
    assert_null(json_item_text(&in, "t", 2, 1, 2));
    assert_fault("t[2]", BAD_TYPE);
    assert_null(json_item_text(&in, "t", 9, 1, 2));
    assert_fault("t[9]", BAD_TYPE);
    assert_string_equal(json_item_text(&in, "t", 0, 1, 2), "a"); /* back, and from array to array */
    assert_int_equal(json_item_int(&in, "n", 1, 0, 9), 2);
    assert_string_equal(json_item_text(&in, "t", 0, 1, 2), "a");
    assert_int_equal(json_array(&in, "o", 0, 9, JSON_REQUIRED), 0);
    assert_fault("o", BAD_TYPE);
    assert_int_equal(json_array(&in, "t", 4, 9, JSON_REQUIRED), 0);
    assert_fault("t", BAD_LENGTH);
    assert_int_equal(json_array(&in, "none", 1, 9, JSON_OPTIONAL), 0);
    assert_int_equal(json_array(&in, "z", 1, 9, JSON_REQUIRED), 0);
    assert_fault("z", BAD_MISSING);
}

static void objects_inside(void **state) {
    assert_int_equal(open_text(*state, "{\"c\":{\"d\":{\"n\":1,\"odd\":1}},\"x\":[]}"), ST_OK);
    struct json_in c, d;
    assert_true(json_child(&in, "c", &c, JSON_REQUIRED));
    assert_true(json_child(&c, "d", &d, JSON_REQUIRED));
    assert_int_equal(json_int(&d, "n", 0, 9, JSON_REQUIRED), 1);
    json_bad(&d, "n", BAD_PAST);
    assert_fault("c.d.n", BAD_PAST);
    json_end(&d);
    assert_fault("c.d.odd", BAD_UNKNOWN);
    assert_false(json_child(&in, "x", &c, JSON_OPTIONAL));
    assert_fault("x", BAD_TYPE);
    assert_false(json_child(&in, "none", &c, JSON_OPTIONAL));
    assert_false(json_child(&in, "none", &c, JSON_REQUIRED));
    assert_fault("none", BAD_MISSING);
}

static void unknown_fields(void **state) {
    assert_int_equal(open_text(*state, "{\"a\":1,\"A\":2,\"admin\":null}"), ST_OK);
    json_int(&in, "a", 0, 9, JSON_REQUIRED);
    json_end(&in);
    assert_fault("A", BAD_UNKNOWN);
    assert_fault("admin", BAD_UNKNOWN);
    assert_int_equal(faults.n, 2);
}

static void raw_text(void **state) {
    assert_int_equal(
        open_text(*state,
                  "{\"p\" : [ {\"d\": 7, \"r\":0.1,\"t\":\"\\u00e9\\n\\\"\"} , null,true,1e2,-9007199254740991],"
                  "\"s\":\"x\",\"n\":null,\"o\":{\"k\\\"\":{},\"z\":[]}}"),
        ST_OK);
    assert_string_equal(json_raw(&in, "p", 1000),
                        "[{\"d\":7,\"r\":0.10000000000000001,\"t\":\"é\\n\\\"\"},null,true,100,-9007199254740991]");
    assert_string_equal(json_raw(&in, "s", 1000), "\"x\"");
    assert_string_equal(json_raw(&in, "o", 1000), "{\"k\\\"\":{},\"z\":[]}");
    assert_null(json_raw(&in, "n", 1000));
    assert_null(json_raw(&in, "none", 1000));
    assert_int_equal(faults.n, 0);
    assert_null(json_raw(&in, "p", 20));
    assert_fault("p", BAD_LENGTH);
}

static void faults_are_bounded(void **state) {
    assert_int_equal(open_text(*state, "{}"), ST_OK);
    for (int i = 0; i < 50; i++) {
        json_bad(&in, arena_printf(*state, "f%d", i), BAD_FORMAT);
        json_bad(&in, arena_printf(*state, "f%d", i), BAD_RANGE); /* the first of a field is kept */
    }
    assert_int_equal(faults.n, JSON_MAX_FAULTS);
    for (size_t i = 0; i < faults.n; i++) assert_int_equal(faults.item[i].fault, BAD_FORMAT);
    struct strbuf b;
    strbuf_init(&b, *state, 100000);
    strbuf_puts(&b, "{\"");
    for (int i = 0; i < 20000; i++) strbuf_puts(&b, "한");
    strbuf_puts(&b, "\":1}");
    assert_int_equal(open_text(*state, b.data), ST_OK);
    json_end(&in);
    assert_int_equal(faults.n, 1);
    assert_int_equal(strlen(faults.item[0].field), 63); /* cut between two characters */
    assert_true(utf8_valid(faults.item[0].field, 63));
}

static void faults_are_said_in_two_languages(void **state) {
    for (enum json_fault f = BAD_MISSING; f <= BAD_REQUIRED_TOGETHER; f++) {
        struct json_faults one = {.item = {{"a\"b", f}}, .n = 1};
        struct strbuf ko, en;
        strbuf_init(&ko, *state, 1000);
        strbuf_init(&en, *state, 1000);
        json_faults_write(&one, LANG_KO, &ko);
        json_faults_write(&one, LANG_EN, &en);
        assert_string_not_equal(ko.data, en.data);
        for (size_t i = 0; i < en.len; i++) assert_in_range(en.data[i], 0x20, 0x7E);
        static const char start[] = "{\"errors\":[{\"field\":\"a\\\"b\",\"message\":\"";
        assert_memory_equal(ko.data, start, sizeof start - 1);
        assert_true((unsigned char)ko.data[sizeof start - 1] >= 0xEA); /* Hangul */
        assert_int_equal(open_n(*state, ko.data, ko.len), ST_OK);
        assert_int_equal(open_n(*state, en.data, en.len), ST_OK);
    }
    struct json_faults none = {0};
    struct strbuf b;
    strbuf_init(&b, *state, 100);
    json_faults_write(&none, LANG_KO, &b);
    assert_string_equal(b.data, "{\"errors\":[]}");
}

/* An object of n members "m0" to "m<n-1>", each with its number. */
static const char *wide_object(struct arena *a, int n) {
    struct strbuf b;
    strbuf_init(&b, a, 1 << 20);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    for (int i = 0; i < n; i++) json_put_int(&o, arena_printf(a, "m%d", i), i);
    json_obj_end(&o);
    return b.data;
}

static void other_limits(void **state) {
    const struct json_limits limits = {.values = 201, .members = 200};
    const char *fits = wide_object(*state, 200), *wide = wide_object(*state, 201);
    faults = (struct json_faults){0};
    assert_int_equal(json_open_within(&in, *state, &faults, fits, strlen(fits), &limits), ST_OK);
    assert_int_equal(json_int(&in, "m199", 0, 1000, JSON_REQUIRED), 199);
    assert_int_equal(json_int(&in, "m64", 0, 1000, JSON_REQUIRED), 64);
    assert_int_equal(faults.n, 0);
    assert_int_equal(json_open_within(&in, *state, &faults, wide, strlen(wide), &limits), ST_VALIDATION_FAILED);
    assert_false(json_has(&in, "m0"));
    assert_int_equal(json_open_within(&in, *state, &faults, "", 0, &limits), ST_MALFORMED_JSON);
    assert_int_equal(open_text(*state, wide_object(*state, 64)), ST_OK);
    assert_int_equal(open_text(*state, wide_object(*state, 65)), ST_VALIDATION_FAILED);
}

static void tables(void **state) {
    struct json_rows rows;
    struct json_cell cells[3];
    assert_int_equal(open_text(*state, "{\"rows\":[[\"a\",-1,null],[null,2,\"\"]],\"none\":[],\"text\":\"x\"}"), ST_OK);
    assert_true(json_rows(&in, "rows", &rows));
    assert_true(json_rows_next(&rows, cells, 3));
    assert_int_equal(cells[0].type, CELL_TEXT);
    assert_string_equal(cells[0].text, "a");
    assert_int_equal(cells[1].type, CELL_INT);
    assert_int_equal(cells[1].number, -1);
    assert_int_equal(cells[2].type, CELL_NULL);
    assert_true(json_rows_next(&rows, cells, 3));
    assert_int_equal(cells[0].type, CELL_NULL);
    assert_false(json_rows_next(&rows, cells, 3));
    assert_true(json_rows(&in, "none", &rows));
    assert_false(json_rows_next(&rows, cells, 3));
    assert_int_equal(faults.n, 0);
    assert_false(json_rows(&in, "text", &rows));
    assert_fault("text", BAD_TYPE);
    assert_false(json_rows(&in, "absent", &rows));
    assert_fault("absent", BAD_MISSING);
}

/* A row that is not as all the others ends the table: nobody takes the rest for all of it. */
static void broken_tables(void **state) {
    static const struct {
        const char *row;
        enum json_fault fault;
    } bad[] = {{"[1]", BAD_LENGTH},    {"[1,2,3]", BAD_LENGTH}, {"{}", BAD_LENGTH},    {"5", BAD_LENGTH},
               {"[1,true]", BAD_TYPE}, {"[1,[]]", BAD_TYPE},    {"[1,1.5]", BAD_TYPE}, {"[1,1e300]", BAD_RANGE}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct json_rows rows;
        struct json_cell cells[2];
        assert_int_equal(open_text(*state, arena_printf(*state, "{\"rows\":[[1,2],%s,[3,4]]}", bad[i].row)), ST_OK);
        assert_true(json_rows(&in, "rows", &rows));
        assert_true(json_rows_next(&rows, cells, 2));
        assert_false(json_rows_next(&rows, cells, 2));
        assert_fault("rows[1]", bad[i].fault);
        assert_false(json_rows_next(&rows, cells, 2));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),
        cmocka_unit_test(broken_tables),
        cmocka_unit_test(texts),
        cmocka_unit_test(integers),
        cmocka_unit_test(bools),
        cmocka_unit_test(items_name_their_faults),
        cmocka_unit_test(arrays_of_plain_values),
        cmocka_unit_test(objects_inside),
        cmocka_unit_test(unknown_fields),
        cmocka_unit_test(raw_text),
        cmocka_unit_test(other_limits),
        cmocka_unit_test(faults_are_bounded),
        cmocka_unit_test(faults_are_said_in_two_languages),
    };
    return cmocka_run_group_tests(tests, make_arena, drop_arena);
}
