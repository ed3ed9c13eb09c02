/* ids - see ids.h. A random start per process, then a counter whose steps do not show how many requests there are. */
#include "ids.h"
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include "common/crypto.h"

#define STEP UINT64_C(0x9e3779b97f4a7c15) /* odd: all 2^64 values come before one comes again */

struct ids {
    uint64_t process;
    _Atomic uint64_t next;
};

struct ids *ids_open(void) {
    struct ids *ids = calloc(1, sizeof *ids);
    uint64_t start;
    if (ids == NULL) return NULL;
    random_bytes(&ids->process, sizeof ids->process);
    random_bytes(&start, sizeof start);
    atomic_init(&ids->next, start);
    return ids;
}

void ids_next(struct ids *ids, char out[33]) {
    const uint64_t id[2] = {ids->process, atomic_fetch_add(&ids->next, STEP)};
    hex_encode(id, sizeof id, out);
}

void ids_close(struct ids **ids) {
    free(*ids);
    *ids = NULL;
}
