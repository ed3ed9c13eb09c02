/* Feeds any bytes to json_open() and, when they are accepted, reads them in every way there is. What is written again must
 * be accepted again, and so must every list of faults. */
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ARENA_MAX = 4 << 20, TEXT_MAX = 1 << 20 };

static void must(bool ok) {
    if (!ok) abort();
}

static void open_again(struct arena *a, const char *text, size_t len) {
    struct json_faults faults = {0};
    struct json_in in;
    must(json_open(&in, a, &faults, text, len, false) == ST_OK);
}

/* The member in an object of its own is what json_raw() promises to be: JSON. */
static void write_again(struct json_in *in, const char *field) {
    const char *raw = json_raw(in, field, TEXT_MAX);
    if (raw == NULL) return;
    struct strbuf b;
    strbuf_init(&b, in->arena, TEXT_MAX);
    struct json_out o = {.b = &b};
    json_obj(&o, NULL);
    json_put_raw(&o, "again", raw);
    json_obj_end(&o);
    struct json_faults faults = {0};
    struct json_in again;
    enum status st = json_open(&again, in->arena, &faults, b.data, b.len, false);
    /* With large texts the arena may be full by now. */
    must(!strbuf_ok(&b) || st == ST_OK || faults.item[0].fault == BAD_LENGTH);
}

static void read_all(struct json_in *in) {
    static const char *const fields[] = {"a", "b", "items", "id", ""};
    struct json_in inner;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        const char *f = fields[i];
        const char *text = json_text(in, f, 1, 20, JSON_REQUIRED);
        must(text == NULL || utf8_valid(text, strlen(text)));
        int64_t v = json_int(in, f, -5, 1000, JSON_OPTIONAL);
        must(v >= -5 && v <= 1000);
        json_bool(in, f, JSON_OPTIONAL);
        size_t n = json_array(in, f, 0, 50, JSON_OPTIONAL);
        must(n <= 50);
        for (size_t k = 0; k < n; k++) {
            json_item_int(in, f, k, 0, 9);
            json_item_text(in, f, k, 0, 9);
            if (json_item(in, f, k, &inner)) json_end(&inner);
        }
        if (json_child(in, f, &inner, JSON_OPTIONAL)) json_end(&inner);
        write_again(in, f);
    }
    json_end(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct arena *a = arena_new(ARENA_MAX);
    struct json_faults faults = {0};
    struct json_in in;
    enum status st = json_open(&in, a, &faults, (const char *)data, size, false);
    must((st == ST_VALIDATION_FAILED) == (faults.n > 0));
    if (st == ST_OK) {
        must(utf8_valid((const char *)data, size));
        read_all(&in);
    }
    struct strbuf b;
    strbuf_init(&b, a, TEXT_MAX);
    json_faults_write(&faults, size % 2 == 0 ? LANG_KO : LANG_EN, &b);
    open_again(a, b.data, b.len);
    arena_free(&a);
    return 0;
}
