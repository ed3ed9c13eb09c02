/* sheet - a table as a file for people: cells in, bytes out, one row after the other. A new format is a row of sheet_kinds. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "common/json.h"

struct arena;

/* Where the bytes of the file go. False: nobody takes them any more, which ends the sheet. */
struct sheet_out {
    bool (*write)(void *arg, const void *data, size_t n);
    void *arg;
    const char *folder; /* for temporary files */
};

struct sheet_kind {
    const char *format; /* how it is asked for, and the ending of its name */
    const char *content_type;
    int64_t most_rows; /* without the titles; 0: any number */
    /* NULL: no room. Nothing is written before the first row. */
    void *(*open)(struct arena *a, const struct sheet_out *out);
    /* False: not written, the file is useless. */
    bool (*row)(void *sheet, const struct json_cell *cells, size_t n);
    bool (*end)(void *sheet);
    void (*close)(void *sheet);
};
extern const struct sheet_kind sheet_csv, sheet_xlsx;

/* NULL: no such format. */
const struct sheet_kind *sheet_find(const char *format);
/* What people read above a column of order.export; a column without a title goes by its name. */
const char *sheet_title(const char *column, enum lang lang);

/* The words of a column whose values are codes; NULL: they are none. */
const struct sheet_words *sheet_words(const char *column);
/* What people read instead of the code; one without a word stays as it is. */
const char *sheet_word(const struct sheet_words *of, const char *code, enum lang lang);
