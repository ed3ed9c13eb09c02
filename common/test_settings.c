#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <unistd.h>

#include "log.h"
#include "settings.h"

struct config {
    char *key, *name;
    int64_t count;
    bool fast;
};

static const struct setting table[] = {
    {"T_COUNT", SET_INT, offsetof(struct config, count), "5", -10, 100, 0, "How many | at once."},
    {"T_FAST", SET_BOOL, offsetof(struct config, fast), "off", 0, 0, 0, "Whether to hurry."},
    {"T_KEY", SET_TEXT, offsetof(struct config, key), NULL, 8, 64, SET_SECRET | SET_REQUIRED, "A key."},
    {"T_NAME", SET_TEXT, offsetof(struct config, name), "some|body", 0, 10, 0, "A name."},
};
enum { N = sizeof table / sizeof *table };
static struct config config;

static int reset(void **state) {
    (void)state;
    static const char *const names[] = {"T_COUNT", "T_FAST", "T_KEY", "T_KEY_FILE", "T_NAME", "T_NAME_FILE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
    setenv("T_KEY", "secret-key", 1);
    log_init("test", LOG_ERROR + 1, NULL); /* refusals are expected */
    return 0;
}

static int drop(void **state) {
    (void)state;
    settings_free(table, N, &config);
    assert_null(config.key);
    assert_null(config.name);
    return 0;
}

static int load_with(const char *name, const char *value) {
    setenv(name, value, 1);
    int rc = settings_load(table, N, &config);
    unsetenv(name);
    return rc;
}

static void defaults(void **state) {
    (void)state;
    assert_int_equal(settings_load(table, N, &config), 0);
    assert_int_equal(config.count, 5);
    assert_false(config.fast);
    assert_string_equal(config.key, "secret-key");
    assert_string_equal(config.name, "some|body");
}

static void values_of_the_environment(void **state) {
    (void)state;
    setenv("T_COUNT", "-10", 1);
    setenv("T_FAST", "on", 1);
    setenv("T_NAME", "", 1);
    assert_int_equal(settings_load(table, N, &config), 0);
    assert_int_equal(config.count, -10);
    assert_true(config.fast);
    assert_string_equal(config.name, ""); /* set to nothing is not unset */
    setenv("T_NAME", "another", 1);       /* loading again replaces */
    assert_int_equal(settings_load(table, N, &config), 0);
    assert_string_equal(config.name, "another");
}

static void wrong_values(void **state) {
    (void)state;
    static const char *const bad_ints[] = {
        "", " 5", "5 ", "+5", "5x", "0x5", "5.0", "-11", "101", "--5", "-", "1e1", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad_ints / sizeof *bad_ints; i++)
        if (load_with("T_COUNT", bad_ints[i]) != -1) fail_msg("accepted: %s", bad_ints[i]);
    static const char *const bad_bools[] = {"", "true", "ON", "1", "on ", "yes"};
    for (size_t i = 0; i < sizeof bad_bools / sizeof *bad_bools; i++)
        if (load_with("T_FAST", bad_bools[i]) != -1) fail_msg("accepted: %s", bad_bools[i]);
    assert_int_equal(load_with("T_NAME", "longer than ten"), -1);
    assert_int_equal(load_with("T_KEY", "short"), -1);
    assert_int_equal(settings_load(table, N, &config), -1); /* T_KEY is unset now */
}

static void secrets_from_files(void **state) {
    (void)state;
    char path[] = "/tmp/test_settings.XXXXXX";
    int fd = mkstemp(path);
    assert_int_equal(write(fd, "from a file\r\n\n", 14), 14);
    setenv("T_KEY_FILE", path, 1);
    assert_int_equal(settings_load(table, N, &config), -1); /* T_KEY is given, too */
    unsetenv("T_KEY");
    assert_int_equal(settings_load(table, N, &config), 0);
    assert_string_equal(config.key, "from a file");
    assert_int_equal(ftruncate(fd, 40000), 0); /* too long, and NUL inside */
    assert_int_equal(settings_load(table, N, &config), -1);
    assert_int_equal(ftruncate(fd, 20), 0);
    assert_int_equal(settings_load(table, N, &config), -1);
    assert_int_equal(ftruncate(fd, 0), 0);
    assert_int_equal(settings_load(table, N, &config), -1);
    close(fd);
    unlink(path);
    assert_int_equal(settings_load(table, N, &config), -1);
    setenv("T_KEY_FILE", "/tmp", 1);
    assert_int_equal(settings_load(table, N, &config), -1);
    unsetenv("T_KEY_FILE");
    setenv("T_KEY", "secret-key", 1);
    setenv("T_NAME_FILE", "/etc/hostname", 1); /* only secrets have files */
    assert_int_equal(settings_load(table, N, &config), 0);
    assert_string_equal(config.name, "some|body");
}

static void unsorted_table_is_refused(void **state) {
    (void)state;
    const struct setting swapped[] = {table[1], table[0]}, twice[] = {table[0], table[0]};
    assert_int_equal(settings_load(swapped, 2, &config), -1);
    assert_int_equal(settings_load(twice, 2, &config), -1);
}

static void production_in_any_case_of_letters(void **state) {
    (void)state;
    unsetenv("ENV");
    assert_false(settings_production());
    static const struct {
        const char *env;
        bool production;
    } rows[] = {{"", false}, {"test", false}, {"productions", false}, {"production", true}, {"Production", true}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        setenv("ENV", rows[i].env, 1);
        assert_int_equal(settings_production(), rows[i].production);
    }
    unsetenv("ENV");
}

static void table_for_people(void **state) {
    (void)state;
    char printed[2000] = "", path[] = "/tmp/test_settings.XXXXXX";
    int file = mkstemp(path), screen = dup(STDOUT_FILENO);
    fflush(stdout);
    dup2(file, STDOUT_FILENO);
    settings_print(table, N);
    fflush(stdout);
    dup2(screen, STDOUT_FILENO);
    close(screen);
    assert_true(pread(file, printed, sizeof printed - 1, 0) > 0);
    close(file);
    unlink(path);
    assert_string_equal(printed, "| setting | default | range | meaning |\n| --- | --- | --- | --- |\n"
                                 "| `T_COUNT` | `5` | -10 … 100 | How many \\| at once. |\n"
                                 "| `T_FAST` | `off` | on, off | Whether to hurry. |\n"
                                 "| `T_KEY` (or `…_FILE`) | required | 8 … 64 characters | A key. |\n"
                                 "| `T_NAME` | `some\\|body` | 0 … 10 characters | A name. |\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults, reset, drop),
        cmocka_unit_test_setup_teardown(values_of_the_environment, reset, drop),
        cmocka_unit_test_setup_teardown(wrong_values, reset, drop),
        cmocka_unit_test_setup_teardown(secrets_from_files, reset, drop),
        cmocka_unit_test_setup_teardown(unsorted_table_is_refused, reset, drop),
        cmocka_unit_test(production_in_any_case_of_letters),
        cmocka_unit_test_setup_teardown(table_for_people, reset, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
