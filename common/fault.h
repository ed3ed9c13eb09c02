/* fault - places where a test can make a process die, stall or lose a connection.
 *
 * Each daemon lists its points in one table (fault_points.c); code marks a place with fault_hit(POINT). In builds without
 * FAULT_POINTS the call compiles to nothing. FAULT=name[:n],… arms each point named at its n-th passage (default 1), once per
 * process; with FAULT_ONCE it fires only if the file FAULT_ONCE + name can be created (so a restarted process goes on).
 * The passage is logged ("fault point reached") before it acts, so that a test can tell it was reached. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

enum fault_action {
    FAULT_EXIT,  /* _exit(70) at once: as kill -9 */
    FAULT_STALL, /* sleep 8 s, longer than any deadline */
    FAULT_DROP   /* fault_hit returns true: the caller drops the connection it is about to use */
};
struct fault_point {
    const char *name; /* "booking.commit.before" */
    enum fault_action action;
    const char *where; /* one sentence for --fault-points */
};

#ifdef FAULT_POINTS
void fault_init(const struct fault_point *table, size_t n); /* reads FAULT, FAULT_ONCE */
void fault_print(const struct fault_point *table, size_t n);
bool fault_hit(const char *name);
#else
static inline void fault_init(const struct fault_point *table, size_t n) { (void)table, (void)n; }
static inline void fault_print(const struct fault_point *table, size_t n) { (void)table, (void)n; }
static inline bool fault_hit(const char *name) { return (void)name, false; }
#endif
