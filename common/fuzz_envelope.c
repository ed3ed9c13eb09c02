/* Feeds any bytes to the readers of messages, calls and answers. A call that is accepted must come out the same when written
 * again: the format has one spelling for everything. */
#include <stdlib.h>
#include <string.h>

#include "bus_envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_frame(const uint8_t *frame, size_t len) {
    struct bus_head h;
    struct bus_reply r;
    (void)env_answer_read(&r, frame, len);
    if (!env_head_read(&h, frame, len)) return;
    if (env_head_size(&h) != len) abort();
    uint8_t *again = malloc(len);
    env_head_write(&h, again);
    if (memcmp(again, frame, len) != 0) abort();
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct hmac_key *key;
    if (key == NULL) key = hmac_key_new("key", 3);
    read_frame(data, size);
    struct envelope e;
    if (env_open(&e, data, size) != ENV_OK) return 0;
    (void)env_peek_op(&e);
    if (env_verify(&e, key, NULL)) abort(); /* nobody guesses a MAC */
    size_t len;
    for (const uint8_t *frame; (frame = env_next(&e, &len)) != NULL;) read_frame(frame, len);
    return 0;
}
