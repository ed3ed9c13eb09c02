/* Feeds any bytes to every reader of Kakao i's answers. What is told of a message keeps what provider.h promises. */
#include "fuzz_answer.h"
#include "kakaoi_answer.h"

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
    must_be_found_or_not(&m);
}

static void read_results(struct arena *a, const char *text, size_t len) {
    struct feed f = {0};
    if (kakaoi_read_results(a, text, len, &f) != NULL) return;
    must_be_word(f.receipt);
    must_be_feed(&f);
}

static void read_complete(struct arena *a, const char *text, size_t len) {
    must_be_word(kakaoi_read_complete(a, text, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const answer_reader readers[] = {read_token, read_send, read_search, read_results, read_complete};
    return run_readers(readers, sizeof readers / sizeof *readers, data, size);
}
