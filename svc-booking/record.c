#include "record.h"

#include <ctype.h>
#include <string.h>

#include "common/arena.h"
#include "common/timeutil.h"

enum { LINE_MAX_CHARS = 500, CODE_MAX = 50, DAYS_BEFORE_MAX = 365, RAW_MAX = 4096 };

static const char *const reserved_codes[] = {"admin",        "api",    "docs",  "entrance", "healthz", "metrics",
                                             "openapi.yaml", "orders", "queue", "readyz",   "ticket",  "_"};

static bool code_ok(const char *s) {
    if (*s == '-' || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(s)) return false;
    for (size_t i = 0; i < sizeof reserved_codes / sizeof *reserved_codes; i++)
        if (strcmp(s, reserved_codes[i]) == 0) return false;
    return true;
}

static bool color_ok(const char *s) {
    return s[0] == '#' && strlen(s) == 7 && strspn(s + 1, "0123456789abcdefABCDEF") == 6;
}

static bool url_ok(const char *s) {
    if (s[strcspn(s, " \"'<>\\\n\t")] != '\0') return false;
    return *s == '\0' || (s[0] == '/' && s[1] != '/') || strncmp(s, "https://", 8) == 0 ||
           strncmp(s, "http://", 7) == 0;
}

static const char *lower(struct arena *a, const char *s) {
    char *out = arena_strdup(a, s);
    for (char *c = out; c && *c; c++) *c = (char)tolower((unsigned char)*c);
    return out;
}

static void read_text(struct json_in *in, const struct record_field *f, enum json_need need, struct db_args *args) {
    const char *v = json_text(in, f->name, (size_t)f->min, (size_t)f->max, need);
    int32_t day;
    if (v && ((f->kind == REC_CODE && !code_ok(v)) || (f->kind == REC_COLOR && !color_ok(v)) ||
              (f->kind == REC_URL && !url_ok(v)) || (f->kind == REC_DATE && !date_parse(v, &day)))) {
        json_bad(in, f->name, BAD_FORMAT);
        v = NULL;
    }
    db_arg_text(args, v && f->kind == REC_COLOR ? lower(args->arena, v) : v);
}

static void read_time(struct json_in *in, const struct record_field *f, enum json_need need, struct db_args *args) {
    int64_t ms = 0;
    const char *v = json_text(in, f->name, 1, 40, need);
    if (v && (!time_parse_rfc3339(v, &ms) || ms == 0)) json_bad(in, f->name, BAD_FORMAT);
    db_arg_time(args, ms);
}

static void read_lines(struct json_in *in, const struct record_field *f, struct db_args *args) {
    struct strbuf b;
    strbuf_init(&b, args->arena, (size_t)f->max * LINE_MAX_CHARS * 4 + 1);
    size_t n = json_array(in, f->name, 0, (size_t)f->max, JSON_OPTIONAL);
    for (size_t i = 0; i < n; i++) {
        const char *line = json_item_text(in, f->name, i, 1, LINE_MAX_CHARS);
        if (!line) continue;
        if (strchr(line, '\n')) json_bad(in, f->name, BAD_FORMAT);
        if (b.len) strbuf_putc(&b, '\n');
        strbuf_puts(&b, line);
    }
    db_arg_text(args, json_has(in, f->name) ? b.data : NULL);
}

static void read_steps(struct json_in *in, const struct record_field *f, struct db_args *args) {
    size_t n = json_array(in, f->name, 0, (size_t)f->max, JSON_OPTIONAL);
    int64_t before = DAYS_BEFORE_MAX + 1;
    for (size_t i = 0; i < n; i++) {
        struct json_in step;
        if (!json_item(in, f->name, i, &step)) continue;
        int64_t days = json_int(&step, "days_before", 0, DAYS_BEFORE_MAX, JSON_REQUIRED);
        json_int(&step, "fee_percent", 0, 100, JSON_REQUIRED);
        json_end(&step);
        if (days >= before) json_bad(&step, "days_before", BAD_RANGE);
        before = days;
    }
    db_arg_text(args, json_raw(in, f->name, RAW_MAX));
}

static void read_field(struct json_in *in, const struct record_field *f, enum json_need need, struct db_args *args) {
    switch (f->kind) {
    case REC_INT: {
        int64_t v = json_int(in, f->name, f->min, f->max, need);
        json_has(in, f->name) ? db_arg_int(args, v) : db_arg_null(args);
        break;
    }
    case REC_BOOL: {
        bool v = json_bool(in, f->name, need);
        json_has(in, f->name) ? db_arg_bool(args, v) : db_arg_null(args);
        break;
    }
    case REC_TIME: read_time(in, f, need, args); break;
    case REC_LINES: read_lines(in, f, args); break;
    case REC_STEPS: read_steps(in, f, args); break;
    default: read_text(in, f, need, args); break;
    }
}

void record_read(struct json_in *in, const struct record_field *fields, size_t n, bool create, struct db_args *args) {
    for (size_t i = 0; i < n; i++) {
        const struct record_field *f = &fields[i];
        if (f->clearable && json_is_null(in, f->name)) {
            json_has(in, f->name); /* looked at */
            db_arg_text(args, "");
        } else {
            read_field(in, f, create && f->required ? JSON_REQUIRED : JSON_OPTIONAL, args);
        }
    }
}
