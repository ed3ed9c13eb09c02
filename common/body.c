#include "body.h"
#include <string.h>
#include "arena.h"
#include "utf8.h"

#define REASON_MAX 200

enum status body_refuse_all(const struct bus_req *req, const struct json_faults *faults, struct strbuf *out) {
    json_faults_write(faults, req->head.lang, out);
    return ST_VALIDATION_FAILED;
}

enum status body_refuse(const struct bus_req *req, const char *field, enum json_fault fault, struct strbuf *out) {
    const struct json_faults faults = {.n = 1, .item = {{field, fault}}};
    return body_refuse_all(req, &faults, out);
}

enum status body_read(const struct bus_req *req, bool empty_ok, body_reader read, void *arg, struct strbuf *out) {
    struct json_faults faults = {.n = 0};
    struct json_in in;
    enum status st = json_open(&in, req->arena, &faults, req->head.body, req->head.body_len, empty_ok);
    if (st == ST_OK) {
        read(&in, arg);
        json_end(&in);
        if (faults.n > 0) st = ST_VALIDATION_FAILED;
    }
    return st == ST_VALIDATION_FAILED ? body_refuse_all(req, &faults, out) : st;
}

/* Bytes of the blank that a text begins with: white space of Unicode, and what shows nothing either. 0: none. */
static size_t blank_at(const char *text) {
    /* Ranges of characters that are equally long: then UTF-8 sorts as the characters do. */
    static const struct {
        const char *first, *last;
    } blanks[] = {
        {"\t", "\n"},         {" ", " "},           {"\u00a0", "\u00a0"}, {"\u00ad", "\u00ad"},
        {"\u034f", "\u034f"}, {"\u115f", "\u1160"}, {"\u1680", "\u1680"}, {"\u180e", "\u180e"},
        {"\u2000", "\u200f"}, {"\u2028", "\u202f"}, {"\u205f", "\u206f"}, {"\u2800", "\u2800"},
        {"\u3000", "\u3000"}, {"\u3164", "\u3164"}, {"\ufeff", "\ufeff"}, {"\uffa0", "\uffa0"},
    };
    size_t len = utf8_char(text, strlen(text));
    for (size_t i = 0; i < sizeof blanks / sizeof *blanks; i++)
        if (strlen(blanks[i].first) == len && strncmp(text, blanks[i].first, len) >= 0 &&
            strncmp(text, blanks[i].last, len) <= 0)
            return len;
    return 0;
}

const char *body_reason(struct json_in *in) {
    const char *text = json_text(in, "reason", 1, REASON_MAX, JSON_REQUIRED), *end = text;
    if (text == NULL) return NULL;
    for (size_t n; (n = blank_at(text)) > 0;) text += n;
    for (const char *c = text; *c != '\0';) {
        size_t n = blank_at(c);
        c += n > 0 ? n : utf8_char(c, strlen(c));
        if (n == 0) end = c;
    }
    if (*text == '\0') return json_bad(in, "reason", BAD_LENGTH), NULL;
    return arena_strndup(in->arena, text, (size_t)(end - text));
}
