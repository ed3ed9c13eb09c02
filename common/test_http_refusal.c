#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "http_refusal.h"

/* What every refusal must be: one whole answer whose length is right. */
static void check_answer(enum status st, const char *line, const char *header) {
    char out[2048];
    size_t n = http_refusal(st, LANG_EN, false, "Date: now\r\n", out, sizeof out);
    assert_int_equal(n, strlen(out));
    assert_ptr_equal(strstr(out, line), out);
    assert_non_null(strstr(out, header));
    assert_non_null(strstr(out, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(out, "\r\nDate: now\r\n"));
    assert_non_null(strstr(out, status_code(st)));
    const char *body = strstr(out, "\r\n\r\n"), *length = strstr(out, "Content-Length: ");
    assert_non_null(body);
    assert_non_null(length);
    assert_int_equal(strtol(length + 16, NULL, 10), strlen(body + 4));
}

static void answers(void **state) {
    (void)state;
    check_answer(ST_BAD_REQUEST, "HTTP/1.1 400 Bad Request\r\n", "\r\n");
    check_answer(ST_METHOD_NOT_ALLOWED, "HTTP/1.1 405 Method Not Allowed\r\n", "\r\nAllow: GET, ");
    check_answer(ST_RATE_LIMITED, "HTTP/1.1 429 Too Many Requests\r\n", "\r\nRetry-After: 1\r\n");
    check_answer(ST_HEADERS_TOO_LARGE, "HTTP/1.1 431 Request Header Fields Too Large\r\n", "\r\n");
    check_answer(ST_BUSY, "HTTP/1.1 503 Service Unavailable\r\n", "\r\nRetry-After: 1\r\n");
}

static void answer_to_head_and_full_buffer(void **state) {
    (void)state;
    char out[2048];
    size_t n = http_refusal(ST_BAD_REQUEST, LANG_KO, true, "", out, sizeof out);
    assert_string_equal(out + n - 4, "\r\n\r\n");
    assert_int_equal(http_refusal(ST_BAD_REQUEST, LANG_KO, true, "", out, n), 0);
    assert_int_equal(http_refusal(ST_BAD_REQUEST, LANG_KO, true, "", out, n + 1), n);
}

static void every_status_has_its_phrase(void **state) {
    (void)state;
    for (int st = 0; st < ST_COUNT; st++)
        if (strcmp(http_reason(status_http((enum status)st)), "Status") == 0)
            fail_msg("%s", status_code((enum status)st));
    assert_string_equal(http_reason(299), "Status");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers),
        cmocka_unit_test(answer_to_head_and_full_buffer),
        cmocka_unit_test(every_status_has_its_phrase),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
