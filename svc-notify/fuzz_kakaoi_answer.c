/* Feeds any bytes to every reader of Kakao i's answers. What is told of a message keeps what provider.h promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "kakaoi_answer.h"
#include "result.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 8 << 20 };

static void must(bool ok) {
    if (!ok) abort();
}

static void must_be_word(const char *s) {
    must(s == NULL || (*s != '\0' && strlen(s) <= 400 && utf8_valid(s, strlen(s))));
}

static void must_be_told(const struct outgoing *m) {
    must(m->outcome <= SUBMIT_UNKNOWN && m->result < RESULT_COUNT);
    must(m->outcome != SUBMIT_ACCEPTED || m->request_id != NULL);
    must(m->outcome == SUBMIT_ACCEPTED || m->code != NULL || m->result == RESULT_NOT_FOUND);
    must_be_word(m->request_id);
    must_be_word(m->code);
}

static void read_token(struct arena *a, const char *text, size_t len) {
    int seconds = 0;
    const char *code, *token = kakaoi_read_token(a, text, len, &seconds, &code);
    must((token == NULL) == (code != NULL));
    must(token == NULL || (*token != '\0' && seconds > 0));
    must_be_word(code);
}

static void read_send(struct arena *a, const char *text, size_t len) {
    struct outgoing m = {.own_id = "OWN"};
    kakaoi_read_send(a, text, len, &m);
    must_be_told(&m);
    must((m.outcome == SUBMIT_RETRY) == (result_class(m.result) == RESULT_IS_PASSING));
}

static void read_search(struct arena *a, const char *text, size_t len) {
    struct outgoing m = {.own_id = "OWN"};
    kakaoi_read_search(a, text, len, &m);
    must_be_told(&m);
    must(m.outcome != SUBMIT_UNKNOWN && (m.outcome == SUBMIT_REJECTED) == (m.result == RESULT_NOT_FOUND));
}

static void read_results(struct arena *a, const char *text, size_t len) {
    struct feed f = {0};
    if (kakaoi_read_results(a, text, len, &f) != NULL) return;
    must_be_word(f.receipt);
    for (size_t i = 0; i < f.n; i++) {
        must(f.rows[i].own_id != NULL || f.rows[i].request_id != NULL);
        must(f.rows[i].result != RESULT_NONE && f.rows[i].result < RESULT_COUNT);
        must_be_word(f.rows[i].own_id);
        must_be_word(f.rows[i].request_id);
        must_be_word(f.rows[i].code);
    }
}

static void read_complete(struct arena *a, const char *text, size_t len) {
    must_be_word(kakaoi_read_complete(a, text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(struct arena *, const char *, size_t) = {read_token, read_send, read_search,
                                                                            read_results, read_complete};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct arena *a = arena_new(ARENA_MAX);
        readers[i](a, (const char *)data, size);
        arena_free(&a);
    }
    return 0;
}
