#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include "arena.h"
#include "json.h"
#include "log.h"

static char dir[] = "/tmp/test_log.XXXXXX", path[64], moved[64];
static int screen;
static struct arena *arena;

/* stderr goes nowhere, the lines are read from the file. */
static int begin(void **state) {
    (void)state;
    if (mkdtemp(dir) == NULL) return -1;
    snprintf(path, sizeof path, "%s/app.log", dir);
    snprintf(moved, sizeof moved, "%s/app.log.1", dir);
    screen = dup(STDERR_FILENO);
    int null = open("/dev/null", O_WRONLY);
    dup2(null, STDERR_FILENO);
    close(null);
    arena = arena_new(64 << 20);
    log_init("svc-test", LOG_INFO, path);
    return arena == NULL;
}

static int end(void **state) {
    (void)state;
    dup2(screen, STDERR_FILENO);
    close(screen);
    unlink(path);
    unlink(moved);
    rmdir(dir);
    arena_free(&arena);
    return 0;
}

/* The file's content since the last call. */
static const char *lines_of(const char *file) {
    char *text = arena_alloc(arena, 8 << 20);
    int fd = open(file, O_RDWR);
    ssize_t n = read(fd, text, (8 << 20) - 1);
    assert_true(n >= 0);
    assert_int_equal(ftruncate(fd, 0), 0);
    close(fd);
    return text;
}

static const char *lines(void) {
    arena_reset(arena);
    return lines_of(path);
}

static void assert_ends(const char *text, const char *end_of_text) {
    size_t n = strlen(text), m = strlen(end_of_text);
    assert_true(n >= m);
    assert_string_equal(text + n - m, end_of_text);
}

static void fields_in_order(void **state) {
    (void)state;
    const struct log_ctx ctx = {.request_id = "r-1", .order_number = "ORD1", .exhibition_code = "aaa", .user_id = 7};
    log_write(LOG_WARNING, &ctx, "주문 refused", "code", "SOLD_OUT", "n", "3", NULL);
    const char *line = lines();
    assert_memory_equal(line, "{\"timestamp\":\"20", 16);
    assert_int_equal(strspn(line + 14, "0123456789-T:."), 23);
    assert_ends(
        line,
        "Z\",\"level\":\"WARNING\",\"logger\":\"svc-test\",\"message\":\"주문 refused\",\"request_id\":\"r-1\","
        "\"order_number\":\"ORD1\",\"exhibition_code\":\"aaa\",\"user_id\":7,\"code\":\"SOLD_OUT\",\"n\":\"3\"}\n");
    const struct log_ctx some = {.order_number = "ORD2"};
    log_write(LOG_INFO, &some, "m", NULL);
    assert_ends(lines(), "\"level\":\"INFO\",\"logger\":\"svc-test\",\"message\":\"m\",\"order_number\":\"ORD2\"}\n");
    log_error("m", "a", "b");
    assert_ends(lines(), "\"level\":\"ERROR\",\"logger\":\"svc-test\",\"message\":\"m\",\"a\":\"b\"}\n");
    log_info("m", "a", (const char *)NULL, "b", "c"); /* a value that is missing ends the list */
    assert_ends(lines(), "\"message\":\"m\"}\n");
}

static void level_is_respected(void **state) {
    (void)state;
    log_write(LOG_DEBUG, NULL, "hidden", NULL);
    assert_string_equal(lines(), "");
    log_init("svc-test", LOG_DEBUG, path);
    log_write(LOG_DEBUG, NULL, "shown", NULL);
    assert_ends(lines(), "\"level\":\"DEBUG\",\"logger\":\"svc-test\",\"message\":\"shown\"}\n");
    log_init("svc-test", LOG_INFO, path);
}

static void assert_json(const char *line, size_t n) {
    struct json_faults faults = {0};
    struct json_in in;
    assert_int_equal(json_open(&in, arena, &faults, line, n, false), ST_OK);
}

static void anything_gives_valid_json(void **state) {
    (void)state;
    log_info("q\"b\\n\n\x01\x1f", "bad", "\xFF\xC3(", "half", "\xED\x95");
    assert_ends(lines(),
                "\"message\":\"q\\\"b\\\\n\\u000a\\u0001\\u001f\",\"bad\":\"\xEF\xBF\xBD\xEF\xBF\xBD(\",\"half\":\""
                "\xEF\xBF\xBD\xEF\xBF\xBD\"}\n");
    char *text = malloc(9000);
    for (size_t n = 3800; n < 4300; n++) {
        memset(text, 'x', n);
        memcpy(text + n, "한\n\"한", 9);
        log_info(text, "more", "and more");
        log_info("m", "long", text, "more", "and more");
    }
    free(text);
    const char *line = lines();
    size_t longest = 0, count = 0;
    for (const char *next; (next = strchr(line, '\n')) != NULL; line = next + 1, count++) {
        size_t n = (size_t)(next - line) + 1;
        if (n > longest) longest = n;
        assert_json(line, n);
    }
    assert_int_equal(count, 1000);
    assert_int_equal(longest, 4096); /* one atomic write to a pipe */
}

static void file_is_reopened(void **state) {
    (void)state;
    log_info("before");
    assert_int_equal(rename(path, moved), 0);
    log_info("still the old file");
    log_reopen();
    log_info("after");
    assert_ends(lines(), "\"message\":\"after\"}\n");
    const char *old = lines_of(moved);
    assert_non_null(strstr(old, "\"before\""));
    assert_non_null(strstr(old, "\"still the old file\""));
    assert_null(strstr(old, "\"after\""));
}

static void without_its_file_it_goes_on(void **state) {
    (void)state;
    log_init("svc-test", LOG_INFO, "/nowhere/at/all.log");
    log_info("to stderr only");
    log_reopen();
    log_init("svc-test", LOG_INFO, NULL);
    lines();
    log_info("not in the file");
    log_reopen();
    assert_string_equal(lines(), "");
    log_init("svc-test", LOG_INFO, path);
    log_info("again");
    assert_ends(lines(), "\"message\":\"again\"}\n");
}

enum { THREADS = 4, LINES = 2000 };

static void *write_many(void *name) {
    for (int i = 0; i < LINES; i++) {
        log_info("from a thread", "name", (const char *)name);
        if (i % 100 == 0) log_reopen();
    }
    return NULL;
}

static void threads_do_not_mix(void **state) {
    (void)state;
    static char names[THREADS][300];
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++) {
        memset(names[i], (int)('a' + i), sizeof names[i] - 1);
        assert_int_equal(pthread_create(&threads[i], NULL, write_many, names[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    size_t seen[THREADS] = {0};
    const char *line = lines();
    for (const char *next; (next = strchr(line, '\n')) != NULL; line = next + 1)
        for (size_t i = 0; i < THREADS; i++) {
            const char *at = strstr(line, names[i]);
            seen[i] += at != NULL && at < next && next - at == (ptrdiff_t)sizeof names[i] + 1;
        }
    for (size_t i = 0; i < THREADS; i++) assert_int_equal(seen[i], LINES);
}

static void later_lines_come_with_the_flush_or_the_full_buffer(void **state) {
    (void)state;
    log_write_later(NULL, "first", "n", "1", NULL);
    log_write_later(NULL, "second", NULL);
    assert_string_equal(lines(), "");
    log_flush();
    const char *both = lines();
    assert_non_null(strstr(both, "\"message\":\"first\",\"n\":\"1\"}\n{\"timestamp\":"));
    assert_non_null(strstr(both, "\"message\":\"second\"}\n"));
    log_flush();
    assert_string_equal(lines(), "");
    for (int i = 0; i < 1000; i++) log_write_later(NULL, "many", NULL);
    log_flush();
    size_t n = 0;
    for (const char *s = lines(); (s = strstr(s, "\"many\"}\n")) != NULL; s++) n++;
    assert_int_equal(n, 1000);
    log_set_level(LOG_WARNING);
    log_write_later(NULL, "unwanted", NULL);
    log_set_level(LOG_INFO);
    log_flush();
    assert_string_equal(lines(), "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_in_order),
        cmocka_unit_test(level_is_respected),
        cmocka_unit_test(anything_gives_valid_json),
        cmocka_unit_test(file_is_reopened),
        cmocka_unit_test(without_its_file_it_goes_on),
        cmocka_unit_test(threads_do_not_mix),
        cmocka_unit_test(later_lines_come_with_the_flush_or_the_full_buffer),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
