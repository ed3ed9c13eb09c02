#include "fault.h"

#ifdef FAULT_POINTS

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

enum { STALL_SECONDS = 8, EXIT_CODE = 70, ARMED_MAX = 256 };

/* Written once by fault_init(), before there are threads. */
static struct {
    const struct fault_point *point;
    atomic_long passages_left;
} armed[ARMED_MAX];
static size_t n_armed;
static const char *once;

static const struct fault_point *find(const struct fault_point *table, size_t n, const char *name, size_t len) {
    for (size_t i = 0; i < n; i++)
        if (strncmp(table[i].name, name, len) == 0 && table[i].name[len] == '\0') return &table[i];
    return NULL;
}

/* name or name:n */
static void arm(const struct fault_point *table, size_t n, const char *spec, size_t len) {
    size_t name_len = strcspn(spec, ":,");
    long at = spec[name_len] == ':' ? strtol(spec + name_len + 1, NULL, 10) : 1;
    const struct fault_point *point = find(table, n, spec, name_len);
    if (point == NULL || at < 1 || n_armed == ARMED_MAX) {
        char text[128];
        snprintf(text, sizeof text, "%.*s", (int)len, spec);
        log_error("no such fault point", "fault", text);
        return;
    }
    armed[n_armed].point = point;
    atomic_store(&armed[n_armed++].passages_left, at);
    log_warn("fault point armed", "fault", point->name);
}

void fault_init(const struct fault_point *table, size_t n) {
    const char *spec = getenv("FAULT");
    n_armed = 0;
    once = getenv("FAULT_ONCE");
    for (size_t len; spec != NULL && *spec != '\0'; spec += len + (spec[len] == ',')) {
        len = strcspn(spec, ",");
        arm(table, n, spec, len);
    }
}

void fault_print(const struct fault_point *table, size_t n) {
    static const char *const actions[] = {"exit", "stall", "drop"};
    for (size_t i = 0; i < n; i++) printf("%s\t%s\t%s\n", table[i].name, actions[table[i].action], table[i].where);
}

/* A process started again in place of one that died here must not die again. */
static bool first_of_all(const char *name) {
    char file[4096];
    if (once == NULL || *once == '\0') return true;
    snprintf(file, sizeof file, "%s%s", once, name);
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return false;
    close(fd);
    return true;
}

bool fault_hit(const char *name) {
    size_t i = 0;
    while (i < n_armed && strcmp(armed[i].point->name, name) != 0) i++;
    if (i == n_armed || atomic_fetch_sub(&armed[i].passages_left, 1) != 1 || !first_of_all(name)) return false;
    log_warn("fault point reached", "fault", name);
    if (armed[i].point->action == FAULT_EXIT) _exit(EXIT_CODE);
    if (armed[i].point->action == FAULT_DROP) return true;
    struct timespec left = {.tv_sec = STALL_SECONDS};
    while (nanosleep(&left, &left) != 0) {}
    return false;
}

#endif
