/* json - the only user of cJSON. Reading checks everything and says every fault at once; writing is a bounded appender.
 *
 * Reading: depth <= 32, valid UTF-8, no NUL, no duplicate keys, no trailing text, integers within ±2^53, unknown fields
 * refused. Nodes live in the request's arena. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "status.h"
#include "strbuf.h"

struct cJSON;
struct arena;

#define JSON_MAX_DEPTH 32
#define JSON_MAX_FAULTS 20

/* Texts for people, Korean and English, are one table in json_faults.c. */
enum json_fault {
    BAD_MISSING,
    BAD_TYPE,
    BAD_RANGE,
    BAD_LENGTH,
    BAD_FORMAT,
    BAD_UNKNOWN,
    BAD_DUPLICATE,
    BAD_UTF8,
    BAD_DEPTH,
    BAD_FOREIGN, /* belongs to another exhibition */
    BAD_PAST,
    BAD_OUTSIDE, /* date outside of the exhibition */
    BAD_REQUIRED_TOGETHER,
    BAD_WRONG /* a password or code that is not the right one */
};
enum json_need { JSON_OPTIONAL, JSON_REQUIRED };

/* Collected over a whole request; starts as {0}. Of several faults of one field the first is kept. */
struct json_faults {
    struct {
        const char *field;
        enum json_fault fault;
    } item[JSON_MAX_FAULTS];
    size_t n;
};

struct json_place { /* an item of an array */
    const struct cJSON *array, *item;
    size_t i;
};

/* One object being read. Nested objects share the faults of the request; `path` prefixes their field names ("items[2]."). */
struct json_in {
    struct arena *arena;
    const struct cJSON *obj;
    struct json_faults *faults;
    const char *path;
    uint64_t seen;          /* bit per member looked at, of the first 64 */
    struct json_place last; /* item read: arrays are lists, so the next one is found from here */
};

/* Parses `text` (need not be NUL-terminated), which must be one object. ST_OK, ST_MALFORMED_JSON (not JSON), or
 * ST_VALIDATION_FAILED (depth, UTF-8, NUL, duplicate key, not an object: noted in faults). An empty text is {} when
 * `empty_ok`. */
enum status json_open(struct json_in *in, struct arena *a, struct json_faults *faults, const char *text, size_t len,
                      bool empty_ok);
/* What servers of others answer may be longer than a request. More than 64 members: json_end() must not be asked. */
struct json_limits {
    size_t values;  /* of the text, so that parsing it costs a bounded time and memory */
    size_t members; /* of one object */
};
enum status json_open_within(struct json_in *in, struct arena *a, struct json_faults *faults, const char *text,
                             size_t len, const struct json_limits *limits);
bool json_has(struct json_in *in, const char *field);     /* present and not null */
bool json_is_null(struct json_in *in, const char *field); /* present and null: "take the value away" */
/* NULL / 0 / false on absence or fault; the fault is noted. Lengths count Unicode code points. Texts are trimmed of
 * nothing; control characters other than newline and tab are BAD_FORMAT. */
const char *json_text(struct json_in *in, const char *field, size_t min, size_t max, enum json_need need);
int64_t json_int(struct json_in *in, const char *field, int64_t min, int64_t max, enum json_need need);
bool json_bool(struct json_in *in, const char *field, enum json_need need);
/* Number of members; the array may have min..max of them. */
size_t json_array(struct json_in *in, const char *field, size_t min, size_t max, enum json_need need);
/* Opens member `i` of array `field` as an object. False (fault noted) when it is none. */
bool json_item(struct json_in *in, const char *field, size_t i, struct json_in *item);
int64_t json_item_int(struct json_in *in, const char *field, size_t i, int64_t min, int64_t max);
const char *json_item_text(struct json_in *in, const char *field, size_t i, size_t min, size_t max);
bool json_child(struct json_in *in, const char *field, struct json_in *child, enum json_need need);
/* A table: an array of rows, each an array of as many texts, integers or nulls. Read in order, nothing is copied. */
enum json_cell_type { CELL_NULL, CELL_TEXT, CELL_INT };
struct json_cell {
    enum json_cell_type type;
    const char *text;
    int64_t number;
};
struct json_rows {
    const struct cJSON *next;
    struct json_in *in;
    const char *field;
    long index;
};
bool json_rows(struct json_in *in, const char *field, struct json_rows *rows);
/* The `n` cells of the next row. False: no more, or not such a row (noted). */
bool json_rows_next(struct json_rows *rows, struct json_cell *cells, size_t n);
/* Canonical text of any member, for columns of type jsonb; NULL when absent. */
const char *json_raw(struct json_in *in, const char *field, size_t max);
/* Notes a fault found by the caller's own rules. */
void json_bad(struct json_in *in, const char *field, enum json_fault fault);
/* Notes unknown fields of this object. Call once per object, after its last field. */
void json_end(struct json_in *in);
/* {"errors":[{"field","message"}]} */
void json_faults_write(const struct json_faults *f, enum lang lang, struct strbuf *out);
/* The same with a single fault, in the caller's words. */
void json_fault_write(const char *field, const char *message, struct strbuf *out);

bool utf8_valid(const char *s, size_t n); /* refuses NUL, surrogates, overlong forms */

/* Writing. A writer puts commas itself; keys are literals. */
struct json_out {
    struct strbuf *b;
    bool comma;
};
void json_obj(struct json_out *o, const char *key); /* key NULL: in an array or at the top */
void json_obj_end(struct json_out *o);
void json_arr(struct json_out *o, const char *key);
void json_arr_end(struct json_out *o);
void json_put_text(struct json_out *o, const char *key, const char *v); /* v NULL: null */
void json_put_int(struct json_out *o, const char *key, int64_t v);
void json_put_ints(struct json_out *o, const char *key, const int64_t *v, size_t n); /* an array */
void json_put_bool(struct json_out *o, const char *key, bool v);
void json_put_null(struct json_out *o, const char *key);
void json_put_id(struct json_out *o, const char *key, int64_t id); /* 0: null */
void json_put_cursor(struct json_out *o, int64_t id); /* "next_cursor": a text; 0, there is no more: null */
void json_put_time(struct json_out *o, const char *key, int64_t ms); /* RFC 3339 Seoul; 0: null */
void json_put_raw(struct json_out *o, const char *key, const char *json);
