/* Feeds any bytes to every reader of NHN's answers. What is told of a message keeps what provider.h promises. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/arena.h"
#include "common/json.h"
#include "nhn_answer.h"
#include "result.h"
#include "template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 8 << 20, MESSAGES = 3, ROWS_MAX = 2000 };

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

static void read_submit(struct arena *a, const char *text, size_t len) {
    struct outgoing all[MESSAGES] = {{.own_id = "OWN"}, {.own_id = "OTHER"}, {.own_id = "THIRD"}}, *each[MESSAGES];
    for (size_t i = 0; i < MESSAGES; i++) each[i] = &all[i];
    nhn_read_submit(a, text, len, each, MESSAGES);
    for (size_t i = 0; i < MESSAGES; i++) must_be_told(each[i]);
    for (size_t i = 0; i < MESSAGES; i++)
        must((all[i].outcome == SUBMIT_RETRY) == (result_class(all[i].result) == RESULT_IS_PASSING));
}

static void read_look_up(struct arena *a, const char *text, size_t len) {
    struct outgoing m = {.own_id = "OWN"};
    nhn_read_look_up(a, text, len, &m);
    must_be_told(&m);
    must(m.outcome != SUBMIT_UNKNOWN && (m.outcome == SUBMIT_REJECTED) == (m.result == RESULT_NOT_FOUND));
}

static void read_feed(struct arena *a, const char *text, size_t len) {
    struct feed f = {0};
    size_t whole;
    if (nhn_read_feed(a, text, len, &f, &whole) != NULL) return;
    must(f.n <= whole && whole <= ROWS_MAX);
    for (size_t i = 0; i < f.n; i++) {
        must(f.rows[i].request_id != NULL && f.rows[i].result != RESULT_NONE && f.rows[i].result < RESULT_COUNT);
        must_be_word(f.rows[i].request_id);
        must_be_word(f.rows[i].own_id);
        must_be_word(f.rows[i].code);
    }
}

static void read_template(struct arena *a, const char *text, size_t len) {
    static const struct template bare = {.code = "T", .text = "text"};
    const char *said = nhn_read_template(a, text, len, &bare);
    must(said == NULL || utf8_valid(said, strlen(said)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const readers[])(struct arena *, const char *, size_t) = {read_submit, read_look_up, read_feed,
                                                                            read_template};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        struct arena *a = arena_new(ARENA_MAX);
        readers[i](a, (const char *)data, size);
        arena_free(&a);
    }
    return 0;
}
