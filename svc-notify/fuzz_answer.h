/* fuzz_answer - what every fuzzer of a provider's answers asks of what was read (provider.h promises it), and its loop. */
#pragma once
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "common/arena.h"
#include "common/json.h"
#include "result.h"

typedef void (*answer_reader)(struct arena *a, const char *text, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void must(bool ok) {
    if (!ok) abort();
}

static inline void must_be_word(const char *s) {
    must(s == NULL || (*s != '\0' && strlen(s) <= 400 && utf8_valid(s, strlen(s))));
}

static inline void must_be_told(const struct outgoing *m) {
    must(m->outcome <= SUBMIT_UNKNOWN && m->result < RESULT_COUNT);
    must(m->outcome != SUBMIT_ACCEPTED || m->request_id != NULL);
    must(m->outcome == SUBMIT_ACCEPTED || m->code != NULL || m->result == RESULT_NOT_FOUND);
    must_be_word(m->request_id);
    must_be_word(m->code);
}

/* Of a look-up: found, or surely not there; never unknown. */
static inline void must_be_found_or_not(const struct outgoing *m) {
    must_be_told(m);
    must(m->outcome != SUBMIT_UNKNOWN && (m->outcome == SUBMIT_REJECTED) == (m->result == RESULT_NOT_FOUND));
}

static inline void must_be_feed(const struct feed *f) {
    for (size_t i = 0; i < f->n; i++) {
        must(f->rows[i].own_id != NULL || f->rows[i].request_id != NULL);
        must(f->rows[i].result != RESULT_NONE && f->rows[i].result < RESULT_COUNT);
        must_be_word(f->rows[i].own_id);
        must_be_word(f->rows[i].request_id);
        must_be_word(f->rows[i].code);
    }
}

/* Each reader with an arena of its own. */
static inline int run_readers(const answer_reader *readers, size_t n, const uint8_t *data, size_t size) {
    enum { ARENA_MAX = 8 << 20 };
    for (size_t i = 0; i < n; i++) {
        struct arena *a = arena_new(ARENA_MAX);
        readers[i](a, (const char *)data, size);
        arena_free(&a);
    }
    return 0;
}
