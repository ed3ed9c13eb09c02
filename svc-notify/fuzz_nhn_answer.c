/* Feeds any bytes to every reader of NHN's answers. What is told of a message keeps what provider.h promises. */
#include "fuzz_answer.h"
#include "nhn_answer.h"
#include "template.h"

enum { MESSAGES = 3, ROWS_MAX = 2000 };

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
    must_be_found_or_not(&m);
}

static void read_feed(struct arena *a, const char *text, size_t len) {
    struct feed f = {0};
    size_t whole;
    if (nhn_read_feed(a, text, len, &f, &whole) != NULL) return;
    must(f.n <= whole && whole <= ROWS_MAX);
    must_be_feed(&f);
    for (size_t i = 0; i < f.n; i++) must(f.rows[i].request_id != NULL);
}

static void read_template(struct arena *a, const char *text, size_t len) {
    static const struct template bare = {.code = "T", .text = "text"};
    const char *said = nhn_read_template(a, text, len, &bare);
    must(said == NULL || utf8_valid(said, strlen(said)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const answer_reader readers[] = {read_submit, read_look_up, read_feed, read_template};
    return run_readers(readers, sizeof readers / sizeof *readers, data, size);
}
