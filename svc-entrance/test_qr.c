#include <stdio.h>
#include <string.h>
#include "code.h"
#include "common/test_arena.h"
#include "qr.h"

#define PICTURE_MAX ((size_t)1024 * 1024)
#define TOO_LONG 3000 /* a QR code of this error correction holds 2331 bytes */

static const uint8_t png_begins[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
static const char svg_begins[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 57 57\"";

static const char *code(char text[CODE_LEN + 1]) {
    memset(text, 'A', CODE_LEN);
    text[CODE_LEN] = '\0';
    return text;
}

static void pictures_are_small_and_of_their_kind(void **state) {
    char text[CODE_LEN + 1];
    struct strbuf out;
    strbuf_init(&out, *state, PICTURE_MAX);
    assert_true(qr_svg(code(text), &out));
    assert_memory_equal(out.data, svg_begins, sizeof svg_begins - 1); /* version 8: 49 modules and 4 on each side */
    assert_string_equal(out.data + out.len - strlen("</svg>"), "</svg>");
    assert_in_range(out.len, 1000, 16384);
    strbuf_init(&out, *state, PICTURE_MAX);
    assert_true(qr_png(code(text), &out));
    assert_memory_equal(out.data, png_begins, sizeof png_begins);
    assert_in_range(out.len, 200, 4096);
}

static void what_cannot_be_drawn_is_refused(void **state) {
    char text[TOO_LONG + 1];
    struct strbuf out;
    memset(text, 'a', TOO_LONG);
    text[TOO_LONG] = '\0';
    strbuf_init(&out, *state, PICTURE_MAX);
    assert_false(qr_svg(text, &out));
    assert_false(qr_png(text, &out));
    assert_int_equal(out.len, 0);
    strbuf_init(&out, *state, 100);
    assert_false(qr_svg("code", &out));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(pictures_are_small_and_of_their_kind, make_arena, drop_arena),
        cmocka_unit_test_setup_teardown(what_cannot_be_drawn_is_refused, make_arena, drop_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
