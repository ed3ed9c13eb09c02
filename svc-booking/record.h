/* record - a JSON body as the values of one table row, driven by a table of fields. */
#pragma once
#include "common/db.h"
#include "common/json.h"

enum record_kind {
    REC_TEXT, /* min..max characters */
    REC_INT,  /* min..max */
    REC_BOOL,
    REC_CODE,  /* of an exhibition; never a reserved word */
    REC_COLOR, /* #rrggbb */
    REC_URL,   /* http, https or a path of this site */
    REC_DATE,
    REC_TIME,  /* RFC 3339 */
    REC_LINES, /* array of at most max texts, stored as lines */
    REC_STEPS  /* refund policy: array of at most max {"days_before","fee_percent"}, days falling */
};
struct record_field {
    const char *name;
    enum record_kind kind;
    int64_t min, max;
    bool required;  /* when the row is made */
    bool clearable; /* null takes the value away; otherwise null counts as absent */
};

/* Adds one argument per field, in the order of the table: the value as text, NULL when the field is absent, "" when
 * it is to be taken away. Faults are noted in `in`. */
void record_read(struct json_in *in, const struct record_field *fields, size_t n, bool create, struct db_args *args);
