/* row - a table's columns as one list: what is selected, where it lies in the struct, what a move may change.
 *
 * The list is a macro (columns.h) so that the same lines give the text of SELECT and the table that row_read() and
 * row_changes() walk. A row remembers how the database has it (saga.stored): what differs is what a move saves. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include "saga.h"

struct arena;
struct db_res;

enum row_type {
    ROW_TEXT, /* const char *, NULL */
    ROW_INT,  /* int64_t */
    ROW_ID,   /* int64_t; 0 is NULL */
    ROW_TIME, /* int64_t, ms; 0 is NULL */
    ROW_BOOL,
    ROW_STATE, /* char[STATE_MAX] */
    ROW_INTS,  /* const int64_t *, followed by its size_t */
    ROW_JSON   /* const char *, JSON text; NULL */
};
struct row_column {
    const char *name;
    enum row_type type;
    size_t offset;
    bool saved; /* a move may change it */
};
struct row_table {
    enum saga_kind kind;
    size_t size; /* of the struct */
    const struct row_column *columns;
    size_t n;
};

/* How a column of a type is selected. */
#define ROW_SQL_TEXT(name) #name
#define ROW_SQL_INT(name) #name
#define ROW_SQL_ID(name) #name
#define ROW_SQL_TIME(name) "floor(extract(epoch FROM " #name ") * 1000)::bigint"
#define ROW_SQL_BOOL(name) #name
#define ROW_SQL_STATE(name) #name
#define ROW_SQL_INTS(name) "array_to_string(" #name ", ' ')"
#define ROW_SQL_JSON(name) #name

/* A result row whose first column is id and whose others are the table's, as a struct in the arena. NULL: out of memory. */
struct saga *row_read(const struct row_table *t, struct arena *a, const struct db_res *res, int row);
/* A copy with its texts, for whoever goes on with the row. NULL: out of memory. */
struct saga *row_copy(const struct row_table *t, struct arena *a, const struct saga *row);
/* The saved columns that differ from what the database has, as a JSON object. NULL: out of memory. */
const char *row_changes(const struct row_table *t, struct arena *a, const struct saga *row);
/* The database has the row as it is now. */
void row_stored(const struct row_table *t, struct saga *row);
