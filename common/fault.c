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

enum { STALL_SECONDS = 8, EXIT_CODE = 70 };

/* Written once by fault_init(), before there are threads. */
static const struct fault_point *armed;
static const char *once_file;
static atomic_long passages_left;

static const struct fault_point *find(const struct fault_point *table, size_t n, const char *name, size_t len) {
    for (size_t i = 0; i < n; i++)
        if (strncmp(table[i].name, name, len) == 0 && table[i].name[len] == '\0') return &table[i];
    return NULL;
}

void fault_init(const struct fault_point *table, size_t n) {
    const char *spec = getenv("FAULT");
    armed = NULL;
    once_file = getenv("FAULT_ONCE");
    if (spec == NULL || *spec == '\0') return;
    size_t len = strcspn(spec, ":");
    long at = spec[len] == ':' ? strtol(spec + len + 1, NULL, 10) : 1;
    armed = find(table, n, spec, len);
    if (armed == NULL || at < 1) {
        log_error("no such fault point", "fault", spec);
        armed = NULL;
        return;
    }
    atomic_store(&passages_left, at);
    log_warn("fault point armed", "fault", spec);
}

void fault_print(const struct fault_point *table, size_t n) {
    static const char *const actions[] = {"exit", "stall", "drop"};
    for (size_t i = 0; i < n; i++) printf("%s\t%s\t%s\n", table[i].name, actions[table[i].action], table[i].where);
}

/* A process started again in place of one that died here must not die again. */
static bool first_of_all(void) {
    if (once_file == NULL || *once_file == '\0') return true;
    int fd = open(once_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0) return false;
    close(fd);
    return true;
}

bool fault_hit(const char *name) {
    if (armed == NULL || strcmp(armed->name, name) != 0) return false;
    if (atomic_fetch_sub(&passages_left, 1) != 1 || !first_of_all()) return false;
    log_warn("fault point reached", "fault", name);
    if (armed->action == FAULT_EXIT) _exit(EXIT_CODE);
    if (armed->action == FAULT_DROP) return true;
    struct timespec left = {.tv_sec = STALL_SECONDS};
    while (nanosleep(&left, &left) != 0) {}
    return false;
}

#endif
