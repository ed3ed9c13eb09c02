#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "fault.h"
#include "log.h"

#ifdef FAULT_POINTS

static const struct fault_point points[] = {
    {"t.exit", FAULT_EXIT, "Dies."},
    {"t.exit.later", FAULT_EXIT, "Dies, too."},
    {"t.drop", FAULT_DROP, "Loses a connection."},
};

static int reset(void **state) {
    (void)state;
    unsetenv("FAULT");
    unsetenv("FAULT_ONCE");
    log_init("test", LOG_ERROR + 1, NULL);
    return 0;
}

static void arm(const char *spec) {
    if (spec != NULL) setenv("FAULT", spec, 1);
    fault_init(points, sizeof points / sizeof *points);
}

static void nothing_armed(void **state) {
    (void)state;
    arm(NULL);
    assert_false(fault_hit("t.exit"));
    arm("");
    assert_false(fault_hit("t.exit"));
}

static void drops_once(void **state) {
    (void)state;
    arm("t.drop");
    assert_false(fault_hit("t.exit"));
    assert_true(fault_hit("t.drop"));
    for (int i = 0; i < 10; i++) assert_false(fault_hit("t.drop"));
}

static void drops_at_the_nth_passage(void **state) {
    (void)state;
    arm("t.drop:3");
    assert_false(fault_hit("t.drop"));
    assert_false(fault_hit("t.drop"));
    assert_true(fault_hit("t.drop"));
    assert_false(fault_hit("t.drop"));
}

static void unknown_points_arm_nothing(void **state) {
    (void)state;
    static const char *const specs[] = {"t.dro", "t.dropp", "t.drop:0", "t.drop:-1", "t.drop:x", ":1", "t"};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        arm(specs[i]);
        assert_false(fault_hit("t.drop"));
    }
}

static int exit_code(const char *point) {
    pid_t child = fork();
    if (child == 0) {
        fault_hit(point);
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void dies_where_it_is_armed(void **state) {
    (void)state;
    arm("t.exit");
    assert_int_equal(exit_code("t.exit"), 70);
    assert_int_equal(exit_code("t.exit.later"), 0);
    arm("t.exit.later");
    assert_int_equal(exit_code("t.exit"), 0);
    assert_int_equal(exit_code("t.exit.later"), 70);
}

static void several_at_once(void **state) {
    (void)state;
    arm("t.drop:2,t.nothing,t.exit");
    assert_false(fault_hit("t.drop"));
    assert_true(fault_hit("t.drop"));
    assert_int_equal(exit_code("t.exit.later"), 0);
    assert_int_equal(exit_code("t.exit"), 70);
}

static void once_over_restarts(void **state) {
    (void)state;
    static const char *const names[] = {"t.exit", "t.exit.later"};
    char dir[] = "/tmp/test_fault.XXXXXX", file[64];
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof file, "%s/once.", dir);
    setenv("FAULT_ONCE", file, 1);
    arm("t.exit,t.exit.later");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(exit_code(names[i]), 70);
        assert_int_equal(exit_code(names[i]), 0); /* as a process started again would */
        snprintf(file, sizeof file, "%s/once.%s", dir, names[i]);
        assert_int_equal(unlink(file), 0);
    }
    rmdir(dir);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(nothing_armed, reset),
        cmocka_unit_test_setup(drops_once, reset),
        cmocka_unit_test_setup(drops_at_the_nth_passage, reset),
        cmocka_unit_test_setup(unknown_points_arm_nothing, reset),
        cmocka_unit_test_setup(dies_where_it_is_armed, reset),
        cmocka_unit_test_setup(several_at_once, reset),
        cmocka_unit_test_setup(once_over_restarts, reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

/* Without FAULT_POINTS there is nothing but a constant. */
static void compiles_to_nothing(void **state) {
    (void)state;
    setenv("FAULT", "t.exit", 1);
    assert_false(fault_hit("t.exit"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(compiles_to_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
