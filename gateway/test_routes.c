/* The route table obeys the rules its readers rely on. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "common/rights.h"
#include "gateway.h"

#define EACH(row) for (const struct route *(row) = route_table; (row) < route_table + route_count; (row)++)

static void test_rows_are_complete(void **state) {
    (void)state;
    EACH(r) {
        if (r->pattern[0] != '/') fail_msg("pattern %s", r->pattern);
        bool calls = r->kind >= KIND_CALL && r->kind <= KIND_EXPORT;
        if (calls && (!r->service || !r->op || !r->lane || !r->query)) fail_msg("call %s", r->pattern);
        if (!calls && r->service) fail_msg("nothing calls for %s", r->pattern);
        if (r->kind == KIND_OWN && !r->own) fail_msg("own %s", r->pattern);
        bool named =
            r->kind == KIND_FILE || r->kind == KIND_SNAPSHOT || r->kind == KIND_EVENTS || r->kind == KIND_EXPORT;
        if (named && !r->source) fail_msg("source %s", r->pattern);
        if (r->method == METHOD_GET && r->body > 0) fail_msg("GET with a body: %s", r->pattern);
        if (r->body > BUS_MAX_MESSAGE / 2) fail_msg("body larger than a message: %s", r->pattern);
        if (r->token != TOKEN_IGNORED && !strstr(r->pattern, ":order_number"))
            fail_msg("token without order: %s", r->pattern);
        if ((r->header != NULL) != (r->header_param != NULL)) fail_msg("header of %s", r->pattern);
        if (r->format != NULL && r->kind != KIND_CALL) fail_msg("format of %s", r->pattern);
        if (r->per_phone && r->body == 0) fail_msg("phone without body: %s", r->pattern);
    }
}

static size_t times(const char *text, char c) {
    size_t n = 0;
    for (; *text; text++) n += *text == c;
    return n;
}

/* Beyond BUS_MAX_PARAMS call_param() ends the gateway. */
static void test_parameters_of_a_call_fit_into_it(void **state) {
    (void)state;
    EACH(r) {
        if (!r->service) continue;
        size_t n = times(r->pattern, ':') + (r->header != NULL) + (r->format != NULL);
        if (*r->query) n += times(r->query, ',') + 1;
        n += !strcmp(r->service, "admin");            /* session */
        n += r->kind == KIND_EXPORT;                  /* cursor */
        n += r->kind == KIND_SESSION ? (size_t)2 : 0; /* user_agent, refresh_token */
        if (n > BUS_MAX_PARAMS) fail_msg("%zu parameters: %s", n, r->pattern);
    }
}

static void test_other_parts_of_an_answer_are_asked_for_by_something(void **state) {
    (void)state;
    EACH(r) {
        size_t n = 0;
        if (r->also == NULL && r->also_by == NULL) continue;
        if (r->kind != KIND_CALL || !r->also || !r->also_by) fail_msg("%s", r->pattern);
        for (const struct also *a = r->also; a && a->service; a++, n++)
            if (!a->op || !a->lane || !a->member) fail_msg("part of %s", r->pattern);
        if (n == 0 || n > ALSO_MAX) fail_msg("%s", r->pattern);
    }
}

static bool is_below(const struct route *r, const char *folder) { return !strncmp(r->pattern, folder, strlen(folder)); }

static bool is_of_sessions(const struct route *r) { return r->who == WHO_SIGNING_IN || r->who == WHO_SIGNING_OUT; }

static void test_staff_paths_need_staff(void **state) {
    (void)state;
    EACH(r) {
        bool admin = is_below(r, "/api/admin/"), gate = is_below(r, "/api/entrance/");
        if (admin && r->who != WHO_STAFF && !is_of_sessions(r)) fail_msg("%s", r->pattern);
        if (gate && r->who != WHO_STAFF && r->who != WHO_GATE && r->who != WHO_NEWCOMER) fail_msg("%s", r->pattern);
        if (!admin && !gate && r->who != WHO_ANYBODY && r->who != WHO_PROVIDER) fail_msg("%s", r->pattern);
        if (is_of_sessions(r) && r->kind != KIND_SESSION) fail_msg("nothing to sign in by: %s", r->pattern);
    }
}

/* Who must bring a token is one table, who may call is another: they agree. */
static void test_rights_fit_who_may_come(void **state) {
    (void)state;
    EACH(r) {
        if (r->service == NULL) continue;
        unsigned roles = rights_of(r->service, r->op);
        bool visitor = roles & ROLE_VISITOR, device = roles & ROLE_DEVICE, staff = roles & ROLES_ALL_STAFF;
        bool needs_token = r->who == WHO_STAFF || r->who == WHO_GATE;
        if (!staff || visitor == needs_token) fail_msg("%s %s of %s", r->service, r->op, r->pattern);
        if (device != (r->who == WHO_GATE || r->who == WHO_NEWCOMER)) fail_msg("devices at %s", r->pattern);
    }
}

/* Without a token a device may do one thing: get one. */
static void test_only_enrolment_takes_newcomers(void **state) {
    (void)state;
    EACH(r) {
        if (r->who == WHO_NEWCOMER && strcmp(r->op, "device.create") != 0) fail_msg("%s", r->pattern);
    }
}

static void test_rows_of_a_path_stand_together(void **state) {
    (void)state;
    EACH(a) {
        bool apart = false;
        for (const struct route *b = a + 1; b < route_table + route_count; b++) {
            bool same = strcmp(a->pattern, b->pattern) == 0;
            if (same && apart) fail_msg("%s", a->pattern);
            apart = apart || !same;
        }
    }
}

static void test_no_row_twice(void **state) {
    (void)state;
    EACH(a) {
        for (const struct route *b = a + 1; b < route_table + route_count; b++)
            if (a->method == b->method && strcmp(a->pattern, b->pattern) == 0) fail_msg("twice: %s", a->pattern);
    }
}

/* Every row is reached by its own pattern: nothing above it takes its paths away. */
static void test_no_row_is_shadowed(void **state) {
    (void)state;
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    EACH(r) {
        if (r->kind == KIND_NOTHING) continue;
        char raw[200];
        size_t n = 0;
        for (const char *p = r->pattern; *p != '\0' && n + 1 < sizeof raw; p++)
            raw[n++] = *p == ':' || *p == '*' ? 'x' : *p;
        raw[n] = '\0';
        struct path path;
        struct match m;
        assert_int_equal(path_split(&path, raw), PATH_OK);
        unsigned method = 0;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (method_parse(names[i]) == r->method) method = r->method;
        assert_int_not_equal(method, 0);
        if (route_find(route_table, route_count, &path, method, &m) != MATCH_FOUND)
            fail_msg("unreachable: %s", r->pattern);
        if (m.route != r) fail_msg("%s is taken by %s", r->pattern, m.route->pattern);
    }
}

static void test_reserved_names_are_no_pages(void **state) {
    (void)state;
    static const char *const raw[] = {"/api/x", "/api/orders/1/2/3", "/docs/x", "/metrics", "/api/admin/nothing"};
    for (size_t i = 0; i < sizeof raw / sizeof raw[0]; i++) {
        struct path path;
        struct match m;
        assert_int_equal(path_split(&path, raw[i]), PATH_OK);
        if (route_find(route_table, route_count, &path, METHOD_GET, &m) != MATCH_UNKNOWN) fail_msg("%s", raw[i]);
    }
}

static void test_settings_are_sorted(void **state) {
    (void)state;
    for (size_t i = 1; i < settings_count; i++)
        if (strcmp(settings_table[i - 1].name, settings_table[i].name) >= 0) fail_msg("%s", settings_table[i].name);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_complete),
        cmocka_unit_test(test_parameters_of_a_call_fit_into_it),
        cmocka_unit_test(test_other_parts_of_an_answer_are_asked_for_by_something),
        cmocka_unit_test(test_staff_paths_need_staff),
        cmocka_unit_test(test_rights_fit_who_may_come),
        cmocka_unit_test(test_only_enrolment_takes_newcomers),
        cmocka_unit_test(test_rows_of_a_path_stand_together),
        cmocka_unit_test(test_no_row_twice),
        cmocka_unit_test(test_no_row_is_shadowed),
        cmocka_unit_test(test_reserved_names_are_no_pages),
        cmocka_unit_test(test_settings_are_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
