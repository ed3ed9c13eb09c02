/* A file that a spreadsheet reads: quoting, the mark, and nothing in it that would be run. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "sheet.h"

#define MARK "\xEF\xBB\xBF"

static char written[256 * 1024];
static size_t written_len, writes;
static bool refuse_writes;

static bool take(void *arg, const void *data, size_t n) {
    (void)arg;
    writes++;
    if (refuse_writes) return false;
    assert_true(written_len + n < sizeof written);
    memcpy(written + written_len, data, n);
    written_len += n;
    written[written_len] = '\0';
    return true;
}

static const struct sheet_out out = {.write = take};
static struct arena *arena;
static void *sheet;

static int begin(void **state) {
    (void)state;
    arena = arena_new(256 * 1024);
    written_len = writes = 0;
    written[0] = '\0';
    refuse_writes = false;
    sheet = sheet_csv.open(arena, &out);
    return arena == NULL || sheet == NULL;
}

static int finish(void **state) {
    (void)state;
    sheet_csv.close(sheet);
    arena_free(&arena);
    return 0;
}

static struct json_cell text(const char *s) { return (struct json_cell){.type = CELL_TEXT, .text = s}; }
static struct json_cell number(int64_t n) { return (struct json_cell){.type = CELL_INT, .number = n}; }

/* The one cell as it stands in the file. */
static void assert_cell(struct json_cell cell, const char *wanted) {
    begin(NULL);
    assert_true(sheet_csv.row(sheet, &cell, 1));
    assert_true(sheet_csv.end(sheet));
    size_t n = strlen(written);
    assert_memory_equal(written, MARK, 3);
    assert_string_equal(written + n - 2, "\r\n");
    written[n - 2] = '\0';
    assert_string_equal(written + 3, wanted);
    finish(NULL);
}

static void test_rows_end_and_the_mark_is_written_once(void **state) {
    (void)state;
    const struct json_cell titles[] = {text("주문번호"), text("금액"), text("관람일")};
    const struct json_cell row[] = {text("ORD1"), number(15000), {.type = CELL_NULL}};
    assert_true(sheet_csv.row(sheet, titles, 3));
    assert_true(sheet_csv.row(sheet, row, 3));
    assert_int_equal(writes, 0); /* small rows gather */
    assert_true(sheet_csv.end(sheet));
    assert_string_equal(written, MARK "주문번호,금액,관람일\r\nORD1,15000,\r\n");
}

static void test_an_empty_sheet_is_empty(void **state) {
    (void)state;
    assert_true(sheet_csv.end(sheet));
    assert_int_equal(writes, 0);
}

static void test_quoting(void **state) {
    (void)state;
    static const struct {
        const char *cell, *wanted;
    } cases[] = {
        {"", ""},
        {"홍*동", "홍*동"},
        {"a b;c", "a b;c"},
        {"a,b", "\"a,b\""},
        {"a\"b", "\"a\"\"b\""},
        {"\"\"", "\"\"\"\"\"\""},
        {"a\nb", "\"a\nb\""},
        {"a\r\nb", "\"a\r\nb\""},
        {"'a", "'a"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_cell(text(cases[i].cell), cases[i].wanted);
}

static void test_no_text_is_a_formula(void **state) {
    (void)state;
    static const struct {
        const char *cell, *wanted;
    } cases[] = {
        {"=1+1", "'=1+1"},     {"+82", "'+82"},
        {"-1", "'-1"},         {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\t=1"},     {"\r=1", "\"'\r=1\""},
        {"\n=1", "\"'\n=1\""}, {"=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""},
        {"a=1", "a=1"},        {" =1", " =1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) assert_cell(text(cases[i].cell), cases[i].wanted);
}

static void test_numbers_stay_numbers(void **state) {
    (void)state;
    assert_cell(number(0), "0");
    assert_cell(number(-5), "-5");
    assert_cell(number(INT64_MIN), "-9223372036854775808");
}

/* A cell longer than all buffers, cut wherever one ends. */
static void test_long_cells_arrive_whole(void **state) {
    (void)state;
    enum { LONG = 50001 };
    char *cell = malloc(LONG + 1);
    for (size_t i = 0; i < LONG; i++) cell[i] = i % 7 == 3 ? '"' : (char)('a' + i % 26);
    cell[LONG] = '\0';
    const struct json_cell one = text(cell);
    assert_true(sheet_csv.row(sheet, &one, 1));
    assert_true(sheet_csv.end(sheet));
    const char *at = written + 3;
    assert_int_equal(*at++, '"');
    for (size_t i = 0; i < LONG; i++) {
        assert_int_equal(*at++, cell[i]);
        if (cell[i] == '"') assert_int_equal(*at++, '"');
    }
    assert_string_equal(at, "\"\r\n");
    free(cell);
}

static void test_nobody_reads_any_more(void **state) {
    (void)state;
    const struct json_cell cell = text("0123456789");
    refuse_writes = true;
    bool going = true;
    for (size_t i = 0; i < 100000 && going; i++) going = sheet_csv.row(sheet, &cell, 1);
    assert_false(going);
    assert_false(sheet_csv.end(sheet));
    assert_int_equal(writes, 1); /* after the first refusal nothing more is tried */
}

static void test_formats_and_titles(void **state) {
    (void)state;
    assert_ptr_equal(sheet_find("csv"), &sheet_csv);
    assert_ptr_equal(sheet_find("xlsx"), &sheet_xlsx);
    assert_null(sheet_find("CSV"));
    assert_null(sheet_find(""));
    assert_string_equal(sheet_title("order_number", LANG_KO), "주문번호");
    assert_string_equal(sheet_title("order_number", LANG_EN), "Order number");
    assert_string_equal(sheet_title("something_new", LANG_KO), "something_new");
    assert_string_equal(sheet_word(sheet_words("status"), "paid", LANG_KO), "결제 완료");
    assert_string_equal(sheet_word(sheet_words("payment_status"), "refunded", LANG_EN), "Refunded");
    assert_string_equal(sheet_word(sheet_words("payment_method"), "something_new", LANG_EN), "something_new");
    assert_null(sheet_words("items"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_rows_end_and_the_mark_is_written_once, begin, finish),
        cmocka_unit_test_setup_teardown(test_an_empty_sheet_is_empty, begin, finish),
        cmocka_unit_test(test_quoting),
        cmocka_unit_test(test_no_text_is_a_formula),
        cmocka_unit_test(test_numbers_stay_numbers),
        cmocka_unit_test_setup_teardown(test_long_cells_arrive_whole, begin, finish),
        cmocka_unit_test_setup_teardown(test_nobody_reads_any_more, begin, finish),
        cmocka_unit_test(test_formats_and_titles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
